import { describe, expect, it } from "vitest";

import { COPY } from "../gallery/closer";
import { MINUTE, NOW, serverIn, serverWith, snapshotOf, usual } from "../gallery/made-up";
import type { SessionState } from "../lib/contract";
import { find, get, problem, raise, refuse, said, settle, press } from "./stage";

const FACES: Array<[SessionState, "session" | "sign-in", string]> = [
  ["signed_out", "sign-in", "Signed out"],
  ["signed_in", "session", "Signed in"],
  ["refreshing", "session", "Refreshing"],
  ["offline", "session", "Offline"],
  ["expired", "session", "Token ended"],
  ["sign_in_needed", "sign-in", "Sign in again"],
  ["locked", "session", "Keychain unavailable"],
];

describe("every state has its face", () => {
  it.each(FACES)("%s is the %s card, “%s”", async (state, card, label) => {
    const server = serverIn(state);
    await raise(snapshotOf([server]));
    expect(get("session-state").dataset.state).toBe(state);
    expect(said("session-state")).toBe(label);
    expect(find("email-input") !== null).toBe(card === "sign-in");
    expect(find("session-remaining") !== null).toBe(card === "session");
    expect(get("server-item").dataset.state).toBe(state);
    if (server.reason) expect(document.body.textContent).toContain(server.reason);
  });

  it("say why in the page's language, by the cause and not by the state", async () => {
    const untrusted = serverIn("offline", { reasonCode: "bad_token", reason: "The server sent a token." });
    await raise({ ...snapshotOf([untrusted]), preferences: { ...usual, language: "de" } });
    expect(document.body.textContent).toContain("seine eigenen Schlüssel nicht bürgen");
    expect(document.body.textContent).not.toContain("prüfen Sie die Adresse und Ihr Netz");
  });

  it("one that cannot be used leads to where it is corrected", async () => {
    await raise(snapshotOf([serverIn("signed_out", { url: "ftp://x", reason: "The address has no https:// in front; edit the server." })]));
    expect(said("session-state")).toBe("Cannot be used");
    expect(find("email-input")).toBeNull();
    await press("correct-server");
    expect(find("server-dialog")).not.toBeNull();
  });

  it("no two states share a shape", async () => {
    const all = FACES.map(([state]) => serverIn(state, { id: state, active: false }));
    await raise(snapshotOf([...all, serverWith({ kind: "vanished" }, { id: "vanished" })]));
    const shapes = [...document.querySelectorAll("[data-testid=server-item] svg")].map((mark) => mark.innerHTML);
    expect(new Set(shapes).size).toBe(FACES.length + 1);
  });
});

describe("time", () => {
  it("moves only when Rust tells it", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in")]));
    expect([said("session-remaining"), said("next-refresh")]).toEqual(["14 min 32 s", "In 9 min 30 s"]);
    bridge.tell(NOW + 10 * MINUTE);
    await settle();
    expect([said("session-remaining"), said("next-refresh")]).toEqual(["4 min 32 s", "Now"]);
    bridge.tell(NOW + 20 * MINUTE);
    await settle();
    expect(said("session-remaining")).toBe("Ended");
  });
});

describe("the whole page", () => {
  it("without servers leads to adding one", async () => {
    await raise(snapshotOf([]));
    expect(get("first-run").textContent).toContain("/home/ada/.flowstate/config.json");
    await press("add-server");
    expect(find("server-dialog")).not.toBeNull();
  });

  it("says what is wrong with the shared file", async () => {
    await raise(snapshotOf([serverIn("signed_in")], problem("config_unusable", "Not JSON, line 3; mend it.")));
    expect(said("config-problem")).toContain("Not JSON, line 3; mend it.");
  });

  it("says why there is nothing to show, and tries again", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in")]), { snapshot: refuse(problem("internal", "Closing; open it again.")) });
    expect(document.querySelector("[role=alert]")?.textContent).toBe("Closing; open it again.");
    bridge.answer("snapshot", () => Promise.resolve(bridge.current));
    document.querySelector<HTMLElement>("main button")?.click();
    await settle();
    expect(find("session-state")).not.toBeNull();
  });

  it("takes a snapshot that came as an event over an older answer", async () => {
    let answer!: () => void;
    const bridge = await raise(snapshotOf([serverIn("signed_out")]), {
      snapshot: () => new Promise((resolve) => (answer = () => resolve(snapshotOf([serverIn("signed_out")])))),
    });
    bridge.publish(snapshotOf([serverIn("signed_in")]));
    answer();
    await settle();
    expect(get("session-state").dataset.state).toBe("signed_in");
  });
});

describe("a shared file that cannot be used", () => {
  const brokenSettings = problem("settings_unusable", "/home/ada/.local/state/flowstate/settings.json is not valid at line 3, column 1; mend it.");
  const unusable = {
    ...snapshotOf([serverIn("signed_in")], { code: "config_unusable", message: "It is not JSON; mend it.", field: null }),
    configProblemAt: { line: 12, column: 3 },
  };

  it("shows where, and opens in the editor", async () => {
    const bridge = await raise(unusable);
    expect(said("config-place")).toBe("Line 12, column 3");
    await press("edit-config");
    expect(bridge.asked.at(-1)).toEqual({ command: "openPlace", args: ["config_file"] });
  });

  it.each(["en", "de"] as const)("is not the one to be mended where the app's own settings are broken (%s)", async (language) => {
    const bridge = await raise({ ...snapshotOf([serverIn("signed_in")], brokenSettings), preferences: { ...usual, language } });
    const banner = said("config-problem");
    expect(banner).toContain(language === "de" ? "Die Einstellungen der App" : "The app's own settings need a look.");
    expect(banner).toContain(brokenSettings.message);
    expect(banner).not.toContain("config.json");
    expect([find("edit-config"), find("last-copy")]).toEqual([null, null]);
    await press("open-settings-folder");
    expect(bridge.asked.at(-1)).toEqual({ command: "openPlace", args: ["data_folder"] });
  });

  it.each(["en", "de"] as const)("has no copy to go back to where it was only not written (%s)", async (language) => {
    const full = problem("config_not_written", "The disk is full; free some space.");
    await raise({ ...snapshotOf([serverIn("signed_in")], full), preferences: { ...usual, language } });
    expect(said("config-problem")).toContain(language === "de" ? "nicht auf dem neuesten Stand." : "The shared file could not be written.");
    expect(said("config-problem")).toContain("The disk is full; free some space.");
    expect(get("config-problem").querySelectorAll("button")).toHaveLength(0);
  });

  it("shows the last good copy before it is put back", async () => {
    const bridge = await raise(unusable);
    await press("last-copy");
    expect(said("copy")).toContain("3 servers (Production, Local, Cloud Pay)");
    expect(bridge.timesAsked("putCopyBack")).toBe(0);
    await press("put-copy-back");
    expect(bridge.asked.at(-1)).toEqual({ command: "putCopyBack", args: [COPY.path] });
    bridge.publish(snapshotOf([serverIn("signed_in")]));
    await settle();
    expect(find("config-problem")).toBeNull();
  });

  it("says so where there is no copy", async () => {
    await raise(unusable, { lastCopy: refuse(problem("no_copy", "There is no copy yet.")) });
    await press("last-copy");
    expect(said("copy-error")).toBe("There is no copy yet.");
    expect(find("put-copy-back")).toBeNull();
  });
});
