import type { Bridge } from "../lib/bridge";
import type { Snapshot } from "../lib/contract";
import { ABOUT, CHECKS, CLAIMS, COPY, HISTORY, PREVIEWS, SESSIONS } from "./closer";

type Commands = Omit<Bridge, "onSnapshot" | "onClock" | "onSelectServer" | "onAskSwitch" | "onShowView">;

/** A bridge without Rust behind it: it records what was asked, and says what it is told to say. */
export class FakeBridge implements Bridge {
  readonly asked: Array<{ command: string; args: unknown[] }> = [];
  readonly #answers: Partial<Commands>;
  #snapshotHandlers = new Set<(snapshot: Snapshot) => void>();
  #clockHandlers = new Set<(now: number) => void>();
  #selectHandlers = new Set<(server: string) => void>();
  #askHandlers = new Set<(server: string) => void>();
  #viewHandlers = new Set<(view: "settings" | "doctor") => void>();

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

  askToSwitch(server: string): void {
    for (const handler of this.#askHandlers) handler(server);
  }

  showView(view: "settings" | "doctor"): void {
    for (const handler of this.#viewHandlers) handler(view);
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
  stay: Bridge["stay"] = (...args) => this.#say("stay", args, this.#answers.stay, null);
  setLook: Bridge["setLook"] = (...args) => this.#say("setLook", args, this.#answers.setLook, null);
  clipboardCode: Bridge["clipboardCode"] = (...args) => this.#say("clipboardCode", args, this.#answers.clipboardCode, null);
  claims: Bridge["claims"] = (...args) => this.#say("claims", args, this.#answers.claims, CLAIMS);
  previewSharing: Bridge["previewSharing"] = (...args) => this.#say("previewSharing", args, this.#answers.previewSharing, PREVIEWS);
  timeline: Bridge["timeline"] = (...args) => this.#say("timeline", args, this.#answers.timeline, HISTORY);
  ownSessions: Bridge["ownSessions"] = (...args) => this.#say("ownSessions", args, this.#answers.ownSessions, SESSIONS);
  endSession: Bridge["endSession"] = (...args) => this.#say("endSession", args, this.#answers.endSession, null);
  examine: Bridge["examine"] = (...args) => this.#say("examine", args, this.#answers.examine, CHECKS);
  repair: Bridge["repair"] = (...args) => this.#say("repair", args, this.#answers.repair, CHECKS);
  lastCopy: Bridge["lastCopy"] = (...args) => this.#say("lastCopy", args, this.#answers.lastCopy, COPY);
  putCopyBack: Bridge["putCopyBack"] = (...args) => this.#say("putCopyBack", args, this.#answers.putCopyBack, null);
  setPreferences: Bridge["setPreferences"] = (...args) => this.#say("setPreferences", args, this.#answers.setPreferences, null);
  autostart: Bridge["autostart"] = (...args) => this.#say("autostart", args, this.#answers.autostart, false);
  setAutostart: Bridge["setAutostart"] = (...args) => this.#say("setAutostart", args, this.#answers.setAutostart, null);
  moveStore: Bridge["moveStore"] = (...args) => this.#say("moveStore", args, this.#answers.moveStore, null);
  about: Bridge["about"] = (...args) => this.#say("about", args, this.#answers.about, ABOUT);
  openPlace: Bridge["openPlace"] = (...args) => this.#say("openPlace", args, this.#answers.openPlace, null);
  exportServers: Bridge["exportServers"] = (...args) => this.#say("exportServers", args, this.#answers.exportServers, "/home/ada/Downloads/flowstate-servers.json");
  importServers: Bridge["importServers"] = (...args) => this.#say("importServers", args, this.#answers.importServers, { added: [], leftOut: [] });

  onSnapshot: Bridge["onSnapshot"] = (then) => listen(this.#snapshotHandlers, then);
  onClock: Bridge["onClock"] = (then) => listen(this.#clockHandlers, then);
  onSelectServer: Bridge["onSelectServer"] = (then) => listen(this.#selectHandlers, then);
  onAskSwitch: Bridge["onAskSwitch"] = (then) => listen(this.#askHandlers, then);
  onShowView: Bridge["onShowView"] = (then) => listen(this.#viewHandlers, then);

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
