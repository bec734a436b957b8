//! What a person sees who opens the server's address.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use maud::{Markup, html};

use super::AppState;
use super::page::{page, served};

pub async fn front(State(state): State<AppState>) -> impl IntoResponse {
    let written = written(&state.auth.settings.issuer, state.mailbox.is_some());
    ([(CACHE_CONTROL, "no-store")], served(written))
}

fn written(issuer: &str, has_mailbox: bool) -> Markup {
    page(
        "FlowState auth server",
        &html! {},
        &html! {
            p { "This server signs people in with a code by e-mail and keeps their sessions. There is nothing to do on this page." }
            p { "To sign in, add the server to FlowState Accounts, in its window or in a shell:" }
            pre { "flowstate-auth server add my-server --url " (issuer) "\nflowstate-auth login --server my-server" }
            ul {
                li { a href="/openapi.json" { "OpenAPI document" } " for whoever writes a client" }
                li { a href="/.well-known/jwks.json" { "Public keys" } " of its tokens" }
                li { a href="/health" { "Health" } ", and " a href="/health/ready" { "whether it is ready" } }
                @if has_mailbox {
                    li { a href="/dev/mailbox" { "Mailbox" } ": the codes of this development server" }
                }
            }
            p.note { "Version " (env!("CARGO_PKG_VERSION")) }
        },
    )
}
