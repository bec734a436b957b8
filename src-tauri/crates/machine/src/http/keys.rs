use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use accounts::ports::{ApiError, Server};
use auth_core::models::Timestamp;
use auth_core::tokens::{AccessClaims, JwksVerifier, VerifyError};
use auth_core::{Secret, ServerUrl};

use super::transport::Transport;

pub(super) const PATH: &str = "/.well-known/jwks.json";
/// How soon a token with an unknown key may make us ask for the keys again.
const REFETCH: Duration = Duration::from_secs(60);
/// The server's `Date` has whole seconds, and several machines may answer under its name.
const LEEWAY_SECONDS: u64 = 60;

/// The public keys of each server, fetched when they are first needed.
#[derive(Debug, Default)]
pub(super) struct ServerKeys {
    known: Mutex<HashMap<ServerUrl, Known>>,
}

#[derive(Debug)]
struct Known {
    verifier: JwksVerifier,
    /// When an unknown key last made us ask again.
    refetched: Option<Instant>,
}

impl ServerKeys {
    /// Fetches the keys if there are none yet.
    pub async fn ensure(&self, transport: &Transport, server: &Server) -> Result<(), ApiError> {
        if self.known().contains_key(&server.url) {
            return Ok(());
        }
        self.fetch(transport, server).await
    }

    /// Fetches the keys, in place of those that were known.
    pub async fn fetch(&self, transport: &Transport, server: &Server) -> Result<(), ApiError> {
        let reply = transport.get(server, PATH).await?.accepted(server, None)?;
        let verifier =
            JwksVerifier::parse(&reply.body).map_err(|error| reply.unexpected(server, &format!("{PATH}: {error}")))?;
        let mut known = self.known();
        let refetched = known.get(&server.url).and_then(|known| known.refetched);
        known.insert(server.url.clone(), Known { verifier, refetched });
        Ok(())
    }

    /// Checks an access token's signature, and its end against the server's own clock where that is known:
    /// ours may be wrong, and the token is fresh from the server.
    pub async fn verify(
        &self,
        transport: &Transport,
        server: &Server,
        token: &Secret,
        server_time: Option<Timestamp>,
    ) -> Result<AccessClaims, ApiError> {
        let now = server_time.unwrap_or(Timestamp::from_millis(0));
        let look = || {
            let known = self.known();
            let verifier = known.get(&server.url).map(|known| known.verifier.clone());
            verifier
                .unwrap_or_default()
                .verify_access(token, None, now, LEEWAY_SECONDS)
        };
        let mut verdict = look();
        if matches!(verdict, Err(VerifyError::UnknownKey { .. })) && self.may_refetch(&server.url) {
            self.fetch(transport, server).await?;
            verdict = look();
        }
        verdict.map_err(|error| ApiError::BadToken { what: reason(&error) })
    }

    fn may_refetch(&self, url: &ServerUrl) -> bool {
        let mut known = self.known();
        let Some(known) = known.get_mut(url) else { return true };
        if known.refetched.is_some_and(|last| last.elapsed() < REFETCH) {
            return false;
        }
        known.refetched = Some(Instant::now());
        true
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ServerUrl, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reason(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::Malformed => "it is no access token",
        VerifyError::UnknownKey { .. } => "its key is not among them",
        VerifyError::WrongAlgorithm => "it does not use its key's algorithm",
        VerifyError::BadSignature => "its signature is wrong",
        VerifyError::Expired => "it had ended before it came",
        VerifyError::WrongIssuer => "it is another server's",
    }
}
