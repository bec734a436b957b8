//! What holds for every request.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::AppState;
use super::problem::ApiError;

/// Names and values together, bytes.
const HEADER_BYTES: usize = 16 * 1024;
const HEADERS: usize = 64;
/// From the headers to the reply, a slow body included; clients wait 30 s.
const REQUEST: Duration = Duration::from_secs(25);

/// Path and query, bytes.
const URI: usize = 8 * 1024;

/// Refuses too long a path, and too many or too large headers.
pub async fn headers(request: Request, next: Next) -> Response {
    if request
        .uri()
        .path_and_query()
        .is_some_and(|asked| asked.as_str().len() > URI)
    {
        return ApiError::UriTooLong.into_response();
    }
    let headers = request.headers();
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if headers.len() > HEADERS || bytes > HEADER_BYTES {
        return ApiError::HeadersTooLarge.into_response();
    }
    next.run(request).await
}

/// Gives up on a request that takes too long.
pub async fn time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::TimedOut.into_response(),
    }
}

/// Logs and counts the request by its route, never by what it carries.
pub async fn log(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    state.auth.metrics.request(method, route, status, took);
    tracing::debug!(method, route, status, micros = took.as_micros(), "request");
    response
}

/// A method's name; strangers may make up as many as they like.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        _ => "other",
    }
}
