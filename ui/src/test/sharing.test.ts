import { describe, expect, it } from "vitest";

import { others, serverIn, snapshotOf } from "../gallery/made-up";
import type { Sharing } from "../lib/contract";
import { find, get, input, key, press, problem, raise, refuse, said, settle } from "./stage";

const one = snapshotOf([serverIn("signed_in"), ...others]);

function sentenceOf(sharing: Sharing): string {
  return document.getElementById(input(`sharing-${sharing}`).getAttribute("aria-describedby") ?? "")?.textContent ?? "";
}

describe("what of a session stands in the shared file", () => {
  it.each<[Sharing, string]>([
    ["access", "Access token"],
    ["full", "Access and refresh token"],
    ["none", "Nothing"],
  ])("%s reads “%s”", async (sharing, words) => {
    await raise(snapshotOf([serverIn("signed_in", { sharing })]));
    expect(said("sharing")).toBe(words);
  });

  it("is chosen among three, each with what exactly stands there", async () => {
    await raise(one);
    expect(find("sharing-choice")).toBeNull();
    await press("change-sharing");
    expect(get("change-sharing").getAttribute("aria-expanded")).toBe("true");
    expect(document.activeElement).toBe(input("sharing-access"));
    expect(input("sharing-access").checked).toBe(true);
    expect(sentenceOf("access")).toMatch(/access token, when it ends, your user id and your e-mail address.*refresh token stays in the keychain/);
    expect(sentenceOf("full")).toMatch(/with the refresh token: whoever can read the file can use your session/);
    expect(sentenceOf("none")).toMatch(/^Nothing of your session/);
    expect(said("sharing-choice")).toContain("/home/ada/.flowstate/config.json");
  });

  it("is changed by saving, not by looking", async () => {
    const bridge = await raise(one);
    await press("change-sharing");
    await press("sharing-full");
    await press("sharing-none");
    expect(bridge.timesAsked("setSharing")).toBe(0);
    await press("save-sharing");
    expect(bridge.asked.at(-1)).toEqual({ command: "setSharing", args: ["production", "none"] });
    expect(find("sharing-choice")).toBeNull();
    expect(document.activeElement).toBe(get("change-sharing"));
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("In the shared file: Nothing.");
  });

  it("stays as it is on Escape", async () => {
    const bridge = await raise(one);
    await press("change-sharing");
    await press("sharing-none");
    await key(input("sharing-none"), "Escape");
    expect(find("sharing-choice")).toBeNull();
    expect(document.activeElement).toBe(get("change-sharing"));
    expect(bridge.timesAsked("setSharing")).toBe(0);
    await press("change-sharing");
    expect(input("sharing-access").checked).toBe(true);
  });

  it("says why it could not be changed, and keeps the choice", async () => {
    await raise(one, { setSharing: refuse(problem("settings_unusable", "No space left; make some.")) });
    await press("change-sharing");
    await press("sharing-full");
    await press("save-sharing");
    expect(said("sharing-error")).toBe("No space left; make some.");
    expect(input("sharing-full").checked).toBe(true);
  });
});

describe("a session that is in no file", () => {
  const none = serverIn("signed_in", { sharing: "none", expiresAt: null, nextRefreshAt: null });

  it("has a token when somebody asks for it", async () => {
    const bridge = await raise(snapshotOf([none]));
    expect(said("session-remaining")).toBe("Fetched when asked for");
    await press("copy-token");
    expect(bridge.timesAsked("copyToken")).toBe(1);
  });

  it("keeps its buttons while the token is being fetched", async () => {
    const bridge = await raise(snapshotOf([none]));
    get("copy-token").focus();
    bridge.publish(snapshotOf([{ ...none, state: "refreshing" }]));
    await settle();
    expect(document.activeElement).toBe(get("copy-token"));
  });
});

describe("what is told of a session that is fine", () => {
  it("is nothing when there is nothing", async () => {
    await raise(one);
    expect([find("clock-skew"), find("refresh-failed"), find("plaintext-note")]).toEqual([null, null, null]);
  });

  it("is a refresh that failed while the token is good, quietly", async () => {
    const reason = "Cannot be reached; check the network.";
    const bridge = await raise(snapshotOf([serverIn("signed_in", { reason })]), { refreshNow: refuse(problem("offline", reason)) });
    expect(said("session-state")).toBe("Signed in");
    expect(said("refresh-failed")).toMatch(/^The last refresh did not succeed\. The token is still good.*Cannot be reached; check the network\.$/);
    await press("refresh-now");
    expect(document.querySelector("main [role=alert]")).toBeNull();
    expect(document.body.textContent.split(reason)).toHaveLength(2);
    bridge.publish(one);
    await settle();
    expect(find("refresh-failed")).toBeNull();
  });

  it("is a clock that is wrong", async () => {
    await raise(snapshotOf([serverIn("signed_in", { clockSkew: 600 })]));
    expect(said("clock-skew")).toContain("This computer's clock is 10 min behind the server's.");
  });
});
