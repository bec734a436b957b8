import type { Bridge } from "../lib/bridge";
import type { Snapshot } from "../lib/contract";

type Commands = Omit<Bridge, "onSnapshot" | "onClock" | "onSelectServer">;

/** A bridge without Rust behind it: it records what was asked, and says what it is told to say. */
export class FakeBridge implements Bridge {
  readonly asked: Array<{ command: string; args: unknown[] }> = [];
  readonly #answers: Partial<Commands>;
  #snapshotHandlers = new Set<(snapshot: Snapshot) => void>();
  #clockHandlers = new Set<(now: number) => void>();
  #selectHandlers = new Set<(server: string) => void>();

  constructor(
    public current: Snapshot,
    answers: Partial<Commands> = {},
  ) {
    this.#answers = answers;
  }

  publish(snapshot: Snapshot): void {
    this.current = snapshot;
    for (const handler of this.#snapshotHandlers) handler(snapshot);
  }

  tell(now: number): void {
    for (const handler of this.#clockHandlers) handler(now);
  }

  open(server: string): void {
    for (const handler of this.#selectHandlers) handler(server);
  }

  timesAsked(command: string): number {
    return this.asked.filter((asked) => asked.command === command).length;
  }

  /** Replaces the answer of one command. */
  answer<Name extends keyof Commands>(command: Name, answer: Commands[Name]): void {
    this.#answers[command] = answer;
  }

  snapshot: Bridge["snapshot"] = () => this.#say("snapshot", [], this.#answers.snapshot, this.current);
  checkServer: Bridge["checkServer"] = (...args) => this.#say("checkServer", args, this.#answers.checkServer, []);
  testConnection: Bridge["testConnection"] = (...args) =>
    this.#say("testConnection", args, this.#answers.testConnection, { ok: true, message: "The server answers." });
  addServer: Bridge["addServer"] = (...args) => this.#say("addServer", args, this.#answers.addServer, "new");
  editServer: Bridge["editServer"] = (...args) => this.#say("editServer", args, this.#answers.editServer, null);
  removeServer: Bridge["removeServer"] = (...args) => this.#say("removeServer", args, this.#answers.removeServer, null);
  reorderServers: Bridge["reorderServers"] = (...args) =>
    this.#say("reorderServers", args, this.#answers.reorderServers, null);
  switchServer: Bridge["switchServer"] = (...args) => this.#say("switchServer", args, this.#answers.switchServer, null);
  requestCode: Bridge["requestCode"] = (...args) => this.#say("requestCode", args, this.#answers.requestCode, null);
  submitCode: Bridge["submitCode"] = (...args) => this.#say("submitCode", args, this.#answers.submitCode, null);
  cancelSignIn: Bridge["cancelSignIn"] = (...args) => this.#say("cancelSignIn", args, this.#answers.cancelSignIn, null);
  refreshNow: Bridge["refreshNow"] = (...args) => this.#say("refreshNow", args, this.#answers.refreshNow, null);
  signOut: Bridge["signOut"] = (...args) => this.#say("signOut", args, this.#answers.signOut, null);
  setSharing: Bridge["setSharing"] = (...args) => this.#say("setSharing", args, this.#answers.setSharing, null);
  settle: Bridge["settle"] = (...args) => this.#say("settle", args, this.#answers.settle, null);
  passphraseIsNew: Bridge["passphraseIsNew"] = (...args) =>
    this.#say("passphraseIsNew", args, this.#answers.passphraseIsNew, false);
  unlockStore: Bridge["unlockStore"] = (...args) => this.#say("unlockStore", args, this.#answers.unlockStore, null);
  copyToken: Bridge["copyToken"] = (...args) => this.#say("copyToken", args, this.#answers.copyToken, 30);
  revealToken: Bridge["revealToken"] = (...args) => this.#say("revealToken", args, this.#answers.revealToken, "e30.e30.sig");

  onSnapshot: Bridge["onSnapshot"] = (then) => listen(this.#snapshotHandlers, then);
  onClock: Bridge["onClock"] = (then) => listen(this.#clockHandlers, then);
  onSelectServer: Bridge["onSelectServer"] = (then) => listen(this.#selectHandlers, then);

  #say<Args extends unknown[], T>(
    command: string,
    args: Args,
    answer: ((...args: Args) => Promise<T>) | undefined,
    otherwise: T,
  ): Promise<T> {
    this.asked.push({ command, args });
    return answer ? answer(...args) : Promise.resolve(otherwise);
  }
}

function listen<T>(handlers: Set<(payload: T) => void>, then: (payload: T) => void): Promise<() => void> {
  handlers.add(then);
  return Promise.resolve(() => handlers.delete(then));
}
