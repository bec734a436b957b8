// Made from src-tauri/crates/accounts/src/view.rs by its test `the_pages_contract_is_fresh`. Do not edit.

/**
 * What a person can tell apart about one server's session.
 */
export type SessionState = "signed_out" | "signed_in" | "refreshing" | "offline" | "expired" | "sign_in_needed" | "locked";

/**
 * Where the sign-in of one server stands. Times are milliseconds since the epoch.
 */
export type SignInView = { "step": "idle" } | { "step": "code_requested", email: string, codeExpiresAt: number, resendAt: number, triesLeft: number, };

/**
 * Where the refresh token of a session is kept.
 */
export type StoreKind = "keychain" | "encrypted-file" | "plaintext";

/**
 * What of a session stands in the shared file for other tools.
 */
export type Sharing = "access" | "full" | "none";

/**
 * Somebody changed the shared file so that something of ours would be lost; a person decides.
 */
export type Conflict = { "kind": "vanished" } | { "kind": "replaced", theirs: string, ours: string, } | { "kind": "signed_out" };

/**
 * A sentence for a person and a stable code for programs. `field` names the form field it belongs to.
 */
export type Problem = { code: string, message: string, field: string | null, };

/**
 * The colours that tell environments apart.
 */
export type EnvironmentColor = "red" | "orange" | "green" | "blue" | "purple" | "gray";

/**
 * How one server looks, and how carefully it is switched to.
 */
export type ServerLook = { 
/**
 * The colour of its environment.
 */
color: EnvironmentColor | null, 
/**
 * Switching to it is asked about first.
 */
protected: boolean, 
/**
 * So many minutes after a switch to it the server of before is active again; `null`: never.
 */
fallBackMinutes: number | null, };

/**
 * One server with its session.
 */
export type ServerView = { id: string, name: string, url: string, domainId: string, 
/**
 * The default server of every tool on this machine.
 */
active: boolean, state: SessionState, email: string | null, userId: string | null, 
/**
 * When the access token ends, ms since the epoch.
 */
expiresAt: number | null, 
/**
 * When the next refresh is planned, ms since the epoch.
 */
nextRefreshAt: number | null, 
/**
 * Why the session is not simply signed in, as a sentence with what to do.
 */
reason: string | null, 
/**
 * The stable word for the same, for who says it in another language.
 */
reasonCode: string | null, store: StoreKind, 
/**
 * The store is waiting for its passphrase: one that is typed opens it for every server.
 */
needsPassphrase: boolean, sharing: Sharing, 
/**
 * How far the server's clock is ahead of ours, seconds; only where it is more than 60 either way.
 */
clockSkew: number | null, 
/**
 * What a person has to decide about this server.
 */
conflict: Conflict | null, 
/**
 * What a person chose about it.
 */
look: ServerLook, signIn: SignInView, };

/**
 * Light or dark.
 */
export type Theme = "light" | "dark" | "system";

/**
 * A language that window, tray and notifications speak.
 */
export type Language = "de" | "en";

/**
 * How much is logged, where `FLOWSTATE_LOG` says nothing.
 */
export type LogLevel = "error" | "info" | "debug" | "warn";

/**
 * What a person wants to be called for.
 */
export type NotificationKinds = { 
/**
 * A session ended, and a sign-in is needed.
 */
signIn: boolean, 
/**
 * The keychain or the credential file does not open.
 */
store: boolean, 
/**
 * Another program changed the shared file so that something would be lost.
 */
conflict: boolean, };

/**
 * From one time of the day to another, in minutes after midnight; perhaps past midnight.
 */
export type QuietHours = { from: number, to: number, };

/**
 * The choices about the app.
 */
export type Preferences = { 
/**
 * No window opens when the app starts.
 */
startHidden: boolean, 
/**
 * How long a copied token stays on the clipboard.
 */
clipboardSeconds: number, theme: Theme, 
/**
 * `null`: the system's.
 */
language: Language | null, logLevel: LogLevel, notifications: NotificationKinds, 
/**
 * When nothing is to pop up; `null`: at no time.
 */
quietHours: QuietHours | null, };

/**
 * The switch to a protected server that is taken back by itself.
 */
export type FallBack = { 
/**
 * The protected server.
 */
from: string, 
/**
 * The one of before.
 */
to: string, 
/**
 * When, ms since the epoch.
 */
at: number, };

/**
 * A place in a file, both from 1.
 */
export type FilePlace = { line: number, column: number, };

/**
 * Everything there is to show.
 */
export type Snapshot = { servers: Array<ServerView>, activeServerId: string | null, 
/**
 * Where the shared file lies.
 */
configPath: string, 
/**
 * Set while the shared file cannot be read or written: what happened and what to do.
 */
configProblem: Problem | null, 
/**
 * Where in it that is, as far as it is a place.
 */
configProblemAt: FilePlace | null, 
/**
 * Where refresh tokens are kept.
 */
store: StoreKind, 
/**
 * Servers that have yet to hear that we signed out; tried again by itself.
 */
signOutsWaiting: Array<string>, 
/**
 * What a person chose about the app.
 */
preferences: Preferences, 
/**
 * The active server changes by itself then.
 */
fallBack: FallBack | null, };

/**
 * What a person types to add or edit a server. An empty `id` is made from the name.
 */
export type ServerForm = { id: string, name: string, url: string, domainId: string, };

/**
 * What a connection test found.
 */
export type ConnectionReport = { ok: boolean, message: string, };

/**
 * What a claim says.
 */
export type ClaimValue = { "kind": "text", "is": string } | { "kind": "time", "is": number } | { "kind": "list", "is": Array<string> };

/**
 * One claim of an access token. Anybody's server may have written it.
 */
export type Claim = { name: string, value: ClaimValue, };

/**
 * What would stand in the shared file of one server. Secrets are masks of one length.
 */
export type SharingPreview = { sharing: Sharing, 
/**
 * Its entry, as JSON.
 */
text: string, };

/**
 * What happened to a session, for the person who wonders later. Holds no secret and no address.
 */
export type Event = { "event": "signed_in" } | { "event": "signed_out", everywhere: boolean, } | { "event": "sign_out_done" } | { "event": "refreshed" } | { "event": "adopted" } | { "event": "offline", code: string, } | { "event": "online" } | { "event": "revoked", reason: "expired" | "revoked" | "reused" | "unknown", } | { "event": "sharing_changed", from: Sharing, to: Sharing, } | { "event": "store_changed", from: StoreKind, to: StoreKind, } | { "event": "vanished" } | { "event": "replaced" } | { "event": "settled", ours: boolean, } | { "event": "clock_skew", seconds: number, };

/**
 * One line of a timeline.
 */
export type TimelineEntry = { 
/**
 * Milliseconds since the epoch.
 */
at: number, 
/**
 * Which program it was, with its process id.
 */
by: string, } & ({ "event": "signed_in" } | { "event": "signed_out", everywhere: boolean, } | { "event": "sign_out_done" } | { "event": "refreshed" } | { "event": "adopted" } | { "event": "offline", code: string, } | { "event": "online" } | { "event": "revoked", reason: "expired" | "revoked" | "reused" | "unknown", } | { "event": "sharing_changed", from: Sharing, to: Sharing, } | { "event": "store_changed", from: StoreKind, to: StoreKind, } | { "event": "vanished" } | { "event": "replaced" } | { "event": "settled", ours: boolean, } | { "event": "clock_skew", seconds: number, });

/**
 * One of a person's sessions, as its server lists them. Others' servers may write anything into these texts.
 */
export type OwnSession = { id: string, 
/**
 * What it runs on, such as "linux".
 */
platform: string | null, 
/**
 * Which program it is.
 */
program: string | null, 
/**
 * Where it was signed in from.
 */
ip: string | null, location: string | null, signedInAt: number | null, lastUsedAt: number | null, 
/**
 * The one of this computer.
 */
current: boolean, };

/**
 * One thing that the doctor looked at.
 */
export type CheckView = { 
/**
 * A stable name; those of one server end with a colon and its id.
 */
id: string, ok: boolean, detail: string, 
/**
 * Why it matters, for one that does not hold.
 */
why: string | null, 
/**
 * What to do, for one that does not hold.
 */
fix: string | null, 
/**
 * Did not hold, and does since it was repaired.
 */
fixed: boolean, 
/**
 * It can be mended without losing anything.
 */
repairable: boolean, };

/**
 * The copy of the shared file that would be put back.
 */
export type CopyView = { 
/**
 * Names the copy, so that no other one is put back.
 */
path: string, madeAt: number, 
/**
 * The names of the servers in it.
 */
servers: Array<string>, };

/**
 * A server of an imported file that was left out.
 */
export type NotImported = { name: string, 
/**
 * Why, as a sentence.
 */
reason: string, };

/**
 * How an import went.
 */
export type ImportReport = { 
/**
 * The names of the servers that were added.
 */
added: Array<string>, leftOut: Array<NotImported>, };

/**
 * Something of others that this program is made with.
 */
export type Licence = { name: string, version: string, licence: string, };

/**
 * What this program is.
 */
export type About = { version: string, 
/**
 * Of the web view that draws the window.
 */
webView: string, system: string, configFolder: string, dataFolder: string, 
/**
 * Set where the environment chooses the store, so that the window cannot.
 */
storeIsFixed: boolean, 
/**
 * The same of the log level.
 */
logIsFixed: boolean, licences: Array<Licence>, };
