import { describe, expect, it } from "vitest";

import { codeRequested, serverIn, snapshotOf } from "../gallery/made-up";
import { changesBetween } from "./announce";

const signedIn = snapshotOf([serverIn("signed_in")]);

describe("what a screen reader is told", () => {
  it("is nothing when nothing changed", () => expect(changesBetween(signedIn, signedIn)).toBe(""));

  it("is nothing for a refresh that comes and goes", () => {
    const refreshing = snapshotOf([serverIn("refreshing")]);
    expect(changesBetween(signedIn, refreshing)).toBe("");
    expect(changesBetween(refreshing, signedIn)).toBe("");
  });

  it("is a changed state, by name", () => {
    expect(changesBetween(signedIn, snapshotOf([serverIn("sign_in_needed")]))).toBe("Production: Sign in again.");
  });

  it("is a code on its way, and a new active server", () => {
    const before = snapshotOf([serverIn("signed_out", { active: false })]);
    const after = snapshotOf([serverIn("signed_out", { signIn: codeRequested })]);
    expect(changesBetween(before, after)).toBe(
      "Production: a code was sent to ada@example.com. Production is the active server.",
    );
  });
});
