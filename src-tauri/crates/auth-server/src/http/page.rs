//! The pages for people: no script, one style sheet of our own.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use maud::{DOCTYPE, Markup, html};

const CSP: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A whole page; `more` goes into its head.
pub fn page(title: &str, more: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                (more)
                title { (title) }
                link rel="stylesheet" href="/page.css";
            }
            body { main { h1 { (title) } (body) } }
        }
    }
}

/// A page as a reply.
pub fn served(page: Markup) -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, CSP)], Html(page.into_string()))
}

pub async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page.css"))
}
