// Servers that do not exist, for the gallery and the tests.
import type { Conflict, Preferences, Problem, ServerLook, ServerView, SessionState, SignInView, Snapshot } from "../lib/contract";

export const NOW = 1_795_482_000_000;
export const MINUTE = 60_000;

export const codeRequested: Extract<SignInView, { step: "code_requested" }> = {
  step: "code_requested",
  email: "ada@example.com",
  codeExpiresAt: NOW + 9 * MINUTE + 12_000,
  resendAt: NOW + 42_000,
  triesLeft: 5,
};

export const plainLook: ServerLook = { color: null, protected: false, fallBackMinutes: null };

/** Before a person has chosen anything. */
export const usual: Preferences = {
  startHidden: true,
  clipboardSeconds: 30,
  theme: "system",
  language: null,
  logLevel: "warn",
  notifications: { signIn: true, store: true, conflict: true },
  quietHours: null,
};

const REASONS: Partial<Record<SessionState, string>> = {
  offline: "https://auth.example.com could not be reached; check the address and your network.",
  expired: "The access token has ended; the next use refreshes it.",
  sign_in_needed: "The server ended this session (it was signed out elsewhere); sign in again.",
  locked: "The keychain is locked; unlock it and try again.",
};

const HAS_SESSION: SessionState[] = ["signed_in", "refreshing", "offline", "expired", "locked", "sign_in_needed"];

/** A server in that state, as Rust would describe it. */
export function serverIn(state: SessionState, changes: Partial<ServerView> = {}): ServerView {
  const session = HAS_SESSION.includes(state);
  const ended = state === "offline" || state === "expired" || state === "sign_in_needed";
  return {
    id: "production",
    name: "Production",
    url: "https://auth.example.com",
    domainId: "default",
    active: true,
    state,
    email: session ? "ada@example.com" : null,
    userId: session ? "usr_01JD2Z8Q7K" : null,
    expiresAt: session ? NOW + (ended ? -3 * MINUTE : 14 * MINUTE + 32_000) : null,
    nextRefreshAt: session && state !== "sign_in_needed" ? NOW + 9 * MINUTE + 30_000 : null,
    reason: REASONS[state] ?? null,
    reasonCode: state in REASONS ? state : null,
    store: "keychain",
    needsPassphrase: false,
    sharing: "access",
    clockSkew: null,
    conflict: null,
    look: plainLook,
    signIn: { step: "idle" },
    ...changes,
  };
}

export function snapshotOf(servers: ServerView[], configProblem: Problem | null = null, signOutsWaiting: string[] = []): Snapshot {
  const activeServerId = servers.find((server) => server.active)?.id ?? null;
  return { servers, activeServerId, configPath: "/home/ada/.flowstate/config.json", configProblem, configProblemAt: null, store: servers[0]?.store ?? "keychain", signOutsWaiting, preferences: usual, fallBack: null };
}

export const others: ServerView[] = [
  serverIn("signed_in", { id: "local", name: "Local", url: "http://127.0.0.1:8787", active: false, email: "ada@localhost.example" }),
  serverIn("sign_in_needed", { id: "cloud-pay", name: "Cloud Pay", url: "https://pay.example.com", active: false }),
  serverIn("signed_out", { id: "staging", name: "Staging", url: "https://staging.example.com", active: false }),
];

/** One whose secrets wait for a passphrase. */
export function waitingForPassphrase(changes: Partial<ServerView> = {}): ServerView {
  const reason =
    "The encrypted file needs its passphrase; type it in the app or at a terminal, or name a file that holds it in FLOWSTATE_STORE_PASSPHRASE_FILE.";
  return serverIn("locked", { store: "encrypted-file", needsPassphrase: true, reason, ...changes });
}

const NOT_THEIRS: Record<Conflict["kind"], Partial<ServerView>> = {
  vanished: { state: "sign_in_needed", active: false, expiresAt: null, nextRefreshAt: null },
  replaced: { email: "bob@example.com", userId: "usr_01JD9QXZ41", nextRefreshAt: null },
  signed_out: { state: "signed_out", expiresAt: null, nextRefreshAt: null },
};

/** A server about which a person has to decide, as Rust would describe it. */
export function serverWith(conflict: Conflict, changes: Partial<ServerView> = {}): ServerView {
  const reason = "Another program changed the shared file: in the window, or with flowstate-auth server settle production --ours or --theirs.";
  return serverIn("signed_in", { conflict, reason, reasonCode: "conflict", ...NOT_THEIRS[conflict.kind], ...changes });
}

export const hostile = "<img src=x onerror=alert(1)> \u202egnp.exe\u0007 & a name that goes on and on and on";
