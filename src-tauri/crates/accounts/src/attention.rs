//! When a person is needed: on a change of state, once, and taken back when it is cured.

use std::sync::Arc;

use crate::plain::plain;
use crate::ports::Language;
use crate::words::Words;
use crate::{ServerView, SessionState, Snapshot, StoreKind};

/// What a person is called for, as they may choose not to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// A session ended.
    SignIn,
    /// Where secrets are kept does not open.
    Store,
    /// Another program changed what is ours.
    Conflict,
}

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub kind: CallKind,
    pub title: String,
    pub body: String,
    /// What a button to the right place says.
    pub action: &'static str,
}

/// What to do about notifications after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    /// A session needs a person. Replaces an earlier one of the same server.
    Raise { server: String, call: Call },
    /// It no longer does.
    Withdraw { server: String },
}

/// The snapshot that the next one is compared with: what is being tried again stands there as it was before, for nothing is known of it.
pub fn settled(before: &Snapshot, after: &Arc<Snapshot>) -> Arc<Snapshot> {
    let is_tried = |server: &ServerView| server.state == SessionState::Refreshing;
    if !after.servers.iter().any(is_tried) {
        return after.clone();
    }
    let mut settled = Snapshot::clone(after);
    for server in settled.servers.iter_mut().filter(|server| is_tried(server)) {
        if let Some(known) = before.server(&server.id) {
            *server = known.clone();
        }
    }
    Arc::new(settled)
}

/// What changed between two snapshots, the earlier one [`settled`], as far as a person must act. A refresh that succeeds or is tried
/// again is not their concern.
pub fn attention(before: &Snapshot, after: &Snapshot, computers: Language) -> Vec<Attention> {
    let words = after.preferences.spoken(computers).words();
    let mut list = Vec::new();
    for server in &after.servers {
        let needed = before.server(&server.id).filter(|old| calls(before, old));
        match (needed, calls(after, server)) {
            // While it is being tried again nothing is known yet.
            (_, _) if server.state == SessionState::Refreshing => {}
            // For something else than before is as good as for the first time.
            (old, true) if old.is_none_or(|old| kind(old) != kind(server)) => list.push(Attention::Raise {
                server: server.id.clone(),
                call: Call {
                    kind: kind(server),
                    title: title(server, words),
                    body: body(server, words),
                    action: action(server, words),
                },
            }),
            (Some(_), false) => list.push(Attention::Withdraw {
                server: server.id.clone(),
            }),
            _ => {}
        }
    }
    let gone = before
        .servers
        .iter()
        .filter(|server| calls(before, server) && after.server(&server.id).is_none());
    list.extend(gone.map(|server| Attention::Withdraw {
        server: server.id.clone(),
    }));
    list
}

/// Whether there is a call about that server. One passphrase opens the store for all of them, so it is asked for once.
fn calls(snapshot: &Snapshot, server: &ServerView) -> bool {
    let first = || snapshot.servers.iter().find(|other| other.needs_passphrase);
    server.needs_person() && (!server.needs_passphrase || first().is_some_and(|first| first.id == server.id))
}

fn title(server: &ServerView, words: &Words) -> String {
    let what = match server.state {
        _ if server.conflict.is_some() => words.call_changed,
        SessionState::Locked if server.needs_passphrase => return words.call_passphrase.to_owned(),
        SessionState::Locked if server.store == StoreKind::Keychain => words.call_no_keychain,
        SessionState::Locked => words.call_no_credential_file,
        _ => words.call_sign_in,
    };
    format!("{}: {what}", plain(&server.name))
}

fn body(server: &ServerView, words: &Words) -> String {
    let said = server.reason_code.and_then(words.said);
    said.map_or_else(|| server.reason.clone().unwrap_or_default(), str::to_owned)
}

fn kind(server: &ServerView) -> CallKind {
    match server.state {
        _ if server.conflict.is_some() => CallKind::Conflict,
        SessionState::Locked => CallKind::Store,
        _ => CallKind::SignIn,
    }
}

fn action(server: &ServerView, words: &Words) -> &'static str {
    match server.state {
        _ if server.conflict.is_some() => words.decide,
        SessionState::Locked if server.needs_passphrase => words.unlock,
        SessionState::Locked => words.show,
        _ => words.go_and_sign_in,
    }
}
