use auth_core::storage::StorageError;
use auth_core::tokens::{TokenError, VerifyError};
use auth_core::wire::GrantReason;
use auth_core::{EmailError, VerificationCodeError};

use crate::{MailError, RandomError};

/// Why the rules said no, or could not say anything. The texts go to the person, those of the last four to the log.
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
    #[error("the field {field} is longer than {limit} characters, or holds control characters; send less")]
    UnfitField { field: &'static str, limit: usize },
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
    #[error("the access token's session is over; sign in again")]
    SessionOver,
    #[error("x-org-id header required")]
    NoOrg,
    #[error("the token does not belong to that organisation; use the orgId from the sign-in reply")]
    ForeignOrg,
    #[error("the storage failed")]
    Storage {
        #[from]
        source: StorageError,
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
}

fn grant_text(reason: GrantReason) -> &'static str {
    match reason {
        GrantReason::Expired => "the session has reached its end; sign in again",
        GrantReason::Revoked => "the session was ended; sign in again",
        GrantReason::Reused => {
            "an old refresh token came back, so the session was ended for safety; sign in again, and look for who else holds the token"
        }
        GrantReason::Unknown => "this is no refresh token of this server; sign in again",
    }
}
