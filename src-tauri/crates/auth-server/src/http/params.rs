//! What stands in a path and behind it. What cannot be one of our ids names nothing, and never reaches the storage.

use auth_core::storage::Page;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::ApiError;

/// Records of a page where nobody says how many.
const USUAL: u32 = 50;
const MOST: u32 = 200;

/// The ids in a path, in their order.
#[derive(Debug)]
pub struct Ids<const N: usize>(pub [String; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for Ids<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound)?;
        let ids: Vec<String> = params.iter().map(|(_, id)| id.to_owned()).collect();
        if !ids.iter().all(|id| is_id(id)) {
            return Err(ApiError::NotFound);
        }
        ids.try_into().map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// Which part of a list is wanted.
#[derive(Debug)]
pub struct Paging(pub Page);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9-]{1,64}$")]
    after: Option<String>,
    /// How many at most; 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query: Result<Query<PageQuery>, QueryRejection> = Query::from_request_parts(parts, state).await;
        match query {
            Ok(Query(PageQuery { after, limit }))
                if after.as_deref().is_none_or(is_id) && limit.is_none_or(|limit| (1..=MOST).contains(&limit)) =>
            {
                let limit = limit.unwrap_or(USUAL);
                Ok(Self(Page { after, limit }))
            }
            _ => Err(ApiError::Query {
                fields: "after (the id in next), limit (1 to 200)",
            }),
        }
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
