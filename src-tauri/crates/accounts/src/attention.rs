//! When a person is needed: on a change of state, once, and taken back when it is cured.

use crate::plain::plain;
use crate::{ServerView, SessionState, Snapshot, StoreKind};

/// What to do about notifications after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attention {
    /// A session needs a person. Replaces an earlier one of the same server.
    Raise {
        server: String,
        title: String,
        body: String,
    },
    /// It no longer does.
    Withdraw { server: String },
}

/// What changed between two snapshots as far as a person must act. A refresh that succeeds or is tried again is not their concern.
pub fn attention(before: &Snapshot, after: &Snapshot) -> Vec<Attention> {
    let mut list = Vec::new();
    for server in &after.servers {
        let needed = before.server(&server.id).is_some_and(|old| calls(before, old));
        match (needed, calls(after, server)) {
            // While it is being tried again nothing is known yet.
            (_, _) if server.state == SessionState::Refreshing => {}
            (false, true) => list.push(Attention::Raise {
                server: server.id.clone(),
                title: title(server),
                body: server.reason.clone().unwrap_or_default(),
            }),
            (true, false) => list.push(Attention::Withdraw {
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

fn title(server: &ServerView) -> String {
    let name = plain(&server.name);
    match server.state {
        _ if server.conflict.is_some() => format!("{name}: changed by another program"),
        SessionState::Locked if server.needs_passphrase => "The encrypted file needs its passphrase".to_owned(),
        SessionState::Locked if server.store == StoreKind::Keychain => format!("{name}: the keychain is unavailable"),
        SessionState::Locked => format!("{name}: the credential file is unavailable"),
        _ => format!("{name}: please sign in again"),
    }
}
