//! The one table from errors to statuses and problem codes.

use auth_core::storage::StorageError;
use auth_core::wire::ProblemCode;
use axum::http::StatusCode;

use super::problem::ApiError;
use crate::MailError;
use crate::hashing::HashingError;
use crate::keys::KeysError;
use crate::rules::AuthError;

/// Status and code of an error.
pub fn row(error: &ApiError) -> (StatusCode, ProblemCode) {
    use AuthError as A;
    use ProblemCode as P;
    use StatusCode as S;
    match error {
        ApiError::NotFound => (S::NOT_FOUND, P::NotFound),
        ApiError::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, P::InvalidRequest),
        ApiError::TooLarge => (S::PAYLOAD_TOO_LARGE, P::InvalidRequest),
        ApiError::NotJson => (S::UNSUPPORTED_MEDIA_TYPE, P::InvalidRequest),
        ApiError::UriTooLong => (S::URI_TOO_LONG, P::InvalidRequest),
        ApiError::HeadersTooLarge => (S::REQUEST_HEADER_FIELDS_TOO_LARGE, P::InvalidRequest),
        ApiError::Unwritable { .. } => (S::INTERNAL_SERVER_ERROR, P::Internal),
        ApiError::TimedOut => (S::REQUEST_TIMEOUT, P::InvalidRequest),
        ApiError::NotHttp
        | ApiError::BodyBroken
        | ApiError::Syntax { .. }
        | ApiError::Shape { .. }
        | ApiError::Query { .. } => (S::BAD_REQUEST, P::InvalidRequest),
        ApiError::Auth { source } => match source {
            A::InvalidEmail { .. } => (S::BAD_REQUEST, P::InvalidEmail),
            A::NoCode { .. }
            | A::UnfitField { .. }
            | A::EmptyField { .. }
            | A::UnfitScopes { .. }
            | A::UnfitLife { .. }
            | A::EndsInThePast
            | A::UnsupportedGrant
            | A::NoApiToken
            | A::NoOrg => (S::BAD_REQUEST, P::InvalidRequest),
            A::UnknownDomain => (S::BAD_REQUEST, P::UnknownDomain),
            A::CodeInvalid { .. } => (S::BAD_REQUEST, P::CodeInvalid),
            A::CodeExpired => (S::BAD_REQUEST, P::CodeExpired),
            A::CodeAttemptsExceeded { .. } => (S::TOO_MANY_REQUESTS, P::CodeAttemptsExceeded),
            A::RateLimited { .. }
            | A::Hashing {
                source: HashingError::Busy,
            }
            | A::Mail {
                source: MailError::Full,
            } => (S::TOO_MANY_REQUESTS, P::RateLimited),
            A::InvalidGrant { .. } => (S::UNAUTHORIZED, P::InvalidGrant),
            A::NoToken | A::InvalidToken { .. } | A::SessionOver => (S::UNAUTHORIZED, P::InvalidToken),
            A::ForeignOrg | A::ForeignDomain | A::MissingScope { .. } => (S::FORBIDDEN, P::Forbidden),
            A::AccountTaken => (S::CONFLICT, P::Conflict),
            A::NoSuch { .. } => (S::NOT_FOUND, P::NotFound),
            A::Storage {
                source: StorageError::Unavailable { .. },
            }
            | A::Keys {
                source:
                    KeysError::Storage {
                        source: StorageError::Unavailable { .. },
                    },
            } => (S::SERVICE_UNAVAILABLE, P::StorageUnavailable),
            A::Storage { .. }
            | A::Keys { .. }
            | A::Token { .. }
            | A::Mail { .. }
            | A::Random { .. }
            | A::Hashing { .. } => (S::INTERNAL_SERVER_ERROR, P::Internal),
        },
    }
}

/// The same words for each problem of a code.
pub fn title(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::InvalidRequest | ProblemCode::Unknown => "The request is not as it should be",
        ProblemCode::InvalidEmail => "This is not an e-mail address",
        ProblemCode::CodeInvalid => "The code is wrong",
        ProblemCode::CodeExpired => "The code is no longer good",
        ProblemCode::CodeAttemptsExceeded => "The code was tried too often",
        ProblemCode::RateLimited => "Too many requests",
        ProblemCode::UnknownDomain => "The domain is not served here",
        ProblemCode::InvalidGrant => "The session is over",
        ProblemCode::InvalidToken => "The access token is not good",
        ProblemCode::Forbidden => "This is not allowed",
        ProblemCode::NotFound => "Nothing is here",
        ProblemCode::Conflict => "This is there already",
        ProblemCode::StorageUnavailable => "The storage cannot be reached",
        ProblemCode::Internal => "The server failed",
    }
}

/// In how many seconds it is worth asking again.
pub fn retry_after(error: &ApiError) -> Option<u64> {
    let ApiError::Auth { source } = error else { return None };
    match source {
        AuthError::RateLimited { retry_after } | AuthError::CodeAttemptsExceeded { retry_after } => Some(*retry_after),
        AuthError::Hashing {
            source: HashingError::Busy,
        } => Some(1),
        AuthError::Mail {
            source: MailError::Full,
        } => Some(30),
        _ => None,
    }
}
