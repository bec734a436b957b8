//! The rules over HTTP: what comes in is read and checked here, what goes out is shaped here, and nothing is decided here.

mod auth;
mod bearer;
mod body;
mod caller;
pub mod connections;
mod guard;
mod mailbox;
mod params;
mod problem;
mod service_accounts;
mod sessions;
mod well_known;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};

use crate::Mailbox;
use crate::rules::AuthService;
use problem::ApiError;

/// The largest body that is read, bytes; the largest request of the contract has a few hundred.
const BODY: usize = 16 * 1024;

/// What the handlers share.
#[derive(Debug, Clone)]
pub struct AppState {
    pub auth: Arc<AuthService>,
    /// Only in development.
    pub mailbox: Option<Arc<Mailbox>>,
}

impl FromRef<AppState> for Arc<AuthService> {
    fn from_ref(state: &AppState) -> Self {
        state.auth.clone()
    }
}

/// All paths.
pub fn router(state: AppState) -> Router {
    let mut router = Router::new()
        .route("/auth/send-code", post(auth::send_code))
        .route("/auth/verify-code", post(auth::verify_code))
        .route("/auth/refresh", post(auth::refresh))
        .route("/auth/logout", post(auth::logout))
        .route("/auth/me", get(auth::me))
        .route("/auth/sessions", get(sessions::list))
        .route("/auth/sessions/{id}", delete(sessions::delete))
        .route("/auth/token", post(auth::token))
        .route("/auth/service-token", post(service_accounts::service_token))
        .route(
            "/auth/service-accounts",
            get(service_accounts::list).post(service_accounts::create),
        )
        .route(
            "/auth/service-accounts/{id}",
            get(service_accounts::get)
                .patch(service_accounts::update)
                .delete(service_accounts::delete),
        )
        .route(
            "/auth/service-accounts/{id}/tokens",
            get(service_accounts::list_tokens).post(service_accounts::create_token),
        )
        .route(
            "/auth/service-accounts/{id}/tokens/{tokenId}",
            delete(service_accounts::delete_token),
        )
        .route("/.well-known/jwks.json", get(well_known::jwks))
        .route("/.well-known/openid-configuration", get(well_known::discovery))
        .route("/health", get(well_known::live))
        .route("/health/ready", get(well_known::ready));
    if state.mailbox.is_some() {
        router = router
            .route("/dev/mailbox", get(mailbox::mailbox))
            .route("/dev/mailbox.css", get(mailbox::style));
    }
    router
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn(guard::headers))
        .layer(from_fn(guard::time))
        .layer(from_fn_with_state(state.clone(), guard::log))
        .with_state(state)
}
