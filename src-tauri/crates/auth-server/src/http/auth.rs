//! The paths under `/auth`.

use std::sync::Arc;

use auth_core::Secret;
use auth_core::wire::{LogoutRequest, ORG_HEADER, RefreshRequest, SendCodeRequest, VerifyCodeRequest};
use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;

use super::body::Body;
use super::problem::ApiError;
use crate::rules::{AuthService, Caller};

type Auth = State<Arc<AuthService>>;

/// Nothing under `/auth` may be kept by anybody on the way.
const NO_STORE: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

pub async fn send_code(
    State(auth): Auth,
    caller: Caller,
    Body(request): Body<SendCodeRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let reply = auth.send_code(request, &caller).await?;
    Ok((StatusCode::ACCEPTED, NO_STORE, Json(reply)))
}

pub async fn verify_code(
    State(auth): Auth,
    caller: Caller,
    Body(request): Body<VerifyCodeRequest>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.verify_code(request, &caller).await?)))
}

pub async fn refresh(State(auth): Auth, Body(request): Body<RefreshRequest>) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.refresh(&request.refresh_token).await?)))
}

pub async fn logout(State(auth): Auth, Body(request): Body<LogoutRequest>) -> Result<impl IntoResponse, ApiError> {
    auth.logout(&request.refresh_token).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}

pub async fn me(State(auth): Auth, headers: HeaderMap) -> Result<impl IntoResponse, ApiError> {
    let org_id = headers.get(ORG_HEADER).and_then(|value| value.to_str().ok());
    let reply = auth.me(bearer(&headers).as_ref(), org_id).await?;
    Ok((NO_STORE, Json(reply)))
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}
