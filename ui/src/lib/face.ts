import type { ServerView, SessionState, StoreKind } from "./contract";

export type Tone = "good" | "busy" | "quiet" | "warn" | "bad";

export type Face = {
  /** Which card stands in the detail. */
  card: "session" | "sign-in";
  label: string;
  tone: Tone;
};

const FACES: Record<SessionState, Face> = {
  signed_out: { card: "sign-in", label: "Signed out", tone: "quiet" },
  signed_in: { card: "session", label: "Signed in", tone: "good" },
  refreshing: { card: "session", label: "Refreshing", tone: "busy" },
  offline: { card: "session", label: "Offline", tone: "warn" },
  expired: { card: "session", label: "Token ended", tone: "warn" },
  sign_in_needed: { card: "sign-in", label: "Sign in again", tone: "bad" },
  locked: { card: "session", label: "Keychain unavailable", tone: "bad" },
};

/** How a session looks. */
export function faceOf(state: SessionState): Face {
  return FACES[state];
}

/** The line under a server's name: who is signed in, or what is wrong. */
export function summaryOf(server: ServerView): string {
  if (server.signIn.step === "code_requested") return "Waiting for the code";
  if (server.state === "signed_in" || server.state === "refreshing") {
    return server.email ?? faceOf(server.state).label;
  }
  if (server.state === "signed_out" && server.reason !== null) return "Cannot be used";
  return faceOf(server.state).label;
}

const STORES: Record<StoreKind, string> = {
  keychain: "System keychain",
  "encrypted-file": "Encrypted file",
  plaintext: "PLAINTEXT file",
};

/** Where the secret, the refresh token, is kept. */
export function storeOf(store: StoreKind): string {
  return STORES[store];
}
