import { describe, expect, it } from "vitest";

import { matching, rank } from "./search";

describe("searching", () => {
  it.each([
    ["prod", "Production", true],
    ["zurich", "Zürich", true],
    ["pay cl", "Cloud Pay", true],
    ["PAY", "cloud-pay", true],
    ["pax", "cloud-pay", false],
    ["", "anything", true],
  ])("%j in %j: %s", (typed, text, found) => expect(rank(typed, text) !== null).toBe(found));

  it("has the beginning of a word before its middle", () => {
    expect(matching("pro", ["improve", "cloud-prod", "production", "other"], (text) => text)).toEqual(["production", "cloud-prod", "improve"]);
  });
});
