import { afterEach, describe, expect, it } from "vitest";

import { exactly, farFrom, when } from "./dates";
import { speak } from "./words.svelte";

afterEach(() => speak("en", ["en"]));

const noon = new Date(2026, 10, 25, 12, 0).getTime();
const HOUR = 3_600_000;

describe("a moment", () => {
  it("is told by its day, in the person's way", () => {
    speak("en", ["en-GB"]);
    expect(when(noon - HOUR, noon)).toBe("today 11:00");
    expect(when(noon - 24 * HOUR, noon)).toBe("yesterday 12:00");
    expect(when(new Date(2026, 10, 3, 9, 5).getTime(), noon)).toMatch(/^3 Nov.* 09:05$/);
    expect(when(new Date(2024, 10, 3).getTime(), noon)).toBe("3 Nov 2024");
    speak("de", ["de-DE"]);
    expect(when(noon - 24 * HOUR, noon)).toBe("gestern 12:00");
    expect(when(new Date(2024, 10, 3).getTime(), noon)).toBe("3. Nov. 2024");
  });

  it("has a whole date while the time is not known", () => expect(when(noon, null)).toContain("2026"));

  it("is so far off, either way", () => {
    expect(farFrom(noon + 61_000, noon)).toBe("in 1 min 1 s");
    expect(farFrom(noon - HOUR, noon)).toBe("1 h ago");
    expect(farFrom(noon + 10, noon)).toBe("just now");
    expect(farFrom(noon, null)).toBeNull();
    speak("de", ["de"]);
    expect(farFrom(noon - HOUR, noon)).toBe("vor 1 Std.");
    expect([farFrom(noon - 50 * HOUR, noon), farFrom(noon + 48 * HOUR, noon)]).toEqual(["vor 2 Tagen 2 Std.", "in 2 Tagen"]);
    expect(farFrom(noon - 24 * HOUR, noon)).toBe("vor 1 Tag");
  });

  it("can be told exactly", () => expect(exactly(noon)).toMatch(/2026.*12:00:00/));
});
