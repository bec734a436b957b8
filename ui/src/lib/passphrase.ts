import type { Problem, ServerView } from "./contract";

/** Whether a passphrase would help: the session waits for it, or a request of this card has just met the closed store. */
export function wantsPassphrase(server: ServerView, problem: Problem | null): boolean {
  return server.needsPassphrase || (problem?.code === "locked" && server.store === "encrypted-file");
}
