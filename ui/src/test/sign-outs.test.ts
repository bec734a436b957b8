import { describe, expect, it } from "vitest";

import { others, serverIn, snapshotOf, usual } from "../gallery/made-up";
import { find, get, press, problem, raise, refuse, said, settle } from "./stage";

const untold = problem("server_not_told", "You are signed out here, but the server was not told; it will be told.");
const signedIn = snapshotOf([serverIn("signed_in"), ...others]);
const waiting = (...servers: string[]) => snapshotOf([serverIn("signed_out"), ...others], null, servers);

describe("servers that have yet to hear of a sign-out", () => {
  it.each([
    [["production"], "Production has yet to hear that you signed out; it will be told."],
    [["gone", "gone"], "gone has yet to hear that you signed out; it will be told."],
    [["production", "cloud-pay", "production"], "2 servers have yet to hear that you signed out; they will be told."],
  ])("%j read “%s”", async (servers, words) => {
    const bridge = await raise(waiting(...servers));
    expect(said("sign-outs-waiting")).toBe(words);
    bridge.publish(waiting());
    await settle();
    expect(find("sign-outs-waiting")).toBeNull();
  });

  it("are told of even where no server is left", async () => {
    await raise(snapshotOf([], null, ["production"]));
    expect(get("first-run").textContent).toContain("production has yet to hear");
  });
});

describe("that a server was not told", () => {
  it("is said above the cards, since the session's own is gone", async () => {
    const bridge = await raise(signedIn, { signOut: refuse(untold) });
    await press("sign-out");
    bridge.publish(waiting("production"));
    await settle();
    expect(get("notice").querySelector("[role=alert]")?.textContent).toBe(untold.message);
    expect(find("email-input")).not.toBeNull();
    expect(document.querySelector("main [role=alert]")).toBeNull();
  });

  it("is said when the server itself has left the list", async () => {
    const bridge = await raise(snapshotOf([serverIn("signed_in")]), { removeServer: refuse(untold) });
    await press("remove-server");
    await press("confirm-remove");
    bridge.publish(snapshotOf([], null, ["production"]));
    await settle();
    expect(find("first-run")).not.toBeNull();
    expect(get("notice").textContent).toContain(untold.message);
  });

  it("is said in the language of the page", async () => {
    await raise({ ...signedIn, preferences: { ...usual, language: "de" } }, { signOut: refuse(untold) });
    await press("sign-out");
    expect(get("notice").querySelector("[role=alert]")?.textContent).toMatch(/^Sie sind auf diesem Computer abgemeldet/);
  });

  it("can be dismissed, and goes by itself when the server was told", async () => {
    const bridge = await raise(signedIn, { signOut: refuse(untold) });
    await press("sign-out");
    await press("dismiss-notice");
    expect(find("notice")).toBeNull();
    expect(document.activeElement).toBe(document.querySelector("main section"));
    await press("sign-out");
    bridge.publish(waiting("production"));
    bridge.publish(waiting());
    await settle();
    expect(find("notice")).toBeNull();
  });

  it("is not mistaken for a sign-out that failed", async () => {
    await raise(signedIn, { signOut: refuse(problem("locked", "Unlock the keychain.")) });
    await press("sign-out");
    expect(find("notice")).toBeNull();
    expect(document.querySelector("main [role=alert]")?.textContent).toBe("Unlock the keychain.");
  });
});
