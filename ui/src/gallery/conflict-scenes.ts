import type { Problem } from "../lib/contract";
import { hostile, serverWith } from "./made-up";
import { among, refuse, type Scene } from "./scene";

const replaced = { kind: "replaced", theirs: "bob@example.com", ours: "ada@example.com" } as const;
const longAddress = `${"very.long.address.".repeat(5)}@example.com`;
const offline: Problem = {
  code: "offline",
  message: "https://auth.example.com could not be reached; check the address and your network.",
  field: null,
};
const closed: Problem = { code: "locked", message: "The encrypted file needs its passphrase.", field: null };

/** Others changed the shared file, and a person decides. */
export const CONFLICT_SCENES: Record<string, Scene> = {
  "conflict-vanished": { bridge: among(serverWith({ kind: "vanished" })) },
  "conflict-replaced": { bridge: among(serverWith(replaced)) },
  "conflict-signed-out": { bridge: among(serverWith({ kind: "signed_out" })) },
  "conflict-pending": {
    bridge: among(serverWith({ kind: "vanished" }), { settle: () => new Promise(() => undefined) }),
    acts: [{ press: "settle-ours" }],
  },
  "conflict-error": {
    bridge: among(serverWith(replaced), { settle: refuse(offline) }),
    acts: [{ press: "settle-ours" }],
  },
  "conflict-passphrase": {
    bridge: among(serverWith({ kind: "vanished" }, { store: "encrypted-file" }), { settle: refuse(closed) }),
    acts: [{ press: "settle-ours" }],
  },
  "conflict-hostile": {
    bridge: among(serverWith({ kind: "replaced", theirs: longAddress, ours: longAddress }, { name: hostile, email: longAddress })),
  },
};
