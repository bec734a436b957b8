import { words } from "./words.svelte";

/** How many digits the e-mailed code has. */
export const CODE_LENGTH = 6;

export type CodeReading = {
  digits: string;
  /** Why some of what was typed or pasted was not taken, as a sentence. */
  refused: string | null;
};

/** Takes the digits from what stands in the field; `before` is kept where there are too many to be a code. */
export function readCode(typed: string, before: string): CodeReading {
  const plain = typed.normalize("NFKC");
  const digits = plain.replace(/[^0-9]/g, "");
  if (digits.length > CODE_LENGTH) {
    return { digits: before, refused: words().signIn.tooMany(CODE_LENGTH, digits.length) };
  }
  // Mail programs break codes with spaces and dashes of every kind.
  const other = plain.replace(/[0-9\s\p{Pd}\p{Cf}]/gu, "");
  return { digits, refused: other === "" ? null : words().signIn.digitsOnly };
}
