import { de } from "./words/de";
import { en, type Words } from "./words/en";

export type Language = "en" | "de";

const CATALOGUE: Record<Language, Words> = { en, de };

let language = $state<Language>("en");
let region = $state("en");

/** What the page says, in the language that is spoken now. */
export function words(): Words {
  return CATALOGUE[language];
}

/** How dates and numbers are written. */
export function locale(): string {
  return region;
}

/** Speaks the wished language, else the first one of the person's that we know, else English. */
export function speak(wish: Language | null, preferred: readonly string[]): void {
  const known = preferred.find((tag) => languageOf(tag) !== null);
  language = wish ?? languageOf(known) ?? "en";
  // The region of that language; a wish may be for another one than the person's.
  region = preferred.find((tag) => languageOf(tag) === language) ?? language;
  document.documentElement.lang = language;
}

function languageOf(tag: string | undefined): Language | null {
  const name = tag?.split("-")[0]?.toLowerCase();
  return name === "en" || name === "de" ? name : null;
}

/** A sentence of the catalogue with the values written in; where they may turn the text round, use Sentence.svelte. */
export function filled(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
