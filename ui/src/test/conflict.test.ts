import { describe, expect, it } from "vitest";

import { others, serverIn, serverWith, snapshotOf, usual } from "../gallery/made-up";
import type { Conflict } from "../lib/contract";
import { find, get, held, problem, press, raise, refuse, said, settle } from "./stage";

const vanished = snapshotOf([serverWith({ kind: "vanished" }), ...others]);
const replacedBy: Conflict = { kind: "replaced", theirs: "bob@example.com", ours: "ada@example.com" };

/** What a screen reader says of a button besides its name. */
function sentenceOf(testid: string): string | undefined {
  return document.getElementById(get(testid).getAttribute("aria-describedby") ?? "")?.textContent;
}

describe("a change by others that would lose something", () => {
  it.each<[Conflict, string, string, string]>([
    [{ kind: "vanished" }, "Taken out of the shared file", "Put it back", "Sign out"],
    [replacedBy, "Somebody else's session", "Put mine back", "Keep theirs"],
    [{ kind: "signed_out" }, "Signed out by another program", "Put it back", "Sign out"],
  ])("%o is asked about in its own words", async (conflict, title, ours, theirs) => {
    const bridge = await raise(snapshotOf([serverWith(conflict)]));
    expect(said("session-state")).toBe(title);
    expect([said("settle-ours"), said("settle-theirs")]).toEqual([ours, theirs]);
    expect([find("session-remaining"), find("email-input")]).toEqual([null, null]);
    expect(sentenceOf("settle-ours")).toMatch(/shared file/);
    expect(sentenceOf("settle-theirs")).toMatch(/ended,? here and at the server/);
    await press("settle-ours");
    expect(bridge.asked.at(-1)).toEqual({ command: "settle", args: ["production", true] });
    await press("settle-theirs");
    expect(bridge.asked.at(-1)).toEqual({ command: "settle", args: ["production", false] });
  });

  it("does not call in German the other person's session by the reader's “Ihre”", async () => {
    await raise({ ...snapshotOf([serverWith(replacedBy)]), preferences: { ...usual, language: "de" } });
    expect([said("settle-ours"), said("settle-theirs")]).toEqual(["Meine wiederherstellen", "Fremde Sitzung behalten"]);
  });

  it("names both people", async () => {
    await raise(snapshotOf([serverWith(replacedBy)]));
    expect(said("conflict")).toContain("a session of bob@example.com into the shared file");
    expect(said("conflict")).toContain("Yours, of ada@example.com, is still kept in the keychain.");
  });

  it("does without the name of somebody who has none", async () => {
    await raise(snapshotOf([serverWith({ ...replacedBy, theirs: "" })]));
    expect(said("conflict")).toContain("a session of somebody else into");
  });

  it("is marked in the list and told to a screen reader", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in"), ...others]));
    bridge.publish(vanished);
    await settle();
    expect(get("server-item").textContent).toContain("Needs a decision");
    expect(get("server-item").querySelector("svg")?.getAttribute("aria-label")).toBe("Needs a decision");
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("Production: Needs a decision.");
  });

  it("leaves nothing to edit or remove where the server is not in the file", async () => {
    await raise(vanished);
    expect([find("edit-server"), find("remove-server"), find("make-active")]).toEqual([null, null, null]);
    expect(document.querySelector("h1")?.textContent).toBe("Production");
  });

  it("takes one answer at a time", async () => {
    const answer = held<null>();
    const bridge = await raise(vanished, { settle: () => answer.promise });
    await press("settle-ours");
    await press("settle-theirs");
    expect(bridge.timesAsked("settle")).toBe(1);
    expect(get("settle-ours").getAttribute("aria-busy")).toBe("true");
    expect(get("settle-theirs").getAttribute("aria-disabled")).toBe("true");
  });

  it("says in the card what kept the answer from being carried out", async () => {
    await raise(vanished, { settle: refuse(problem("offline", "Not reached; try again.")) });
    await press("settle-ours");
    expect(get("settle-error").getAttribute("role")).toBe("alert");
    expect(said("settle-error")).toBe("Not reached; try again.");
    expect(find("settle-ours")).not.toBeNull();
  });

  it("gives the focus to what follows the answer", async () => {
    const bridge = await raise(vanished);
    await press("settle-ours");
    bridge.publish(snapshotOf([serverIn("signed_in"), ...others]));
    await settle();
    expect(find("conflict")).toBeNull();
    expect(document.activeElement).toBe(document.querySelector("main section"));
  });

  it("asks for the passphrase where the store needs it, and then for the answer again", async () => {
    const server = serverWith({ kind: "vanished" }, { store: "encrypted-file" });
    await raise(snapshotOf([server]), { settle: refuse(problem("locked", "Closed.")) });
    await press("settle-ours");
    expect(find("settle-error")).toBeNull();
    const field = get("passphrase-input") as HTMLInputElement;
    field.value = "horse";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await press("unlock-store");
    expect(find("passphrase-form")).toBeNull();
    expect(document.activeElement).toBe(get("settle-ours"));
  });
});
