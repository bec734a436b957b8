import { SvelteSet } from "svelte/reactivity";

import { asProblem } from "./bridge";
import type { Problem } from "./contract";

/** The requests of one card: which are pending, and what the last one that failed said. */
export class Requests {
  problem = $state.raw<Problem | null>(null);
  #pending = new SvelteSet<string>();

  isPending(name: string): boolean {
    return this.#pending.has(name);
  }

  /** Runs `work` unless a request of that name is pending; null where it did not run or failed. */
  async run<T>(name: string, work: () => Promise<T>): Promise<{ value: T } | null> {
    if (this.#pending.has(name)) return null;
    this.#pending.add(name);
    this.problem = null;
    try {
      return { value: await work() };
    } catch (rejection) {
      this.problem = asProblem(rejection);
      return null;
    } finally {
      this.#pending.delete(name);
    }
  }

  clear(): void {
    this.problem = null;
  }
}
