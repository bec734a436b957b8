import { describe, expect, it } from "vitest";

import { isOver, spell, until } from "./duration";

describe("a length of time", () => {
  it.each([
    [0, "0 s"],
    [-5_000, "0 s"],
    [1, "1 s"],
    [59_000, "59 s"],
    [60_000, "1 min"],
    [872_000, "14 min 32 s"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [86_400_000, "1 day"],
    [2 * 86_400_000 + 3 * 3_600_000, "2 days 3 h"],
  ])("%d ms is %s", (milliseconds, words) => {
    expect(spell(milliseconds)).toBe(words);
  });
});

describe("a point in time", () => {
  it("is so far off", () => expect(until(61_000, 1_000)).toBe("1 min"));
  it("has no distance once it is over", () => expect(until(1_000, 1_000)).toBeNull());
  it("has none while the time is not known", () => {
    expect(until(1_000, null)).toBeNull();
    expect(isOver(1_000, null)).toBe(false);
  });
  it("is over at its very millisecond", () => {
    expect(isOver(1_000, 999)).toBe(false);
    expect(isOver(1_000, 1_000)).toBe(true);
  });
});
