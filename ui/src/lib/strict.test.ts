import { expect, it } from "vitest";

const SOURCES: Record<string, string> = import.meta.glob(["../**/*.ts", "../**/*.svelte"], { query: "?raw", import: "default", eager: true });

it("TypeScript is never told to look away", () => {
  expect(Object.keys(SOURCES).length).toBeGreaterThan(60);
  for (const [path, source] of Object.entries(SOURCES)) {
    if (path.endsWith("strict.test.ts")) continue;
    const looks = [...source.matchAll(/(?::|<|\bas|\||=>)\s*any\b|@ts-(?:ignore|nocheck|expect-error)|eslint-disable|\{@html/g)];
    expect(looks.map(([text]) => text), path).toEqual([]);
  }
});
