import type { Problem, ServerView } from "./contract";

/** Whether a passphrase would help: the session waits for it, or a request of this card has just met the closed store. */
export function wantsPassphrase(server: ServerView, problem: Problem | null): boolean {
  const met = problem?.code === "locked" || problem?.code === "wrong_passphrase";
  return server.needsPassphrase || (met && server.store === "encrypted-file");
}
