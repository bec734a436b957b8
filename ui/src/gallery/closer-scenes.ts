import type { Problem } from "../lib/contract";
import { CHECKS, CLAIMS, WELL } from "./closer";
import { hostile, others, serverIn, snapshotOf } from "./made-up";
import { among, inState, refuse, type Scene } from "./scene";
import { FakeBridge } from "./fake-bridge";

const tooOld: Problem = {
  code: "server_too_old",
  message: "https://auth.example.com is too old to do that; ask the people who run it to update it.",
  field: null,
};
const never = (): Promise<never> => new Promise(() => undefined);

/** A closer look at one session, and at the whole computer. */
export const CLOSER_SCENES: Record<string, Scene> = {
  claims: { bridge: inState("signed_in"), acts: [{ press: "tab-claims" }] },
  "claims-hostile": {
    bridge: among(serverIn("signed_in"), {
      claims: () => Promise.resolve([...CLAIMS, { name: hostile, value: { kind: "text", is: `${hostile} ${"x".repeat(280)}` } }]),
    }),
    acts: [{ press: "tab-claims" }],
  },
  "claims-none": { bridge: among(serverIn("signed_in"), { claims: () => Promise.resolve([]) }), acts: [{ press: "tab-claims" }] },
  history: { bridge: inState("signed_in"), acts: [{ press: "tab-timeline" }] },
  "history-empty": { bridge: among(serverIn("signed_out"), { timeline: () => Promise.resolve([]) }), acts: [{ press: "tab-timeline" }] },
  sessions: { bridge: inState("signed_in"), acts: [{ press: "tab-sessions" }] },
  "sessions-end": { bridge: inState("signed_in"), acts: [{ press: "tab-sessions" }, { press: "end-session" }] },
  "sessions-loading": { bridge: among(serverIn("signed_in"), { ownSessions: never }), acts: [{ press: "tab-sessions" }] },
  "sessions-too-old": { bridge: among(serverIn("signed_in"), { ownSessions: refuse(tooOld) }), acts: [{ press: "tab-sessions" }] },
  doctor: { bridge: inState("signed_in"), acts: [{ press: "go-doctor" }] },
  "doctor-well": { bridge: among(serverIn("signed_in"), { examine: () => Promise.resolve(WELL) }), acts: [{ press: "go-doctor" }] },
  "doctor-looking": { bridge: among(serverIn("signed_in"), { examine: never }), acts: [{ press: "go-doctor" }] },
  "doctor-repaired": {
    bridge: among(serverIn("signed_in"), {
      repair: () => Promise.resolve(CHECKS.map((check) => (check.repairable ? { ...check, ok: true, fixed: true, repairable: false, why: null, fix: null } : check))),
    }),
    acts: [{ press: "go-doctor" }, { press: "repair" }],
  },
  "store-better": {
    bridge: among(serverIn("signed_in", { store: "plaintext" }), {
      moveStore: refuse({ code: "locked", message: "The keychain is locked; unlock it and try again.", field: null }),
    }),
    acts: [{ press: "better-store" }],
  },
  about: { bridge: () => new FakeBridge(snapshotOf([serverIn("signed_in"), ...others])), acts: [{ press: "go-about" }] },
};
