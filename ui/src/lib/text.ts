import type { ServerView } from "./contract";

const CONTROLS = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** Without what controls the text instead of being it: a name cannot turn round what is written in it, or hide a part. */
export function plain(text: string, { lines = false } = {}): string {
  return text.replace(CONTROLS, (found) => (lines && found === "\n" ? found : "")).trim();
}

/** What a server is called: others write profiles too, with any name or none. Isolate it with `<bdi>` among other words. */
export function nameOf(server: ServerView): string {
  return plain(server.name) || plain(server.id);
}
