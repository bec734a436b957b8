//! What the tray shows, as data: the shell only draws it.

use std::collections::HashSet;

use crate::plain::{plain, shortened};
use crate::ports::{EnvironmentColor, Language, UnixMillis};
use crate::words::Words;
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

/// What an entry of the tray does to a server, in the order of the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrayAction {
    MakeActive,
    SignIn,
    CopyToken,
    /// `Authorization: Bearer …`, as a request needs it.
    CopyHeader,
    /// A `curl` command with that header.
    CopyCurl,
    RefreshNow,
    SignOut,
}

impl TrayAction {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::MakeActive,
        Self::SignIn,
        Self::CopyToken,
        Self::CopyHeader,
        Self::CopyCurl,
        Self::RefreshNow,
        Self::SignOut,
    ];

    /// Its name in the id of an entry.
    pub fn name(self) -> &'static str {
        match self {
            Self::MakeActive => "use",
            Self::SignIn => "sign-in",
            Self::CopyToken => "copy",
            Self::CopyHeader => "copy-header",
            Self::CopyCurl => "copy-curl",
            Self::RefreshNow => "refresh",
            Self::SignOut => "sign-out",
        }
    }

    /// What a person reads.
    pub fn label(self, words: &Words) -> &'static str {
        match self {
            Self::MakeActive => words.make_active,
            Self::SignIn => words.sign_in,
            Self::CopyToken => words.copy_token,
            Self::CopyHeader => words.copy_header,
            Self::CopyCurl => words.copy_curl,
            Self::RefreshNow => words.refresh_now,
            Self::SignOut => words.sign_out,
        }
    }
}

/// One server's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayServer {
    pub id: String,
    pub label: String,
    pub active: bool,
    needs_person: bool,
    can_sign_in: bool,
    can_sign_out: bool,
    can_copy: bool,
    can_refresh: bool,
}

impl TrayServer {
    /// Whether that makes sense as things stand.
    pub fn allows(&self, action: TrayAction) -> bool {
        match action {
            TrayAction::MakeActive => !self.active,
            TrayAction::SignIn => self.can_sign_in,
            TrayAction::CopyToken | TrayAction::CopyHeader | TrayAction::CopyCurl => self.can_copy,
            TrayAction::RefreshNow => self.can_refresh,
            TrayAction::SignOut => self.can_sign_out,
        }
    }
}

/// The whole tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayView {
    pub language: Language,
    pub icon: TrayIcon,
    /// The first line of the menu, and the tooltip where the desktop shows one.
    pub state: String,
    /// The servers that stand in the menu itself, in the person's order.
    pub servers: Vec<TrayServer>,
    /// The others, one step further.
    pub more: Vec<TrayServer>,
    /// The server that the entries below the list are about; the default of every tool.
    pub active: Option<TrayServer>,
}

impl TrayView {
    /// The servers one step further about which more can be done than to make them active or to sign in: to that their window leads.
    /// As many as anybody looks through; for the others there is the window's search.
    pub fn more_of_note(&self) -> Vec<TrayServer> {
        let of_note = |server: &&TrayServer| server.can_sign_out || server.can_copy || server.needs_person;
        self.more.iter().filter(of_note).take(OF_NOTE).cloned().collect()
    }
}

/// So many of the others have a menu of their own: each is a dozen entries that the panel is sent.
const OF_NOTE: usize = 40;
/// So many servers stand in the menu itself: a longer one does not fit a small screen.
const IN_MENU: usize = 10;

/// Draws the tray, in the language that the person chose, else in the computer's.
pub fn tray_view(snapshot: &Snapshot, now: UnixMillis, computers: Language) -> TrayView {
    let language = snapshot.preferences.spoken(computers);
    let words = language.words();
    let active = snapshot.servers.iter().find(|server| server.active);
    let (servers, more) = in_menu(snapshot);
    let entries = |servers: Vec<&ServerView>| servers.into_iter().map(|server| entry(server, now, words)).collect();
    TrayView {
        language,
        icon: icon(snapshot, active),
        state: state_line(snapshot, active, now, words),
        servers: entries(servers),
        more: entries(more),
        active: active.map(|server| entry(server, now, words)),
    }
}

/// Who stands in the menu itself: the active server, those that need a person, those chosen last, and then whoever comes first.
fn in_menu(snapshot: &Snapshot) -> (Vec<&ServerView>, Vec<&ServerView>) {
    if snapshot.servers.len() <= IN_MENU {
        return (snapshot.servers.iter().collect(), Vec::new());
    }
    let rank = |server: &ServerView| {
        let recent = snapshot.recent.iter().position(|id| *id == server.id);
        (!server.active, !server.needs_person(), recent.unwrap_or(usize::MAX))
    };
    let mut ranked: Vec<&ServerView> = snapshot.servers.iter().collect();
    ranked.sort_by_key(|server| rank(server));
    let chosen: HashSet<&str> = ranked[..IN_MENU].iter().map(|server| &*server.id).collect();
    snapshot.servers.iter().partition(|server| chosen.contains(&*server.id))
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

fn state_line(snapshot: &Snapshot, active: Option<&ServerView>, now: UnixMillis, words: &Words) -> String {
    if let Some(problem) = snapshot.config_problem.as_ref().filter(|p| p.code == "config_unusable") {
        return shortened((words.said)(problem.code).unwrap_or(&problem.message), 80);
    }
    let Some(server) = active else {
        return if snapshot.servers.is_empty() {
            words.no_server_yet
        } else {
            words.no_server_chosen
        }
        .to_owned();
    };
    let name = format!("{}{}", mark(server), plain(&server.name));
    let who = server.email.as_deref().map(plain);
    match (server.state, who) {
        (SessionState::SignedIn | SessionState::Refreshing, Some(who)) if server.conflict.is_none() => {
            format!(
                "{name} · {who}{}",
                server.expires_at.map(|at| left(at, now, words)).unwrap_or_default()
            )
        }
        _ => format!("{name} · {}", state_words(server, words)),
    }
}

/// Minutes, because the tray is looked at, not watched.
fn left(at: UnixMillis, now: UnixMillis, words: &Words) -> String {
    match at.saturating_sub(now) / 60_000 {
        0 => String::new(),
        minutes @ 1..120 => format!(" · {minutes} {}", words.minutes_left),
        minutes => format!(" · {} {}", minutes / 60, words.hours_left),
    }
}

fn entry(server: &ServerView, now: UnixMillis, words: &Words) -> TrayServer {
    let what = match server.state {
        SessionState::SignedIn | SessionState::Refreshing if server.conflict.is_none() => server
            .email
            .as_deref()
            .map_or_else(|| words.signed_in.to_owned(), plain),
        _ => state_words(server, words).to_owned(),
    };
    let signed_in = server.has_session();
    let is_good = server.expires_at.is_some_and(|at| at > now);
    TrayServer {
        id: server.id.clone(),
        label: format!("{}{} — {what}", mark(server), plain(&server.name)),
        active: server.active,
        needs_person: server.needs_person(),
        can_sign_in: !signed_in || server.state == SessionState::SignInNeeded,
        can_sign_out: signed_in,
        can_copy: signed_in && (!server.needs_person() || is_good),
        can_refresh: signed_in && server.conflict.is_none(),
    }
}

/// The colour of its environment: a menu knows text alone.
fn mark(server: &ServerView) -> &'static str {
    match server.look.color {
        None => "",
        Some(EnvironmentColor::Red) => "🔴 ",
        Some(EnvironmentColor::Orange) => "🟠 ",
        Some(EnvironmentColor::Green) => "🟢 ",
        Some(EnvironmentColor::Blue) => "🔵 ",
        Some(EnvironmentColor::Purple) => "🟣 ",
        Some(EnvironmentColor::Gray) => "⚪ ",
    }
}

fn state_words(server: &ServerView, words: &Words) -> &'static str {
    match server.state {
        _ if server.conflict.is_some() => words.changed_by_another,
        SessionState::SignedOut if server.reason.is_some() => words.unusable,
        SessionState::SignedOut => words.signed_out,
        SessionState::SignedIn => words.signed_in,
        SessionState::Refreshing => words.refreshing,
        SessionState::Offline => words.offline,
        SessionState::Expired => words.token_ended,
        SessionState::SignInNeeded => words.sign_in_again,
        SessionState::Locked if server.needs_passphrase => words.needs_passphrase,
        SessionState::Locked if server.store == StoreKind::Keychain => words.no_keychain,
        SessionState::Locked => words.no_credential_file,
    }
}
