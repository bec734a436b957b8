import { getContext, setContext } from "svelte";

import { changesBetween } from "./announce";
import { asProblem, type Bridge, type Stop } from "./bridge";
import type { Problem, ServerView, Snapshot } from "./contract";
import { plain } from "./text";
import { told } from "./told";
import { words } from "./words.svelte";

/** A server, or one of the pages that are about none. */
export type View = "server" | "settings" | "doctor" | "about";

/** What the whole page shares: the last snapshot, the time Rust told, and which server is selected. */
export class Page {
  snapshot = $state.raw<Snapshot | null>(null);
  /** Null until Rust has told the time. */
  now = $state<number | null>(null);
  /** Why there is no snapshot. */
  failure = $state.raw<Problem | null>(null);
  /** Something about a session that is over, so that no card of its own is there to say it; in the language spoken when it is shown. */
  notice = $state.raw<(() => string) | null>(null);
  /** For the live region. */
  announcement = $state("");
  /** Counts the times a server was opened on purpose, so that the detail takes the focus. */
  opened = $state(0);
  /** How many of those took the focus. Kept here: each server has a detail of its own, which knows nothing of the others. */
  answered = 0;

  /** What stands beside the list. */
  view = $state<View>("server");
  /** The protected server that somebody wants to switch to and has yet to confirm. */
  switching = $state.raw<string | null>(null);

  #selectedId = $state<string | null>(null);
  /** Opened before the snapshot that holds it has arrived; by a link, which may name a server that never comes. */
  #awaited: { id: string; linked: boolean } | null = null;
  /** Being removed here. */
  #removing: string | null = null;
  #stops: Stop[] = [];

  constructor(readonly bridge: Bridge) {}

  get servers(): ServerView[] {
    return this.snapshot?.servers ?? [];
  }

  get selected(): ServerView | null {
    return this.servers.find((server) => server.id === this.#selectedId) ?? null;
  }

  /** Listens first, so that no change between the two is missed. */
  async start(): Promise<void> {
    this.failure = null;
    try {
      if (this.#stops.length === 0) {
        this.#stops = await Promise.all([
          this.bridge.onSnapshot((snapshot) => this.#show(snapshot)),
          this.bridge.onClock((now) => (this.now = now)),
          this.bridge.onSelectServer((server) => this.#wanted(server)),
          this.bridge.onAskSwitch((server) => {
            this.open(server);
            this.switching = server;
          }),
          this.bridge.onShowView((view) => this.go(view)),
        ]);
      }
      const first = await this.bridge.snapshot();
      // One that came as an event meanwhile is newer.
      if (this.snapshot === null) this.#show(first);
    } catch (rejection) {
      this.failure = asProblem(rejection);
    }
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  select(id: string): void {
    this.#awaited = null;
    this.#selectedId = id;
    this.view = "server";
    // What is asked about this very server stays: it may be opened once more, by the dialog that made it.
    if (this.switching !== id) this.switching = null;
  }

  go(view: View): void {
    this.view = view;
  }

  /** Makes a server the active one; a protected one is asked about first, where it is shown. */
  async switchTo(server: ServerView): Promise<null> {
    if (!server.look.protected) return this.bridge.switchServer(server.id, false);
    this.open(server.id);
    this.switching = server.id;
    return null;
  }

  /** Selects a server and puts the focus into it, now or once it is there. */
  open(id: string): void {
    if (this.servers.some((server) => server.id === id)) {
      this.select(id);
      this.opened += 1;
    } else {
      this.#awaited = { id, linked: false };
    }
  }

  /** Ends a session here. That its server was not told is no failure, but it is said, whatever becomes of the card. */
  async ending(work: () => Promise<null>): Promise<null> {
    try {
      return await work();
    } catch (rejection) {
      const problem = asProblem(rejection);
      if (problem.code !== "server_not_told" && problem.code !== "server_never_told") throw rejection;
      this.notice = () => told(problem);
      return null;
    }
  }

  /** Removes a server. The focus goes with it, so that what takes its place takes that, too. */
  async remove(id: string): Promise<null> {
    this.#removing = id;
    try {
      return await this.ending(() => this.bridge.removeServer(id));
    } catch (rejection) {
      this.#removing = null;
      throw rejection;
    }
  }

  /** The notice was read. */
  dismiss(): void {
    this.notice = null;
    if (this.selected) this.open(this.selected.id);
  }

  announce(text: string): void {
    this.announcement = text;
  }

  /** A link may name a server that is not here. */
  #wanted(id: string): void {
    if (this.snapshot === null) this.#awaited = { id, linked: true };
    else if (this.servers.some((server) => server.id === id)) this.open(id);
    else this.notice = () => words().servers.unknown(plain(id));
  }

  #show(snapshot: Snapshot): void {
    const before = this.snapshot;
    this.snapshot = snapshot;
    // What was still to be told is told.
    if (before?.signOutsWaiting.length && snapshot.signOutsWaiting.length === 0) this.notice = null;
    if (before) this.announce(changesBetween(before, snapshot) || this.announcement);
    const awaited = this.#awaited;
    this.#awaited = null;
    if (awaited?.linked) this.#wanted(awaited.id);
    else if (awaited) this.open(awaited.id);
    if (this.selected !== null) return;
    // Whoever looks at something else meanwhile keeps the focus there.
    if (this.#removing !== null && this.#removing === this.#selectedId && this.view === "server") this.opened += 1;
    this.#selectedId = nextSelection(before, this.#selectedId, snapshot);
  }
}

/** The active server at first; later, when the selected one has gone, the one in its place. */
function nextSelection(before: Snapshot | null, selected: string | null, after: Snapshot): string | null {
  const place = before?.servers.findIndex((server) => server.id === selected) ?? -1;
  if (place >= 0) return after.servers[Math.min(place, after.servers.length - 1)]?.id ?? null;
  return (after.servers.find((server) => server.active) ?? after.servers[0])?.id ?? null;
}

const KEY = Symbol("page");

export function providePage(page: Page): Page {
  return setContext(KEY, page);
}

export function usePage(): Page {
  return getContext<Page>(KEY);
}
