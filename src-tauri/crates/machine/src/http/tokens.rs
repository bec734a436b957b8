use accounts::ports::{ApiError, Server, Tokens, UnixMillis};
use auth_core::models::Timestamp;
use auth_core::tokens::AccessClaims;
use auth_core::wire::TokenReply;
use time::OffsetDateTime;

use super::CliAuthService;
use super::reply::{Reply, clean};

impl CliAuthService {
    /// The tokens of a reply, once the access token has been checked against the server's keys and the profile's domain.
    pub(super) async fn checked(&self, server: &Server, reply: &Reply) -> Result<Tokens, ApiError> {
        let tokens =
            TokenReply::parse(&reply.body).map_err(|error| reply.unexpected(server, &clean(&error.to_string())))?;
        let server_time = reply.date().and_then(millis);
        let claims = self
            .keys
            .verify(
                &self.transport,
                server,
                &tokens.access_token,
                server_time.map(Timestamp::from_millis),
            )
            .await?;
        if claims.payload.domain_id != server.domain_id {
            return Err(ApiError::WrongDomain {
                expected: server.domain_id.clone(),
                found: clean(&claims.payload.domain_id),
            });
        }
        Ok(Tokens {
            expires_at: self.end(reply, &tokens, &claims, server_time),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            user_id: tokens.user_id.unwrap_or(claims.payload.user_id),
            email: tokens.email.unwrap_or(claims.payload.email),
            clock_skew: server_time.map(|theirs| self.ahead(reply, theirs)),
        })
    }

    /// How far the server's clock is ahead of ours, seconds. It counts whole seconds, and its answer took some time to come.
    fn ahead(&self, reply: &Reply, theirs: UnixMillis) -> i64 {
        let taken = reply.sent_at.elapsed().as_millis() as i64;
        let ours = self.clock.now() as i64 - taken / 2;
        (theirs as i64 + 500 - ours) / 1000
    }

    /// When the access token ends on our clock, which may be wrong: a stated lifetime counts from the moment the request was sent;
    /// without one the token's own end is moved by as much as our clock differs from the server's.
    fn end(
        &self,
        reply: &Reply,
        tokens: &TokenReply,
        claims: &AccessClaims,
        server_time: Option<UnixMillis>,
    ) -> UnixMillis {
        let now = self.clock.now();
        match (tokens.expires_in, server_time) {
            (Some(seconds), _) => self.ends_after(reply, seconds),
            (None, Some(server_time)) => (claims.expires().as_millis() + now).saturating_sub(server_time),
            (None, None) => claims.expires().as_millis(),
        }
    }

    /// When something ends that lives so long from the moment it was asked for.
    pub(super) fn ends_after(&self, reply: &Reply, seconds: u64) -> UnixMillis {
        let since_sent = reply.sent_at.elapsed().as_millis() as u64;
        let sent_at = self.clock.now().saturating_sub(since_sent);
        sent_at.saturating_add(seconds.saturating_mul(1000))
    }
}

fn millis(time: OffsetDateTime) -> Option<UnixMillis> {
    u64::try_from(time.unix_timestamp()).ok().map(|seconds| seconds * 1000)
}
