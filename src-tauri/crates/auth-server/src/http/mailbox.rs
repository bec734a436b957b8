//! The mailbox of a server in development.

use std::net::IpAddr;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, HOST, VARY};
use axum::http::uri::Authority;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::AppState;
use super::page::{page, served};
use super::problem::ApiError;
use crate::Mailed;

#[derive(Deserialize)]
pub struct Narrowed {
    to: Option<String>,
}

pub async fn mailbox(
    State(state): State<AppState>,
    headers: HeaderMap,
    query: Result<Query<Narrowed>, QueryRejection>,
) -> Result<Response, ApiError> {
    let mailbox = state
        .mailbox
        .as_ref()
        .filter(|_| is_meant(&headers))
        .ok_or(ApiError::NotFound)?;
    let Query(narrowed) = query.map_err(|_| ApiError::Query {
        fields: "to (an address)",
    })?;
    let mails = mailbox.mails(narrowed.to.as_deref());
    let common = [(CACHE_CONTROL, "no-store"), (VARY, "accept")];
    let accept = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if accept.contains("text/html") {
        return Ok((common, served(written(&mails))).into_response());
    }
    Ok((common, Json(mails)).into_response())
}

/// Whether this machine was asked for by its own name. A web page elsewhere can point a name of its own here and would then
/// be let read the codes.
fn is_meant(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// The newest mail on top; it reloads by itself, since there is no script.
fn written(mails: &[Mailed]) -> Markup {
    let reload = html! { meta http-equiv="refresh" content="3"; };
    page(
        "Mailbox",
        &reload,
        &html! {
            p.note { "Codes that this development server would have mailed. Nothing leaves this machine." }
            @if mails.is_empty() {
                p.empty { "No mail yet. Ask for a code, and it appears here." }
            } @else {
                ol {
                    @for mail in mails.iter().rev() {
                        li {
                            span.code { (mail.code.expose()) }
                            span.to { (mail.to) }
                            span.domain { (mail.domain_id) }
                            time datetime=(mail.sent_at) { (mail.sent_at) }
                        }
                    }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use auth_core::Secret;
    use auth_core::models::Timestamp;

    use super::*;

    #[test]
    fn a_page_under_a_name_of_its_own_does_not_read_the_mailbox() {
        let meant = |host: &'static str| is_meant(&HeaderMap::from_iter([(HOST, host.parse().unwrap())]));
        for good in ["localhost:8787", "127.0.0.1:8787", "[::1]:8787", "LOCALHOST"] {
            assert!(meant(good), "{good}");
        }
        for bad in ["evil.example:8787", "localhost.evil.example", "", "a b"] {
            assert!(!meant(bad), "{bad}");
        }
        assert!(is_meant(&HeaderMap::new()));
    }

    #[test]
    fn what_a_stranger_wrote_is_shown_as_text() {
        let mail = Mailed {
            to: "<script>alert(1)</script>@example.com".into(),
            code: Secret::new("123456"),
            domain_id: "\"><img>".into(),
            sent_at: Timestamp::from_seconds(0),
        };
        let page = written(&[mail]).into_string();
        assert!(page.contains("123456") && page.contains("&lt;script&gt;"));
        assert!(!page.contains("<script") && !page.contains("<img"));
    }
}
