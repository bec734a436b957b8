import type { ServerView } from "./contract";

/** For attributes and announcements, where `<bdi>` cannot isolate: without what is invisible or turns the direction. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "").trim();
}

/** What a server is called: a profile that others wrote may have no name that can be seen. */
export function nameOf(server: ServerView): string {
  return plain(server.name) === "" ? server.id : server.name;
}
