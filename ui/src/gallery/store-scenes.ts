import type { Problem } from "../lib/contract";
import { serverIn, waitingForPassphrase } from "./made-up";
import { among, inState, refuse, type Scene } from "./scene";

const closed: Problem = {
  code: "locked",
  message: "The encrypted file needs its passphrase; type it in the app or at a terminal.",
  field: null,
};
const wrong: Problem = {
  code: "locked",
  message: "This passphrase does not open the encrypted file; type the right one, or correct the file that FLOWSTATE_STORE_PASSPHRASE_FILE names.",
  field: null,
};
const isNew = { passphraseIsNew: () => Promise.resolve(true) };
const askForCode = [{ type: "email-input", text: "ada@example.com" }, { press: "send-code" }];

/** Where secrets are kept, and what opens it. */
export const STORE_SCENES: Record<string, Scene> = {
  encrypted: { bridge: inState("signed_in", { store: "encrypted-file" }) },
  plaintext: { bridge: inState("signed_in", { store: "plaintext" }) },
  passphrase: { bridge: among(waitingForPassphrase()) },
  "passphrase-wrong": {
    bridge: among(waitingForPassphrase(), { unlockStore: refuse(wrong) }),
    acts: [{ type: "passphrase-input", text: "horse" }, { press: "unlock-store" }],
  },
  "passphrase-new": {
    bridge: among(serverIn("signed_out", { store: "encrypted-file" }), { requestCode: refuse(closed), ...isNew }),
    acts: askForCode,
  },
  "passphrase-differs": {
    bridge: among(serverIn("signed_out", { store: "encrypted-file" }), { requestCode: refuse(closed), ...isNew }),
    acts: [...askForCode, { type: "passphrase-input", text: "horse" }, { type: "passphrase-again", text: "hose" }, { press: "unlock-store" }],
  },
  "passphrase-at-sign-in": {
    bridge: among(serverIn("signed_out", { store: "encrypted-file" }), { requestCode: refuse(closed) }),
    acts: askForCode,
  },
  "file-unavailable": {
    bridge: inState("locked", {
      store: "plaintext",
      reasonCode: "store_unavailable",
      reason: "The credential file /home/ada/.local/share/flowstate/credentials.json is damaged at line 3; put a copy of it back, or sign in again.",
    }),
  },
};
