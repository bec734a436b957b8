import type { Bridge } from "../lib/bridge";
import type { Problem } from "../lib/contract";
import { CHOICE_SCENES } from "./choice-scenes";
import { CLOSER_SCENES } from "./closer-scenes";
import { CONFLICT_SCENES } from "./conflict-scenes";
import { FakeBridge } from "./fake-bridge";
import { codeRequested, hostile, NOW, others, serverIn, snapshotOf } from "./made-up";
import { inState, refuse, type Scene } from "./scene";
import { SHARING_SCENES } from "./sharing-scenes";
import { STORE_SCENES } from "./store-scenes";

const wrongCode: Problem = {
  code: "code_invalid",
  message: "That is not the code from the e-mail; 4 tries are left.",
  field: "code",
};
const offline: Problem = {
  code: "offline",
  message: "https://auth.example.com cannot be reached; check the network and try again.",
  field: null,
};
const wrongFields: Problem[] = [
  { code: "invalid_server", message: "The address needs https:// in front; plain http is for this computer only.", field: "url" },
  { code: "invalid_server", message: "There is a server production already; choose another id.", field: "id" },
];
const requested = { signIn: codeRequested };
const token = `eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.${"bm90IGEgcmVhbCB0b2tlbiAg".repeat(24)}.c2lnbmF0dXJl`;

export const SCENES: Record<string, Scene> = {
  "signed-in": { bridge: inState("signed_in") },
  "not-active": { bridge: () => new FakeBridge(snapshotOf([serverIn("signed_in", { active: false })])) },
  refreshing: { bridge: inState("refreshing") },
  offline: { bridge: inState("offline") },
  expired: { bridge: inState("expired") },
  locked: { bridge: inState("locked") },
  "sign-in-needed": { bridge: inState("sign_in_needed") },
  "signed-out": { bridge: inState("signed_out") },
  "cannot-be-used": { bridge: inState("signed_out", { url: "ftp://x", reasonCode: "invalid_server", reason: "The address has no https:// in front; edit the server and correct it." }) },
  "email-error": {
    bridge: () =>
      new FakeBridge(snapshotOf([serverIn("signed_out"), ...others]), {
        requestCode: refuse({ code: "invalid_email", message: "This is not an e-mail address; check it.", field: "email" }),
      }),
    acts: [{ type: "email-input", text: "ada@" }, { press: "send-code" }],
  },
  "send-offline": {
    bridge: () => new FakeBridge(snapshotOf([serverIn("signed_out"), ...others]), { requestCode: refuse(offline) }),
    acts: [{ type: "email-input", text: "ada@example.com" }, { press: "send-code" }],
  },
  code: { bridge: inState("signed_out", requested) },
  "code-resend": { bridge: inState("signed_out", requested), now: NOW + 60_000 },
  "code-ended": { bridge: inState("signed_out", requested), now: NOW + 600_000 },
  "code-wrong": {
    bridge: () =>
      new FakeBridge(snapshotOf([serverIn("signed_out", { signIn: { ...codeRequested, triesLeft: 4 } }), ...others]), {
        submitCode: refuse(wrongCode),
      }),
    acts: [{ type: "code-input", text: "123 456" }],
  },
  "code-pending": {
    bridge: () =>
      new FakeBridge(snapshotOf([serverIn("signed_out", requested), ...others]), { submitCode: () => new Promise(() => undefined) }),
    acts: [{ type: "code-input", text: "123456" }],
  },
  revealed: {
    bridge: () => new FakeBridge(snapshotOf([serverIn("signed_in"), ...others]), { revealToken: () => Promise.resolve(token) }),
    acts: [{ press: "copy-token" }, { press: "reveal-token" }],
  },
  "copy-error": {
    bridge: () =>
      new FakeBridge(snapshotOf([serverIn("signed_in"), ...others]), {
        copyToken: refuse({ code: "clipboard", message: "The clipboard is held by another program; try again.", field: null }),
      }),
    acts: [{ press: "copy-token" }],
  },
  remove: { bridge: inState("signed_in"), acts: [{ press: "remove-server" }] },
  "dialog-add": { bridge: inState("signed_in"), acts: [{ press: "add-server" }] },
  "dialog-edit": {
    bridge: inState("signed_in"),
    acts: [{ press: "edit-server" }, { type: "field-url", text: "https://new.example.com" }, { press: "test-connection" }],
  },
  "dialog-errors": {
    bridge: () =>
      new FakeBridge(snapshotOf([serverIn("signed_in"), ...others]), {
        checkServer: () => Promise.resolve(wrongFields),
        testConnection: () => Promise.resolve({ ok: false, message: "auth.example.com answered, but not as a FlowState auth server does; check the address." }),
      }),
    acts: [
      { press: "add-server" },
      { type: "field-name", text: "Production" },
      { type: "field-url", text: "auth.example.com" },
      { press: "test-connection" },
      { press: "save-server" },
    ],
  },
  ...SHARING_SCENES,
  ...STORE_SCENES,
  ...CONFLICT_SCENES,
  ...CLOSER_SCENES,
  ...CHOICE_SCENES,
  "first-run": { bridge: () => new FakeBridge(snapshotOf([])) },
  "first-run-add": { bridge: () => new FakeBridge(snapshotOf([])), acts: [{ press: "add-server" }] },
  "config-problem": { bridge: broken() },
  "config-copy": { bridge: broken(), acts: [{ press: "last-copy" }] },
  "config-no-copy": {
    bridge: broken({
      lastCopy: refuse({ code: "no_copy", message: "There is no copy of ~/.flowstate/config.json yet; the first one is kept before the next change.", field: null }),
    }),
    acts: [{ press: "last-copy" }],
  },
  "config-problem-alone": { bridge: broken({}, []) },
  "config-not-written": { bridge: beside("config_not_written", "The disk is full, so ~/.flowstate/config.json was left as it is; free some space and try again.") },
  "settings-problem": {
    bridge: beside(
      "settings_unusable",
      "/home/ada/.local/state/flowstate/settings.json is not valid at line 3, column 14; mend it, or delete it to begin with the defaults.",
    ),
  },
  "code-offered": {
    bridge: () => new FakeBridge(snapshotOf([serverIn("signed_out", requested), ...others]), { clipboardCode: () => Promise.resolve("493028") }),
    acts: [{ focus: "code-input" }],
  },
  loading: { bridge: () => new FakeBridge(snapshotOf([]), { snapshot: () => new Promise(() => undefined) }) },
  "not-loaded": { bridge: () => new FakeBridge(snapshotOf([]), { snapshot: refuse({ ...offline, message: "The app is closing; open it again." }) }) },
  hostile: {
    bridge: () =>
      new FakeBridge(
        snapshotOf([serverIn("signed_in", { name: hostile, email: `${"very.long.address.".repeat(5)}@example.com` }), ...others, ...many()]),
      ),
  },
};

function broken(answers: Partial<Bridge> = {}, servers = [serverIn("signed_in"), ...others]): () => FakeBridge {
  const snapshot = snapshotOf(servers, {
    code: "config_unusable",
    message:
      "~/.flowstate/config.json cannot be used: it is not valid JSON at line 12, column 3: expected `,` or `}`. It is left as it is; mend it, or put back the last good copy.",
    field: null,
  });
  return () => new FakeBridge({ ...snapshot, configProblemAt: { line: 12, column: 3 } }, answers);
}

/** What is in the shared file is good, but something beside it is not. */
function beside(code: string, message: string): () => FakeBridge {
  return () => new FakeBridge(snapshotOf([serverIn("signed_in"), ...others], { code, message, field: null }));
}

function many() {
  return Array.from({ length: 14 }, (_, n) => serverIn(n % 2 ? "offline" : "locked", { id: `more-${n}`, name: `Region ${n + 1}`, active: false }));
}
