/** How well `text` answers what was typed: null where it does not, else the lower the better. Each word typed has to begin or be in it. */
export function rank(typed: string, text: string): number | null {
  const hay = fold(text);
  let total = 0;
  for (const word of fold(typed).split(/\s+/).filter((word) => word !== "")) {
    const at = hay.indexOf(word);
    if (at < 0) return null;
    // The beginning of a word is what people type.
    total += at === 0 ? 0 : /[\s\-_./:@]/.test(hay[at - 1] ?? "") ? 1 : 2;
  }
  return total;
}

/** Those that answer, the best first; what is alike keeps its order. */
export function matching<T>(typed: string, items: readonly T[], textOf: (item: T) => string): T[] {
  const ranked = items.flatMap((item) => {
    const place = rank(typed, textOf(item));
    return place === null ? [] : [{ item, place }];
  });
  return ranked.sort((a, b) => a.place - b.place).map(({ item }) => item);
}

/** Without marks and case, so that "zurich" finds "Zürich". */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
