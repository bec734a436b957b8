import { describe, expect, it } from "vitest";

import { hostile, others, serverIn, snapshotOf } from "../gallery/made-up";
import { find, get, key, press, problem, raise, refuse, settle } from "./stage";

const four = snapshotOf([serverIn("signed_in"), ...others]);

function item(id: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-server-id="${id}"]`);
  expect(found).not.toBeNull();
  return found as HTMLElement;
}

function shown(): string | undefined {
  return document.querySelector<HTMLElement>("[data-server-id][aria-current]")?.dataset.serverId;
}

describe("the list of servers", () => {
  it("begins with the active server selected", async () => {
    await raise(snapshotOf([serverIn("signed_out", { id: "first", active: false }), serverIn("signed_in")]));
    expect(shown()).toBe("production");
  });

  it("is one stop for Tab; the arrows move, Home and End jump", async () => {
    await raise(four);
    const stops = () => [...document.querySelectorAll("[data-server-id][tabindex='0']")];
    expect(stops()).toEqual([item("production")]);
    item("production").focus();
    await key(item("production"), "ArrowDown");
    expect(document.activeElement).toBe(item("local"));
    expect(stops()).toEqual([item("local")]);
    await key(item("local"), "End");
    expect(document.activeElement).toBe(item("staging"));
    await key(item("staging"), "ArrowDown");
    expect(document.activeElement).toBe(item("staging"));
    await key(item("staging"), "Home");
    expect(document.activeElement).toBe(item("production"));
    expect(shown()).toBe("production");
  });

  it("reorders with Alt and an arrow, and the focus stays on the moved server", async () => {
    const bridge = await raise(four);
    item("local").focus();
    await key(item("local"), "ArrowUp", { altKey: true });
    expect(bridge.asked.at(-1)).toEqual({ command: "reorderServers", args: [["local", "production", "cloud-pay", "staging"]] });
    const [local, ...rest] = others;
    bridge.publish(snapshotOf([local, serverIn("signed_in"), ...rest].filter((server) => server !== undefined)));
    await settle();
    expect(document.activeElement).toBe(item("local"));
    expect(document.querySelector("body > [role=status]")?.textContent).toBe("Local is now number 1 of 4.");
  });

  it.each(["production", "local", "cloud-pay", "staging"])("keeps the focus on %s whoever moves", async (id) => {
    const bridge = await raise(four);
    item(id).focus();
    bridge.publish(snapshotOf(four.servers.toReversed()));
    await settle();
    expect(document.activeElement).toBe(item(id));
  });

  it("does not reorder past the ends", async () => {
    const bridge = await raise(four);
    await key(item("production"), "ArrowUp", { altKey: true });
    await key(item("staging"), "ArrowDown", { altKey: true });
    expect(bridge.timesAsked("reorderServers")).toBe(0);
  });

  it("says why it could not reorder", async () => {
    await raise(four, { reorderServers: refuse(problem("config_unusable", "The file is read-only; change that.")) });
    await key(item("local"), "ArrowUp", { altKey: true });
    expect(document.querySelector("nav [role=alert]")?.textContent).toBe("The file is read-only; change that.");
  });

  it("opens what the tray or a notification names, with the focus in it", async () => {
    const bridge = await raise(four);
    bridge.open("staging");
    await settle();
    expect(shown()).toBe("staging");
    expect(document.activeElement).toBe(get("email-input"));
  });

  it("keeps the focus on what is selected in it, also after something was opened", async () => {
    const bridge = await raise(four);
    bridge.open("staging");
    await settle();
    await press("server-item", 1);
    expect(document.activeElement).toBe(item("local"));
    await press("server-item", 2);
    expect(document.activeElement).toBe(item("cloud-pay"));
  });

  it("stays where one is when the active server changes elsewhere", async () => {
    const bridge = await raise(four);
    bridge.publish(snapshotOf(four.servers.map((server) => ({ ...server, active: server.id === "local" }))));
    await settle();
    expect(shown()).toBe("production");
  });
});

describe("names that others wrote", () => {
  it.each(["signed_in", "offline", "sign_in_needed", "signed_out", "locked"] as const)("control nothing anywhere, %s", async (state) => {
    const all = { name: hostile, url: hostile, domainId: hostile, id: hostile, email: hostile, userId: hostile, reason: hostile };
    await raise({ ...snapshotOf([serverIn(state, all)], { code: "x", message: hostile, field: null }), signOutsWaiting: [hostile] });
    await press("remove-server");
    await press("open-switcher");
    expect(document.querySelector("img")).toBeNull();
    expect(document.body.textContent).toContain("<img src=x onerror=alert(1)>");
    expect(document.body.textContent).not.toMatch(/[\u202e\u0007]/);
    for (const element of document.querySelectorAll("[title], [aria-label]")) {
      expect(`${element.getAttribute("title")}${element.getAttribute("aria-label")}`).not.toMatch(/[\u202e\u0007]/);
    }
  });

  it("are text, isolated, and cannot turn what follows", async () => {
    await raise(snapshotOf([serverIn("signed_in", { name: hostile })]));
    expect(document.querySelector("img")).toBeNull();
    const names = [item("production").querySelector("bdi"), document.querySelector("h1 bdi")];
    for (const name of names) {
      expect(name?.textContent).toContain("<img src=x onerror=alert(1)>");
      expect(name?.textContent).not.toMatch(/[\u202e\u0007]/);
      expect(name?.getAttribute("title")).toBe(name?.textContent);
    }
    expect(find("session-state")).not.toBeNull();
  });
});
