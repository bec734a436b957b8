import { spell } from "./duration";
import { words } from "./words.svelte";

/** What to say of this computer's clock; positive seconds mean that the server's is ahead. */
export function skewOf(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  // It was measured over a network; seconds would only look exact.
  const far = spell(minutes * 60_000);
  return seconds > 0 ? words().session.clockBehind(far) : words().session.clockAhead(far);
}
