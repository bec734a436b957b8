//! Signing in, staying so, and who one is.

use std::sync::Arc;

use auth_core::wire::{
    BearerReply, LogoutRequest, MeReply, RefreshRequest, SendCodeReply, SendCodeRequest, TokenReply, TokenRequest,
    VerifyCodeRequest,
};
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppState;
use super::bearer::Credentials;
use super::body::{Body, FormOrJson};
use super::openapi::{Limited, Refusable};
use super::problem::ApiError;
use crate::rules::{AuthService, Caller};

pub type Auth = State<Arc<AuthService>>;

/// Nothing under `/auth` may be kept by anybody on the way.
pub const NO_STORE: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

pub fn paths() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(send_code))
        .routes(routes!(verify_code))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(me))
        .routes(routes!(token))
}

/// Mails a code to an address. The answer is the same whether or not the address may sign in.
#[utoipa::path(
    post,
    path = "/auth/send-code",
    tag = "Signing in",
    operation_id = "sendCode",
    request_body = SendCodeRequest,
    responses((status = 202, description = "The code is on its way", body = SendCodeReply), Limited)
)]
async fn send_code(
    State(auth): Auth,
    caller: Caller,
    Body(request): Body<SendCodeRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let reply = auth.send_code(request, &caller).await?;
    Ok((StatusCode::ACCEPTED, NO_STORE, Json(reply)))
}

/// Trades a code for a session.
#[utoipa::path(
    post,
    path = "/auth/verify-code",
    tag = "Signing in",
    operation_id = "verifyCode",
    request_body = VerifyCodeRequest,
    responses((status = 200, description = "Signed in", body = TokenReply), Limited)
)]
async fn verify_code(
    State(auth): Auth,
    caller: Caller,
    Body(request): Body<VerifyCodeRequest>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.verify_code(request, &caller).await?)))
}

/// Trades a refresh token for the next one and an access token.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    tag = "Signing in",
    operation_id = "refresh",
    request_body = RefreshRequest,
    responses((status = 200, description = "The next tokens", body = TokenReply), Refusable)
)]
async fn refresh(State(auth): Auth, Body(request): Body<RefreshRequest>) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.refresh(&request.refresh_token).await?)))
}

/// Ends a session; also for a token that is unknown or of an ended one.
#[utoipa::path(
    post,
    path = "/auth/logout",
    tag = "Signing in",
    operation_id = "logout",
    request_body = LogoutRequest,
    responses((status = 204, description = "The session is over"))
)]
async fn logout(State(auth): Auth, Body(request): Body<LogoutRequest>) -> Result<impl IntoResponse, ApiError> {
    auth.logout(&request.refresh_token).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}

/// Trades an API token for an access token.
#[utoipa::path(
    post,
    path = "/auth/token",
    tag = "Programs",
    operation_id = "exchangeApiToken",
    request_body(content(
        (TokenRequest = "application/x-www-form-urlencoded"),
        (TokenRequest = "application/json")
    )),
    responses((status = 200, description = "An access token of the service account", body = BearerReply), Refusable, Limited)
)]
async fn token(
    State(auth): Auth,
    caller: Caller,
    FormOrJson(request): FormOrJson<TokenRequest>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.exchange(request, &caller).await?)))
}

/// Who bears the token.
#[utoipa::path(
    get,
    path = "/auth/me",
    tag = "Signing in",
    operation_id = "me",
    params(("x-org-id" = String, Header, description = "The organisation; it must be the bearer's own")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The bearer", body = MeReply),
        (status = 400, description = "The header x-org-id is missing", body = auth_core::wire::Problem, content_type = "application/problem+json")
    )
)]
async fn me(State(auth): Auth, caller: Caller, headers: HeaderMap) -> Result<impl IntoResponse, ApiError> {
    let Credentials { token, org_id } = Credentials::of(&headers);
    let me = auth.me(token.as_ref(), org_id.as_deref(), Some(caller.ip));
    Ok((NO_STORE, Json(me.await?)))
}
