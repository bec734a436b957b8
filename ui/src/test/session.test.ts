import { describe, expect, it } from "vitest";

import { MINUTE, NOW, others, serverIn, snapshotOf, usual } from "../gallery/made-up";
import { find, get, held, press, problem, raise, refuse, said, settle } from "./stage";

const two = snapshotOf([serverIn("signed_in"), ...others]);
const reveal = { revealToken: () => Promise.resolve("the-token") };

function everything(): string {
  return document.documentElement.outerHTML;
}

describe("days in German", () => {
  const DAY = 24 * 60 * MINUTE;
  const inGerman = { ...usual, language: "de" } as const;

  it("stand in the dative only where a word asks for it", async () => {
    const session = serverIn("signed_in", { expiresAt: NOW + 3 * DAY, nextRefreshAt: NOW + 2 * DAY });
    await raise({ ...snapshotOf([session]), preferences: inGerman });
    expect([said("session-remaining"), said("next-refresh")]).toEqual(["3 Tage", "In 2 Tagen"]);
  });

  it("do so too where a switch is taken back after them", async () => {
    const look = { color: null, protected: true, fallBackMinutes: 2 * 24 * 60 };
    await raise({ ...snapshotOf([serverIn("signed_in", { active: false, look })]), preferences: inGerman });
    await press("make-active");
    expect(said("switch-question")).toContain("Nach 2 Tagen ist wieder der vorige Server aktiv.");
    await press("edit-server");
    expect(said("field-fall-back")).toContain("Nach 2 Tagen");
  });
});

describe("a revealed token", () => {
  it("is on the page only after it was asked for, and goes when hidden", async () => {
    const bridge = await raise(two, reveal);
    expect(everything()).not.toContain("the-token");
    await press("reveal-token");
    expect(said("token-text")).toBe("the-token");
    await press("reveal-token");
    expect(everything()).not.toContain("the-token");
    expect(bridge.timesAsked("revealToken")).toBe(1);
  });

  it("goes when the window loses the focus", async () => {
    await raise(two, reveal);
    await press("reveal-token");
    window.dispatchEvent(new Event("blur"));
    await settle();
    expect(everything()).not.toContain("the-token");
  });

  it("goes when another server is selected, and does not come back with the first", async () => {
    await raise(two, reveal);
    await press("reveal-token");
    const items = document.querySelectorAll<HTMLElement>("[data-testid=server-item]");
    items[1]?.click();
    await settle();
    expect(everything()).not.toContain("the-token");
    items[0]?.click();
    await settle();
    expect(everything()).not.toContain("the-token");
  });

  it("goes when it is refreshed, not when a snapshot says the same again", async () => {
    const bridge = await raise(two, reveal);
    await press("reveal-token");
    bridge.publish(snapshotOf([serverIn("refreshing"), ...others]));
    await settle();
    expect(said("token-text")).toBe("the-token");
    bridge.publish(snapshotOf([serverIn("signed_in", { expiresAt: NOW + 15 * MINUTE }), ...others]));
    await settle();
    expect(everything()).not.toContain("the-token");
  });

  it("goes when it is refreshed after it has ended, too", async () => {
    const bridge = await raise(two, reveal);
    await press("reveal-token");
    bridge.tell(NOW + 20 * MINUTE);
    bridge.publish(snapshotOf([serverIn("signed_in", { expiresAt: NOW + 35 * MINUTE }), ...others]));
    await settle();
    expect(everything()).not.toContain("the-token");
  });

  it.each([
    ["no end", null],
    ["the end of the one before", NOW - MINUTE],
  ])("stays when to reveal it is what fetched it, in place of %s", async (_, expiresAt) => {
    const bridge = await raise(snapshotOf([serverIn("signed_in", { expiresAt }), ...others]), reveal);
    await press("reveal-token");
    bridge.publish(two);
    await settle();
    expect(said("token-text")).toBe("the-token");
    bridge.publish(snapshotOf([serverIn("signed_in", { expiresAt: NOW + 30 * MINUTE }), ...others]));
    await settle();
    expect(everything()).not.toContain("the-token");
  });

  it("is not shown when it arrives after the window lost the focus", async () => {
    const answer = held<string>();
    await raise(two, { revealToken: () => answer.promise });
    await press("reveal-token");
    window.dispatchEvent(new Event("blur"));
    answer.resolve("the-token");
    await settle();
    expect(everything()).not.toContain("the-token");
  });
});

describe("the session card", () => {
  it("copies, and says until when the clipboard holds it", async () => {
    const bridge = await raise(two, { copyToken: () => Promise.resolve(30) });
    await press("copy-token");
    expect(document.body.textContent).toContain("cleared in 30 s");
    bridge.tell(NOW + 29_000);
    await settle();
    expect(document.body.textContent).toContain("cleared in 1 s");
    bridge.tell(NOW + 30_000);
    await settle();
    expect(document.body.textContent).not.toContain("cleared in 1 s");
  });

  it("shows a problem in the card, but not what the reason says already", async () => {
    const message = "Cannot be reached; try again.";
    const bridge = await raise(two, { refreshNow: refuse(problem("offline", message)) });
    await press("refresh-now");
    expect(document.querySelector("main [role=alert]")?.textContent).toBe(message);
    bridge.publish(snapshotOf([serverIn("offline", { reason: message }), ...others]));
    await settle();
    expect(document.querySelector("main [role=alert]")).toBeNull();
    expect(document.querySelector("main")?.textContent).toContain(message);
  });

  it("has nothing to copy where there is no token", async () => {
    await raise(snapshotOf([serverIn("locked", { expiresAt: null })]));
    expect([find("copy-token"), find("reveal-token")]).toEqual([null, null]);
    expect(said("session-remaining")).toBe("No token");
  });

  it("keeps the focus in the detail when signing out changes the card", async () => {
    const bridge = await raise(two);
    get("sign-out").focus();
    await press("sign-out");
    bridge.publish(snapshotOf([serverIn("signed_out"), ...others]));
    await settle();
    expect(document.activeElement).toBe(get("email-input"));
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("Production: Signed out.");
  });
});

describe("the header", () => {
  it("makes a server the active one", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in", { active: false })]));
    expect(find("active-badge")).toBeNull();
    await press("make-active");
    expect(bridge.asked.at(-1)).toEqual({ command: "switchServer", args: ["production", false] });
    bridge.publish(snapshotOf([serverIn("signed_in")]));
    await settle();
    expect(find("make-active")).toBeNull();
    expect(find("active-badge")).not.toBeNull();
  });

  it("asks before it removes, saying what is lost, and then shows the next server", async () => {
    const bridge = await raise(two);
    await press("remove-server");
    expect(bridge.timesAsked("removeServer")).toBe(0);
    const question = get("confirm-remove").closest("[role=group]");
    expect(question?.textContent).toContain("/home/ada/.flowstate/config.json");
    expect(question?.textContent).toContain("keychain");
    await press("confirm-remove");
    expect(bridge.asked.at(-1)).toEqual({ command: "removeServer", args: ["production"] });
    bridge.publish(snapshotOf(others));
    await settle();
    expect(get("session-email").textContent).toBe("ada@localhost.example");
  });

  it("puts the focus into the server that takes the place of a removed one", async () => {
    const bridge = await raise(two);
    await press("remove-server");
    await press("confirm-remove");
    bridge.publish(snapshotOf(others));
    await settle();
    expect(get("session-email").closest("section")?.contains(document.activeElement)).toBe(true);
    bridge.publish(snapshotOf(others.slice(1)));
    await settle();
    await press("server-item", 0);
    expect(document.activeElement).toBe(document.querySelector("[data-testid=server-item]"));
  });

  it("leaves the focus where one went while the server was being removed", async () => {
    const answer = held<null>();
    const bridge = await raise(two, { removeServer: () => answer.promise });
    await press("remove-server");
    await press("confirm-remove");
    await press("go-settings");
    bridge.publish(snapshotOf(others));
    answer.resolve(null);
    await settle();
    await press("server-item", 1);
    expect((document.activeElement as HTMLElement).dataset.serverId).toBe(others[1]?.id);
  });

  it("puts the focus on adding one when the last server was removed", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in")]));
    await press("remove-server");
    await press("confirm-remove");
    bridge.publish(snapshotOf([]));
    await settle();
    expect(document.activeElement).toBe(get("add-server"));
  });

  it("keeps the server on Escape", async () => {
    const bridge = await raise(two);
    await press("remove-server");
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    await settle();
    expect(find("confirm-remove")).toBeNull();
    expect(document.activeElement).toBe(get("remove-server"));
    expect(bridge.timesAsked("removeServer")).toBe(0);
  });
});
