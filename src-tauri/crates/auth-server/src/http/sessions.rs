//! A person's own sessions.

use auth_core::wire::{Listing, SessionView};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppState;
use super::auth::{Auth, NO_STORE};
use super::bearer::Signed;
use super::params::{Ids, PageQuery, Paging};
use super::problem::ApiError;

pub fn paths() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(end))
}

/// The bearer's live sessions.
#[utoipa::path(
    get,
    path = "/auth/sessions",
    tag = "Signing in",
    operation_id = "listSessions",
    params(PageQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of them", body = Listing<SessionView>))
)]
async fn list(State(auth): Auth, Signed(bearer): Signed, Paging(page): Paging) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.own_sessions(&bearer, &page).await?)))
}

/// Ends one of the bearer's sessions.
#[utoipa::path(
    delete,
    path = "/auth/sessions/{id}",
    tag = "Signing in",
    operation_id = "endSession",
    params(("id" = String, Path, description = "Of the session")),
    security(("bearer" = [])),
    responses((status = 204, description = "The session is over"))
)]
async fn end(State(auth): Auth, Signed(bearer): Signed, Ids([id]): Ids<1>) -> Result<impl IntoResponse, ApiError> {
    auth.end_own_session(&bearer, &id).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}
