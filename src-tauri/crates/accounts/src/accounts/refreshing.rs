//! One refresh: under the lock, against what is there then.

use std::time::Duration;

use auth_core::ServerId;
use auth_core::config::StoredAuth;
use auth_core::wire::GrantReason;

use super::Accounts;
use crate::condition::{Condition, Reason};
use crate::error::{AccountsError, sentence};
use crate::plan::fresh_enough;
use crate::ports::{ApiError, Event, NotRefreshed, Server, UnixMillis};
use crate::session::{SKEW_SHOWN, Unsaved};

/// Why a refresh is wanted: what counts as having been done by somebody else meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A token with so much time left is wanted.
    TooOld { min_ttl: Duration },
    /// The plan says so.
    Due,
    /// A person asked for it.
    Asked,
}

impl Accounts {
    /// A token with at least `min_ttl` left (half its life is always enough), refreshed first where it must be.
    ///
    /// # Errors
    /// Signed out, or what kept it from being refreshed.
    pub async fn access_token(&self, id: &ServerId, min_ttl: Duration) -> Result<StoredAuth, AccountsError> {
        self.server(id).or_else(|error| self.no_conflict(id).and(Err(error)))?;
        match self.auth(id) {
            Some(auth) if fresh_enough(&auth, self.now(), min_ttl) => return Ok(auth),
            None if self.state().session(id).unsaved.is_none() && !self.state().only_recorded(id) => {
                // Whoever took the session away is to be named.
                self.no_conflict(id)?;
                return Err(self.signed_out(id));
            }
            _ => {}
        }
        self.refresh(id, Why::TooOld { min_ttl }).await
    }

    /// Refreshes one session, unless somebody else does it first: one at a time across all processes.
    ///
    /// # Errors
    /// What kept it from being refreshed; the snapshot says the same.
    pub async fn refresh(&self, id: &ServerId, why: Why) -> Result<StoredAuth, AccountsError> {
        let before = self.auth(id).map_or(0, |auth| auth.expires_at);
        let shown = std::mem::replace(&mut self.state().session(id).refreshing, true);
        let _mark = Refreshing { accounts: self, id };
        if !shown {
            self.publish();
        }
        let result = self.refresh_alone(id, why, before).await;
        if let Err(error) = &result {
            self.failed(id, error);
            self.note_outage(id, error).await;
        }
        result
    }

    /// For the timeline: who refreshed, and that an outage is over.
    async fn refreshed(&self, id: &ServerId, skew: Option<i64>) {
        let told_offline = self.told_offline(id).await;
        let news = {
            let mut state = self.state();
            let session = state.session(id);
            session.told_offline = Some(false);
            let before = std::mem::replace(&mut session.clock_skew, skew);
            let shows = |skew: Option<i64>| skew.is_some_and(|skew| skew.abs() > SKEW_SHOWN);
            skew.filter(|_| shows(skew) && !shows(before))
        };
        if told_offline {
            self.note(id, Event::Online).await;
        }
        if let Some(seconds) = news {
            self.note(id, Event::ClockSkew { seconds }).await;
        }
        self.note(id, Event::Refreshed).await;
    }

    /// For the timeline: since when a server is not reached, once.
    async fn note_outage(&self, id: &ServerId, error: &AccountsError) {
        let outage = matches!(error, AccountsError::Api { source } if !matches!(source, ApiError::InvalidGrant { .. }));
        if outage && !self.told_offline(id).await {
            self.state().session(id).told_offline = Some(true);
            let code = error.code().to_owned();
            self.note(id, Event::Offline { code }).await;
        }
    }

    /// Whether the timeline says "offline": as far as this program knows, else by what another wrote there.
    async fn told_offline(&self, id: &ServerId) -> bool {
        let known = self.state().session(id).told_offline;
        match known {
            Some(told) => told,
            None => {
                let events = self.ports.timeline.read(id).await;
                let last = events.iter().rev().find_map(|entry| match entry.event {
                    Event::Offline { .. } => Some(true),
                    Event::Online | Event::Refreshed | Event::SignedIn => Some(false),
                    _ => None,
                });
                last.unwrap_or(false)
            }
        }
    }

    async fn refresh_alone(&self, id: &ServerId, why: Why, before: UnixMillis) -> Result<StoredAuth, AccountsError> {
        let _held = self.ports.lock.acquire(id).await?;
        self.read_files().await;
        // Only what was read under the lock counts from here on.
        self.need_settings().await?;
        self.no_conflict(id)?;
        let server = self.server(id)?;
        if let Some(unsaved) = self.unsaved(&server).await? {
            let auth = self.keep_and_publish(&server, unsaved).await?;
            // It may have waited longer for the store than its access token lives.
            let wanted = match why {
                Why::TooOld { min_ttl } => min_ttl,
                Why::Due | Why::Asked => Duration::ZERO,
            };
            return match fresh_enough(&auth, self.now(), wanted) {
                true => Ok(auth),
                false => self.refresh_at_server(&server).await,
            };
        }
        let auth = self.auth(id);
        if auth.is_none() && !self.state().only_recorded(id) {
            return Err(self.signed_out(id));
        }
        let done_by_another = auth.filter(|auth| match why {
            Why::TooOld { min_ttl } => fresh_enough(auth, self.now(), min_ttl),
            Why::Due | Why::Asked => auth.expires_at > before,
        });
        if let Some(auth) = done_by_another {
            self.state().session(id).recovered();
            return Ok(auth);
        }
        self.refresh_at_server(&server).await
    }

    /// What could not be kept yet; given up where another program has kept something newer since.
    async fn unsaved(&self, server: &Server) -> Result<Option<Unsaved>, AccountsError> {
        let unsaved = self.state().session(&server.id).unsaved.clone();
        let Some(unsaved) = unsaved else { return Ok(None) };
        if self.still_newest(server, &unsaved).await? {
            return Ok(Some(unsaved));
        }
        self.state().session(&server.id).unsaved = None;
        Ok(None)
    }

    pub(super) async fn refresh_at_server(&self, server: &Server) -> Result<StoredAuth, AccountsError> {
        let Some(token) = self.adopt_token(server).await? else {
            let reason = "There is no refresh token for this server in the credential store; sign in again.".to_owned();
            return Err(AccountsError::SignInNeeded { reason });
        };
        // The server puts a new token in the place of this one, and counts it as stolen where it comes again later.
        self.ports.vault.check_writable().await?;
        let judged = self.profile(&server.id)?.auth;
        let _rotating = self.rotating.read().await;
        match self.ports.api.refresh(server, &token).await {
            Ok(tokens) => {
                let skew = tokens.clock_skew;
                let auth = self.store(server, tokens, Some(&token)).await?;
                self.refreshed(&server.id, skew).await;
                Ok(auth)
            }
            Err(NotRefreshed {
                error: ApiError::InvalidGrant { reason },
                ..
            }) => self.ended_by_server(server, reason, judged).await,
            Err(NotRefreshed { error, next }) => {
                if let Some(next) = next {
                    self.keep_next(server, next, &token).await;
                }
                Err(error.into())
            }
        }
    }

    /// The server says the session is over: what is left of it here goes too, so that the next call need not ask.
    async fn ended_by_server(
        &self,
        server: &Server,
        why: GrantReason,
        judged: Option<StoredAuth>,
    ) -> Result<StoredAuth, AccountsError> {
        let reason = sentence(&ApiError::InvalidGrant { reason: why }.to_string());
        tracing::info!(server = %server.id, ?why, "the server ended the session");
        self.note(&server.id, Event::Revoked { reason: why }).await;
        if let Err(error) = self.forget(server, judged).await {
            tracing::warn!(server = %server.id, code = error.code(), "the ended session could not be cleared away");
        }
        Err(AccountsError::SignInNeeded { reason })
    }

    fn failed(&self, id: &ServerId, error: &AccountsError) {
        let reason = Reason::from(error);
        let (condition, retry_after) = match error {
            // Nothing is there that could be tried again.
            AccountsError::NoSuchServer { .. }
            | AccountsError::SignedOut { .. }
            | AccountsError::Conflict { .. }
            | AccountsError::Profile { .. } => {
                return;
            }
            AccountsError::SignInNeeded { .. }
            | AccountsError::Api {
                source: ApiError::Unauthorized { .. },
            } => (Condition::SignInNeeded { reason }, None),
            AccountsError::Vault { source } => (Condition::Locked { fault: source.clone() }, None),
            AccountsError::Api { source } => (Condition::Offline { reason }, source.retry_after()),
            _ => (Condition::Offline { reason }, None),
        };
        let now = self.now();
        self.state()
            .session(id)
            .failed(id.as_str(), condition, now, retry_after);
    }

    fn signed_out(&self, id: &ServerId) -> AccountsError {
        let condition = self.state().sessions.get(id).map(|session| session.condition.clone());
        match condition {
            Some(Condition::SignInNeeded { reason }) => AccountsError::SignInNeeded { reason: reason.text },
            _ => AccountsError::SignedOut { id: id.to_string() },
        }
    }
}

/// While it lives the session shows as being refreshed.
struct Refreshing<'a> {
    accounts: &'a Accounts,
    id: &'a ServerId,
}

impl Drop for Refreshing<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.accounts.state().sessions.get_mut(self.id) {
            session.refreshing = false;
        }
        self.accounts.publish();
        self.accounts.changed.notify_one();
    }
}
