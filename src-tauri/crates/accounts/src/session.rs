//! What is known of one server's session beyond the shared file, and how it looks.

use std::time::Duration;

use auth_core::Secret;
use auth_core::config::{ServerProfile, StoredAuth};

use crate::condition::{Condition, Reason};
use crate::error::AccountsError;
use crate::plan;
use crate::planned::Memo;
use crate::ports::{ServerLook, SessionRecord, UnixMillis};
use crate::profile::server_of;
use crate::sign_in::SignIn;
use crate::{Conflict, Hint, Problem, ServerView, SessionState, Sharing, StoreKind};

/// What a view shows of a session beside its memory.
pub(crate) struct Facts<'a> {
    pub active: bool,
    pub store: StoreKind,
    pub sharing: Sharing,
    pub record: Option<&'a SessionRecord>,
    pub conflict: Option<Conflict>,
    pub look: Option<&'a ServerLook>,
    /// The address of the last sign-in, where this process has not seen it.
    pub last_email: Option<&'a String>,
}

/// A refresh token the server gave and the store did not take: the next try keeps it first.
#[derive(Clone)]
pub(crate) struct Unsaved {
    pub refresh_token: Secret,
    pub auth: StoredAuth,
    /// Fingerprint of the token it was got for, which the store held then: what the store holds since is another program's, and newer.
    /// `None` after a sign-in.
    pub replaces: Option<String>,
}

/// Whether nothing about it changed.
pub(crate) fn is_unchanged(auth: &StoredAuth, before: &StoredAuth) -> bool {
    (auth.expires_at, &auth.user_id, &auth.email) == (before.expires_at, &before.user_id, &before.email)
        && auth.access_token.is_unchanged(&before.access_token)
        && auth.refresh_token.is_unchanged(&before.refresh_token)
}

/// The memory of one profile.
#[derive(Default)]
pub(crate) struct Session {
    /// The newest tokens we had from the server; newer than the file where the file could not be written.
    pub held: Option<StoredAuth>,
    pub unsaved: Option<Unsaved>,
    /// A step of a sign-in that the person has gone back from.
    pub gone_back_from: SignIn,
    pub condition: Condition,
    pub refreshing: bool,
    pub failures: u32,
    /// The clock was set back since: every time kept here is in doubt.
    pub clock_moved: bool,
    /// Not before this time, while a condition lasts.
    pub retry_at: Option<UnixMillis>,
    /// Not before this time whatever happens: the server asked for it.
    pub left_alone_until: UnixMillis,
    /// When we last got tokens.
    pub refreshed_at: UnixMillis,
    planned: Memo,
    /// How far the server's clock was ahead of ours at the last refresh, seconds.
    pub clock_skew: Option<i64>,
    /// Whether the timeline's last word on this session is "offline"; `None` until it was looked at.
    pub told_offline: Option<bool>,
    /// As in [`SessionRecord::known_in_file`], where our settings cannot be written.
    pub known_in_file: Option<String>,
    pub sign_in: SignIn,
    /// Kept when a session ends, so that the person need not type it again.
    pub last_email: Option<String>,
}

impl Session {
    /// What a failure means for the next try.
    pub fn failed(&mut self, server: &str, condition: Condition, now: UnixMillis, retry_after: Option<Duration>) {
        self.failures += 1;
        self.retry_at = match condition {
            Condition::SignInNeeded { .. } => None,
            _ => Some(plan::backoff(server, self.failures, now, retry_after)),
        };
        if retry_after.is_some() {
            self.left_alone_until = self.retry_at.unwrap_or(0);
        }
        self.condition = condition;
    }

    /// All is well again.
    pub fn recovered(&mut self) {
        self.condition = Condition::Fine;
        self.failures = 0;
        self.retry_at = None;
    }

    /// Something may have changed outside (the computer woke, the network came back): what was put off is tried at once.
    pub fn hinted(&mut self, hint: Hint) {
        if hint == Hint::StoreOpened && matches!(self.condition, Condition::Locked { .. }) {
            self.condition = Condition::Fine;
        }
        if let Some(at) = &mut self.retry_at {
            *at = self.left_alone_until;
        }
    }

    /// Takes over a session that somebody else wrote to the file.
    pub fn adopt(&mut self, auth: &StoredAuth, old_auth: Option<&StoredAuth>) {
        // Whoever wrote it kept a newer refresh token first, and knew what we had put there.
        self.unsaved = None;
        self.held
            .take_if(|held| old_auth.is_some_and(|old| old.access_token == held.access_token));
        if self.held.as_ref().is_none_or(|held| auth.expires_at >= held.expires_at) {
            self.recovered();
        }
        if old_auth.is_none_or(|old| old.user_id != auth.user_id) {
            self.sign_in = SignIn::Idle;
        }
    }

    /// Another program of ours ended it or put another person's in its place.
    pub fn let_go(&mut self, email: &str) {
        self.ended(None);
        if self.last_email.is_none() {
            self.last_email = Some(email.to_owned());
        }
    }

    /// The session is over here; `last` is what the file held of it.
    pub fn ended(&mut self, last: Option<&StoredAuth>) {
        let email = self
            .held
            .take()
            .map(|auth| auth.email)
            .or_else(|| last.map(|auth| auth.email.clone()));
        *self = Self {
            last_email: email.or(self.last_email.take()),
            refreshing: self.refreshing,
            sign_in: std::mem::take(&mut self.sign_in),
            ..Self::default()
        };
    }

    /// The tokens in force: the file's or ours, whichever ends later.
    pub fn auth<'a>(&'a self, profile: &'a ServerProfile) -> Option<&'a StoredAuth> {
        match (&self.held, &profile.auth) {
            (Some(held), Some(file)) => Some(if held.expires_at >= file.expires_at { held } else { file }),
            (held, file) => held.as_ref().or(file.as_ref()),
        }
    }

    /// When to refresh next; `None` where there is nothing to refresh or only a person can help.
    pub fn due_at(&self, profile: &ServerProfile, recorded: bool) -> Option<UnixMillis> {
        if self.refreshing || matches!(self.condition, Condition::SignInNeeded { .. }) {
            return None;
        }
        let retry_at = self.retry_at.unwrap_or(0);
        let Some(auth) = self.auth(profile) else {
            let wanted = self.unsaved.is_some() || recorded;
            return Some(retry_at).filter(|_| wanted && server_of(profile).is_ok());
        };
        let at = self.planned.of(profile, auth).0?;
        if self.unsaved.is_some() {
            return Some(retry_at);
        }
        if self.clock_moved {
            return Some(retry_at);
        }
        // However wrong the guess of a token's life is, no server is asked before half of what it gave has passed.
        let half = auth.expires_at.saturating_sub(self.refreshed_at) / 2;
        let least = self.refreshed_at + half.max(1_000);
        Some(at.max(retry_at).max(least))
    }

    /// How much earlier than planned a refresh may be, to be done along with another's.
    pub fn slack(&self, profile: &ServerProfile) -> u64 {
        match self.auth(profile) {
            Some(auth) if self.retry_at.is_none() => self.planned.of(profile, auth).1,
            _ => 0,
        }
    }

    /// How it looks.
    pub fn view(&self, profile: &ServerProfile, facts: Facts<'_>, now: UnixMillis) -> ServerView {
        let auth = self
            .auth(profile)
            .filter(|_| facts.conflict != Some(Conflict::Vanished));
        let (state, reason) = self.state(profile, auth, &facts, now);
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        // Somebody else's in the file speaks for itself.
        let recorded = facts
            .record
            .filter(|_| !matches!(facts.conflict, Some(Conflict::Replaced { .. })));
        let email = auth.map_or_else(
            || recorded.map(|record| record.email.as_str()),
            |auth| Some(&auth.email),
        );
        let user_id = auth.map_or_else(
            || recorded.map(|record| record.user_id.as_str()),
            |auth| Some(&auth.user_id),
        );
        ServerView {
            id: profile.id.clone(),
            name: profile.name.clone(),
            url: profile.url.clone(),
            domain_id: profile.domain_id.clone(),
            active: facts.active,
            state,
            email: email.map_or_else(|| self.last_email.clone().or(facts.last_email.cloned()), text),
            user_id: user_id.and_then(text),
            expires_at: auth.map(|auth| auth.expires_at),
            next_refresh_at: self
                .due_at(profile, recorded.is_some())
                .filter(|_| facts.conflict.is_none()),
            reason_code: reason.as_ref().map(|reason| reason.code),
            reason: reason.map(|reason| reason.text),
            store: facts.store,
            needs_passphrase: matches!(&self.condition, Condition::Locked { fault } if fault.needs_passphrase()),
            sharing: facts.sharing,
            clock_skew: self.clock_skew.filter(|skew| skew.abs() > SKEW_SHOWN),
            conflict: facts.conflict,
            look: facts.look.cloned().unwrap_or_default(),
            sign_in: self.sign_in.view(),
        }
    }

    fn state(
        &self,
        profile: &ServerProfile,
        auth: Option<&StoredAuth>,
        facts: &Facts<'_>,
        now: UnixMillis,
    ) -> (SessionState, Option<Reason>) {
        // A retry of what a person has to cure changes nothing for them until it succeeds.
        let waits_for_person = matches!(
            self.condition,
            Condition::Locked { .. } | Condition::SignInNeeded { .. }
        );
        if self.refreshing && !waits_for_person {
            return (SessionState::Refreshing, None);
        }
        if let Some(conflict) = &facts.conflict {
            let state = match (conflict, auth) {
                (Conflict::SignedOut, _) => SessionState::SignedOut,
                (Conflict::Replaced { .. }, Some(auth)) if auth.expires_at > now => SessionState::SignedIn,
                _ => SessionState::SignInNeeded,
            };
            return (
                state,
                Some(Reason::new("conflict", &conflict_text(&profile.id, conflict))),
            );
        }
        let unusable = || {
            server_of(profile)
                .err()
                .map(|error| Reason::from(&AccountsError::from(error)))
        };
        match (&self.condition, auth) {
            (Condition::Locked { fault }, _) => (SessionState::Locked, Some(Problem::of_store(fault.clone()).into())),
            (Condition::SignInNeeded { reason }, _) => (SessionState::SignInNeeded, Some(reason.clone())),
            (Condition::Offline { reason }, Some(auth)) if auth.expires_at > now => {
                (SessionState::SignedIn, Some(reason.clone()))
            }
            (Condition::Offline { reason }, Some(_)) => (SessionState::Offline, Some(reason.clone())),
            (Condition::Offline { reason }, None) if facts.record.is_some() => {
                (SessionState::Offline, Some(reason.clone()))
            }
            // Its access token is fetched when somebody asks for it.
            (_, None) if facts.record.is_some() => (SessionState::SignedIn, None),
            (_, None) => (SessionState::SignedOut, unusable()),
            (Condition::Fine, Some(auth)) if auth.expires_at > now => (SessionState::SignedIn, None),
            (Condition::Fine, Some(_)) => {
                let next = || Reason::new("expired", "The access token has ended; the next use refreshes it.");
                (SessionState::Expired, unusable().or_else(|| Some(next())))
            }
        }
    }
}

/// A clock that is wrong by more than this is worth a word, seconds.
pub(crate) const SKEW_SHOWN: i64 = 60;

/// What happened and what a person can do about it.
pub(crate) fn conflict_text(id: &str, conflict: &Conflict) -> String {
    let what = match conflict {
        Conflict::Vanished => {
            "Another program took this server out of the shared file while you are signed in. Put it back, or sign out of it"
                .to_owned()
        }
        Conflict::Replaced { theirs, .. } => format!(
            "Another program put a session of {} into the shared file. Keep theirs, or put yours back",
            if theirs.is_empty() { "somebody else" } else { theirs }
        ),
        Conflict::SignedOut => {
            "Another program took your session out of the shared file. Put it back, or sign out".to_owned()
        }
    };
    format!("{what}: in the window, or with flowstate-auth server settle {id} --ours or --theirs.")
}
