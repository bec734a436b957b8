//! Signing in, staying so, and who one is.

use std::sync::Arc;

use auth_core::wire::{LogoutRequest, RefreshRequest, SendCodeRequest, TokenRequest, VerifyCodeRequest};
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;

use super::bearer::Credentials;
use super::body::{Body, FormOrJson};
use super::problem::ApiError;
use crate::rules::{AuthService, Caller};

pub type Auth = State<Arc<AuthService>>;

/// Nothing under `/auth` may be kept by anybody on the way.
pub const NO_STORE: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

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

/// OAuth's endpoint: a form or JSON.
pub async fn token(
    State(auth): Auth,
    caller: Caller,
    FormOrJson(request): FormOrJson<TokenRequest>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.exchange(request, &caller).await?)))
}

pub async fn me(State(auth): Auth, headers: HeaderMap) -> Result<impl IntoResponse, ApiError> {
    let Credentials { token, org_id } = Credentials::of(&headers);
    Ok((NO_STORE, Json(auth.me(token.as_ref(), org_id.as_deref()).await?)))
}
