import { describe, expect, it, vi } from "vitest";

import { CHECKS, SESSIONS, WELL } from "../gallery/closer";
import { hostile, NOW, others, serverIn, snapshotOf } from "../gallery/made-up";
import type { CheckView } from "../lib/contract";
import { find, get, held, key, press, problem, raise, refuse, said, settle } from "./stage";

const one = snapshotOf([serverIn("signed_in"), ...others]);

function cell(claim: string): string {
  return document.querySelector(`[data-claim="${claim}"]`)?.textContent?.replace(/\s+/g, " ").trim() ?? "";
}

describe("a closer look", () => {
  it("asks for nothing until somebody looks", async () => {
    const bridge = await raise(one);
    expect(bridge.asked.map(({ command }) => command)).toEqual(["snapshot"]);
    await press("tab-timeline");
    expect(bridge.asked.at(-1)).toEqual({ command: "timeline", args: ["production"] });
  });

  it("comes into view when there is something to see, and stays where it is afterwards", async () => {
    const scrolled = vi.spyOn(Element.prototype, "scrollIntoView");
    const bridge = await raise(one);
    const times = () => scrolled.mock.contexts.filter((element) => element instanceof Element && element.classList.contains("closer")).length;
    expect(times()).toBe(0);
    await press("tab-timeline");
    expect(times()).toBe(1);
    bridge.publish(snapshotOf([serverIn("signed_in", { expiresAt: NOW + 1 }), ...others]));
    await settle();
    expect(bridge.timesAsked("timeline")).toBe(2);
    expect(times()).toBe(1);
    scrolled.mockRestore();
  });

  it("is walked through with the arrows", async () => {
    await raise(one);
    await press("tab-claims");
    await key(get("tab-claims"), "ArrowRight");
    expect(document.activeElement).toBe(get("tab-timeline"));
    expect(find("timeline")).not.toBeNull();
    await key(get("tab-timeline"), "End");
    expect(document.activeElement).toBe(get("tab-sessions"));
    expect([find("timeline"), find("own-sessions")].map(Boolean)).toEqual([false, true]);
  });

  it("says why it found nothing, and tries again", async () => {
    let times = 0;
    await raise(one, { timeline: () => (times++ === 0 ? Promise.reject(problem("internal", "The disk hangs; see to it.")) : Promise.resolve([])) });
    await press("tab-timeline");
    expect(said("load-error")).toBe("The disk hangs; see to it.");
    await press("load-again");
    expect(find("load-error")).toBeNull();
    expect(document.querySelector("[role=tabpanel]")?.textContent).toContain("Nothing has happened yet.");
  });

  it("drops an answer about another server that comes late", async () => {
    const late = held<never[]>();
    let asked = 0;
    const bridge = await raise(one, { timeline: () => (asked++ === 0 ? late.promise : Promise.resolve([{ at: NOW, by: "p 1", event: "signed_in" }])) });
    await press("tab-timeline");
    bridge.publish(snapshotOf([serverIn("signed_in", { expiresAt: NOW + 1 }), ...others]));
    await settle();
    late.resolve([]);
    await settle();
    expect(said("timeline")).toContain("Signed in");
  });
});

describe("the token's claims", () => {
  it("are a table, the end in words and the scopes one by one", async () => {
    const bridge = await raise(one);
    await press("tab-claims");
    expect(cell("exp")).toMatch(/^in 14 min 32 s/);
    expect(cell("iat")).toMatch(/^28 s ago/);
    expect([...document.querySelectorAll('[data-claim="scopes"] li')].map((chip) => chip.textContent)).toEqual(["read", "write", "deploy:production", "admin"]);
    expect(bridge.timesAsked("revealToken")).toBe(0);
    bridge.tell(NOW + 2_000);
    await settle();
    expect(cell("exp")).toMatch(/^in 14 min 30 s/);
  });

  it("may hold anything, and show it as text", async () => {
    await raise(one, { claims: () => Promise.resolve([{ name: hostile, value: { kind: "text", is: hostile } }]) });
    await press("tab-claims");
    expect(document.querySelector("img")).toBeNull();
    expect(said("claims")).toContain("<img src=x onerror=alert(1)>");
    expect(said("claims")).not.toMatch(/[\u202e\u0007]/);
  });

  it("are not looked for where there is no token", async () => {
    await raise(snapshotOf([serverIn("signed_out")]));
    expect([find("tab-claims"), find("tab-sessions"), find("tab-timeline")].map(Boolean)).toEqual([false, false, true]);
  });
});

describe("the past", () => {
  it("has its newest first, and refreshes in a row are one line", async () => {
    await raise(one);
    await press("tab-timeline");
    const lines = [...get("timeline").querySelectorAll(".what")].map((line) => line.textContent);
    expect(lines[0]).toBe("Refreshed 3 times");
    expect(lines.at(-1)).toBe("Signed in");
    expect(lines).toContain("In the shared file: Access token; before: Access and refresh token");
  });
});

describe("the server's list of sessions", () => {
  it("marks this computer, which is not ended from here", async () => {
    await raise(one);
    await press("tab-sessions");
    const rows = [...document.querySelectorAll<HTMLElement>("[data-session]")];
    expect(rows.map((row) => row.dataset.current)).toEqual(["true", "false", "false"]);
    expect(rows[0]?.textContent).toContain("This computer");
    expect(rows[0]?.querySelector("button")).toBeNull();
  });

  it("ends one after asking, and is read again", async () => {
    let left = SESSIONS;
    const bridge = await raise(one, { ownSessions: () => Promise.resolve(left) });
    await press("tab-sessions");
    await press("end-session");
    expect(bridge.timesAsked("endSession")).toBe(0);
    left = SESSIONS.slice(0, 1);
    await press("confirm-end");
    expect(bridge.asked.filter(({ command }) => command === "endSession")).toEqual([{ command: "endSession", args: ["production", "s2"] }]);
    expect(document.querySelectorAll("[data-session]")).toHaveLength(1);
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("The session was ended.");
  });

  it("keeps it on Escape, and says why it could not be ended", async () => {
    const bridge = await raise(one, { endSession: refuse(problem("offline", "Not reached; try again.")) });
    await press("tab-sessions");
    await press("end-session");
    await key(document.activeElement ?? document.body, "Escape");
    expect([find("confirm-end"), bridge.timesAsked("endSession")]).toEqual([null, 0]);
    await press("end-session");
    await press("confirm-end");
    expect(said("sessions-error")).toBe("Not reached; try again.");
  });
});

describe("where the secret is kept", () => {
  it("has one step to better, and none from the keychain", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in", { store: "plaintext" })]));
    await press("better-store");
    expect(bridge.asked.at(-1)).toEqual({ command: "moveStore", args: ["keychain"] });
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("Secrets are kept in the keychain from now on.");
    bridge.publish(one);
    await settle();
    expect(find("better-store")).toBeNull();
  });

  it("asks for the passphrase of what it leaves, and goes on", async () => {
    let open = false;
    const bridge = await raise(snapshotOf([serverIn("signed_in", { store: "encrypted-file" })]), {
      moveStore: () => (open ? Promise.resolve(null) : Promise.reject(problem("passphrase_needed", "First the passphrase."))),
      unlockStore: () => ((open = true), Promise.resolve(null)),
    });
    await press("better-store");
    const field = get("passphrase-input") as HTMLInputElement;
    field.value = "horse";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await press("unlock-store");
    expect(bridge.timesAsked("moveStore")).toBe(2);
    expect(find("passphrase-form")).toBeNull();
  });
});

describe("what will be written", () => {
  it("is shown for the policy that is looked at, with masks", async () => {
    await raise(one);
    await press("change-sharing");
    const shown = () => JSON.parse(said("sharing-preview")) as { auth?: { accessToken: string; refreshToken: string } };
    expect(shown().auth).toMatchObject({ accessToken: "********", refreshToken: "" });
    await press("sharing-full");
    expect(shown().auth?.refreshToken).toBe("********");
    await press("sharing-none");
    expect(shown().auth).toBeUndefined();
  });
});

describe("the check-up", () => {
  it("looks when it is opened, and shows what does not hold first", async () => {
    const bridge = await raise(one);
    await press("go-doctor");
    expect(bridge.timesAsked("examine")).toBe(1);
    expect(said("doctor-summary")).toBe("2 of 7 checks do not hold.");
    expect(document.querySelector<HTMLElement>("[data-check]")?.dataset.check).toBe("config_private");
    expect(document.activeElement?.textContent).toBe("Check-up");
  });

  it("repairs what loses nothing, and tells how it went", async () => {
    const after = CHECKS.map((check) => (check.repairable ? { ...check, ok: true, fixed: true, repairable: false } : check));
    await raise(one, { repair: () => Promise.resolve(after) });
    await press("go-doctor");
    expect(said("repair")).toBe("Repair 1 thing");
    await press("repair");
    expect(said("doctor-summary")).toBe("1 of 7 checks do not hold.");
    expect(find("repair")).toBeNull();
    await press("examine");
    expect(find("repair")).not.toBeNull();
  });

  it("shows what the repair left until the next look has an answer, and says that, too", async () => {
    const after = CHECKS.map((check) => ({ ...check, ok: true, repairable: false }));
    const bridge = await raise(one, { repair: () => Promise.resolve(after) });
    await press("go-doctor");
    await press("repair");
    expect(said("doctor-summary")).toBe("All 7 checks hold.");
    const answer = held<CheckView[]>();
    bridge.answer("examine", () => answer.promise);
    await press("examine");
    expect(said("doctor-summary")).toBe("All 7 checks hold.");
    expect(get("examine").getAttribute("aria-busy")).toBe("true");
    await press("examine");
    expect(bridge.timesAsked("examine")).toBe(2);
    expect(document.querySelector("body > [role=status]")?.textContent).not.toContain("checks");
    answer.resolve(WELL);
    await settle();
    expect(said("doctor-summary")).toBe("All 5 checks hold.");
    expect(get("examine").getAttribute("aria-busy")).toBeNull();
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("All 5 checks hold.");
  });

  it("has nothing to repair where all is well", async () => {
    await raise(one, { examine: () => Promise.resolve(WELL) });
    await press("go-doctor");
    expect(said("doctor-summary")).toBe("All 5 checks hold.");
    expect(find("repair")).toBeNull();
  });
});
