import { describe, expect, it } from "vitest";

import { others, serverIn, snapshotOf, usual } from "../gallery/made-up";
import type { Problem, ServerForm } from "../lib/contract";
import { find, get, held, input, key, press, problem, raise, refuse, said, settle, type } from "./stage";

const four = snapshotOf([serverIn("signed_in"), ...others]);
const badUrl = problem("invalid_server", "Put https:// in front.", "url");
const takenId = problem("invalid_server", "Choose another id.", "id");

/** What a screen reader says about a field besides its name. */
function noteOf(testid: string): string {
  const note = document.getElementById(input(testid).getAttribute("aria-describedby") ?? "");
  return note?.textContent.trim() ?? "";
}

async function leave(testid: string): Promise<void> {
  input(testid).dispatchEvent(new FocusEvent("blur"));
  await settle();
}

function urlMustBeHttps(form: ServerForm): Promise<Problem[]> {
  return Promise.resolve(form.url.startsWith("https://") ? [] : [badUrl]);
}

describe("checking what is typed", () => {
  it("begins when a field is left, and complains about that field alone", async () => {
    await raise(four, { checkServer: () => Promise.resolve([badUrl, takenId]) });
    await press("add-server");
    await type("field-url", "auth.example.com");
    expect(noteOf("field-url")).not.toBe(badUrl.message);
    await leave("field-url");
    expect(noteOf("field-url")).toBe(badUrl.message);
    expect(noteOf("field-id")).not.toBe(takenId.message);
  });

  it("complains in the language of the page", async () => {
    await raise({ ...four, preferences: { ...usual, language: "de" } }, { checkServer: () => Promise.resolve([badUrl]) });
    await press("add-server");
    await type("field-url", "auth.example.com");
    await leave("field-url");
    expect(noteOf("field-url")).toMatch(/^Das ist keine Adresse eines Servers/);
  });

  it("says nothing about a field left empty", async () => {
    const bridge = await raise(four);
    await press("add-server");
    await leave("field-url");
    expect(bridge.timesAsked("checkServer")).toBe(0);
  });

  it("goes quiet when the field is edited", async () => {
    await raise(four, { checkServer: urlMustBeHttps });
    await press("add-server");
    await type("field-url", "a");
    await leave("field-url");
    await type("field-url", "https://a");
    expect(noteOf("field-url")).not.toBe(badUrl.message);
  });

  it("drops an answer about text that has changed since", async () => {
    const late = held<Problem[]>();
    const bridge = await raise(four, { checkServer: () => late.promise });
    await press("add-server");
    await type("field-url", "a");
    await leave("field-url");
    bridge.answer("checkServer", () => Promise.resolve([]));
    await type("field-url", "https://a");
    await leave("field-url");
    late.resolve([badUrl]);
    await settle();
    expect(noteOf("field-url")).not.toBe(badUrl.message);
  });
});

describe("saving", () => {
  it("shows every fault at its field, opens Advanced for the id, and goes to the first", async () => {
    const bridge = await raise(four, { checkServer: () => Promise.resolve([badUrl, takenId]) });
    await press("add-server");
    await press("save-server");
    expect([noteOf("field-url"), noteOf("field-id")]).toEqual([badUrl.message, takenId.message]);
    expect(get("field-id").closest("details")?.open).toBe(true);
    expect(document.activeElement).toBe(input("field-url"));
    expect(bridge.timesAsked("addServer")).toBe(0);
  });

  it("adds the server and opens it as soon as it is there", async () => {
    const bridge = await raise(four, { addServer: () => Promise.resolve("eu") });
    await press("add-server");
    await type("field-name", "EU");
    await type("field-url", "https://eu.example.com");
    await press("save-server");
    const form = { id: "", name: "EU", url: "https://eu.example.com", domainId: "" };
    expect(bridge.asked.at(-1)).toEqual({ command: "addServer", args: [form] });
    expect(find("server-dialog")).toBeNull();
    bridge.publish(snapshotOf([...four.servers, serverIn("signed_out", { id: "eu", name: "EU", active: false })]));
    await settle();
    expect(document.querySelector("h1")?.textContent).toBe("EU");
    expect(document.activeElement).toBe(input("email-input"));
  });

  it("edits, says what a new address costs, and follows a new id", async () => {
    const bridge = await raise(four);
    await press("edit-server");
    expect(input("field-name").value).toBe("Production");
    expect(get("server-dialog").textContent).not.toContain("signs you out");
    await type("field-url", "https://new.example.com");
    expect(get("server-dialog").textContent).toContain("signs you out");
    await type("field-id", "prod");
    await press("save-server");
    const form = { id: "prod", name: "Production", url: "https://new.example.com", domainId: "default" };
    expect(bridge.asked.at(-2)).toEqual({ command: "checkServer", args: [form, "production"] });
    expect(bridge.asked.at(-1)).toEqual({ command: "editServer", args: ["production", form] });
    bridge.publish(snapshotOf([...others, serverIn("signed_out", { id: "prod", name: "Moved" })]));
    await settle();
    expect(document.querySelector("h1")?.textContent).toBe("Moved");
  });

  it("keeps the dialog and says so when the file cannot be written", async () => {
    await raise(four, { addServer: refuse(problem("config_unusable", "Read-only; change that.")) });
    await press("add-server");
    await press("save-server");
    expect(get("server-dialog").querySelector("[role=alert]")?.textContent).toBe("Read-only; change that.");
  });

  it("saves once however often one presses", async () => {
    const bridge = await raise(four, { addServer: () => new Promise(() => undefined) });
    await press("add-server");
    await press("save-server");
    get("server-dialog").querySelector("form")?.requestSubmit();
    await settle();
    expect(bridge.timesAsked("addServer")).toBe(1);
  });
});

describe("testing the connection", () => {
  it("reports beside the button until the address changes", async () => {
    await raise(four, { testConnection: () => Promise.resolve({ ok: false, message: "No auth server there." }) });
    await press("add-server");
    await type("field-url", "https://a.example");
    await press("test-connection");
    expect(said("connection-report")).toContain("No auth server there.");
    await type("field-url", "https://b.example");
    expect(said("connection-report")).toBe("");
  });

  it("puts a fault of the address under the address", async () => {
    await raise(four, { testConnection: refuse(badUrl) });
    await press("add-server");
    await press("test-connection");
    expect(noteOf("field-url")).toBe(badUrl.message);
  });
});

describe("Tab in the dialog", () => {
  it("goes round, and passes by what is folded away", async () => {
    await raise(four);
    await press("add-server");
    get("save-server").focus();
    await key(get("save-server"), "Tab");
    expect(document.activeElement).toBe(input("field-name"));
    await key(input("field-name"), "Tab", { shiftKey: true });
    expect(document.activeElement).toBe(get("save-server"));
  });
});

describe("leaving the dialog", () => {
  it("by Escape gives the focus back", async () => {
    await raise(four);
    get("add-server").focus();
    await press("add-server");
    expect(document.activeElement).toBe(input("field-name"));
    get("server-dialog").dispatchEvent(new Event("cancel", { cancelable: true }));
    await settle();
    expect(find("server-dialog")).toBeNull();
    expect(document.activeElement).toBe(get("add-server"));
  });
});
