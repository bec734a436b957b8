//! What anybody may ask.

use std::sync::Arc;

use auth_core::tokens::SigningAlgorithm;
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppState;
use super::problem::ApiError;
use crate::rules::{AuthError, AuthService};

type Auth = State<Arc<AuthService>>;

/// Keys change seldom, and a client that meets a new one asks again.
const FIVE_MINUTES: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "public, max-age=300")];

pub fn paths() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(jwks))
        .routes(routes!(discovery))
        .routes(routes!(live))
        .routes(routes!(ready))
}

/// A JSON Web Key Set (RFC 7517).
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what another crate's type is written as")]
struct KeySet {
    #[schema(value_type = Vec<std::collections::HashMap<String, serde_json::Value>>)]
    keys: Vec<()>,
}

/// What OpenID Connect's discovery needs of a server that signs people in by code.
#[derive(Serialize, ToSchema)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    grant_types_supported: Vec<&'static str>,
    response_types_supported: Vec<&'static str>,
    subject_types_supported: Vec<&'static str>,
    #[schema(value_type = Vec<String>)]
    id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    claims_supported: Vec<&'static str>,
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    status: &'static str,
}

/// The public keys of access and service tokens, the one that signs first.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "Public",
    operation_id = "jwks",
    responses((status = 200, description = "The keys", body = KeySet))
)]
async fn jwks(State(auth): Auth) -> impl IntoResponse {
    let tokens = auth.keys.tokens(auth.clock.now()).await;
    (FIVE_MINUTES, Json(tokens.jwks().clone()))
}

/// Where things are.
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    tag = "Public",
    operation_id = "discovery",
    responses((status = 200, description = "The document", body = Discovery))
)]
async fn discovery(State(auth): Auth) -> impl IntoResponse {
    let tokens = auth.keys.tokens(auth.clock.now()).await;
    let issuer = tokens.issuer();
    let base = issuer.trim_end_matches('/');
    let document = Discovery {
        issuer: issuer.to_owned(),
        jwks_uri: format!("{base}/.well-known/jwks.json"),
        token_endpoint: format!("{base}/auth/token"),
        userinfo_endpoint: format!("{base}/auth/me"),
        grant_types_supported: vec!["api_token"],
        response_types_supported: Vec::new(),
        subject_types_supported: vec!["public"],
        id_token_signing_alg_values_supported: tokens.algorithms(),
        claims_supported: vec![
            "sub", "iss", "iat", "exp", "jti", "sid", "userId", "email", "domainId", "orgId", "scopes",
        ],
    };
    (FIVE_MINUTES, Json(document))
}

/// The process answers.
#[utoipa::path(
    get,
    path = "/health",
    tag = "Public",
    operation_id = "live",
    responses((status = 200, description = "It does", body = Health))
)]
async fn live() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(Health { status: "ok" }))
}

/// The storage answers too.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "Public",
    operation_id = "ready",
    responses(
        (status = 200, description = "It does", body = Health),
        (status = 503, description = "It does not", body = auth_core::wire::Problem, content_type = "application/problem+json")
    )
)]
async fn ready(State(auth): Auth) -> Result<impl IntoResponse, ApiError> {
    auth.store.ping().await.map_err(AuthError::from)?;
    Ok(live().await)
}
