use auth_core::tokens::CreateServiceTokenOptions;
use auth_core::wire::{
    CreateApiTokenRequest, CreateServiceAccountRequest, RefreshRequest, SendCodeRequest, TokenRequest,
    UpdateServiceAccountRequest, VerifyCodeRequest,
};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::ApiError;

/// A message that is read from a body.
pub trait Message: DeserializeOwned {
    /// Its fields, for the person who got them wrong.
    const FIELDS: &'static str;
}

macro_rules! messages {
    ($($message:ty: $fields:literal;)*) => {$(
        impl Message for $message {
            const FIELDS: &'static str = $fields;
        }
    )*};
}

messages! {
    SendCodeRequest: "email (text), domainId (text)";
    VerifyCodeRequest:
        "email (text), code (text), domainId (text), perhaps device (deviceId, platform, userAgent: text)";
    RefreshRequest: "refreshToken (text)";
    TokenRequest: "grant_type (api_token), api_token (text), each once";
    CreateServiceAccountRequest: "name (text), perhaps description (text), scopes (texts), orgId (text)";
    UpdateServiceAccountRequest: "perhaps name (text), description (text or null), scopes (texts), active (true or false)";
    CreateApiTokenRequest: "name (text), perhaps environment (live or test), expiresAt (RFC 3339 date and time)";
    CreateServiceTokenOptions: "serviceId (text), domainId (text), permissions (texts), ttlSeconds (whole number)";
}

/// A JSON body, read. What does not fit is described by its place and never repeated: it may be a secret.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: Message> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !says(request.headers(), "application/json") {
            return Err(ApiError::NotJson);
        }
        json(&bytes(request, state).await?).map(Self)
    }
}

/// A body that is a form or JSON, read.
pub struct FormOrJson<T>(pub T);

impl<S: Send + Sync, T: Message> FromRequest<S> for FormOrJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if says(request.headers(), "application/json") {
            return json(&bytes(request, state).await?).map(Self);
        }
        if !says(request.headers(), "application/x-www-form-urlencoded") {
            return Err(ApiError::NotJson);
        }
        serde_urlencoded::from_bytes(&bytes(request, state).await?)
            .map(Self)
            .map_err(|_| ApiError::Shape { fields: T::FIELDS })
    }
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::TooLarge
        } else {
            ApiError::BodyBroken
        }
    })
}

fn json<T: Message>(bytes: &[u8]) -> Result<T, ApiError> {
    // Read as what it is meant to be, a list of the fields' values would do too.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::Shape { fields: T::FIELDS });
    }
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => ApiError::Shape { fields: T::FIELDS },
        Category::Io | Category::Syntax | Category::Eof => ApiError::Syntax {
            line: error.line(),
            column: error.column(),
        },
    })
}

/// Whether the body says that it is of that type, in UTF-8.
fn says(headers: &HeaderMap, media_type: &str) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let named = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(media_type));
    let utf8 = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    named && parts.all(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_utf8_is_taken_and_nothing_else() {
        let says = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]);
            says(&headers, "application/json")
        };
        for good in [
            "application/json",
            "Application/JSON; charset=\"UTF-8\"",
            "application/json;x=y",
        ] {
            assert!(says(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/jsonp",
            "application/json; charset=latin1",
        ] {
            assert!(!says(bad), "{bad}");
        }
        assert!(!super::says(&HeaderMap::new(), "application/json"));
    }
}
