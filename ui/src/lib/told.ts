import type { Problem } from "./contract";
import { words } from "./words.svelte";

/** What is said of a problem: the catalogue's sentence where this language has one of its own, else Rust's. */
export function told(problem: Problem): string {
  return words().said[problem.code] ?? problem.message;
}
