import { describe, expect, it } from "vitest";

import { serverIn, snapshotOf, waitingForPassphrase } from "../gallery/made-up";
import type { StoreKind } from "../lib/contract";
import { find, get, held, input, press, problem, raise, refuse, said, settle, type } from "./stage";

const waiting = snapshotOf([waitingForPassphrase()]);
const isNew = { passphraseIsNew: () => Promise.resolve(true) };
const signedOut = snapshotOf([serverIn("signed_out", { store: "encrypted-file" })]);
const closed = problem("locked", "The encrypted file needs its passphrase.");

describe("where the secret is kept", () => {
  it.each<[StoreKind, string]>([
    ["keychain", "System keychain"],
    ["encrypted-file", "Encrypted file"],
    ["plaintext", "PLAINTEXT file"],
  ])("%s reads “%s”", async (store, words) => {
    await raise(snapshotOf([serverIn("signed_in", { store })]));
    expect(said("store-badge")).toBe(words);
    expect(get("store-badge").classList.contains("plaintext")).toBe(store === "plaintext");
    expect(find("plaintext-note") !== null).toBe(store === "plaintext");
    await press("remove-server");
    const noun = words.replace("System ", "").toLowerCase();
    expect(get("confirm-remove").closest("[role=group]")?.textContent).toContain(`deleted from the ${noun}.`);
  });
});

describe("the passphrase of the encrypted file", () => {
  it("is asked for where it helps, and nowhere else", async () => {
    const bridge = await raise(waiting);
    expect(said("session-state")).toBe("Passphrase needed");
    expect(input("passphrase-input").type).toBe("password");
    expect(find("passphrase-again")).toBeNull();
    for (const store of ["keychain", "encrypted-file"] as const) {
      bridge.publish(snapshotOf([serverIn("locked", { store })]));
      await settle();
      expect(find("passphrase-input")).toBeNull();
    }
    expect(said("session-state")).toBe("Credential file unavailable");
  });

  it("has left the page before Rust has answered", async () => {
    const answer = held<null>();
    const bridge = await raise(waiting, { unlockStore: () => answer.promise });
    await type("passphrase-input", "correct horse");
    await press("unlock-store");
    expect(bridge.asked.at(-1)).toEqual({ command: "unlockStore", args: ["correct horse"] });
    expect(input("passphrase-input").value).toBe("");
    expect(document.documentElement.outerHTML).not.toContain("correct horse");
    get("passphrase-input").closest("form")?.requestSubmit();
    await settle();
    expect(bridge.timesAsked("unlockStore")).toBe(1);
  });

  it("that is wrong is asked for again, with the focus in the empty field", async () => {
    await raise(waiting, { unlockStore: refuse(problem("wrong_passphrase", "Not this one; type the right one.")) });
    await type("passphrase-input", "horse");
    await press("unlock-store");
    expect(said("passphrase-error")).toBe("Not this one; type the right one.");
    expect(document.activeElement).toBe(input("passphrase-input"));
    expect(input("passphrase-input").value).toBe("");
    await type("passphrase-input", "h");
    expect(find("passphrase-error")).toBeNull();
  });

  it("that was not typed is not sent", async () => {
    const bridge = await raise(waiting);
    await press("unlock-store");
    expect(said("passphrase-error")).toBe("Type the passphrase.");
    expect(bridge.timesAsked("unlockStore")).toBe(0);
  });

  it("gives the focus back to the card when it was right", async () => {
    const bridge = await raise(waiting);
    await type("passphrase-input", "horse");
    await press("unlock-store");
    bridge.publish(snapshotOf([serverIn("signed_in", { store: "encrypted-file" })]));
    await settle();
    expect(find("passphrase-form")).toBeNull();
    expect(document.activeElement).toBe(document.querySelector("main section"));
  });

  it("of a new file is typed twice", async () => {
    const bridge = await raise(waiting, isNew);
    expect(said("passphrase-form")).toContain("no way into the file without it");
    await type("passphrase-input", "horse");
    await type("passphrase-again", "hose");
    await press("unlock-store");
    expect(said("passphrase-error")).toBe("These two differ; type them again.");
    expect([input("passphrase-input").value, input("passphrase-again").value]).toEqual(["", ""]);
    expect(bridge.timesAsked("unlockStore")).toBe(0);
    await type("passphrase-input", "horse");
    await type("passphrase-again", "horse");
    await press("unlock-store");
    expect(bridge.asked.at(-1)).toEqual({ command: "unlockStore", args: ["horse"] });
  });

  it.each(["locked", "wrong_passphrase"])("is asked for when a sign-in meets the closed file (%s), and the sign-in goes on", async (code) => {
    const bridge = await raise(signedOut, { requestCode: refuse({ ...closed, code }) });
    expect(find("passphrase-form")).toBeNull();
    await type("email-input", "ada@example.com");
    await press("send-code");
    expect(find("sign-in-error")).toBeNull();
    await type("passphrase-input", "horse");
    await press("unlock-store");
    expect(find("passphrase-form")).toBeNull();
    expect(document.activeElement).toBe(input("email-input"));
    expect(input("email-input").value).toBe("ada@example.com");
    bridge.answer("requestCode", () => Promise.resolve(null));
    await press("send-code");
    expect(bridge.timesAsked("requestCode")).toBe(2);
  });

  it("is not asked for where a keychain is closed", async () => {
    await raise(snapshotOf([serverIn("signed_out")]), { requestCode: refuse(problem("locked", "Unlock the keychain.")) });
    await press("send-code");
    expect(find("passphrase-form")).toBeNull();
    expect(said("sign-in-error")).toBe("Unlock the keychain.");
  });
});
