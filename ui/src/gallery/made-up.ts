// Servers that do not exist, for the gallery and the tests.
import type { Problem, ServerView, SessionState, SignInView, Snapshot } from "../lib/contract";

export const NOW = 1_795_482_000_000;
export const MINUTE = 60_000;

export const codeRequested: Extract<SignInView, { step: "code_requested" }> = {
  step: "code_requested",
  email: "ada@example.com",
  codeExpiresAt: NOW + 9 * MINUTE + 12_000,
  resendAt: NOW + 42_000,
  triesLeft: 5,
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
    store: "keychain",
    needsPassphrase: false,
    sharing: "access",
    clockSkew: null,
    conflict: null,
    signIn: { step: "idle" },
    ...changes,
  };
}

export function snapshotOf(servers: ServerView[], configProblem: Problem | null = null): Snapshot {
  const activeServerId = servers.find((server) => server.active)?.id ?? null;
  return { servers, activeServerId, configPath: "/home/ada/.flowstate/config.json", configProblem, signOutsWaiting: [] };
}

export const others: ServerView[] = [
  serverIn("signed_in", { id: "local", name: "Local", url: "http://127.0.0.1:8787", active: false, email: "ada@localhost.example" }),
  serverIn("sign_in_needed", { id: "cloud-pay", name: "Cloud Pay", url: "https://pay.example.com", active: false }),
  serverIn("signed_out", { id: "staging", name: "Staging", url: "https://staging.example.com", active: false }),
];

export const hostile = "<img src=x onerror=alert(1)> \u202egnp.exe\u0007 & a name that goes on and on and on";
