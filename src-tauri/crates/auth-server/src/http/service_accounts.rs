//! Service accounts, their API tokens, and service tokens: for administrators.

use auth_core::models::ServiceAccountModel;
use auth_core::tokens::CreateServiceTokenOptions;
use auth_core::wire::{
    ApiTokenView, BearerReply, CreateApiTokenRequest, CreateServiceAccountRequest, Listing, UpdateServiceAccountRequest,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppState;
use super::auth::{Auth, NO_STORE};
use super::bearer::Admin;
use super::body::Body;
use super::params::{Ids, PageQuery, Paging};
use super::problem::ApiError;

pub fn paths() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(list_tokens, create_token))
        .routes(routes!(delete_token))
        .routes(routes!(service_token))
}

/// The service accounts of the bearer's organisation.
#[utoipa::path(
    get,
    path = "/auth/service-accounts",
    tag = "Programs",
    operation_id = "listServiceAccounts",
    params(PageQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of them", body = Listing<ServiceAccountModel>))
)]
async fn list(State(auth): Auth, Admin(admin): Admin, Paging(page): Paging) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.programs.list(admin.keeper(), &page).await?)))
}

/// Makes a service account.
#[utoipa::path(
    post,
    path = "/auth/service-accounts",
    tag = "Programs",
    operation_id = "createServiceAccount",
    request_body = CreateServiceAccountRequest,
    security(("bearer" = [])),
    responses((status = 201, description = "Made", body = ServiceAccountModel))
)]
async fn create(
    State(auth): Auth,
    Admin(admin): Admin,
    Body(request): Body<CreateServiceAccountRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let account = auth.programs.create(admin.keeper(), request).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(account)))
}

/// One service account.
#[utoipa::path(
    get,
    path = "/auth/service-accounts/{id}",
    tag = "Programs",
    operation_id = "getServiceAccount",
    params(("id" = String, Path, description = "Of the service account")),
    security(("bearer" = [])),
    responses((status = 200, description = "The account", body = ServiceAccountModel))
)]
async fn get(State(auth): Auth, Admin(admin): Admin, Ids([id]): Ids<1>) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.programs.get(admin.keeper(), &id).await?)))
}

/// Changes a service account; what is left out stays.
#[utoipa::path(
    patch,
    path = "/auth/service-accounts/{id}",
    tag = "Programs",
    operation_id = "updateServiceAccount",
    params(("id" = String, Path, description = "Of the service account")),
    request_body = UpdateServiceAccountRequest,
    security(("bearer" = [])),
    responses((status = 200, description = "The account as it is now", body = ServiceAccountModel))
)]
async fn update(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id]): Ids<1>,
    Body(request): Body<UpdateServiceAccountRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let account = auth.programs.update(admin.keeper(), &id, request).await?;
    Ok((NO_STORE, Json(account)))
}

/// Takes a service account away; its tokens are refused from now on.
#[utoipa::path(
    delete,
    path = "/auth/service-accounts/{id}",
    tag = "Programs",
    operation_id = "deleteServiceAccount",
    params(("id" = String, Path, description = "Of the service account")),
    security(("bearer" = [])),
    responses((status = 204, description = "Gone"))
)]
async fn delete(State(auth): Auth, Admin(admin): Admin, Ids([id]): Ids<1>) -> Result<impl IntoResponse, ApiError> {
    auth.programs.trash(admin.keeper(), &id).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}

/// The API tokens of a service account, revoked ones too.
#[utoipa::path(
    get,
    path = "/auth/service-accounts/{id}/tokens",
    tag = "Programs",
    operation_id = "listApiTokens",
    params(("id" = String, Path, description = "Of the service account"), PageQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of them", body = Listing<ApiTokenView>))
)]
async fn list_tokens(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id]): Ids<1>,
    Paging(page): Paging,
) -> Result<impl IntoResponse, ApiError> {
    Ok((
        NO_STORE,
        Json(auth.programs.list_tokens(admin.keeper(), &id, &page).await?),
    ))
}

/// Makes an API token; its text is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/auth/service-accounts/{id}/tokens",
    tag = "Programs",
    operation_id = "createApiToken",
    params(("id" = String, Path, description = "Of the service account")),
    request_body = CreateApiTokenRequest,
    security(("bearer" = [])),
    responses((status = 201, description = "Made", body = ApiTokenView))
)]
async fn create_token(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id]): Ids<1>,
    Body(request): Body<CreateApiTokenRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let token = auth.programs.create_token(admin.keeper(), &id, request).await?;
    Ok((StatusCode::CREATED, NO_STORE, Json(token)))
}

/// Revokes an API token.
#[utoipa::path(
    delete,
    path = "/auth/service-accounts/{id}/tokens/{tokenId}",
    tag = "Programs",
    operation_id = "revokeApiToken",
    params(("id" = String, Path, description = "Of the service account"), ("tokenId" = String, Path, description = "Of the API token")),
    security(("bearer" = [])),
    responses((status = 204, description = "Revoked"))
)]
async fn delete_token(
    State(auth): Auth,
    Admin(admin): Admin,
    Ids([id, token_id]): Ids<2>,
) -> Result<impl IntoResponse, ApiError> {
    auth.programs.revoke_token(admin.keeper(), &id, &token_id).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE))
}

/// Makes a service token for the bearer's domain; it lives 30 days at most.
#[utoipa::path(
    post,
    path = "/auth/service-token",
    tag = "Programs",
    operation_id = "createServiceToken",
    request_body = CreateServiceTokenOptions,
    security(("bearer" = [])),
    responses((status = 200, description = "The token", body = BearerReply))
)]
async fn service_token(
    State(auth): Auth,
    Admin(admin): Admin,
    Body(request): Body<CreateServiceTokenOptions>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((NO_STORE, Json(auth.create_service_token(&admin, request).await?)))
}
