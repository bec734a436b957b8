import type { Problem } from "./contract";
import { plain } from "./text";
import { words } from "./words.svelte";

/** What is said of a problem: the catalogue's sentence where this language has one of its own, else Rust's. */
export function told(problem: Problem): string {
  // It may quote what others wrote.
  return words().said[problem.code] ?? plain(problem.message);
}
