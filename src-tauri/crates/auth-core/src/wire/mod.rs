//! The messages of the HTTP API: what the server sends and the client reads.

mod problem;
mod service_accounts;
mod sessions;
mod sign_in;
mod token_exchange;
mod token_reply;

pub use problem::{GrantReason, Problem, ProblemCode};
pub use service_accounts::{
    ApiTokenView, CreateApiTokenRequest, CreateServiceAccountRequest, Listing, TokenEnvironment,
    UpdateServiceAccountRequest,
};
pub use sessions::SessionView;
pub use sign_in::{
    Device, LogoutRequest, MeReply, MeUser, RefreshRequest, SendCodeReply, SendCodeRequest, VerifyCodeRequest,
};
pub use token_exchange::{BearerReply, TokenRequest};
pub use token_reply::{TokenReply, TokenReplyError};

/// The media type of every error reply (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";
/// The header that names the organisation on bearer requests.
pub const ORG_HEADER: &str = "x-org-id";
