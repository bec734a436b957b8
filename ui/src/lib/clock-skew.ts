import { spell } from "./duration";

/** What to say of this computer's clock; positive seconds mean that the server's is ahead. */
export function skewOf(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  // It was measured over a network; seconds would only look exact.
  const far = spell(minutes * 60_000);
  return `This computer's clock is ${far} ${seconds > 0 ? "behind" : "ahead of"} the server's. Set it right, or other programs may refuse good tokens.`;
}
