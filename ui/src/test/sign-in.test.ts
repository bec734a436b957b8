import { describe, expect, it } from "vitest";

import { codeRequested, NOW, serverIn, snapshotOf } from "../gallery/made-up";
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
    expect(bridge.asked.at(-1)).toEqual({ command: "requestCode", args: ["production", "ada@example.com"] });
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
