import type { Problem } from "./contract";
import { plain } from "./text";
import { words } from "./words.svelte";

/** The catalogue's sentence for a problem, where this language has one of its own; one code may say something else at each field. */
export function saidHere({ code, field }: Problem): string | undefined {
  const { said } = words();
  return said[`${code}.${field}`] ?? said[code];
}

/** What is said of a problem: the catalogue's sentence, else Rust's. */
export function told(problem: Problem): string {
  // It may quote what others wrote.
  return saidHere(problem) ?? plain(problem.message);
}
