//! What the tray shows, as data: the shell only draws it.

use crate::plain::{plain, shortened};
use crate::ports::UnixMillis;
use crate::{ServerView, SessionState, Snapshot, StoreKind};

/// Which icon the tray wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrayIcon {
    SignedIn,
    SignedOut,
    /// Some session needs a person.
    Attention,
    /// The active server cannot be reached.
    Offline,
}

/// One server's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayServer {
    pub id: String,
    pub label: String,
    pub active: bool,
}

/// The whole tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayView {
    pub icon: TrayIcon,
    /// The first line of the menu, and the tooltip where the desktop shows one.
    pub state: String,
    pub servers: Vec<TrayServer>,
    /// The server that the entries below the list are about.
    pub active: Option<String>,
    pub can_sign_in: bool,
    pub can_sign_out: bool,
    pub can_copy: bool,
}

/// Draws the tray.
pub fn tray_view(snapshot: &Snapshot, now: UnixMillis) -> TrayView {
    let active = snapshot.servers.iter().find(|server| server.active);
    let signed_in = active.is_some_and(ServerView::has_session);
    TrayView {
        icon: icon(snapshot, active),
        state: state_line(snapshot, active, now),
        servers: snapshot.servers.iter().map(entry).collect(),
        active: active.map(|server| server.id.clone()),
        can_sign_in: active.is_some_and(|s| !signed_in || s.state == SessionState::SignInNeeded),
        can_sign_out: signed_in,
        can_copy: signed_in && active.is_some_and(|s| !s.needs_person() || s.expires_at.is_some_and(|at| at > now)),
    }
}

fn icon(snapshot: &Snapshot, active: Option<&ServerView>) -> TrayIcon {
    if snapshot
        .config_problem
        .as_ref()
        .is_some_and(|p| p.code == "config_unusable")
        || snapshot.servers.iter().any(ServerView::needs_person)
    {
        return TrayIcon::Attention;
    }
    match active.map(|server| server.state) {
        None | Some(SessionState::SignedOut) => TrayIcon::SignedOut,
        Some(SessionState::Offline | SessionState::Expired) => TrayIcon::Offline,
        Some(_) => TrayIcon::SignedIn,
    }
}

fn state_line(snapshot: &Snapshot, active: Option<&ServerView>, now: UnixMillis) -> String {
    if let Some(problem) = snapshot.config_problem.as_ref().filter(|p| p.code == "config_unusable") {
        return shortened(&problem.message, 80);
    }
    let Some(server) = active else {
        return if snapshot.servers.is_empty() {
            "No server yet"
        } else {
            "No server chosen"
        }
        .to_owned();
    };
    let name = plain(&server.name);
    let who = server.email.as_deref().map(plain);
    match (server.state, who) {
        (SessionState::SignedIn | SessionState::Refreshing, Some(who)) if server.conflict.is_none() => {
            format!(
                "{name} · {who}{}",
                server.expires_at.map(|at| left(at, now)).unwrap_or_default()
            )
        }
        _ => format!("{name} · {}", state_words(server)),
    }
}

/// Minutes, because the tray is looked at, not watched.
fn left(at: UnixMillis, now: UnixMillis) -> String {
    match at.saturating_sub(now) / 60_000 {
        0 => String::new(),
        minutes @ 1..120 => format!(" · {minutes} min left"),
        minutes => format!(" · {} h left", minutes / 60),
    }
}

fn entry(server: &ServerView) -> TrayServer {
    let what = match server.state {
        SessionState::SignedIn | SessionState::Refreshing if server.conflict.is_none() => {
            server.email.as_deref().map_or_else(|| "signed in".to_owned(), plain)
        }
        _ => state_words(server).to_owned(),
    };
    TrayServer {
        id: server.id.clone(),
        label: format!("{} — {what}", plain(&server.name)),
        active: server.active,
    }
}

fn state_words(server: &ServerView) -> &'static str {
    match server.state {
        _ if server.conflict.is_some() => "changed by another program, see the window",
        SessionState::SignedOut if server.reason.is_some() => "cannot be used, see the window",
        SessionState::SignedOut => "signed out",
        SessionState::SignedIn => "signed in",
        SessionState::Refreshing => "refreshing",
        SessionState::Offline => "offline, token ended",
        SessionState::Expired => "token ended",
        SessionState::SignInNeeded => "sign in again",
        SessionState::Locked if server.needs_passphrase => "passphrase needed, see the window",
        SessionState::Locked if server.store == StoreKind::Keychain => "keychain unavailable",
        SessionState::Locked => "credential file unavailable",
    }
}
