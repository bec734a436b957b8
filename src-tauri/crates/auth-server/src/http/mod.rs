//! The rules over HTTP: what comes in is read and checked here, what goes out is shaped here, and nothing is decided here.

mod auth;
mod bearer;
mod body;
mod caller;
pub mod connections;
pub mod doorway;
mod front;
mod guard;
mod line;
mod mailbox;
mod metrics;
mod openapi;
mod page;
mod params;
mod problem;
mod service_accounts;
mod sessions;
mod table;
mod well_known;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use crate::Mailbox;
use crate::rules::AuthService;
pub use bearer::Credentials;
pub use caller::caller_ip;
pub use problem::ApiError;

/// The largest body that is read, bytes; the largest request of the contract has a few hundred.
const BODY: usize = 16 * 1024;

/// The checked-in document; a test holds that it is what the handlers make.
const OPENAPI: &str = include_str!("../../openapi.json");

/// What the handlers share.
#[derive(Debug, Clone)]
pub struct AppState {
    pub auth: Arc<AuthService>,
    /// Only in development.
    pub mailbox: Option<Arc<Mailbox>>,
    /// Whether what is counted may be read at `/metrics`.
    pub metrics: bool,
}

impl FromRef<AppState> for Arc<AuthService> {
    fn from_ref(state: &AppState) -> Self {
        state.auth.clone()
    }
}

/// The OpenAPI document as the handlers make it, as text.
///
/// # Errors
/// Only a fault of this program.
pub fn openapi_document() -> serde_json::Result<String> {
    let text = openapi::finished(described().into_openapi()).to_pretty_json()?;
    // Links of the code's own documentation lead nowhere here.
    Ok(text.replace("[`", "`").replace("`]", "`"))
}

/// All paths that are described, with their descriptions.
fn described() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::begun())
        .merge(auth::paths())
        .merge(sessions::paths())
        .merge(service_accounts::paths())
        .merge(well_known::paths())
}

/// All paths.
pub fn router(state: AppState) -> Router {
    let (mut router, _) = described().split_for_parts();
    router = router.route(
        "/openapi.json",
        get(async || ([(CONTENT_TYPE, "application/json")], OPENAPI)),
    );
    router = router
        .route("/", get(front::front))
        .route("/page.css", get(page::style));
    if state.mailbox.is_some() {
        router = router.route("/dev/mailbox", get(mailbox::mailbox));
    }
    if state.metrics {
        router = router.route("/metrics", get(metrics::metrics));
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
