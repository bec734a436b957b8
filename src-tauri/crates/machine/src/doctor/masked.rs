//! Reports for strangers: nothing that belongs to a person is in them. What is shown is listed; everything else is not.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

/// Stands for whatever is not for strangers.
pub(super) const MASK: &str = "********";

/// A text that was masked is looked for everywhere else if it is as long as this; shorter ones are words that stand anywhere.
const TELLING: usize = 8;
/// The same for what is certainly a person's.
const TELLING_SECRET: usize = 4;

/// What of the shared file tells of no person: how servers are reached. A star stands for any key.
pub(super) const CONFIG: [&[&str]; 11] = [
    &["version"],
    &["activeServerId"],
    &["servers", "*", "id"],
    &["servers", "*", "name"],
    &["servers", "*", "url"],
    &["servers", "*", "domainId"],
    &["servers", "*", "mcpUrl"],
    &["servers", "*", "authUrl"],
    &["servers", "*", "restUrl"],
    &["servers", "*", "oauthTokenUrl"],
    &["servers", "*", "oauthClientId"],
];

/// The same of our own settings.
pub(super) const SETTINGS: [&[&str]; 8] = [
    &["store"],
    &["sharing", "*"],
    &["sessions", "*", "name"],
    &["sessions", "*", "url"],
    &["sessions", "*", "domainId"],
    &["signOuts", "server"],
    &["signOuts", "url"],
    &["signOuts", "domainId"],
];

/// What was masked, so that it can be found where nobody expected it.
#[derive(Debug, Default)]
pub(super) struct Hidden(BTreeSet<String>);

impl Hidden {
    /// The value with its texts masked, but for those at a path that is listed. An array adds nothing to a path.
    pub fn mask(&mut self, value: &Value, listed: &[&[&str]]) -> Value {
        self.mask_at(&mut Vec::new(), value, listed)
    }

    fn mask_at<'a>(&mut self, path: &mut Vec<&'a str>, value: &'a Value, listed: &[&[&str]]) -> Value {
        match value {
            Value::String(text) if text.is_empty() || listed.iter().any(|shown| is_at(path, shown)) => value.clone(),
            Value::String(text) => {
                let least = if is_secret(path.last().copied().unwrap_or_default()) {
                    TELLING_SECRET
                } else {
                    TELLING
                };
                if text.chars().count() >= least {
                    self.0.insert(text.clone());
                }
                json!(MASK)
            }
            Value::Array(items) => items.iter().map(|item| self.mask_at(path, item, listed)).collect(),
            Value::Object(map) => {
                let mut masked = Map::new();
                for (key, value) in map {
                    path.push(key);
                    masked.insert(key.clone(), self.mask_at(path, value, listed));
                    path.pop();
                }
                Value::Object(masked)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// The value without everything that was masked elsewhere, without e-mail addresses, without what looks like a token, and
    /// without the person's home folder; keys too.
    pub fn scrub(&self, value: &Value, home: Option<&Path>) -> Value {
        match value {
            Value::String(text) => Value::String(self.scrub_text(text, home)),
            Value::Array(items) => items.iter().map(|item| self.scrub(item, home)).collect(),
            Value::Object(map) => {
                let member = |(key, value): (&String, &Value)| (self.scrub_text(key, home), self.scrub(value, home));
                Value::Object(map.iter().map(member).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn scrub_text(&self, text: &str, home: Option<&Path>) -> String {
        let mut text = text.to_owned();
        // The longest first: one may be part of another.
        let mut hidden: Vec<&String> = self.0.iter().collect();
        hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
        for secret in hidden {
            text = text.replace(secret.as_str(), MASK);
        }
        match home.and_then(Path::to_str).filter(|home| home.len() > 1) {
            Some(home) => without_persons(&text.replace(home, "~")),
            None => without_persons(&text),
        }
    }
}

fn is_at(path: &[&str], shown: &[&str]) -> bool {
    path.len() == shown.len()
        && path
            .iter()
            .zip(shown)
            .all(|(key, wanted)| *wanted == "*" || key == wanted)
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["token", "secret", "password", "userid", "email", "user"]
        .iter()
        .any(|word| key.contains(word))
}

/// Masks words with an `@` inside (a password in an address among them), what looks like a token, and addresses with a query.
fn without_persons(text: &str) -> String {
    let is_separator = |c: char| c.is_whitespace() || "\"'`,;()<>[]{}".contains(c);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.find(is_separator).unwrap_or(rest.len()));
        shown.push_str(if is_personal(word) { MASK } else { word });
        let (separator, next) = behind.split_at(behind.chars().next().map_or(0, char::len_utf8));
        shown.push_str(separator);
        rest = next;
    }
    shown
}

fn is_personal(word: &str) -> bool {
    // What follows an address's path is often what opens it.
    let (_, behind) = word.split_once("://").unwrap_or_default();
    let is_token = |part: &str| {
        let has_digit = part.chars().any(|c| c.is_ascii_digit());
        part.len() > 40 && has_digit && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_+=".contains(c))
    };
    ["@", "eyJ", "epic_live_", "epic_test_"]
        .iter()
        .any(|mark| word.contains(mark))
        || behind.contains(['?', '#'])
        || word.split(['/', '.', ':', '?', '&']).any(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_shown() {
        let mut hidden = Hidden::default();
        let config = json!({
            "version": "1.0.0", "projectName": "Secret Project", "n": 7, "user": {"id": "u-1234", "name": "Ada"},
            "servers": {
                "prod": {
                    "id": "prod", "url": "https://a.example", "name": "of ada@example.com", "code": "123456",
                    "auth": {"accessToken": "eyJabc", "email": "ada@example.com", "userId": "u-123", "expiresAt": 5, "refreshToken": ""}
                },
                "ada@example.com": {}
            },
            "list": ["true", {"url": "https://me:pw@dojo.example"}]
        });
        let masked = hidden.mask(&config, &CONFIG);
        let masked = hidden.scrub(&masked, None);
        let expected = json!({
            "version": "1.0.0", "projectName": MASK, "n": 7, "user": {"id": MASK, "name": MASK},
            "servers": {
                "prod": {
                    "id": "prod", "url": "https://a.example", "name": format!("of {MASK}"), "code": MASK,
                    "auth": {"accessToken": MASK, "email": MASK, "userId": MASK, "expiresAt": 5, "refreshToken": ""}
                },
                MASK: {}
            },
            "list": [MASK, {"url": MASK}]
        });
        assert_eq!(masked, expected);
        let settings = json!({"sharing": {"prod": "full"}, "signOuts": [{"id": "x", "server": "prod"}], "later": "x"});
        let masked = json!({"sharing": {"prod": "full"}, "signOuts": [{"id": MASK, "server": "prod"}], "later": MASK});
        assert_eq!(hidden.mask(&settings, &SETTINGS), masked);
    }

    #[test]
    fn what_was_masked_is_found_elsewhere() {
        let mut hidden = Hidden::default();
        hidden.mask(
            &json!({"userId": "u-12", "project": "Secret Project", "mode": "full"}),
            &CONFIG,
        );
        let text = json!("u-12 (ada@example.com, \"bob@b.example\") of Secret Project is full, see /home/ada/x");
        let scrubbed = hidden.scrub(&text, Some(Path::new("/home/ada")));
        assert_eq!(
            scrubbed,
            json!(format!("{MASK} ({MASK}, \"{MASK}\") of {MASK} is full, see ~/x"))
        );
        for token in ["eyJhbGciOiJSUzI1NiJ9.e30.x", "epic_live_0123456789", &"a1".repeat(30)] {
            assert_eq!(
                hidden.scrub(&json!(format!("see {token}")), None),
                json!(format!("see {MASK}"))
            );
        }
        let address = json!("https://mcp.example/sse?apiKey=0123456789abcdef, https://mcp.example/sse");
        assert_eq!(
            hidden.scrub(&address, None),
            json!(format!("{MASK}, https://mcp.example/sse"))
        );
        let uuid = json!("0199a6f2-0000-7000-8000-000000000000");
        assert_eq!(hidden.scrub(&uuid, None), uuid);
    }
}
