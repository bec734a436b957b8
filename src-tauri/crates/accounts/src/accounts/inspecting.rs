//! Looking closer at one session, and carrying servers from one computer to another.

use std::time::Duration;

use auth_core::config::StoredAuth;
use auth_core::{Secret, ServerId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Accounts;
use super::files::{Entry, write};
use crate::error::{AccountsError, sentence};
use crate::plain::plain;
use crate::ports::{OwnSession, UnixMillis};
use crate::{Claim, ClaimValue, ImportReport, NotImported, ServerForm, Sharing, SharingPreview};

/// Longer texts are nothing to read.
const LONGEST_TEXT: usize = 300;
/// Claims that are seconds since the epoch.
const TIMES: [&str; 4] = ["exp", "iat", "nbf", "auth_time"];
/// What an access token must have left to ask its server with.
const TO_ASK: Duration = Duration::from_secs(10);
/// No list of servers is so long; anything longer is another file.
const LONGEST_IMPORT: usize = 1024 * 1024;

/// The file of an export. There is no secret in it, and none is read from one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Carried {
    flowstate_servers: u32,
    servers: Vec<CarriedServer>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CarriedServer {
    id: String,
    name: String,
    url: String,
    #[serde(default)]
    domain_id: String,
}

impl Accounts {
    /// What the access token at hand says, without the token. Its signature was checked when it came.
    ///
    /// # Errors
    /// There is no such server, or no token at hand.
    pub fn claims(&self, id: &ServerId) -> Result<Vec<Claim>, AccountsError> {
        self.profile(id)?;
        let auth = self
            .auth(id)
            .ok_or_else(|| AccountsError::SignedOut { id: id.to_string() })?;
        Ok(claims_of(&auth.access_token))
    }

    /// What each policy would write of that server into the shared file: the very write, on a copy, with the secrets masked.
    ///
    /// # Errors
    /// There is no such server.
    pub fn preview_sharing(&self, id: &ServerId) -> Result<Vec<SharingPreview>, AccountsError> {
        let server = self.server(id)?;
        let auth = self.auth(id).unwrap_or_else(|| StoredAuth {
            access_token: unseen(),
            refresh_token: unseen(),
            expires_at: self.now(),
            user_id: self
                .snapshot()
                .server(id.as_str())
                .and_then(|view| view.user_id.clone())
                .unwrap_or_default(),
            email: self
                .snapshot()
                .server(id.as_str())
                .and_then(|view| view.email.clone())
                .unwrap_or_default(),
        });
        let document = std::sync::Arc::clone(&self.state().document);
        let preview = |sharing| {
            let mut copy = (*document).clone();
            let entry = Entry {
                server: server.clone(),
                auth: StoredAuth {
                    refresh_token: unseen(),
                    ..auth.clone()
                },
                sharing: Some(sharing),
            };
            if let Err(error) = write(&mut copy, &[entry]) {
                tracing::debug!(%error, "there is nothing to preview");
            }
            let text = copy.masked_server(id.as_str()).unwrap_or_default();
            SharingPreview { sharing, text }
        };
        Ok([Sharing::Access, Sharing::Full, Sharing::None]
            .into_iter()
            .map(preview)
            .collect())
    }

    /// The person's sessions at the server, the one of this computer marked.
    ///
    /// # Errors
    /// There is no token to ask with, or what the server said.
    pub async fn own_sessions(&self, id: &ServerId) -> Result<Vec<OwnSession>, AccountsError> {
        let server = self.server(id)?;
        let auth = self.access_token(id, TO_ASK).await?;
        Ok(self.ports.api.own_sessions(&server, &auth.access_token).await?)
    }

    /// Ends one of them. For that of this computer there is [`Accounts::sign_out`].
    ///
    /// # Errors
    /// As [`Accounts::own_sessions`].
    pub async fn end_own_session(&self, id: &ServerId, session: &str) -> Result<(), AccountsError> {
        let server = self.server(id)?;
        let auth = self.access_token(id, TO_ASK).await?;
        let token = &auth.access_token;
        Ok(self.ports.api.end_own_session(&server, token, session).await?)
    }

    /// The servers as a file that another computer can import: no session, no secret.
    pub fn export_servers(&self) -> String {
        let document = std::sync::Arc::clone(&self.state().document);
        let servers = document.config().servers.iter().map(|profile| CarriedServer {
            id: profile.id.clone(),
            name: profile.name.clone(),
            url: profile.url.clone(),
            domain_id: profile.domain_id.clone(),
        });
        let carried = Carried {
            flowstate_servers: 1,
            servers: servers.collect(),
        };
        // Texts and a number cannot fail to be written.
        serde_json::to_string_pretty(&carried).unwrap_or_default() + "\n"
    }

    /// Adds the servers of such a file; each is checked as if it had been typed. What is there already stays as it is.
    ///
    /// # Errors
    /// The text is no such file. A server that cannot be added is told in the report.
    pub async fn import_servers(&self, text: &str) -> Result<ImportReport, AccountsError> {
        let carried = (text.len() <= LONGEST_IMPORT).then(|| serde_json::from_str::<Carried>(text).ok());
        let carried = carried.flatten().filter(|carried| carried.flowstate_servers == 1);
        let carried = carried.ok_or(AccountsError::NotAnExport)?;
        let mut report = ImportReport::default();
        for CarriedServer {
            id,
            name,
            url,
            domain_id,
        } in carried.servers
        {
            let form = ServerForm {
                id,
                name,
                url,
                domain_id,
            };
            match self.add_server(&form).await {
                Ok(_) => report.added.push(plain(&form.name)),
                Err(error @ (AccountsError::Form { .. } | AccountsError::Profile { .. })) => {
                    report.left_out.push(NotImported {
                        name: plain(&form.name),
                        reason: sentence(&error.to_string()),
                    });
                }
                // What stands in the way of one stands in the way of all.
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }
}

/// Stands for a secret in what is masked afterwards anyway.
fn unseen() -> Secret {
    Secret::new("********")
}

/// The claims in the token's own order; none where it is no JWT.
fn claims_of(token: &Secret) -> Vec<Claim> {
    let payload = token.expose().split('.').nth(1).unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .unwrap_or_default();
    let claims: Map<String, Value> = serde_json::from_slice(&decoded).unwrap_or_default();
    claims
        .into_iter()
        .map(|(name, value)| Claim {
            value: value_of(&name, value),
            name: cut(&name),
        })
        .collect()
}

fn value_of(name: &str, value: Value) -> ClaimValue {
    match value {
        Value::Number(seconds) if TIMES.contains(&name) && seconds.is_u64() => {
            let seconds: UnixMillis = seconds.as_u64().unwrap_or_default();
            ClaimValue::Time(seconds.saturating_mul(1000))
        }
        Value::Array(items) => ClaimValue::List(items.iter().map(text_of).collect()),
        Value::String(words) if name == "scope" => ClaimValue::List(words.split_whitespace().map(cut).collect()),
        other => ClaimValue::Text(text_of(&other)),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => cut(text),
        other => cut(&other.to_string()),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> Secret {
        Secret::new(format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn claims_are_read_in_order_and_by_what_they_mean() {
        let found = claims_of(&token(
            r#"{"sub":"u","exp":1790000000,"scopes":["a","b"],"scope":"x y","n":3,"o":{"p":1}}"#,
        ));
        let list = |items: &[&str]| ClaimValue::List(items.iter().map(|item| (*item).to_owned()).collect());
        let expected = [
            ("sub", ClaimValue::Text("u".into())),
            ("exp", ClaimValue::Time(1_790_000_000_000)),
            ("scopes", list(&["a", "b"])),
            ("scope", list(&["x", "y"])),
            ("n", ClaimValue::Text("3".into())),
            ("o", ClaimValue::Text(r#"{"p":1}"#.into())),
        ];
        let expected = expected.map(|(name, value)| Claim {
            name: name.to_owned(),
            value,
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_token_has_no_claims_and_a_long_text_is_cut() {
        for token in [
            Secret::new(""),
            Secret::new("opaque"),
            Secret::new("a.!.c"),
            token("[1]"),
        ] {
            assert_eq!(claims_of(&token), []);
        }
        let long = claims_of(&token(&format!(r#"{{"x":"{}"}}"#, "ü".repeat(1000))));
        assert!(matches!(&long[0].value, ClaimValue::Text(text) if text.chars().count() == LONGEST_TEXT + 1));
    }
}
