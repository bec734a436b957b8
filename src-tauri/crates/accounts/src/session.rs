//! What is known of one server's session beyond the shared file, and how it looks.

use std::time::Duration;

use auth_core::Secret;
use auth_core::config::{ServerProfile, StoredAuth};

use crate::error::sentence;
use crate::plan;
use crate::ports::UnixMillis;
use crate::profile::server_of;
use crate::sign_in::SignIn;
use crate::{ServerView, SessionState, StoreKind};

/// What stands in the way of a session, if anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Condition {
    #[default]
    Fine,
    /// The last refresh failed for a reason that passes.
    Offline { reason: String },
    /// The credential store did not open.
    Locked { reason: String },
    /// Only a person can help.
    SignInNeeded { reason: String },
}

/// A refresh token the server gave and the store did not take: the next try keeps it first.
#[derive(Clone)]
pub(crate) struct Unsaved {
    pub refresh_token: Secret,
    pub auth: StoredAuth,
}

/// The memory of one profile.
#[derive(Default)]
pub(crate) struct Session {
    /// The newest tokens we had from the server; newer than the file where the file could not be written.
    pub held: Option<StoredAuth>,
    pub unsaved: Option<Unsaved>,
    pub condition: Condition,
    pub refreshing: bool,
    pub failures: u32,
    /// The clock was set back since: every time kept here is in doubt.
    pub clock_moved: bool,
    /// The token the last refresh spent; a file that still holds it could not be written.
    pub spent: Option<Secret>,
    /// Not before this time, while a condition lasts.
    pub retry_at: Option<UnixMillis>,
    /// When we last got tokens.
    pub refreshed_at: UnixMillis,
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
        self.condition = condition;
    }

    /// All is well again.
    pub fn recovered(&mut self) {
        self.condition = Condition::Fine;
        self.failures = 0;
        self.retry_at = None;
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
    pub fn due_at(&self, profile: &ServerProfile) -> Option<UnixMillis> {
        if self.refreshing || matches!(self.condition, Condition::SignInNeeded { .. }) || server_of(profile).is_err() {
            return None;
        }
        if self.unsaved.is_some() {
            return Some(self.retry_at.unwrap_or(0));
        }
        let auth = self.auth(profile)?;
        let retry_at = self.retry_at.unwrap_or(0);
        if self.clock_moved {
            return Some(retry_at);
        }
        // However wrong the guess of a token's life is, no server is asked before half of what it gave has passed.
        let half = auth.expires_at.saturating_sub(self.refreshed_at) / 2;
        let least = self.refreshed_at + half.max(1_000);
        Some(plan::refresh_at(&profile.id, auth).max(retry_at).max(least))
    }

    /// How it looks.
    pub fn view(&self, profile: &ServerProfile, active: bool, store: StoreKind, now: UnixMillis) -> ServerView {
        let auth = self.auth(profile);
        let (state, reason) = self.state(profile, auth, now);
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        ServerView {
            id: profile.id.clone(),
            name: profile.name.clone(),
            url: profile.url.clone(),
            domain_id: profile.domain_id.clone(),
            active,
            state,
            email: auth.map_or_else(|| self.last_email.clone(), |auth| text(&auth.email)),
            user_id: auth.and_then(|auth| text(&auth.user_id)),
            expires_at: auth.map(|auth| auth.expires_at),
            next_refresh_at: self.due_at(profile),
            reason,
            store,
            sharing: crate::Sharing::Access,
            clock_skew: None,
            conflict: None,
            sign_in: self.sign_in.view(),
        }
    }

    fn state(
        &self,
        profile: &ServerProfile,
        auth: Option<&StoredAuth>,
        now: UnixMillis,
    ) -> (SessionState, Option<String>) {
        // A retry of what a person has to cure changes nothing for them until it succeeds.
        let waits_for_person = matches!(
            self.condition,
            Condition::Locked { .. } | Condition::SignInNeeded { .. }
        );
        if self.refreshing && !waits_for_person {
            return (SessionState::Refreshing, None);
        }
        match (&self.condition, auth) {
            (Condition::Locked { reason }, _) => (SessionState::Locked, Some(reason.clone())),
            (Condition::SignInNeeded { reason }, _) => (SessionState::SignInNeeded, Some(reason.clone())),
            (_, None) => (
                SessionState::SignedOut,
                server_of(profile).err().map(|e| sentence(&e.to_string())),
            ),
            (Condition::Offline { reason }, Some(auth)) if auth.expires_at > now => {
                (SessionState::Offline, Some(reason.clone()))
            }
            (Condition::Offline { reason }, Some(_)) => (SessionState::Expired, Some(reason.clone())),
            (Condition::Fine, Some(auth)) if auth.expires_at > now => (SessionState::SignedIn, None),
            (Condition::Fine, Some(_)) => {
                let reason = server_of(profile).err().map(|e| sentence(&e.to_string()));
                (
                    SessionState::Expired,
                    reason.or_else(|| Some("The access token has ended; the next use refreshes it.".to_owned())),
                )
            }
        }
    }
}
