//! What anybody may ask.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde_json::json;

use super::problem::ApiError;
use crate::rules::{AuthError, AuthService};

type Auth = State<Arc<AuthService>>;

/// Keys change seldom, and a client that meets a new one asks again.
const FIVE_MINUTES: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "public, max-age=300")];

pub async fn jwks(State(auth): Auth) -> impl IntoResponse {
    let tokens = auth.keys.tokens(auth.clock.now()).await;
    (FIVE_MINUTES, Json(tokens.jwks().clone()))
}

pub async fn discovery(State(auth): Auth) -> impl IntoResponse {
    let tokens = auth.keys.tokens(auth.clock.now()).await;
    let issuer = tokens.issuer();
    let mut algorithms = Vec::new();
    for algorithm in tokens.jwks().keys.iter().filter_map(|key| key.common.key_algorithm) {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    let base = issuer.trim_end_matches('/');
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{base}/.well-known/jwks.json"),
        "userinfo_endpoint": format!("{base}/auth/me"),
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "claims_supported":
            ["sub", "iss", "iat", "exp", "jti", "sid", "userId", "email", "domainId", "orgId", "scopes"],
    });
    (FIVE_MINUTES, Json(document))
}

/// The process answers.
pub async fn live() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(json!({"status": "ok"})))
}

/// The storage answers too.
pub async fn ready(State(auth): Auth) -> Result<impl IntoResponse, ApiError> {
    auth.store.ping().await.map_err(AuthError::from)?;
    Ok(live().await)
}
