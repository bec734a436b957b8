use auth_core::storage::StorageError;
use auth_core::tokens::{TokenError, VerifyError};
use auth_core::wire::GrantReason;
use auth_core::{EmailError, VerificationCodeError};

use crate::hashing::HashingError;
use crate::keys::KeysError;
use crate::{MailError, RandomError};

/// Why the rules said no, or could not say anything. The texts go to the person, those of the last six to the log.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("{source}")]
    InvalidEmail {
        #[from]
        source: EmailError,
    },
    #[error("{source}")]
    NoCode {
        #[from]
        source: VerificationCodeError,
    },
    #[error("the field {field} is longer than {limit} characters, or holds characters that do not show; send less")]
    UnfitField { field: &'static str, limit: usize },
    #[error("the field {field} is empty; say something there")]
    EmptyField { field: &'static str },
    #[error(
        "{field} takes at most 64 names of 1 to 128 visible ASCII characters without spaces, quotes and backslashes"
    )]
    UnfitScopes { field: &'static str },
    #[error("ttlSeconds takes 1 to {longest} seconds")]
    UnfitLife { longest: u64 },
    #[error("expiresAt lies in the past; give a moment to come, or leave it out")]
    EndsInThePast,
    #[error("grant_type must be api_token; nothing else is traded here")]
    UnsupportedGrant,
    #[error("the field api_token is missing; send the API token there")]
    NoApiToken,
    #[error("this server does not serve that domain; check the domain in the profile")]
    UnknownDomain,
    #[error("the code is wrong; {attempts_left} tries are left")]
    CodeInvalid { attempts_left: u32 },
    #[error("there is no live code for this address: it was used, it is too old, or none was sent; ask for a new one")]
    CodeExpired,
    #[error("the code was tried too often and is void; ask for a new one")]
    CodeAttemptsExceeded { retry_after: u64 },
    #[error("this was asked too often; try again in {retry_after} seconds")]
    RateLimited { retry_after: u64 },
    #[error("{}", grant_text(*reason))]
    InvalidGrant { reason: GrantReason },
    #[error("the access token is missing")]
    NoToken,
    #[error("the access token is not good: {source}")]
    InvalidToken {
        #[from]
        source: VerifyError,
    },
    #[error("what the token stands for is over or was revoked; sign in again, or get a new token")]
    SessionOver,
    #[error("the token does not have the scope {scope}")]
    MissingScope { scope: &'static str },
    #[error("the token belongs to another domain; get one for that domain")]
    ForeignDomain,
    #[error("that account is linked with another person; unlink it there first")]
    AccountTaken,
    #[error("there is no {what} of that id")]
    NoSuch { what: &'static str },
    #[error("x-org-id header required")]
    NoOrg,
    #[error("the token does not belong to that organisation; use the orgId from the sign-in reply")]
    ForeignOrg,
    #[error("the storage failed")]
    Storage {
        #[from]
        source: StorageError,
    },
    #[error("the signing keys failed")]
    Keys {
        #[from]
        source: KeysError,
    },
    #[error("no token could be made")]
    Token {
        #[from]
        source: TokenError,
    },
    #[error("the mail did not go out")]
    Mail {
        #[from]
        source: MailError,
    },
    #[error("there is no randomness")]
    Random {
        #[from]
        source: RandomError,
    },
    #[error("{source}")]
    Hashing {
        #[from]
        source: HashingError,
    },
}

fn grant_text(reason: GrantReason) -> &'static str {
    match reason {
        GrantReason::Expired => "the token has reached its end; sign in again, or get a new token",
        GrantReason::Revoked => "the token was revoked, or its session ended; sign in again, or get a new token",
        GrantReason::Reused => {
            "an old refresh token came back, so the session was ended for safety; sign in again, and look for who else holds the token"
        }
        GrantReason::Unknown => "this is no such token of this server; sign in again, or look at the token",
    }
}
