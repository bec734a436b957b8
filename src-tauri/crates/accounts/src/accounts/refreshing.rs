//! The one refresher.

use std::sync::Arc;
use std::time::Duration;

use auth_core::ServerId;
use auth_core::config::StoredAuth;
use auth_core::wire::GrantReason;

use super::Accounts;
use crate::error::{AccountsError, sentence};
use crate::plan::fresh_enough;
use crate::ports::{ApiError, Server, UnixMillis};
use crate::session::Condition;

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

/// The longest the refresher goes without looking: the wall clock may have been set, the computer may have slept.
const LONGEST_LOOK: UnixMillis = 30_000;

impl Accounts {
    /// Refreshes what is due, for ever. Drop the future to stop it; a refresh under way ends by itself.
    pub async fn keep_fresh(self: Arc<Self>) {
        loop {
            let now = self.now();
            let (due, next) = self.due(now);
            for id in due {
                let accounts = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = accounts.refresh(&id, Why::Due).await {
                        tracing::info!(server = %id, code = error.code(), "the refresh did not succeed");
                    }
                });
            }
            // Time alone turns "offline" into "expired".
            self.publish();
            tokio::select! {
                () = self.ports.clock.wait_until(next.min(now + LONGEST_LOOK)) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Which sessions are due, marked as being refreshed, and when to look again.
    fn due(&self, now: UnixMillis) -> (Vec<ServerId>, UnixMillis) {
        let mut state = self.state();
        if now + LONGEST_LOOK < std::mem::replace(&mut state.looked_at, now) {
            for session in state.sessions.values_mut() {
                (session.clock_moved, session.retry_at) = (true, None);
            }
        }
        let mut next = UnixMillis::MAX;
        let mut due = Vec::new();
        let profiles = state.document.config().servers.clone();
        for profile in &profiles {
            let id = ServerId::existing(&profile.id);
            let session = state.session(&id);
            match session.due_at(profile) {
                Some(at) if at <= now => {
                    session.refreshing = true;
                    due.push(id);
                }
                Some(at) => next = next.min(at),
                None => {}
            }
        }
        (due, next)
    }

    /// A token with at least `min_ttl` left (half its life is always enough), refreshed first where it must be.
    ///
    /// # Errors
    /// Signed out, or what kept it from being refreshed.
    pub async fn access_token(&self, id: &ServerId, min_ttl: Duration) -> Result<StoredAuth, AccountsError> {
        self.server(id)?;
        match self.auth(id) {
            Some(auth) if fresh_enough(&auth, self.now(), min_ttl) => return Ok(auth),
            None if self.state().session(id).unsaved.is_none() => return Err(self.signed_out(id)),
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
        self.state().session(id).refreshing = true;
        let _mark = Refreshing { accounts: self, id };
        self.publish();
        let result = self.refresh_alone(id, why, before).await;
        if let Err(error) = &result {
            self.failed(id, error);
        }
        result
    }

    async fn refresh_alone(&self, id: &ServerId, why: Why, before: UnixMillis) -> Result<StoredAuth, AccountsError> {
        let _held = self.ports.lock.acquire(id).await?;
        self.reload().await;
        // Only what was read under the lock counts from here on.
        let server = self.server(id)?;
        let unsaved = self.state().session(id).unsaved.clone();
        if let Some(unsaved) = unsaved {
            return self.keep_and_publish(&server, unsaved).await;
        }
        let Some(auth) = self.auth(id) else {
            return Err(self.signed_out(id));
        };
        let done_by_another = match why {
            Why::TooOld { min_ttl } => fresh_enough(&auth, self.now(), min_ttl),
            Why::Due | Why::Asked => auth.expires_at > before,
        };
        if done_by_another {
            self.state().session(id).recovered();
            return Ok(auth);
        }
        self.refresh_at_server(&server).await
    }

    async fn refresh_at_server(&self, server: &Server) -> Result<StoredAuth, AccountsError> {
        let Some(token) = self.refresh_token(server).await? else {
            let reason = "There is no refresh token for this server in the credential store; sign in again.".to_owned();
            return Err(AccountsError::SignInNeeded { reason });
        };
        let judged = self.profile(&server.id)?.auth;
        match self.ports.api.refresh(server, &token).await {
            Ok(tokens) => {
                if tokens.refresh_token.is_some() {
                    self.state().session(&server.id).spent = Some(token);
                }
                self.store(server, tokens).await
            }
            Err(ApiError::InvalidGrant { reason }) => self.ended_by_server(server, reason, judged).await,
            Err(error) => Err(error.into()),
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
        if let Err(error) = self.forget(server, judged).await {
            tracing::warn!(server = %server.id, code = error.code(), "the ended session could not be cleared away");
        }
        Err(AccountsError::SignInNeeded { reason })
    }

    fn failed(&self, id: &ServerId, error: &AccountsError) {
        let reason = error.problem().message;
        let (condition, retry_after) = match error {
            // Nothing is there that could be tried again.
            AccountsError::NoSuchServer { .. } | AccountsError::SignedOut { .. } | AccountsError::Profile { .. } => {
                return;
            }
            AccountsError::SignInNeeded { .. }
            | AccountsError::Api {
                source: ApiError::Unauthorized { .. },
            } => (Condition::SignInNeeded { reason }, None),
            AccountsError::Vault { .. } => (Condition::Locked { reason }, None),
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
            Some(Condition::SignInNeeded { reason }) => AccountsError::SignInNeeded { reason },
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
