//! What goes wrong, as it is answered.

use auth_core::wire::{PROBLEM_JSON, Problem};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::table::{retry_after, row, title};
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
    #[error("the path and query are longer than 8 KiB; send less")]
    UriTooLong,
    #[error("this is no HTTP request; check that the address starts with http:// or https:// as the server expects")]
    NotHttp,
    #[error("the request took too long to arrive; send it again")]
    TimedOut,
    #[error("the body broke off; send it again")]
    BodyBroken,
    #[error("the body is not well-formed JSON at line {line}, column {column}")]
    Syntax { line: usize, column: usize },
    #[error("the body can be read, but not with the fields that this path takes: {fields}")]
    Shape { fields: &'static str },
    #[error("the answer could not be written")]
    Unwritable {
        #[from]
        source: std::fmt::Error,
    },
    #[error("the query cannot be read; this path takes {fields}")]
    Query { fields: &'static str },
}

impl ApiError {
    /// The problem that tells of it. What is the server's own fault stays with the server.
    fn problem(&self) -> (StatusCode, Problem) {
        let (status, code) = row(self);
        let detail = if status.is_server_error() {
            "the fault is the server's and has been logged there; try again in a while".to_owned()
        } else {
            self.to_string()
        };
        let mut problem = Problem {
            status: status.as_u16(),
            title: title(code).to_owned(),
            detail,
            code,
            attempts_left: None,
            reason: None,
            error: None,
        };
        if let Self::Auth { source } = self {
            match source {
                AuthError::CodeInvalid { attempts_left } => problem.attempts_left = Some(*attempts_left),
                AuthError::InvalidGrant { reason } => {
                    problem.reason = Some(*reason);
                    problem.error = Some("invalid_grant".to_owned());
                }
                AuthError::UnsupportedGrant => problem.error = Some("unsupported_grant_type".to_owned()),
                _ => {}
            }
        }
        (status, problem)
    }

    /// A whole reply, for a connection on which there was no request to answer.
    pub fn raw(&self) -> Vec<u8> {
        let (status, problem) = self.problem();
        // A struct of texts and numbers can be written.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let head = [
            format!("HTTP/1.1 {status}"),
            format!("content-type: {PROBLEM_JSON}"),
            format!("content-length: {}", body.len()),
            "cache-control: no-store".to_owned(),
            "connection: close".to_owned(),
        ];
        format!("{}\r\n\r\n{body}", head.join("\r\n")).into_bytes()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, problem) = self.problem();
        if status.is_server_error() {
            log_failure(&self, status);
        }
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after(&self) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // RFC 9110, 15.5.2: each 401 says how one gets in.
        if status == StatusCode::UNAUTHORIZED {
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
