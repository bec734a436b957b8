//! A person's own sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::auth::{Auth, NO_STORE};
use super::bearer::Signed;
use super::params::{Ids, Paging};
use super::problem::ApiError;

pub async fn list(
    State(auth): Auth,
    Signed(bearer): Signed,
    Paging(page): Paging,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.own_sessions(&bearer, &page).await?)))
}

pub async fn delete(
    State(auth): Auth,
    Signed(bearer): Signed,
    Ids([id]): Ids<1>,
) -> Result<impl IntoResponse, ApiError> {
    auth.end_own_session(&bearer, &id).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}
