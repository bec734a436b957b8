import { describe, expect, it } from "vitest";

import { readCode } from "./code";

describe("what stands in the code field", () => {
  it.each(["123456", " 123 456 ", "123-456", "1\u20112\u20133 4\u00a05\u200b6", "\uff11\uff12\uff13456"])("%j is a code", (typed) => {
    expect(readCode(typed, "")).toEqual({ digits: "123456", refused: null });
  });

  it("refuses letters and says so", () => {
    expect(readCode("12a3", "12")).toEqual({ digits: "123", refused: "The code has digits only." });
  });

  it("keeps what was there when there are too many digits", () => {
    expect(readCode("1234567", "123456")).toEqual({ digits: "123456", refused: "The code has 6 digits; that was 7." });
  });
});
