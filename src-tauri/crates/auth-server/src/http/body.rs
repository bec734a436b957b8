use auth_core::wire::{RefreshRequest, SendCodeRequest, VerifyCodeRequest};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::ApiError;

/// A message that is read from a JSON body.
pub trait Message: DeserializeOwned {
    /// Its fields, for the person who got them wrong.
    const FIELDS: &'static str;
}

impl Message for SendCodeRequest {
    const FIELDS: &'static str = "email (text), domainId (text)";
}

impl Message for VerifyCodeRequest {
    const FIELDS: &'static str =
        "email (text), code (text), domainId (text), perhaps device (deviceId, platform, userAgent: text)";
}

impl Message for RefreshRequest {
    const FIELDS: &'static str = "refreshToken (text)";
}

/// A JSON body, read. What does not fit is described by its place and never repeated: it may be a secret.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: Message> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !says_json(request.headers()) {
            return Err(ApiError::NotJson);
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::TooLarge
            } else {
                ApiError::BodyBroken
            }
        })?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| match error.classify() {
                Category::Data => ApiError::Shape { fields: T::FIELDS },
                Category::Io | Category::Syntax | Category::Eof => ApiError::Syntax {
                    line: error.line(),
                    column: error.column(),
                },
            })
    }
}

fn says_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let utf8 = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    json && parts.all(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_utf8_is_taken_and_nothing_else() {
        let says =
            |value: &'static str| says_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]));
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
        assert!(!says_json(&HeaderMap::new()));
    }
}
