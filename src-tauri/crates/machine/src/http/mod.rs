//! The HTTP API of a server, spoken as a client.

mod exchange;
mod fault;
mod keys;
mod own_sessions;
mod probe;
mod reply;
mod session;
mod tokens;
mod transport;
#[cfg(test)]
mod wild_tests;

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::{ApiError, AuthApi, Clock, CodeSent, NotRefreshed, OwnSession, Server, Tokens};
use async_trait::async_trait;
use auth_core::wire::{
    Device, LogoutRequest, RefreshRequest, SendCodeReply, SendCodeRequest, TokenReply, VerifyCodeRequest,
};
use auth_core::{Email, Secret, VerificationCode};

pub use exchange::Exchanged;
pub(crate) use probe::{Answer, CertificateFault, Connected, Prober, Route, Unanswered, Unconnected};

use keys::ServerKeys;
use transport::{Timeouts, Transport};

/// The sign-in API of FlowState servers. Makes no connection and reads no certificate before the first call.
pub struct CliAuthService {
    transport: Transport,
    keys: ServerKeys,
    clock: Arc<dyn Clock>,
    device: Option<Device>,
}

impl CliAuthService {
    /// With the timeouts of the contract: 30 s for a request, 10 s of them to connect.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            transport: Transport::new(Timeouts::CONTRACT),
            keys: ServerKeys::default(),
            clock,
            device: None,
        }
    }

    /// Tells servers at sign-in which machine this is, for the person's list of sessions.
    #[must_use]
    pub fn with_device(mut self, device: Device) -> Self {
        self.device = Some(device);
        self
    }

    /// Other timeouts, for a whole request and for connecting.
    #[must_use]
    pub fn with_timeouts(mut self, request: Duration, connect: Duration) -> Self {
        self.transport = Transport::new(Timeouts { request, connect });
        self
    }
}

#[async_trait]
impl AuthApi for CliAuthService {
    async fn send_code(&self, server: &Server, email: &Email) -> Result<CodeSent, ApiError> {
        let request = SendCodeRequest {
            email: email.as_str().to_owned(),
            domain_id: server.domain_id.clone(),
        };
        let reply = self.transport.post(server, "/auth/send-code", &request).await?;
        let sent: SendCodeReply = reply.accepted(server, None)?.json(server)?;
        Ok(CodeSent {
            expires_in: Duration::from_secs(sent.expires_in),
            retry_after: Duration::from_secs(sent.retry_after),
        })
    }

    async fn login(&self, server: &Server, email: &Email, code: &VerificationCode) -> Result<Tokens, ApiError> {
        // First the keys: a code is good for one try, and without keys its session would have to be thrown away.
        self.keys.ensure(&self.transport, server).await?;
        let request = VerifyCodeRequest {
            email: email.as_str().to_owned(),
            code: code.as_secret().clone(),
            domain_id: server.domain_id.clone(),
            device: self.device.clone(),
        };
        let reply = self.transport.post(server, "/auth/verify-code", &request).await?;
        self.checked(server, &reply.accepted(server, Some(code.as_secret()))?)
            .await
    }

    async fn refresh(&self, server: &Server, refresh_token: &Secret) -> Result<Tokens, NotRefreshed> {
        self.keys.ensure(&self.transport, server).await?;
        let request = RefreshRequest {
            refresh_token: refresh_token.clone(),
        };
        let reply = self.transport.post(server, "/auth/refresh", &request).await?;
        let reply = reply.refreshed(server, refresh_token)?;
        let next = || TokenReply::parse(&reply.body).ok()?.refresh_token;
        self.checked(server, &reply)
            .await
            .map_err(|error| NotRefreshed { error, next: next() })
    }

    async fn logout(&self, server: &Server, refresh_token: &Secret) -> Result<(), ApiError> {
        let request = LogoutRequest {
            refresh_token: refresh_token.clone(),
        };
        let reply = self.transport.post(server, "/auth/logout", &request).await?;
        reply.accepted(server, Some(refresh_token)).map(drop)
    }

    async fn probe(&self, server: &Server) -> Result<(), ApiError> {
        self.keys.fetch(&self.transport, server).await
    }

    async fn own_sessions(&self, server: &Server, access_token: &Secret) -> Result<Vec<OwnSession>, ApiError> {
        self.list_sessions(server, access_token).await
    }

    async fn end_own_session(&self, server: &Server, access_token: &Secret, session: &str) -> Result<(), ApiError> {
        self.end_session(server, access_token, session).await
    }
}

impl std::fmt::Debug for CliAuthService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CliAuthService").finish_non_exhaustive()
    }
}
