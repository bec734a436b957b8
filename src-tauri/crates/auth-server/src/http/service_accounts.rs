//! Service accounts, their API tokens, and service tokens: for administrators.

use auth_core::tokens::CreateServiceTokenOptions;
use auth_core::wire::{CreateApiTokenRequest, CreateServiceAccountRequest, UpdateServiceAccountRequest};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::auth::{Auth, NO_STORE};
use super::bearer::Admin;
use super::body::Body;
use super::params::{Ids, Paging};
use super::problem::ApiError;

pub async fn list(State(auth): Auth, Admin(admin): Admin, Paging(page): Paging) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.service_accounts(admin.keeper(), &page).await?)))
}

pub async fn create(
    State(auth): Auth,
    Admin(admin): Admin,
    Body(request): Body<CreateServiceAccountRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let account = auth.create_service_account(admin.keeper(), request).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(account)))
}

pub async fn get(State(auth): Auth, Admin(admin): Admin, Ids([id]): Ids<1>) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.service_account(admin.keeper(), &id).await?)))
}

pub async fn update(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id]): Ids<1>,
    Body(request): Body<UpdateServiceAccountRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let account = auth.update_service_account(admin.keeper(), &id, request).await?;
    Ok((NO_STORE, Json(account)))
}

pub async fn delete(State(auth): Auth, Admin(admin): Admin, Ids([id]): Ids<1>) -> Result<impl IntoResponse, ApiError> {
    auth.trash_service_account(admin.keeper(), &id).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}

pub async fn list_tokens(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id]): Ids<1>,
    Paging(page): Paging,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.api_tokens(admin.keeper(), &id, &page).await?)))
}

pub async fn create_token(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id]): Ids<1>,
    Body(request): Body<CreateApiTokenRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let token = auth.create_api_token(admin.keeper(), &id, request).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(token)))
}

pub async fn delete_token(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id, token_id]): Ids<2>,
) -> Result<impl IntoResponse, ApiError> {
    auth.revoke_api_token(admin.keeper(), &id, &token_id).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}

pub async fn service_token(
    State(auth): Auth,
    Admin(admin): Admin,
    Body(request): Body<CreateServiceTokenOptions>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.create_service_token(&admin, request)?)))
}
