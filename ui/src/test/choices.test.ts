import { afterEach, describe, expect, it, vi } from "vitest";

import { ABOUT } from "../gallery/closer";
import type { FakeBridge } from "../gallery/fake-bridge";
import { MINUTE, NOW, others, serverIn, snapshotOf, usual } from "../gallery/made-up";
import type { Snapshot } from "../lib/contract";
import { find, get, held, input, key, press, problem, raise, refuse, said, settle, type } from "./stage";

const live = { color: "red", protected: true, fallBackMinutes: 15 } as const;
const two = snapshotOf([serverIn("signed_in", { id: "staging", name: "Staging" }), serverIn("signed_in", { active: false, look: live })]);

function choose(testid: string, value: string): Promise<void> {
  const select = get(testid) as HTMLSelectElement;
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  return settle();
}

/** What happy-dom leaves out of a modal dialog: nothing outside takes the focus, and closing gives it back to the opener. */
function asModalAsABrowser(): void {
  const { focus } = HTMLElement.prototype;
  const { showModal, close } = HTMLDialogElement.prototype;
  const openers = new Map<HTMLDialogElement, Element | null>();
  vi.spyOn(HTMLElement.prototype, "focus").mockImplementation(function (this: HTMLElement) {
    const modal = [...openers.keys()].at(-1);
    if (modal === undefined || modal.contains(this)) focus.call(this);
  });
  vi.spyOn(HTMLDialogElement.prototype, "showModal").mockImplementation(function (this: HTMLDialogElement) {
    openers.set(this, document.activeElement);
    showModal.call(this);
  });
  vi.spyOn(HTMLDialogElement.prototype, "close").mockImplementation(function (this: HTMLDialogElement) {
    const opener = openers.get(this);
    openers.delete(this);
    close.call(this);
    if (opener instanceof HTMLElement) opener.focus();
  });
}

afterEach(() => void vi.restoreAllMocks());

describe("a protected server", () => {
  it("is asked about once, and then switched to", async () => {
    const bridge = await raise(two);
    await press("server-item", 1);
    await press("make-active");
    expect(bridge.timesAsked("switchServer")).toBe(0);
    expect(said("switch-question")).toContain("After 15 min the server of before is active again.");
    expect(document.activeElement?.textContent.trim()).toBe("Stay here");
    await press("confirm-switch");
    expect(bridge.asked.at(-1)).toEqual({ command: "switchServer", args: ["production", true] });
    expect(find("switch-question")).toBeNull();
  });

  it("is left alone on Escape", async () => {
    const bridge = await raise(two);
    await press("server-item", 1);
    await press("make-active");
    await key(document.activeElement ?? document.body, "Escape");
    expect([find("switch-question"), bridge.timesAsked("switchServer")]).toEqual([null, 0]);
    expect(document.activeElement).toBe(get("make-active"));
  });

  it("is asked about in the window when the tray wants it", async () => {
    const bridge = await raise(two);
    bridge.askToSwitch("production");
    await settle();
    expect(document.querySelector("h1")?.textContent).toBe("Production");
    expect(find("switch-question")).not.toBeNull();
  });

  it("is asked once the server is in the list, and stays when that is opened once more", async () => {
    const bridge = await raise({ ...two, servers: two.servers.filter(({ id }) => id !== "production") });
    bridge.askToSwitch("production");
    bridge.publish(two);
    await settle();
    expect(find("switch-question")).not.toBeNull();
    await press("server-item", 1);
    expect(find("switch-question")).not.toBeNull();
    await press("server-item", 0);
    await press("server-item", 1);
    expect(find("switch-question")).toBeNull();
  });

  it("gives way to the page that the tray leads to", async () => {
    const bridge = await raise(two);
    bridge.showView("doctor");
    await settle();
    expect(document.querySelector("h1")?.textContent).not.toBe("Production");
    expect(bridge.timesAsked("examine")).toBe(1);
  });

  it("has settings and a doctor before there is a server", async () => {
    const bridge = await raise(snapshotOf([]));
    bridge.showView("settings");
    await settle();
    expect(find("settings")).not.toBeNull();
  });

  it("says when it falls back, and stays when that is wanted", async () => {
    const active = snapshotOf(two.servers.map((server) => ({ ...server, active: server.id === "production" })));
    const bridge = await raise({ ...active, fallBack: { from: "production", to: "staging", at: NOW + 12 * MINUTE } });
    expect(said("fall-back")).toContain("Staging is active again in 12 min.");
    await press("stay");
    expect(bridge.timesAsked("stay")).toBe(1);
    bridge.publish(active);
    await settle();
    expect(find("fall-back")).toBeNull();
  });
});

describe("how a server looks", () => {
  it("is chosen where it is edited, and the shared file is left alone", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in"), ...others]));
    await press("edit-server");
    await press("color-red");
    await press("field-protected");
    await choose("field-fall-back", "30");
    await press("save-server");
    expect(bridge.timesAsked("editServer")).toBe(0);
    expect(bridge.asked.at(-1)).toEqual({ command: "setLook", args: ["production", { color: "red", protected: true, fallBackMinutes: 30 }] });
    expect(find("server-dialog")).toBeNull();
  });

  it("is chosen for a new server, too, and a second try adds it once", async () => {
    let fails = true;
    const bridge = await raise(snapshotOf([serverIn("signed_in")]), {
      setLook: () => (fails ? Promise.reject(problem("settings_unusable", "No room; make some.")) : Promise.resolve(null)),
    });
    await press("add-server");
    await type("field-name", "EU");
    await type("field-url", "https://eu.example");
    await press("color-blue");
    await press("save-server");
    expect(get("server-dialog").textContent).toContain("No room; make some.");
    fails = false;
    await press("save-server");
    expect([bridge.timesAsked("addServer"), bridge.timesAsked("setLook")]).toEqual([1, 2]);
    expect(find("server-dialog")).toBeNull();
  });
});

describe("the quick switcher", () => {
  const four = snapshotOf([serverIn("signed_in"), ...others]);
  const open = async (): Promise<void> => key(document.body, "k", { ctrlKey: true });
  const labels = (): string[] => [...document.querySelectorAll("[role=option] .label")].map((label) => label.textContent);

  it("comes with its keys and goes with Escape, and the focus is where it was", async () => {
    await raise(four);
    get("copy-token").focus();
    await open();
    expect(document.activeElement).toBe(get("switcher-input"));
    get("switcher").dispatchEvent(new Event("cancel", { cancelable: true }));
    await settle();
    expect(find("switcher")).toBeNull();
    expect(document.activeElement).toBe(get("copy-token"));
  });

  it("finds a server by any of its words and opens it", async () => {
    await raise(four);
    await open();
    await type("switcher-input", "pay ex");
    expect(labels()[0]).toBe("Cloud Pay");
    await key(get("switcher-input"), "Enter");
    expect(find("switcher")).toBeNull();
    expect(document.querySelector("h1")?.textContent).toBe("Cloud Pay");
    expect(document.activeElement).toBe(get("email-input"));
  });

  it("does things, by the arrows", async () => {
    const bridge = await raise(four);
    await open();
    await type("switcher-input", "refresh prod");
    await key(get("switcher-input"), "ArrowDown");
    await key(get("switcher-input"), "ArrowUp");
    const chosen = get("switcher-input").getAttribute("aria-activedescendant") ?? "";
    expect(document.getElementById(chosen)?.textContent).toContain("Refresh Production now");
    await key(get("switcher-input"), "Enter");
    expect(bridge.asked.at(-1)).toEqual({ command: "refreshNow", args: ["production"] });
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("Done: Refresh Production now.");
  });

  it("stays and says why something was not done", async () => {
    await raise(four, { copyToken: refuse(problem("offline", "Not reached; try again.")) });
    await open();
    await type("switcher-input", "copy prod");
    await key(get("switcher-input"), "Enter");
    expect(said("switcher-error")).toBe("Not reached; try again.");
  });

  it("asks about a protected server before it switches, and says nothing of it", async () => {
    const bridge = await raise(two);
    await open();
    await type("switcher-input", "make production");
    await key(get("switcher-input"), "Enter");
    expect([find("switcher"), bridge.timesAsked("switchServer")]).toEqual([null, 0]);
    expect(find("switch-question")).not.toBeNull();
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("");
  });

  it.each([["make-active"], ["go-settings"]])("leaves the focus in that question, opened from %s", async (opener) => {
    asModalAsABrowser();
    await raise(two);
    await press("server-item", 1);
    if (opener === "go-settings") await press(opener);
    get(opener).focus();
    await open();
    await type("switcher-input", "make production");
    await key(get("switcher-input"), "Enter");
    expect(document.activeElement?.textContent.trim()).toBe("Stay here");
    expect(get("switch-question").contains(document.activeElement)).toBe(true);
  });

  it("is not there while there is nothing to switch to, nor over another dialog", async () => {
    await raise(snapshotOf([]));
    await open();
    expect(find("switcher")).toBeNull();
  });
});

describe("the order of the list", () => {
  /** The rows have their places, which happy-dom does not know. */
  const raiseList = async (): Promise<{ bridge: FakeBridge; list: HTMLElement; rows: HTMLElement[] }> => {
    const bridge = await raise(snapshotOf([serverIn("signed_in"), ...others]));
    const list = get("server-list");
    const rows = [...list.children] as HTMLElement[];
    rows.forEach((row, at) => (row.getBoundingClientRect = () => new DOMRect(0, at * 40, 200, 40)));
    list.setPointerCapture = () => undefined;
    return { bridge, list, rows };
  };
  const point = (kind: string, target: Element | undefined, y: number, buttons = kind === "pointerup" ? 0 : 1) =>
    target?.dispatchEvent(new PointerEvent(kind, { bubbles: true, clientY: y, pointerId: 1, isPrimary: true, button: 0, buttons }));

  it("is changed by dragging; the click that ends it opens nothing", async () => {
    const { bridge, list, rows } = await raiseList();
    point("pointerdown", rows[2], 100);
    point("pointermove", list, 90);
    point("pointermove", list, 10);
    await settle();
    expect(rows[2]?.className).toContain("taken");
    point("pointerup", list, 10);
    (rows[2]?.querySelector("button") as HTMLElement).click();
    await settle();
    expect(bridge.asked.at(-1)).toEqual({ command: "reorderServers", args: [["cloud-pay", "production", "local", "staging"]] });
    expect(document.querySelector("h1")?.textContent).toBe("Production");
  });

  it("stays when a press was let go outside the list", async () => {
    const { bridge, list, rows } = await raiseList();
    point("pointerdown", rows[2], 100);
    point("pointermove", list, 10, 0);
    await settle();
    expect(rows[2]?.className).not.toContain("taken");
    point("pointerup", list, 10);
    await press("server-item", 1);
    expect([bridge.timesAsked("reorderServers"), document.querySelector("h1")?.textContent]).toEqual([0, "Local"]);
  });

  it("stays when a drag was lost and the next press is a click", async () => {
    const { bridge, list, rows } = await raiseList();
    point("pointerdown", rows[2], 100);
    point("pointermove", list, 10);
    point("pointerdown", rows[1], 60);
    point("pointerup", rows[1], 60);
    await press("server-item", 1);
    expect([bridge.timesAsked("reorderServers"), document.querySelector("h1")?.textContent]).toEqual([0, "Local"]);
  });
});

describe("the settings", () => {
  const change = async (testid: string, text: string): Promise<void> => {
    input(testid).value = text;
    input(testid).dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
  };
  const one = snapshotOf([serverIn("signed_in"), ...others]);
  const published = (changes: Partial<typeof usual>): Snapshot => ({ ...one, preferences: { ...usual, ...changes } });

  it("change one thing and keep the others", async () => {
    const bridge = await raise(published({ theme: "dark" }));
    await press("go-settings");
    await press("set-start-hidden");
    expect(bridge.asked.at(-1)).toEqual({ command: "setPreferences", args: [{ ...usual, theme: "dark", startHidden: false }] });
    await choose("set-clipboard", "60");
    expect(bridge.asked.at(-1)?.args).toEqual([{ ...usual, theme: "dark", clipboardSeconds: 60 }]);
    await press("set-notify-store");
    expect(bridge.asked.at(-1)?.args).toMatchObject([{ notifications: { signIn: true, store: false, conflict: true } }]);
  });

  const noRoom = problem("settings_unusable", "No room; make some.");
  const select = (testid: string): string => (get(testid) as HTMLSelectElement).value;

  it("go back to what is kept when they cannot be saved", async () => {
    await raise(published({ quietHours: { from: 1320, to: 420 } }), { setPreferences: refuse(noRoom) });
    await press("go-settings");
    await press("set-start-hidden");
    await press("set-notify-store");
    await choose("set-theme", "dark");
    await choose("set-clipboard", "60");
    await change("set-quiet-to", "06:30");
    expect(said("settings-error")).toBe("No room; make some.");
    expect([input("set-start-hidden").checked, input("set-notify-store").checked]).toEqual([true, true]);
    expect([select("set-theme"), select("set-clipboard")]).toEqual(["system", "30"]);
    expect(input("set-quiet-to").value).toBe("07:00");
    await press("set-quiet");
    expect([input("set-quiet").checked, input("set-quiet-to").value]).toEqual([true, "07:00"]);
  });

  it("are saved one after the other, and none that is changed meanwhile is lost", async () => {
    const answers = [held<null>(), held<null>()];
    let turn = 0;
    const bridge = await raise(one, { setPreferences: () => answers[turn++]?.promise ?? Promise.resolve(null) });
    await press("go-settings");
    await press("set-start-hidden");
    await choose("set-theme", "light");
    await choose("set-theme", "dark");
    await press("set-notify-store");
    expect(bridge.timesAsked("setPreferences")).toBe(1);
    expect([input("set-start-hidden").checked, select("set-theme"), input("set-notify-store").checked]).toEqual([false, "dark", false]);
    answers[0]?.resolve(null);
    await settle();
    const notifications = { ...usual.notifications, store: false };
    // The snapshot that tells of the first may come later than its answer.
    expect(bridge.asked.at(-1)?.args).toEqual([{ ...usual, startHidden: false, theme: "dark", notifications }]);
    bridge.publish(published({ startHidden: false, theme: "dark", notifications }));
    answers[1]?.resolve(null);
    await settle();
    expect(bridge.timesAsked("setPreferences")).toBe(2);
    expect([input("set-start-hidden").checked, select("set-theme"), input("set-notify-store").checked]).toEqual([false, "dark", false]);
  });

  it("that waited for one that failed go back with it", async () => {
    const answer = held<null>();
    const bridge = await raise(one, { setPreferences: () => answer.promise });
    await press("go-settings");
    await press("set-start-hidden");
    await choose("set-theme", "dark");
    answer.reject(noRoom);
    await settle();
    expect([bridge.timesAsked("setPreferences"), input("set-start-hidden").checked, select("set-theme")]).toEqual([1, true, "system"]);
    expect(said("settings-error")).toBe("No room; make some.");
  });

  it("act at once: the theme and the language", async () => {
    const bridge = await raise(one);
    await press("go-settings");
    bridge.publish(published({ theme: "dark", language: "de" }));
    await settle();
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(document.querySelector("h1")?.textContent).toBe("Einstellungen");
    bridge.publish(published({}));
    await settle();
    expect(document.querySelector("h1")?.textContent).toBe("Settings");
  });

  it("keep the quiet hours, also past midnight", async () => {
    const bridge = await raise(one);
    await press("go-settings");
    await press("set-quiet");
    expect(bridge.asked.at(-1)?.args).toMatchObject([{ quietHours: { from: 1320, to: 420 } }]);
    bridge.publish(published({ quietHours: { from: 1320, to: 420 } }));
    await settle();
    expect(input("set-quiet-from").value).toBe("22:00");
    await change("set-quiet-to", "06:30");
    expect(bridge.asked.at(-1)?.args).toMatchObject([{ quietHours: { from: 1320, to: 390 } }]);
  });

  it("do not turn the quiet hours off while both times are the same", async () => {
    const bridge = await raise(published({ quietHours: { from: 1320, to: 420 } }));
    await press("go-settings");
    await change("set-quiet-from", "07:00");
    expect(bridge.timesAsked("setPreferences")).toBe(0);
    expect(said("quiet-same")).toBe("Both are the same time, so this is not saved yet; change one of them.");
    expect(input("set-quiet-to").getAttribute("aria-describedby")).toBe(get("quiet-same").id);
    // Whatever comes from elsewhere meanwhile.
    bridge.publish(published({ quietHours: { from: 1320, to: 420 } }));
    await settle();
    expect(input("set-quiet-from").value).toBe("07:00");
    await change("set-quiet-to", "08:30");
    expect(bridge.asked.at(-1)?.args).toMatchObject([{ quietHours: { from: 420, to: 510 } }]);
    bridge.publish(published({ quietHours: { from: 420, to: 510 } }));
    await settle();
    expect([input("set-quiet-from").value, input("set-quiet-to").value]).toEqual(["07:00", "08:30"]);
    expect(find("quiet-same")).toBeNull();
  });

  it("forget two times that were the same when the quiet hours are turned off", async () => {
    const bridge = await raise(published({ quietHours: { from: 1320, to: 420 } }));
    await press("go-settings");
    await change("set-quiet-from", "07:00");
    await press("set-quiet");
    expect(bridge.asked.at(-1)?.args).toMatchObject([{ quietHours: null }]);
    bridge.publish(published({ quietHours: { from: 1320, to: 420 } }));
    await settle();
    expect([input("set-quiet-from").value, find("quiet-same")]).toEqual(["22:00", null]);
  });

  it("have the app start with the session, and say where that failed", async () => {
    const bridge = await raise(one, { setAutostart: refuse(problem("autostart", "The list is closed; open it.")) });
    await press("go-settings");
    await press("set-autostart");
    expect(bridge.asked.at(-1)).toEqual({ command: "setAutostart", args: [true] });
    expect(said("settings-error")).toBe("The list is closed; open it.");
    expect(input("set-autostart").checked).toBe(false);
  });

  it("move the secrets only when that is said", async () => {
    const bridge = await raise(one);
    await press("go-settings");
    await press("set-store-plaintext");
    expect(bridge.timesAsked("moveStore")).toBe(0);
    await press("move-store");
    expect(bridge.asked.at(-1)).toEqual({ command: "moveStore", args: ["plaintext"] });
  });

  it("know where secrets are kept before there is a server", async () => {
    const bridge = await raise({ ...snapshotOf([]), store: "plaintext" });
    bridge.showView("settings");
    await settle();
    expect(input("set-store-plaintext").checked).toBe(true);
    await press("set-store-keychain");
    expect(find("move-store")).not.toBeNull();
  });

  it("leave to the environment what it decides", async () => {
    await raise(one, { about: () => Promise.resolve({ ...ABOUT, storeIsFixed: true, logIsFixed: true }) });
    await press("go-settings");
    expect((get("set-log") as HTMLSelectElement).disabled).toBe(true);
    expect(get("settings").textContent).toContain("FLOWSTATE_CREDENTIAL_STORE decides this.");
  });

  it("carry servers away and in, and tell how it went", async () => {
    const bridge = await raise(one, {
      importServers: () => Promise.resolve({ added: ["EU"], leftOut: [{ name: "Bad\u202e", reason: "The address needs https://." }] }),
    });
    await press("go-settings");
    await press("export-servers");
    expect(said("carried")).toBe("Written to /home/ada/Downloads/flowstate-servers.json.");
    const chooser = input("import-file");
    Object.defineProperty(chooser, "files", { value: [new File(["{}"], "servers.json")] });
    Object.defineProperty(chooser, "value", { value: "", writable: true });
    chooser.dispatchEvent(new Event("change", { bubbles: true }));
    await vi.waitFor(() => expect(bridge.asked.at(-1)).toEqual({ command: "importServers", args: ["{}"] }));
    await settle();
    expect(said("carried")).toBe("1 server was added. Bad was left out: The address needs https://.");
  });

  it("name everything the app is made with", async () => {
    await raise(one);
    await press("go-about");
    expect(get("licences").querySelectorAll("tbody tr")).toHaveLength(3);
    expect(get("about").textContent).toContain("Version 0.1.0");
  });

  it("make room for a server that is chosen in the list", async () => {
    await raise(one);
    await press("go-settings");
    expect(document.querySelector("[data-server-id][aria-current]")).toBeNull();
    await press("server-item", 1);
    expect(find("settings")).toBeNull();
    expect(document.querySelector("h1")?.textContent).toBe("Local");
  });
});
