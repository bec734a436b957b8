//! The list of a person's own sessions at a server, and the end of one of them.

use std::cmp::Reverse;

use accounts::ports::{ApiError, OwnSession, Server, UnixMillis};
use auth_core::Secret;
use auth_core::models::Timestamp;
use serde::Deserialize;

use super::CliAuthService;
use super::reply::{Reply, clean};

/// No id of a session is longer.
const LONGEST_ID: usize = 128;
/// More are nothing to look through: the one of this computer, and of the others those that were signed in to last.
const MOST: usize = 200;
/// Sessions that have ended are passed over by the server page by page.
const MOST_PAGES: usize = 20;

/// One page of the contract's list, in the order of sign-in where a server sorts.
#[derive(Deserialize)]
struct Page {
    items: Vec<Listed>,
    /// What the next page begins after.
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    #[serde(default)]
    device_info: Option<Device>,
    #[serde(default)]
    created_at: Option<Timestamp>,
    #[serde(default)]
    last_used_at: Option<Timestamp>,
    #[serde(default)]
    current: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Device {
    user_agent: String,
    ip: String,
    platform: Option<String>,
    browser: Option<String>,
    location: Option<String>,
}

impl CliAuthService {
    pub(super) async fn list_sessions(&self, server: &Server, token: &Secret) -> Result<Vec<OwnSession>, ApiError> {
        let mut found = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let page = self.page_of_sessions(server, token, after.as_deref()).await?;
            found.extend(page.items.into_iter().filter(|listed| is_id(&listed.id)));
            after = page.next.filter(|next| is_id(next));
            if after.is_none() {
                break;
            }
        }
        found.sort_by_key(|listed| (!listed.current, Reverse(listed.created_at)));
        Ok(found.into_iter().take(MOST).map(session).collect())
    }

    async fn page_of_sessions(&self, server: &Server, token: &Secret, after: Option<&str>) -> Result<Page, ApiError> {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        let address = server.url.join(&format!("/auth/sessions?limit={MOST}{after}"));
        let request = self.transport.client(server)?.get(address);
        let reply = self.transport.send(server, request.bearer_auth(token.expose())).await?;
        if is_unknown_path(reply.status) {
            return Err(ApiError::NotOffered {
                url: server.url.clone(),
            });
        }
        accepted(reply, server, token)?.json(server)
    }

    pub(super) async fn end_session(&self, server: &Server, token: &Secret, id: &str) -> Result<(), ApiError> {
        if !is_id(id) {
            return Err(ApiError::Refused {
                url: server.url.clone(),
                status: 400,
                detail: "that is no session".to_owned(),
            });
        }
        let address = server.url.join(&format!("/auth/sessions/{id}"));
        let request = self.transport.client(server)?.delete(address);
        let reply = self.transport.send(server, request.bearer_auth(token.expose())).await?;
        // It is over already, and that is what was wanted.
        if reply.status == 404 {
            return Ok(());
        }
        accepted(reply, server, token).map(drop)
    }
}

/// Where the session of the token is over, its bearer is refused at once.
fn accepted(reply: Reply, server: &Server, token: &Secret) -> Result<Reply, ApiError> {
    reply.accepted(server, Some(token)).map_err(|error| match error {
        ApiError::Refused { url, status: 401, .. } => ApiError::Unauthorized { url },
        other => other,
    })
}

fn is_unknown_path(status: u16) -> bool {
    matches!(status, 404 | 405 | 501)
}

/// What can stand in a path as it is.
fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn session(listed: Listed) -> OwnSession {
    let device = listed.device_info.unwrap_or_default();
    let said = |text: Option<String>| text.map(|text| clean(&text)).filter(|text| !text.is_empty());
    let millis = |time: Option<Timestamp>| -> Option<UnixMillis> { time.map(Timestamp::as_millis) };
    OwnSession {
        id: listed.id,
        platform: said(device.platform),
        program: said(device.browser).or_else(|| said(Some(device.user_agent))),
        ip: said(Some(device.ip)),
        location: said(device.location),
        signed_in_at: millis(listed.created_at),
        last_used_at: millis(listed.last_used_at),
        current: listed.current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_stand_in_a_path_is_an_id() {
        for (id, is) in [
            ("0199-ab_C", true),
            ("", false),
            ("..", false),
            ("a/b", false),
            ("a%2fb", false),
            ("ü", false),
        ] {
            assert_eq!(is_id(id), is, "{id}");
        }
        assert!(!is_id(&"a".repeat(129)));
    }

    #[test]
    fn a_session_is_read_with_whatever_is_known_of_it() {
        let text = r#"{"items":[
            {"id":"s1","deviceInfo":{"userAgent":"flowstate-accounts/1\u001b[0m","ip":"10.0.0.1","deviceId":"d","platform":"linux","browser":null,"location":null},
             "createdAt":"2026-01-31T09:30:00.000Z","lastUsedAt":"2026-01-31T09:31:00.000Z","expires":"2027-01-31T09:30:00.000Z","current":true},
            {"id":"s2","deviceInfo":null}]}"#;
        let page: Page = serde_json::from_str(text).unwrap();
        let found: Vec<OwnSession> = page.items.into_iter().map(session).collect();
        assert_eq!(found[0].program.as_deref(), Some("flowstate-accounts/1 [0m"));
        assert_eq!(
            (found[0].current, found[0].last_used_at),
            (true, Some(1_769_851_860_000))
        );
        assert_eq!(
            (found[1].current, found[1].signed_in_at, &found[1].ip),
            (false, None, &None)
        );
    }
}
