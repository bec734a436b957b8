//! Rotation. Every refresh raises the session's generation by one compare-and-set; what the past brings is told apart.

use auth_core::Secret;
use auth_core::models::{AuthUserModel, Timestamp};
use auth_core::storage::{Revocation, RevokeCause, SessionRecord, StorageError, Versioned};
use auth_core::tokens::{AccessTokenPayload, RefreshClaims, RefreshTokenPayload, VerifyError};
use auth_core::wire::{GrantReason, TokenReply};

use super::{AuthError, AuthService};
use crate::metrics::Became;
use crate::random::new_id;

/// What a refresh token means for its session.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// The current one: the session goes on to the next generation.
    Current,
    /// Its parent, soon after the rotation: a reply was lost, or two raced. It gets the current one.
    LostReply,
    /// Older: somebody else has used it before. The session ends.
    Reuse,
    /// The session is over, or never had this generation.
    Over(GrantReason),
}

impl AuthService {
    /// Trades a refresh token for the next one.
    pub async fn refresh(&self, token: &Secret) -> Result<TokenReply, AuthError> {
        let grant = |reason| AuthError::InvalidGrant { reason };
        let now = self.now();
        let claims = self
            .verified(now, |tokens| tokens.verify_refresh(token, now))
            .await?
            .map_err(|error| match error {
                VerifyError::Expired => grant(GrantReason::Expired),
                _ => grant(GrantReason::Unknown),
            })?;
        // A domain that is switched off may come back: its sessions are not ended.
        self.check_domain(&claims.payload.domain_id)?;
        let Some(user) = self.user(&claims.payload.user_id).await? else {
            return Err(grant(GrantReason::Revoked));
        };
        // Each further round means that another refresh or revoke of this session was stored.
        loop {
            let now = self.now();
            let Some(stored) = self.session_of(&claims).await? else {
                return Err(grant(GrantReason::Unknown));
            };
            let record = match self.standing(&stored.record, claims.generation, now) {
                Standing::Current => self
                    .rotate(stored, now)
                    .await
                    .inspect(|_| self.metrics.grant(Became::Rotated)),
                Standing::LostReply => {
                    self.metrics.grant(Became::GivenAgain);
                    Ok(stored.record)
                }
                Standing::Reuse => {
                    let (session, presented) = (&stored.record.session.id, claims.generation);
                    // How far behind it is tells a copy of the token from a tool that sends late.
                    let current = stored.record.generation;
                    tracing::warn!(session, presented, current, "an old refresh token came back");
                    match self.revoke(stored, RevokeCause::Reuse, now).await {
                        Ok(()) => {
                            self.metrics.grant(Became::Reused);
                            return Err(grant(GrantReason::Reused));
                        }
                        Err(error) => Err(error),
                    }
                }
                Standing::Over(reason) => return Err(grant(reason)),
            };
            match record {
                Ok(record) => return self.token_reply(&user, &record, now).await,
                Err(StorageError::Stale { .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }

    /// Ends the token's session; what is no live session's token changes nothing.
    pub async fn logout(&self, token: &Secret) -> Result<(), AuthError> {
        let now = self.now();
        let Ok(claims) = self.verified(now, |tokens| tokens.verify_refresh(token, now)).await? else {
            return Ok(());
        };
        // Each further round means that another refresh or revoke of this session was stored.
        loop {
            let Some(stored) = self.session_of(&claims).await? else {
                return Ok(());
            };
            if stored.record.revoked.is_some() {
                return Ok(());
            }
            match self.revoke(stored, RevokeCause::Logout, self.now()).await {
                Ok(()) => return Ok(()),
                Err(StorageError::Stale { .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }

    /// The end of a session that is used now: the refresh life, but not beyond the longest life since sign-in.
    pub(super) fn session_end(&self, signed_in: Timestamp, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.settings.refresh_ttl)
            .min(signed_in.plus_seconds(self.settings.session_max))
    }

    /// Tokens for the session as it stands.
    pub(super) async fn token_reply(
        &self,
        user: &AuthUserModel,
        record: &SessionRecord,
        now: Timestamp,
    ) -> Result<TokenReply, AuthError> {
        let session = &record.session;
        let domain_id = session.domain_id.clone().unwrap_or_default();
        let scopes = self.scopes(user);
        let access = AccessTokenPayload {
            user_id: user.id.clone(),
            email: user.email.clone(),
            domain_id: domain_id.clone(),
            org_id: user.org_id.clone(),
            scopes: Some(scopes.clone()).filter(|scopes| !scopes.is_empty()),
        };
        let refresh = RefreshTokenPayload {
            user_id: user.id.clone(),
            session_id: session.id.clone(),
            domain_id: domain_id.clone(),
        };
        let tokens = self.keys.tokens(now).await;
        let token_id = new_id(&*self.random, now)?;
        let access_ttl = self.settings.access_ttl;
        let (issued, expires) = (record.rotated_at, session.expires);
        Ok(TokenReply {
            access_token: tokens.create_access(access, &session.id, &token_id, now, access_ttl)?,
            refresh_token: Some(tokens.create_refresh(refresh, record.generation, issued, expires)?),
            token_type: "Bearer".to_owned(),
            expires_in: Some(access_ttl),
            // The token's own end is in whole seconds, rounded down.
            refresh_expires_in: Some(expires.as_seconds().saturating_sub(now.as_seconds())),
            user_id: Some(user.id.clone()),
            email: Some(user.email.clone()),
            domain_id: Some(domain_id),
            org_id: Some(user.org_id.clone()),
            scopes,
        })
    }

    /// The session that the token names, if it is the same person's in the same domain.
    async fn session_of(&self, claims: &RefreshClaims) -> Result<Option<Versioned<SessionRecord>>, AuthError> {
        let stored = self.store.get::<SessionRecord>(&claims.payload.session_id).await?;
        Ok(stored.filter(|stored| {
            let session = &stored.record.session;
            session.user_id == claims.payload.user_id
                && session.domain_id.as_deref() == Some(claims.payload.domain_id.as_str())
        }))
    }

    fn standing(&self, record: &SessionRecord, generation: u64, now: Timestamp) -> Standing {
        let grace = self.settings.refresh_grace.saturating_mul(1_000);
        if record.revoked.is_some() {
            Standing::Over(GrantReason::Revoked)
        } else if now >= record.session.expires {
            Standing::Over(GrantReason::Expired)
        } else if generation == record.generation {
            Standing::Current
        } else if generation > record.generation {
            // The storage was set back to an older state; nobody stole anything.
            Standing::Over(GrantReason::Unknown)
        } else if generation + 1 == record.generation && now.millis_since(record.rotated_at) <= grace {
            Standing::LostReply
        } else {
            Standing::Reuse
        }
    }

    async fn rotate(&self, stored: Versioned<SessionRecord>, now: Timestamp) -> Result<SessionRecord, StorageError> {
        let mut record = stored.record;
        record.generation += 1;
        record.rotated_at = now;
        record.session.updated_at = now;
        record.session.expires = self.session_end(record.session.created_at, now);
        self.store.replace(&record, &stored.version).await?;
        Ok(record)
    }

    pub(super) async fn revoke(
        &self,
        stored: Versioned<SessionRecord>,
        cause: RevokeCause,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        let mut record = stored.record;
        record.revoked = Some(Revocation { cause, at });
        self.store.replace(&record, &stored.version).await?;
        tracing::info!(session = record.session.id, ?cause, "session ended");
        Ok(())
    }
}
