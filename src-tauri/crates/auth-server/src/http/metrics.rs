//! What the server counts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::problem::ApiError;
use crate::rules::AuthService;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub async fn metrics(State(auth): State<Arc<AuthService>>) -> Result<impl IntoResponse, ApiError> {
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], auth.metrics.text()?))
}
