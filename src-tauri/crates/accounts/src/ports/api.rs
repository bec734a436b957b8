use std::time::Duration;

use async_trait::async_trait;
use auth_core::wire::GrantReason;
use auth_core::{Email, Secret, ServerId, ServerUrl, VerificationCode};

use super::UnixMillis;

/// A profile that can be spoken to: its address and domain have been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub id: ServerId,
    pub url: ServerUrl,
    pub domain_id: String,
}

/// The HTTP API of a server, as the rules see it.
#[async_trait]
pub trait AuthApi: Send + Sync {
    /// Has a code mailed.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn send_code(&self, server: &Server, email: &Email) -> Result<CodeSent, ApiError>;

    /// Trades a code for a session. The access token's signature and domain have been checked.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn login(&self, server: &Server, email: &Email, code: &VerificationCode) -> Result<Tokens, ApiError>;

    /// Trades a refresh token for the next one. Checked like `login`.
    ///
    /// # Errors
    /// [`NotRefreshed`]; only [`ApiError::InvalidGrant`] ends a session.
    async fn refresh(&self, server: &Server, refresh_token: &Secret) -> Result<Tokens, NotRefreshed>;

    /// Ends the server's session.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn logout(&self, server: &Server, refresh_token: &Secret) -> Result<(), ApiError>;

    /// Whether a FlowState auth server answers there and knows the domain's keys.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn probe(&self, server: &Server) -> Result<(), ApiError>;

    /// The person's own sessions at the server.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::NotOffered`] where the server is too old to have such a list.
    async fn own_sessions(&self, server: &Server, access_token: &Secret) -> Result<Vec<OwnSession>, ApiError>;

    /// Ends one of them.
    ///
    /// # Errors
    /// [`ApiError`]. One that is over already is no error.
    async fn end_own_session(&self, server: &Server, access_token: &Secret, session: &str) -> Result<(), ApiError>;
}

/// One of a person's sessions, as its server lists them. Others' servers may write anything into these texts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OwnSession {
    pub id: String,
    /// What it runs on, such as "linux".
    pub platform: Option<String>,
    /// Which program it is.
    pub program: Option<String>,
    /// Where it was signed in from.
    pub ip: Option<String>,
    pub location: Option<String>,
    #[cfg_attr(test, ts(type = "number | null"))]
    pub signed_in_at: Option<UnixMillis>,
    #[cfg_attr(test, ts(type = "number | null"))]
    pub last_used_at: Option<UnixMillis>,
    /// The one of this computer.
    pub current: bool,
}

/// A code is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeSent {
    /// How long the code is good for.
    pub expires_in: Duration,
    /// How long to wait before asking for another.
    pub retry_after: Duration,
}

/// What a sign-in or a refresh gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access_token: Secret,
    /// `None` where the server keeps the old one in force.
    pub refresh_token: Option<Secret>,
    /// When the access token ends on our clock.
    pub expires_at: UnixMillis,
    pub user_id: String,
    pub email: String,
    /// How far the server's clock is ahead of ours, seconds; `None` where it did not say its time.
    pub clock_skew: Option<i64>,
}

/// Why a refresh gave no access token that may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRefreshed {
    pub error: ApiError,
    /// The refresh token that the server has put in the place of the one it was sent, all the same: the old one will count as stolen.
    pub next: Option<Secret>,
}

impl From<ApiError> for NotRefreshed {
    fn from(error: ApiError) -> Self {
        Self { error, next: None }
    }
}

/// How a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkFault {
    /// The name was not found, or nothing answers there.
    Unreachable,
    /// It answered too slowly or not at all.
    TimedOut,
    /// The certificate was not accepted.
    Tls,
    /// The reply broke off.
    Cut,
}

/// Why the server did not do it. Sorted by type; nobody looks at the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    #[error("{} {}", .url.as_str(), fault_text(*.fault))]
    Network { url: ServerUrl, fault: NetworkFault },
    #[error("{} answered, but not as a FlowState auth server does{}; check the address", .url.as_str(), quoted(.detail))]
    NotAnAuthServer { url: ServerUrl, detail: String },
    #[error("{} has a problem of its own ({status}){}; try again later", .url.as_str(), quoted(.detail))]
    ServerFault {
        url: ServerUrl,
        status: u16,
        detail: String,
        retry_after: Option<Duration>,
    },
    #[error("{} refused the request ({status}){}; update this program, or ask the people who run the server", .url.as_str(), quoted(.detail))]
    Refused {
        url: ServerUrl,
        status: u16,
        detail: String,
    },
    #[error("{} is too old to do that; ask the people who run it to update it", .url.as_str())]
    NotOffered { url: ServerUrl },
    #[error("{} asks for a new sign-in", .url.as_str())]
    Unauthorized { url: ServerUrl },
    #[error("{} does not accept this API token; it may have been revoked or have ended, so make a new one", .url.as_str())]
    ApiTokenRefused { url: ServerUrl },
    #[error("{}", grant_text(*.reason))]
    InvalidGrant { reason: GrantReason },
    #[error("that is not the code from the e-mail; {}", tries_text(*.attempts_left))]
    CodeInvalid { attempts_left: u32 },
    #[error("this code is no longer good; ask for a new one")]
    CodeExpired,
    #[error("too many wrong codes; ask for a new one")]
    CodeAttemptsExceeded,
    #[error("the server wants you to wait{} before the next try", wait_text(*.retry_after))]
    RateLimited { retry_after: Option<Duration> },
    #[error("the server does not accept this e-mail address; check it")]
    InvalidEmail,
    #[error("the server does not know the domain \"{domain_id}\"; edit the server and correct it")]
    UnknownDomain { domain_id: String },
    #[error(
        "the server sent a token of the domain \"{found}\" where \"{expected}\" was asked for, so it was thrown away; check the server's domain"
    )]
    WrongDomain { expected: String, found: String },
    #[error(
        "the server sent a token that its own keys do not vouch for ({what}), so it was thrown away; do not trust this server until its people have explained it"
    )]
    BadToken { what: &'static str },
}

impl ApiError {
    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::ServerFault { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn fault_text(fault: NetworkFault) -> &'static str {
    match fault {
        NetworkFault::Unreachable => "could not be reached; check the address and your network",
        NetworkFault::TimedOut => "did not answer in time; check your network or try again later",
        NetworkFault::Tls => {
            "shows a certificate that this computer does not trust; check the address and the computer's clock"
        }
        NetworkFault::Cut => "broke off in the middle of its answer; try again",
    }
}

fn grant_text(reason: GrantReason) -> &'static str {
    match reason {
        GrantReason::Expired => "your session has reached its end; sign in again",
        GrantReason::Revoked => "your session was ended; sign in again",
        GrantReason::Reused => {
            "an old token of your session was used by somebody, so the server ended the session; sign in again, and look for a second program that uses it"
        }
        GrantReason::Unknown => "the server no longer knows your session; sign in again",
    }
}

fn tries_text(left: u32) -> String {
    match left {
        0 => "no tries are left, ask for a new one".to_owned(),
        1 => "one try is left".to_owned(),
        n => format!("{n} tries are left"),
    }
}

fn wait_text(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(" {} s", wait.as_secs().max(1)))
        .unwrap_or_default()
}

fn quoted(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(": {detail}")
    }
}
