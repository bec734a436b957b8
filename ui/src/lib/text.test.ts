import { expect, it } from "vitest";

import { serverIn } from "../gallery/made-up";
import { nameOf, plain } from "./text";

it("drops what controls text and keeps what is text", () => {
  expect(plain("a\u0007b\u202egnp\u2069 <b>\u05d0")).toBe("abgnp <b>\u05d0");
});

it("keeps the joiners that Persian and emoji are written with", () => {
  expect(plain("\u0645\u06cc\u200c\u062e")).toBe("\u0645\u06cc\u200c\u062e");
});

it("calls a server without a visible name by its id", () => {
  expect(nameOf(serverIn("signed_in", { name: " \u202e\n", id: "cloud-pay" }))).toBe("cloud-pay");
});
