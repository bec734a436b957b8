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
reason: string | null, store: StoreKind, 
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
conflict: Conflict | null, signIn: SignInView, };

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
 * Servers that have yet to hear that we signed out; tried again by itself.
 */
signOutsWaiting: Array<string>, };

/**
 * What a person types to add or edit a server. An empty `id` is made from the name.
 */
export type ServerForm = { id: string, name: string, url: string, domainId: string, };

/**
 * What a connection test found.
 */
export type ConnectionReport = { ok: boolean, message: string, };
