import { beforeEach, describe, expect, it, vi } from "vitest";

const invoke = vi.hoisted(() => vi.fn(() => Promise.resolve(null)));
const Channel = vi.hoisted(
  () =>
    class {
      onmessage: (told: unknown) => void = () => undefined;
    },
);
vi.mock("@tauri-apps/api/core", () => ({ invoke, Channel }));

import { asProblem, tauriBridge } from "./bridge";

import { plainLook as look, usual as preferences } from "../gallery/made-up";

const form = { id: "", name: "n", url: "u", domainId: "d" };

describe("the door to Rust", () => {
  beforeEach(() => void invoke.mockClear());

  it.each([
    [() => tauriBridge.snapshot(), ["snapshot"]],
    [() => tauriBridge.checkServer(form, null), ["check_server", { form, editing: null }]],
    [() => tauriBridge.testConnection(form), ["test_connection", { form }]],
    [() => tauriBridge.addServer(form), ["add_server", { form }]],
    [() => tauriBridge.editServer("a", form), ["edit_server", { server: "a", form }]],
    [() => tauriBridge.removeServer("a"), ["remove_server", { server: "a" }]],
    [() => tauriBridge.reorderServers(["a"]), ["reorder_servers", { servers: ["a"] }]],
    [() => tauriBridge.switchServer("a", true), ["switch_server", { server: "a", confirmed: true }]],
    [() => tauriBridge.stay(), ["stay"]],
    [() => tauriBridge.setLook("a", look), ["set_look", { server: "a", look }]],
    [() => tauriBridge.clipboardCode(), ["clipboard_code"]],
    [() => tauriBridge.claims("a"), ["claims", { server: "a" }]],
    [() => tauriBridge.previewSharing("a"), ["preview_sharing", { server: "a" }]],
    [() => tauriBridge.timeline("a"), ["timeline", { server: "a" }]],
    [() => tauriBridge.ownSessions("a"), ["own_sessions", { server: "a" }]],
    [() => tauriBridge.endSession("a", "s"), ["end_session", { server: "a", session: "s" }]],
    [() => tauriBridge.examine(), ["examine"]],
    [() => tauriBridge.repair(), ["repair"]],
    [() => tauriBridge.lastCopy(), ["last_copy"]],
    [() => tauriBridge.putCopyBack("p"), ["put_copy_back", { path: "p" }]],
    [() => tauriBridge.setPreferences(preferences), ["set_preferences", { preferences }]],
    [() => tauriBridge.autostart(), ["autostart"]],
    [() => tauriBridge.setAutostart(true), ["set_autostart", { on: true }]],
    [() => tauriBridge.moveStore("keychain"), ["move_store", { kind: "keychain" }]],
    [() => tauriBridge.about(), ["about"]],
    [() => tauriBridge.openPlace("data_folder"), ["open_place", { place: "data_folder" }]],
    [() => tauriBridge.exportServers(), ["export_servers"]],
    [() => tauriBridge.importServers("t"), ["import_servers", { text: "t" }]],
    [() => tauriBridge.requestCode("a", "e"), ["request_code", { server: "a", email: "e" }]],
    [() => tauriBridge.submitCode("a", "1"), ["submit_code", { server: "a", code: "1" }]],
    [() => tauriBridge.cancelSignIn("a"), ["cancel_sign_in", { server: "a" }]],
    [() => tauriBridge.refreshNow("a"), ["refresh_now", { server: "a" }]],
    [() => tauriBridge.signOut("a"), ["sign_out", { server: "a" }]],
    [() => tauriBridge.setSharing("a", "none"), ["set_sharing", { server: "a", sharing: "none" }]],
    [() => tauriBridge.settle("a", true), ["settle", { server: "a", ours: true }]],
    [() => tauriBridge.passphraseIsNew(), ["passphrase_is_new"]],
    [() => tauriBridge.unlockStore("p"), ["unlock_store", { passphrase: "p" }]],
    [() => tauriBridge.copyToken("a"), ["copy_token", { server: "a" }]],
    [() => tauriBridge.revealToken("a"), ["reveal_token", { server: "a" }]],
  ])("gives each command its name and arguments (%#)", async (give, expected) => {
    await give();
    expect(invoke).toHaveBeenCalledExactlyOnceWith(...expected);
  });

  it("hands on what it is told, through one channel, for as long as somebody wants it", async () => {
    const [clock, view] = [vi.fn(), vi.fn()];
    const stop = await tauriBridge.onClock(clock);
    await tauriBridge.onShowView(view);
    expect(invoke).toHaveBeenCalledExactlyOnceWith("follow", { ear: expect.any(Channel) });
    const [, { ear }] = invoke.mock.calls[0] as unknown as [string, { ear: InstanceType<typeof Channel> }];
    ear.onmessage({ event: "clock", payload: 7 });
    expect(clock).toHaveBeenCalledExactlyOnceWith(7);
    expect(view).not.toHaveBeenCalled();
    stop();
    ear.onmessage({ event: "clock", payload: 8 });
    expect(clock).toHaveBeenCalledTimes(1);
  });
});

describe("what a rejected command carries", () => {
  it("is a problem with its field", () => {
    const problem = { code: "invalid_email", message: "No.", field: "email" };
    expect(asProblem(problem)).toEqual(problem);
  });

  it("may be the shell's own words", () => {
    expect(asProblem("not allowed")).toMatchObject({ code: "internal", message: expect.stringContaining("not allowed"), field: null });
  });

  it.each([undefined, null, 3, {}, { code: 1, message: "x" }])("is a sentence whatever it was: %j", (rejection) => {
    expect(asProblem(rejection).message).toMatch(/open it again\.$/);
  });
});
