import type { Preferences, ServerView } from "../lib/contract";
import { ABOUT } from "./closer";
import { FakeBridge } from "./fake-bridge";
import { hostile, MINUTE, NOW, others, serverIn, snapshotOf, usual } from "./made-up";
import { among, inState, refuse, type Scene } from "./scene";

const live = { color: "red", protected: true, fallBackMinutes: 15 } as const;

/** Servers of several environments; the first is active. */
function environments(): ServerView[] {
  const [local, pay, staging] = others;
  if (!local || !pay || !staging) throw new Error("the made-up servers are gone");
  return [
    { ...staging, active: true, state: "signed_in", email: "ada@example.com", look: { color: "blue", protected: false, fallBackMinutes: null } },
    serverIn("signed_in", { active: false, look: live }),
    { ...local, look: { color: "green", protected: false, fallBackMinutes: null } },
    { ...pay, look: { color: "purple", protected: true, fallBackMinutes: null } },
  ];
}

function chosen(changes: Partial<Preferences>): () => FakeBridge {
  const snapshot = snapshotOf([serverIn("signed_in"), ...others]);
  return () => new FakeBridge({ ...snapshot, preferences: { ...usual, ...changes } });
}

function many(): ServerView[] {
  const region = (n: number): ServerView => serverIn(n % 7 === 3 ? "sign_in_needed" : "signed_in", { id: `region-${n}`, name: `Region ${n}`, active: n === 17 });
  return Array.from({ length: 200 }, (_, n) => region(n + 1));
}

const settings = [{ press: "go-settings" }];

/** What a person chooses about the app and its servers. */
export const CHOICE_SCENES: Record<string, Scene> = {
  environments: { bridge: () => new FakeBridge(snapshotOf(environments())) },
  "switch-protected": {
    bridge: () => new FakeBridge(snapshotOf(environments())),
    acts: [{ press: "server-item", at: 1 }, { press: "make-active" }],
  },
  "fall-back": {
    bridge: () => {
      const servers = environments().map((server) => ({ ...server, active: server.id === "production" }));
      return new FakeBridge({ ...snapshotOf(servers), fallBack: { from: "production", to: "staging", at: NOW + 12 * MINUTE } });
    },
  },
  switcher: { bridge: () => new FakeBridge(snapshotOf(environments())), acts: [{ press: "open-switcher" }] },
  "switcher-typed": {
    bridge: () => new FakeBridge(snapshotOf(environments())),
    acts: [{ press: "open-switcher" }, { type: "switcher-input", text: "prod" }],
  },
  "switcher-none": {
    bridge: () => new FakeBridge(snapshotOf(environments())),
    acts: [{ press: "open-switcher" }, { type: "switcher-input", text: "zzz" }],
  },
  "two-hundred": { bridge: () => new FakeBridge(snapshotOf(many())) },
  "two-hundred-switcher": { bridge: () => new FakeBridge(snapshotOf(many())), acts: [{ press: "open-switcher" }, { type: "switcher-input", text: "region 17" }] },
  "right-to-left": {
    bridge: () =>
      new FakeBridge(
        snapshotOf([
          serverIn("signed_in", { name: "\u05d9\u05d9\u05e6\u05d5\u05e8", email: "ada@example.com" }),
          serverIn("offline", { id: "fa", name: "\u0645\u062d\u06cc\u0637 \u0622\u0632\u0645\u0627\u06cc\u0634\u06cc", active: false }),
          ...others,
        ]),
      ),
  },
  "dialog-look": {
    bridge: () => new FakeBridge(snapshotOf([serverIn("signed_in", { look: live }), ...others])),
    acts: [{ press: "edit-server" }],
  },
  settings: { bridge: inState("signed_in"), acts: settings },
  "settings-chosen": {
    bridge: chosen({ quietHours: { from: 22 * 60, to: 7 * 60 }, clipboardSeconds: 45, startHidden: false, logLevel: "debug" }),
    acts: [...settings, { see: "set-clipboard" }],
  },
  "settings-fixed": {
    bridge: among(serverIn("signed_in"), { about: () => Promise.resolve({ ...ABOUT, storeIsFixed: true, logIsFixed: true }) }),
    acts: [...settings, { see: "set-log" }],
  },
  "settings-store": {
    bridge: among(serverIn("signed_in"), {
      moveStore: refuse({ code: "passphrase_needed", message: "The encrypted file needs its passphrase first.", field: null }),
      passphraseIsNew: () => Promise.resolve(true),
    }),
    acts: [...settings, { press: "set-store-encrypted-file" }, { press: "move-store" }, { see: "set-store-encrypted-file" }],
  },
  "settings-carried": { bridge: inState("signed_in"), acts: [...settings, { press: "export-servers" }, { see: "carried" }] },
  "settings-error": {
    bridge: among(serverIn("signed_in"), {
      setPreferences: refuse({ code: "settings_unusable", message: `settings.json could not be written: no space left on the disk; see what lies there. ${hostile}`, field: null }),
    }),
    acts: [...settings, { press: "set-start-hidden" }],
  },
};
