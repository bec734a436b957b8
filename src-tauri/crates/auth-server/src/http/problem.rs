//! The one table from errors to statuses and problem codes.

use auth_core::storage::StorageError;
use auth_core::wire::{PROBLEM_JSON, Problem, ProblemCode};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::hashing::HashingError;
use crate::rules::AuthError;

/// Everything that is answered with a problem.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{source}")]
    Auth {
        #[from]
        source: AuthError,
    },
    #[error("there is nothing at this path; check the server's address and the path")]
    NotFound,
    #[error("this path does not take that method; the Allow header names those it takes")]
    MethodNotAllowed,
    #[error("the body is larger than 16 KiB; send less")]
    TooLarge,
    #[error("the body must be JSON in UTF-8; send Content-Type: application/json (or, to /auth/token, a form)")]
    NotJson,
    #[error("the headers are too many or too large; send fewer")]
    HeadersTooLarge,
    #[error("the request took too long to arrive; send it again")]
    TimedOut,
    #[error("the body broke off; send it again")]
    BodyBroken,
    #[error("the body is not well-formed JSON at line {line}, column {column}")]
    Syntax { line: usize, column: usize },
    #[error("the body can be read, but not with the fields that this path takes: {fields}")]
    Shape { fields: &'static str },
    #[error("the query cannot be read; this path takes {fields}")]
    Query { fields: &'static str },
}

/// Status, code and title of an error.
fn row(error: &ApiError) -> (StatusCode, ProblemCode, &'static str) {
    use AuthError as A;
    use ProblemCode as P;
    use StatusCode as S;
    let (status, code) = match error {
        ApiError::NotFound => (S::NOT_FOUND, P::NotFound),
        ApiError::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, P::InvalidRequest),
        ApiError::TooLarge => (S::PAYLOAD_TOO_LARGE, P::InvalidRequest),
        ApiError::NotJson => (S::UNSUPPORTED_MEDIA_TYPE, P::InvalidRequest),
        ApiError::HeadersTooLarge => (S::REQUEST_HEADER_FIELDS_TOO_LARGE, P::InvalidRequest),
        ApiError::TimedOut => (S::REQUEST_TIMEOUT, P::InvalidRequest),
        ApiError::BodyBroken | ApiError::Syntax { .. } | ApiError::Shape { .. } | ApiError::Query { .. } => {
            (S::BAD_REQUEST, P::InvalidRequest)
        }
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
            } => (S::TOO_MANY_REQUESTS, P::RateLimited),
            A::InvalidGrant { .. } => (S::UNAUTHORIZED, P::InvalidGrant),
            A::NoToken | A::InvalidToken { .. } | A::SessionOver => (S::UNAUTHORIZED, P::InvalidToken),
            A::ForeignOrg | A::ForeignDomain | A::MissingScope { .. } => (S::FORBIDDEN, P::Forbidden),
            A::NoSuch { .. } => (S::NOT_FOUND, P::NotFound),
            A::Storage {
                source: StorageError::Unavailable { .. },
            } => (S::SERVICE_UNAVAILABLE, P::StorageUnavailable),
            A::Storage { .. } | A::Token { .. } | A::Mail { .. } | A::Random { .. } | A::Hashing { .. } => {
                (S::INTERNAL_SERVER_ERROR, P::Internal)
            }
        },
    };
    (status, code, title(code))
}

fn title(code: ProblemCode) -> &'static str {
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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, title) = row(&self);
        let detail = if status.is_server_error() {
            log_failure(&self, status);
            "the fault is the server's and has been logged there; try again in a while".to_owned()
        } else {
            self.to_string()
        };
        let mut problem = Problem {
            status: status.as_u16(),
            title: title.to_owned(),
            detail,
            code,
            attempts_left: None,
            reason: None,
            error: None,
        };
        let mut retry_after = None;
        match &self {
            Self::Auth {
                source: AuthError::CodeInvalid { attempts_left },
            } => problem.attempts_left = Some(*attempts_left),
            Self::Auth {
                source: AuthError::InvalidGrant { reason },
            } => {
                problem.reason = Some(*reason);
                problem.error = Some("invalid_grant".to_owned());
            }
            Self::Auth {
                source:
                    AuthError::RateLimited { retry_after: seconds }
                    | AuthError::CodeAttemptsExceeded { retry_after: seconds },
            } => retry_after = Some(*seconds),
            Self::Auth {
                source: AuthError::Hashing {
                    source: HashingError::Busy,
                },
            } => retry_after = Some(1),
            Self::Auth {
                source: AuthError::UnsupportedGrant,
            } => problem.error = Some("unsupported_grant_type".to_owned()),
            _ => {}
        }
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if code == ProblemCode::InvalidToken {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The error with everything that led to it.
fn log_failure(error: &ApiError, status: StatusCode) {
    let mut causes = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push_str(": ");
        causes.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!(status = status.as_u16(), "{error}{causes}");
}
