use std::sync::Arc;

use auth_core::Secret;
use auth_core::wire::ORG_HEADER;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::problem::ApiError;
use crate::rules::{AuthService, Bearer, Caller};

/// The bearer token of a request and the organisation it names.
#[derive(Debug)]
pub struct Credentials {
    pub token: Option<Secret>,
    pub org_id: Option<String>,
}

impl Credentials {
    /// As the headers have them; whether they are any good the rules say.
    pub fn of(headers: &HeaderMap) -> Self {
        let header = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            token: header(AUTHORIZATION.as_str()).and_then(|value| bearer(&value)),
            org_id: header(ORG_HEADER).map(std::borrow::Cow::into_owned),
        }
    }
}

fn bearer(value: &str) -> Option<Secret> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}

/// A bearer whose token is good.
#[derive(Debug)]
pub struct Signed(pub Bearer);

impl<S> FromRequestParts<S> for Signed
where
    S: Send + Sync,
    Arc<AuthService>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Credentials { token, org_id } = Credentials::of(&parts.headers);
        let caller = Caller::from_request_parts(parts, state).await?;
        let auth = Arc::<AuthService>::from_ref(state);
        let bearer = auth.signed(token.as_ref(), org_id.as_deref(), Some(caller.ip));
        Ok(Self(bearer.await?))
    }
}

/// A bearer with the scope `admin`; asked for before the body, so that a stranger's is not read.
#[derive(Debug)]
pub struct Admin(pub Bearer);

impl<S> FromRequestParts<S> for Admin
where
    S: Send + Sync,
    Arc<AuthService>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Credentials { token, org_id } = Credentials::of(&parts.headers);
        let caller = Caller::from_request_parts(parts, state).await?;
        let auth = Arc::<AuthService>::from_ref(state);
        let bearer = auth.admin(token.as_ref(), org_id.as_deref(), Some(caller.ip));
        Ok(Self(bearer.await?))
    }
}
