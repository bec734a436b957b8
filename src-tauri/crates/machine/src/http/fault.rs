//! One table from what came back to what it means.

use std::error::Error;
use std::io;

use accounts::ports::{ApiError, NetworkFault, Server};
use auth_core::Secret;
use auth_core::wire::{GrantReason, ProblemCode};
use url::Url;

use super::reply::Reply;

const INVALID_GRANT: &str = "invalid_grant";
const INVALID_TOKEN: &str = "invalid_token";

/// What a refused request means, by the code of the contract, else by the status alone.
pub(super) fn refusal(server: &Server, reply: &Reply, secret: Option<&Secret>) -> ApiError {
    let problem = reply.problem();
    let (url, status) = (server.url.clone(), reply.status);
    match problem.as_ref().map(|problem| problem.code) {
        Some(ProblemCode::CodeInvalid) => ApiError::CodeInvalid {
            // Without a number one may at least try again.
            attempts_left: problem.and_then(|problem| problem.attempts_left).unwrap_or(1),
        },
        Some(ProblemCode::CodeExpired) => ApiError::CodeExpired,
        Some(ProblemCode::CodeAttemptsExceeded) => ApiError::CodeAttemptsExceeded,
        Some(ProblemCode::RateLimited) => ApiError::RateLimited {
            retry_after: reply.retry_after(),
        },
        Some(ProblemCode::InvalidEmail) => ApiError::InvalidEmail,
        Some(ProblemCode::UnknownDomain) => ApiError::UnknownDomain {
            domain_id: server.domain_id.clone(),
        },
        Some(ProblemCode::StorageUnavailable | ProblemCode::Internal) => ApiError::ServerFault {
            url,
            status,
            detail: reply.quote(secret),
            retry_after: reply.retry_after(),
        },
        code => match status {
            300..400 => not_an_auth_server(server, &redirect(reply)),
            404 | 405 if code.is_none() => reply.unexpected(server, "it has no such page"),
            429 => ApiError::RateLimited {
                retry_after: reply.retry_after(),
            },
            500.. => ApiError::ServerFault {
                url,
                status,
                detail: reply.quote(secret),
                retry_after: reply.retry_after(),
            },
            _ => ApiError::Refused {
                url,
                status,
                detail: reply.quote(secret),
            },
        },
    }
}

/// The same for a refresh. Only `invalid_grant` ends the session; a bare 401 asks for a sign-in and ends nothing.
pub(super) fn refresh_refusal(server: &Server, reply: &Reply, secret: &Secret) -> ApiError {
    let problem = reply.problem();
    let is_client_error = (400..500).contains(&reply.status);
    let by_code = problem
        .as_ref()
        .is_some_and(|problem| problem.code == ProblemCode::InvalidGrant);
    if is_client_error && (by_code || reply.oauth_error().as_deref() == Some(INVALID_GRANT)) {
        let reason = problem.and_then(|problem| problem.reason);
        return ApiError::InvalidGrant {
            reason: reason.unwrap_or(GrantReason::Unknown),
        };
    }
    match refusal(server, reply, Some(secret)) {
        ApiError::Refused { url, status: 401, .. } => ApiError::Unauthorized { url },
        other => other,
    }
}

/// The same for an API token. A server that says so, or a bare 401, does not know it; there is no session that could end.
pub(super) fn exchange_refusal(server: &Server, reply: &Reply, secret: &Secret) -> ApiError {
    let by_code = reply
        .problem()
        .is_some_and(|problem| matches!(problem.code, ProblemCode::InvalidGrant | ProblemCode::InvalidToken));
    let by_error = reply
        .oauth_error()
        .is_some_and(|error| error == INVALID_GRANT || error == INVALID_TOKEN);
    let is_client_error = (400..500).contains(&reply.status);
    match refusal(server, reply, Some(secret)) {
        ApiError::Refused { url, .. } if is_client_error && (by_code || by_error) => ApiError::ApiTokenRefused { url },
        ApiError::Refused { url, status: 401, .. } => ApiError::ApiTokenRefused { url },
        other => other,
    }
}

/// Something answers, but no FlowState auth server.
pub(super) fn not_an_auth_server(server: &Server, detail: &str) -> ApiError {
    ApiError::NotAnAuthServer {
        url: server.url.clone(),
        detail: detail.to_owned(),
    }
}

/// What a connection that failed means, by the types of its causes.
pub(super) fn network(server: &Server, error: &reqwest::Error) -> ApiError {
    let fault = |fault| ApiError::Network {
        url: server.url.clone(),
        fault,
    };
    if error.is_timeout() {
        return fault(NetworkFault::TimedOut);
    }
    if error.is_builder() {
        // The one thing a client is built from that can be missing.
        tracing::warn!(%error, "the system's trusted certificates could not be read");
        return fault(NetworkFault::Tls);
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidMessage(_) => not_an_auth_server(server, "it does not speak https://"),
                _ => fault(NetworkFault::Tls),
            };
        }
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return not_an_auth_server(server, "it does not speak HTTP");
        }
        // What an `io::Error` wraps is not its source but stands for it.
        cause = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    fault(if error.is_connect() {
        NetworkFault::Unreachable
    } else {
        NetworkFault::Cut
    })
}

fn redirect(reply: &Reply) -> String {
    let target = reply.location().and_then(|location| Url::parse(location).ok());
    // The origin alone: the rest may hold anything.
    target.map_or_else(
        || "it sends us to another page".to_owned(),
        |target| format!("it sends us to {}", target.origin().ascii_serialization()),
    )
}
