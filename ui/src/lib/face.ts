import type { ServerView, SessionState, Sharing, StoreKind } from "./contract";

export type Tone = "good" | "busy" | "quiet" | "warn" | "bad";

export type Face = {
  /** Which card stands in the detail. */
  card: "session" | "sign-in" | "conflict";
  /** The shape of its mark. */
  mark: SessionState | "conflict";
  label: string;
  tone: Tone;
};

const FACES: Record<SessionState, Face> = {
  signed_out: { card: "sign-in", mark: "signed_out", label: "Signed out", tone: "quiet" },
  signed_in: { card: "session", mark: "signed_in", label: "Signed in", tone: "good" },
  refreshing: { card: "session", mark: "refreshing", label: "Refreshing", tone: "busy" },
  offline: { card: "session", mark: "offline", label: "Offline", tone: "warn" },
  expired: { card: "session", mark: "expired", label: "Token ended", tone: "warn" },
  sign_in_needed: { card: "sign-in", mark: "sign_in_needed", label: "Sign in again", tone: "bad" },
  locked: { card: "session", mark: "locked", label: "Keychain unavailable", tone: "bad" },
};

const CONFLICT: Face = { card: "conflict", mark: "conflict", label: "Needs a decision", tone: "warn" };

/** How a session looks. */
export function faceOf(server: ServerView): Face {
  if (server.conflict !== null) return CONFLICT;
  const face = FACES[server.state];
  if (server.state !== "locked" || server.store === "keychain") return face;
  if (server.needsPassphrase) return { ...face, label: "Passphrase needed", tone: "warn" };
  return { ...face, label: "Credential file unavailable" };
}

/** The line under a server's name: who is signed in, or what is wrong. */
export function summaryOf(server: ServerView): string {
  const face = faceOf(server);
  if (face.card === "conflict") return face.label;
  if (server.signIn.step === "code_requested") return "Waiting for the code";
  if (server.state === "signed_in" || server.state === "refreshing") return server.email ?? face.label;
  if (server.state === "signed_out" && server.reason !== null) return "Cannot be used";
  return face.label;
}

type Store = { label: string; noun: string };

const STORES: Record<StoreKind, Store> = {
  keychain: { label: "System keychain", noun: "keychain" },
  "encrypted-file": { label: "Encrypted file", noun: "encrypted file" },
  plaintext: { label: "PLAINTEXT file", noun: "plaintext file" },
};

/** Where the secret, the refresh token, is kept. */
export function storeOf(store: StoreKind): Store {
  return STORES[store];
}

const SHARED: Record<Sharing, string> = {
  access: "Access token",
  full: "Access and refresh token",
  none: "Nothing",
};

/** What of a session other tools find in the shared file. */
export function sharedOf(sharing: Sharing): string {
  return SHARED[sharing];
}
