// The one door to Rust: every command the page may give and everything it is told.
import { Channel, invoke } from "@tauri-apps/api/core";

import type {
  About,
  CheckView,
  Claim,
  ConnectionReport,
  CopyView,
  ImportReport,
  OwnSession,
  Preferences,
  Problem,
  ServerForm,
  ServerLook,
  Sharing,
  SharingPreview,
  Snapshot,
  StoreKind,
  TimelineEntry,
} from "./contract";
import { words } from "./words.svelte";

export type Stop = () => void;

/** What can be opened on the desktop; the page names no path. */
export type Place = "config_folder" | "config_file" | "data_folder" | "downloads";

/** Every promise is rejected with a `Problem`; read it with `asProblem`. */
export interface Bridge {
  snapshot(): Promise<Snapshot>;
  checkServer(form: ServerForm, editing: string | null): Promise<Problem[]>;
  testConnection(form: ServerForm): Promise<ConnectionReport>;
  /** Gives the new server's id. */
  addServer(form: ServerForm): Promise<string>;
  editServer(server: string, form: ServerForm): Promise<null>;
  removeServer(server: string): Promise<null>;
  reorderServers(servers: string[]): Promise<null>;
  /** A protected server refuses unless it was `confirmed`. */
  switchServer(server: string, confirmed: boolean): Promise<null>;
  /** Keeps a protected server active that would fall back. */
  stay(): Promise<null>;
  setLook(server: string, look: ServerLook): Promise<null>;
  requestCode(server: string, email: string): Promise<null>;
  submitCode(server: string, code: string): Promise<null>;
  cancelSignIn(server: string): Promise<null>;
  refreshNow(server: string): Promise<null>;
  signOut(server: string): Promise<null>;
  setSharing(server: string, sharing: Sharing): Promise<null>;
  /** Decides the server's conflict: ours is put back, or what the other program did stands. */
  settle(server: string, ours: boolean): Promise<null>;
  /** Whether there is no encrypted file yet, so that what is typed becomes its passphrase. */
  passphraseIsNew(): Promise<boolean>;
  unlockStore(passphrase: string): Promise<null>;
  /** Gives the seconds until the clipboard is cleared. */
  copyToken(server: string): Promise<number>;
  /** The only way a token reaches the page. */
  revealToken(server: string): Promise<string>;
  /** A code that lies on the clipboard, while one is waited for. */
  clipboardCode(): Promise<string | null>;
  claims(server: string): Promise<Claim[]>;
  previewSharing(server: string): Promise<SharingPreview[]>;
  timeline(server: string): Promise<TimelineEntry[]>;
  ownSessions(server: string): Promise<OwnSession[]>;
  endSession(server: string, session: string): Promise<null>;
  examine(): Promise<CheckView[]>;
  repair(): Promise<CheckView[]>;
  lastCopy(): Promise<CopyView>;
  putCopyBack(path: string): Promise<null>;
  setPreferences(preferences: Preferences): Promise<null>;
  autostart(): Promise<boolean>;
  setAutostart(on: boolean): Promise<null>;
  /** Refused with `passphrase_needed` where one has to be typed first. */
  moveStore(kind: StoreKind): Promise<null>;
  about(): Promise<About>;
  openPlace(place: Place): Promise<null>;
  /** Gives the file that was written. */
  exportServers(): Promise<string>;
  importServers(text: string): Promise<ImportReport>;
  onSnapshot(then: (snapshot: Snapshot) => void): Promise<Stop>;
  /** Milliseconds since the epoch, each second. */
  onClock(then: (now: number) => void): Promise<Stop>;
  /** A notification or the tray wants this server shown. */
  onSelectServer(then: (server: string) => void): Promise<Stop>;
  /** The tray wants a protected server active. */
  onAskSwitch(then: (server: string) => void): Promise<Stop>;
  /** The tray wants a page shown that is about no server. */
  onShowView(then: (view: "settings" | "doctor") => void): Promise<Stop>;
}

/** What the page is told, by its name. */
interface Told {
  snapshot: Snapshot;
  clock: number;
  select_server: string;
  ask_switch: string;
  show_view: "settings" | "doctor";
}

type Handlers = { [Event in keyof Told]: Set<(payload: Told[Event]) => void> };

let handlers: Promise<Handlers> | undefined;

/** All comes through one channel, which goes with the page. */
async function follow(): Promise<Handlers> {
  const all: Handlers = { snapshot: new Set(), clock: new Set(), select_server: new Set(), ask_switch: new Set(), show_view: new Set() };
  const pass = <Event extends keyof Told>(event: Event, payload: Told[Event]) => all[event].forEach((then) => then(payload));
  const ear = new Channel<{ [Event in keyof Told]: { event: Event; payload: Told[Event] } }[keyof Told]>();
  ear.onmessage = (told) => pass(told.event, told.payload);
  await invoke("follow", { ear });
  return all;
}

async function hear<Event extends keyof Told>(event: Event, then: (payload: Told[Event]) => void): Promise<Stop> {
  handlers ??= follow();
  const interested = (await handlers)[event];
  interested.add(then);
  return () => void interested.delete(then);
}

export const tauriBridge: Bridge = {
  snapshot: () => invoke("snapshot"),
  checkServer: (form, editing) => invoke("check_server", { form, editing }),
  testConnection: (form) => invoke("test_connection", { form }),
  addServer: (form) => invoke("add_server", { form }),
  editServer: (server, form) => invoke("edit_server", { server, form }),
  removeServer: (server) => invoke("remove_server", { server }),
  reorderServers: (servers) => invoke("reorder_servers", { servers }),
  switchServer: (server, confirmed) => invoke("switch_server", { server, confirmed }),
  stay: () => invoke("stay"),
  setLook: (server, look) => invoke("set_look", { server, look }),
  requestCode: (server, email) => invoke("request_code", { server, email }),
  submitCode: (server, code) => invoke("submit_code", { server, code }),
  cancelSignIn: (server) => invoke("cancel_sign_in", { server }),
  refreshNow: (server) => invoke("refresh_now", { server }),
  signOut: (server) => invoke("sign_out", { server }),
  setSharing: (server, sharing) => invoke("set_sharing", { server, sharing }),
  settle: (server, ours) => invoke("settle", { server, ours }),
  passphraseIsNew: () => invoke("passphrase_is_new"),
  unlockStore: (passphrase) => invoke("unlock_store", { passphrase }),
  copyToken: (server) => invoke("copy_token", { server }),
  revealToken: (server) => invoke("reveal_token", { server }),
  clipboardCode: () => invoke("clipboard_code"),
  claims: (server) => invoke("claims", { server }),
  previewSharing: (server) => invoke("preview_sharing", { server }),
  timeline: (server) => invoke("timeline", { server }),
  ownSessions: (server) => invoke("own_sessions", { server }),
  endSession: (server, session) => invoke("end_session", { server, session }),
  examine: () => invoke("examine"),
  repair: () => invoke("repair"),
  lastCopy: () => invoke("last_copy"),
  putCopyBack: (path) => invoke("put_copy_back", { path }),
  setPreferences: (preferences) => invoke("set_preferences", { preferences }),
  autostart: () => invoke("autostart"),
  setAutostart: (on) => invoke("set_autostart", { on }),
  moveStore: (kind) => invoke("move_store", { kind }),
  about: () => invoke("about"),
  openPlace: (place) => invoke("open_place", { place }),
  exportServers: () => invoke("export_servers"),
  importServers: (text) => invoke("import_servers", { text }),
  onSnapshot: (then) => hear("snapshot", then),
  onClock: (then) => hear("clock", then),
  onSelectServer: (then) => hear("select_server", then),
  onAskSwitch: (then) => hear("ask_switch", then),
  onShowView: (then) => hear("show_view", then),
};

/** Reads what a rejected command carries; the shell's own refusals are bare text. */
export function asProblem(rejection: unknown): Problem {
  if (typeof rejection === "object" && rejection !== null && "code" in rejection && "message" in rejection) {
    const { code, message } = rejection;
    const field = "field" in rejection && typeof rejection.field === "string" ? rejection.field : null;
    if (typeof code === "string" && typeof message === "string") return { code, message, field };
  }
  const detail = typeof rejection === "string" ? ` (${rejection})` : "";
  return { code: "internal", message: words().common.unanswered(detail), field: null };
}
