import { describe, expect, it } from "vitest";

import { codeRequested, NOW, serverIn, snapshotOf, usual } from "../gallery/made-up";
import type { Snapshot } from "../lib/contract";
import { find, get, held, input, press, problem, raise, refuse, said, settle, type } from "./stage";

const idle = snapshotOf([serverIn("signed_out")]);
const waiting = snapshotOf([serverIn("signed_out", { signIn: codeRequested })]);

describe("the e-mail step", () => {
  it("asks for a code, then shows the code field with the focus in it", async () => {
    const bridge = await raise(idle);
    await type("email-input", "ada@example.com");
    await press("send-code");
    expect(bridge.asked.at(-1)).toEqual({ command: "requestCode", args: ["production", "ada@example.com"] });
    bridge.publish(waiting);
    await settle();
    expect(document.activeElement).toBe(input("code-input"));
  });

  it("shows an error of the address under the field, until it is mended", async () => {
    await raise(idle, { requestCode: refuse(problem("invalid_email", "Check the address.", "email")) });
    await type("email-input", "ada@");
    await press("send-code");
    const note = get("sign-in-error").closest("p");
    expect(said("sign-in-error")).toBe("Check the address.");
    expect(input("email-input").getAttribute("aria-describedby")).toBe(note?.id);
    expect(input("email-input").getAttribute("aria-invalid")).toBe("true");
    await type("email-input", "ada@example.com");
    expect(find("sign-in-error")).toBeNull();
  });

  it("shows any other error in the card, and lets one try again", async () => {
    const bridge = await raise(idle, { requestCode: refuse(problem("offline", "Not reached; try again.")) });
    await press("send-code");
    expect(get("sign-in-error").getAttribute("role")).toBe("alert");
    expect(input("email-input").hasAttribute("aria-invalid")).toBe(false);
    await press("send-code");
    expect(bridge.timesAsked("requestCode")).toBe(2);
  });

  it("sends once however often one presses", async () => {
    const bridge = await raise(idle, { requestCode: () => new Promise(() => undefined) });
    await press("send-code");
    await press("send-code");
    expect(bridge.timesAsked("requestCode")).toBe(1);
    expect(get("send-code").getAttribute("aria-busy")).toBe("true");
  });
});

describe("the code field", () => {
  it("is what phones and browsers expect", async () => {
    await raise(waiting);
    expect(input("code-input").inputMode).toBe("numeric");
    expect(input("code-input").getAttribute("autocomplete")).toBe("one-time-code");
  });

  it.each(["123 456", "123-456", " 1 2 3 4 5 6 "])("takes the paste %j and submits it once", async (paste) => {
    const answer = held<null>();
    const bridge = await raise(waiting, { submitCode: () => answer.promise });
    await type("code-input", paste);
    expect(input("code-input").value).toBe("123456");
    expect(input("code-input").readOnly).toBe(true);
    get("code-input").closest("form")?.requestSubmit();
    await settle();
    expect(bridge.asked.filter(({ command }) => command === "submitCode")).toEqual([
      { command: "submitCode", args: ["production", "123456"] },
    ]);
  });

  it("does not submit five digits, nor seven", async () => {
    const bridge = await raise(waiting);
    await type("code-input", "1234567");
    expect(input("code-input").value).toBe("");
    expect(said("sign-in-error")).toContain("that was 7");
    await type("code-input", "12345");
    expect(find("sign-in-error")).toBeNull();
    expect(bridge.timesAsked("submitCode")).toBe(0);
  });

  it("refuses letters", async () => {
    await raise(waiting);
    await type("code-input", "12ab");
    expect(input("code-input").value).toBe("12");
    expect(said("sign-in-error")).toBe("The code has digits only.");
  });

  it("keeps the digits selected after a wrong code", async () => {
    await raise(waiting, { submitCode: refuse(problem("code_invalid", "Not the code; 4 tries are left.", "code")) });
    await type("code-input", "123456");
    const field = input("code-input");
    expect(said("sign-in-error")).toBe("Not the code; 4 tries are left.");
    expect([field.selectionStart, field.selectionEnd]).toEqual([0, 6]);
    expect(document.activeElement).toBe(field);
    await type("code-input", "9");
    expect(find("sign-in-error")).toBeNull();
  });

  it("says how long and how often it can still be tried", async () => {
    const bridge = await raise(waiting);
    const text = () => document.querySelector("form")?.textContent ?? "";
    expect(text()).toContain("Valid for 9 min 12 s");
    expect(text()).toContain("5 tries left");
    bridge.publish(snapshotOf([serverIn("signed_out", { signIn: { ...codeRequested, triesLeft: 1 } })]));
    bridge.tell(codeRequested.codeExpiresAt);
    await settle();
    expect(text()).toContain("The code has ended");
    // What helps now is what stands out.
    expect(get("resend-code").className).toContain("primary");
    expect(text()).toContain("1 try left");
  });
});

describe("a new code", () => {
  it("can be sent when its time has come", async () => {
    const bridge = await raise(waiting);
    expect(said("resend-code")).toBe("Send a new code in 42 s");
    await press("resend-code");
    expect(bridge.timesAsked("requestCode")).toBe(0);
    bridge.tell(NOW + 42_000);
    await settle();
    await type("code-input", "123");
    await press("resend-code");
    expect(bridge.asked).toContainEqual({ command: "requestCode", args: ["production", "ada@example.com"] });
    expect(input("code-input").value).toBe("");
  });

  it("goes to another address after “Wrong address?”", async () => {
    const bridge = await raise(waiting);
    await press("wrong-address");
    expect(bridge.asked.at(-1)).toEqual({ command: "cancelSignIn", args: ["production"] });
    bridge.publish(idle);
    await settle();
    expect(input("email-input").value).toBe("ada@example.com");
    expect(document.activeElement).toBe(input("email-input"));
  });
});

it("a session the server ended can be tried again, or given up", async () => {
  const bridge = await raise(snapshotOf([serverIn("sign_in_needed")]));
  await press("refresh-now");
  await press("sign-out");
  expect([bridge.timesAsked("refreshNow"), bridge.timesAsked("signOut")]).toEqual([1, 1]);
});

describe("a code that need not be typed again", () => {
  const offering = (code: string | null) => ({ clipboardCode: () => Promise.resolve(code) });
  const offer = (): string | null => find("use-clipboard")?.textContent.trim() ?? null;

  it("is offered from the clipboard while the field has the focus, and used with one press", async () => {
    const bridge = await raise(waiting, offering("493028"));
    expect([bridge.timesAsked("clipboardCode"), offer()]).toEqual([0, null]);
    input("code-input").focus();
    await settle();
    expect(offer()).toBe("Use 493 028 from the clipboard");
    await press("use-clipboard");
    expect(bridge.asked.at(-1)).toEqual({ command: "submitCode", args: ["production", "493028"] });
    expect(offer()).toBeNull();
  });

  it("is looked for again when one comes back from the e-mail", async () => {
    let copied: string | null = null;
    await raise(waiting, { clipboardCode: () => Promise.resolve(copied) });
    input("code-input").focus();
    await settle();
    expect(offer()).toBeNull();
    copied = "493028";
    window.dispatchEvent(new Event("focus"));
    await settle();
    expect(offer()).not.toBeNull();
  });

  it("is not offered once the focus is elsewhere, nor after it was refused", async () => {
    await raise(waiting, { ...offering("493028"), submitCode: refuse(problem("code_invalid", "Wrong.", "code")) });
    input("code-input").focus();
    await settle();
    get("resend-code").focus();
    await settle();
    expect(offer()).toBeNull();
    await type("code-input", "493028");
    expect(said("sign-in-error")).toBe("Wrong.");
    input("code-input").blur();
    input("code-input").focus();
    await settle();
    expect(offer()).toBeNull();
  });

  it("may be pasted anywhere on the page, but for another field", async () => {
    const bridge = await raise(waiting);
    const paste = (target: Element, text: string): boolean => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      return target.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }));
    };
    paste(document.body, "a whole sentence with 493028 in it");
    paste(document.body, "49302");
    await settle();
    expect(bridge.timesAsked("submitCode")).toBe(0);
    paste(document.body, "493 028");
    await settle();
    expect(bridge.asked.at(-1)).toEqual({ command: "submitCode", args: ["production", "493028"] });
  });
});

describe("a link into the app", () => {
  it("opens its server at the field", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in"), serverIn("signed_out", { id: "eu", name: "EU", active: false, email: "ada@example.com" })]));
    bridge.open("eu");
    await settle();
    expect(document.activeElement).toBe(input("email-input"));
    expect(input("email-input").value).toBe("ada@example.com");
  });

  it("to a server that is not here says so, as text", async () => {
    const bridge = await raise(idle);
    bridge.open("<img src=x>\u202e");
    await settle();
    expect(said("notice")).toContain("There is no server <img src=x> here.");
    expect(document.querySelector("img")).toBeNull();
  });

  it.each([["nowhere", "Hier gibt es keinen Server nowhere."], ["eu", null]])("that opens the window waits for the servers: %s", async (wanted, notice) => {
    const answer = held<Snapshot>();
    const servers = [serverIn("signed_in"), serverIn("signed_out", { id: "eu", name: "EU", active: false })];
    const all: Snapshot = { ...snapshotOf(servers), preferences: { ...usual, language: "de" } };
    const bridge = await raise(all, { snapshot: () => answer.promise });
    bridge.open(wanted);
    await settle();
    expect(find("notice")).toBeNull();
    answer.resolve(all);
    await settle();
    expect(document.querySelector("h1")?.textContent).toBe(notice === null ? "EU" : "Production");
    if (notice === null) expect(find("notice")).toBeNull();
    else expect(said("notice")).toContain(notice);
  });

  it("that named a server too early does not open it when it comes", async () => {
    const answer = held<Snapshot>();
    const bridge = await raise(snapshotOf([serverIn("signed_in")]), { snapshot: () => answer.promise });
    bridge.open("eu");
    answer.resolve(bridge.current);
    await settle();
    bridge.publish(snapshotOf([serverIn("signed_in"), serverIn("signed_out", { id: "eu", name: "EU", active: false })]));
    await settle();
    expect(document.querySelector("h1")?.textContent).toBe("Production");
  });
});
