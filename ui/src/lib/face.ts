import type { ServerView, SessionState } from "./contract";
import { words } from "./words.svelte";

export type Tone = "good" | "busy" | "quiet" | "warn" | "bad";

type Look = {
  /** Which card stands in the detail. */
  card: "session" | "sign-in" | "conflict";
  /** The shape of its mark. */
  mark: SessionState | "conflict";
  tone: Tone;
};

export type Face = Look & { label: string };

const LOOKS: Record<SessionState, Look> = {
  signed_out: { card: "sign-in", mark: "signed_out", tone: "quiet" },
  signed_in: { card: "session", mark: "signed_in", tone: "good" },
  refreshing: { card: "session", mark: "refreshing", tone: "busy" },
  offline: { card: "session", mark: "offline", tone: "warn" },
  expired: { card: "session", mark: "expired", tone: "warn" },
  sign_in_needed: { card: "sign-in", mark: "sign_in_needed", tone: "bad" },
  locked: { card: "session", mark: "locked", tone: "bad" },
};

/** What stands in the shared file is no server: it wants to be corrected there. */
export function isUnusable(server: ServerView): boolean {
  return server.conflict === null && server.state === "signed_out" && server.reason !== null;
}

/** How a session looks. */
export function faceOf(server: ServerView): Face {
  const { states } = words();
  if (server.conflict !== null) return { card: "conflict", mark: "conflict", tone: "warn", label: states.conflict };
  const face = { ...LOOKS[server.state], label: states[server.state] };
  if (isUnusable(server)) return { ...face, tone: "bad", label: states.cannotBeUsed };
  if (server.state !== "locked" || server.store === "keychain") return face;
  if (server.needsPassphrase) return { ...face, label: states.passphraseNeeded, tone: "warn" };
  return { ...face, label: states.fileUnavailable };
}

/** The line under a server's name: who is signed in, or what is wrong. */
export function summaryOf(server: ServerView): string {
  const face = faceOf(server);
  if (face.card === "conflict") return face.label;
  if (server.signIn.step === "code_requested") return words().states.waitingForCode;
  if (server.state === "signed_in" || server.state === "refreshing") return server.email ?? face.label;
  return face.label;
}
