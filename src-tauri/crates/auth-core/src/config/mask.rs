//! What of a value may be shown.

use serde_json::{Map, Value, json};
use url::Url;

use super::ConfigDocument;

/// Stands for a secret, however long that is.
pub const MASK: &str = "********";

/// Words in a key behind which a secret is kept.
const SECRET_KEYS: [&str; 14] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "credential",
    "apikey",
    "privatekey",
    "cookie",
    "authorization",
    "bearer",
    "signature",
    "jwt",
];

/// What secrets begin with: JSON web tokens, our API tokens, those of well-known services, keys in PEM.
const SECRET_STARTS: [&str; 12] = [
    "eyJ",
    "epic_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_",
    "glpat-",
    "sk-",
    "sk_",
    "xox",
    "AKIA",
    "-----BEGIN",
];

/// No word of this length was meant for reading.
const LONGEST_WORD: usize = 40;

impl ConfigDocument {
    /// The entry of one server as it stands in the file, fit to be shown: as JSON, with masks for secrets.
    pub fn masked_server(&self, id: &str) -> Option<String> {
        let entry = self.raw_server(id)?.as_object()?;
        let shown: Map<String, Value> = entry
            .iter()
            .map(|(key, value)| (masked_key(key).to_owned(), masked(key, value)))
            .collect();
        // A value that was read can be written.
        serde_json::to_string_pretty(&shown).ok()
    }
}

/// The value with everything masked that is a secret, or looks like one. Better one mask too many.
pub(super) fn masked(key: &str, value: &Value) -> Value {
    if is_secret_key(key) && !is_plain_address(key, value) {
        return match value {
            Value::Null => Value::Null,
            Value::String(text) if text.is_empty() => json!(""),
            _ => json!(MASK),
        };
    }
    match value {
        Value::String(text) if is_secret_text(text) => json!(MASK),
        Value::Array(items) => items.iter().map(|item| masked(key, item)).collect(),
        Value::Object(map) => {
            let member = |(key, value): (&String, &Value)| (masked_key(key).to_owned(), masked(key, value));
            Value::Object(map.iter().map(member).collect::<Map<String, Value>>())
        }
        other => other.clone(),
    }
}

/// A key that is itself a secret: some use them as names.
pub(super) fn masked_key(key: &str) -> &str {
    if is_secret_text(key) { MASK } else { key }
}

fn is_secret_key(key: &str) -> bool {
    let plain: String = key
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    SECRET_KEYS.iter().any(|word| plain.contains(word))
        || ["key", "pin", "code", "pat", "pass"]
            .iter()
            .any(|end| plain.ends_with(end))
}

/// `oauthTokenUrl` holds no token.
fn is_plain_address(key: &str, value: &Value) -> bool {
    let is_address = |text: &str| Url::parse(text).is_ok() && !is_secret_text(text);
    (key.ends_with("Url") || key.ends_with("_url")) && value.as_str().is_some_and(is_address)
}

fn is_secret_text(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let bare = word.trim_start_matches(['"', '\'', '(', '=']);
        SECRET_STARTS.iter().any(|start| bare.starts_with(start))
            || word.contains("eyJ")
            || match Url::parse(word) {
                // An address may carry a password, or a token in what follows its path.
                Ok(url) if url.has_host() => {
                    !url.username().is_empty()
                        || url.password().is_some()
                        || url.query().is_some()
                        || url.fragment().is_some()
                        || url.path().split('/').any(|part| part.len() > LONGEST_WORD)
                }
                _ => word.len() > LONGEST_WORD,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_by_their_key_or_by_their_look() {
        for (key, value) in [
            ("serviceToken", json!("short")),
            ("access_token", json!(7)),
            ("dojoTokens", json!({"a": "b"})),
            ("apiKey", json!("k")),
            ("x", json!("eyJhbGciOi.J9.x")),
            ("note", json!("use epic_live_abc here")),
            ("x", json!("a".repeat(41))),
            ("url", json!("https://me:pw@a.example")),
            ("tokenUrl", json!("https://a.example/?token=x")),
            ("webhook", json!(format!("https://a.example/{}", "x".repeat(48)))),
        ] {
            assert_eq!(masked(key, &value), json!(MASK), "{key}: {value}");
        }
        assert_eq!(masked("list", &json!(["a", "eyJx"])), json!(["a", MASK]));
        assert_eq!(
            masked("dojo", &json!({"token": "t", "apiUrl": "https://a.example/v1"})),
            json!({"token": MASK, "apiUrl": "https://a.example/v1"})
        );
        assert_eq!(masked("x", &json!({"eyJhbGci": 1})), json!({MASK: 1}));
    }

    #[test]
    fn what_tells_nothing_is_shown() {
        for (key, value) in [
            ("name", json!("Production (EU)")),
            ("oauthTokenUrl", json!("https://a.example/oauth/token")),
            ("orgId", json!("0199a6f2-0000-7000-8000-000000000000")),
            ("refreshToken", json!("")),
            ("token", json!(null)),
            ("version", json!("1.0.0")),
        ] {
            assert_eq!(masked(key, &value), value, "{key}");
        }
    }

    #[test]
    fn a_mask_tells_no_length() {
        assert_eq!(masked("token", &json!("a")), masked("token", &json!("a".repeat(5000))));
    }
}
