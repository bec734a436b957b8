//! What sets two states of the shared file apart, fit to be shown: secrets are masked.

use serde_json::{Map, Value};

use super::mask::{masked, masked_key};
use super::{ConfigDocument, StoredAuth};

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The keys that lead to it, from the outermost.
    pub path: Vec<String>,
    pub change: Change,
}

/// How it is not the same. No value holds a secret.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Added {
        value: Value,
    },
    Removed {
        value: Value,
    },
    /// Two secrets that differ look the same.
    Changed {
        from: Value,
        to: Value,
    },
    /// The servers that both have stand in another order.
    Reordered {
        order: Vec<String>,
    },
    /// A profile's session began, ended or went on; what it holds is nobody's to read.
    Session {
        before: bool,
        after: bool,
    },
}

impl Difference {
    /// Whether it is about a session: these come and go by themselves.
    pub fn is_session(&self) -> bool {
        matches!(self.change, Change::Session { .. })
    }
}

impl ConfigDocument {
    /// What changed on the way from this document to `later`. Layout and the order of keys are no difference, the order of servers is.
    pub fn differences(&self, later: &Self) -> Vec<Difference> {
        let mut found = Found::default();
        let apart = |document: &Self| {
            let mut rest = document.root().clone();
            let servers = rest.shift_remove("servers");
            (rest, members(servers.as_ref()))
        };
        let ((old, old_servers), (new, new_servers)) = (apart(self), apart(later));
        found.objects(&old, &new);
        found.inside("servers", |found| found.servers(&old_servers, &new_servers));
        found.list
    }
}

#[derive(Default)]
struct Found {
    path: Vec<String>,
    list: Vec<Difference>,
}

impl Found {
    fn note(&mut self, key: Option<&str>, change: Change) {
        let path = self.path.iter().map(String::as_str).chain(key).map(masked_key);
        let path = path.map(str::to_owned).collect();
        self.list.push(Difference { path, change });
    }

    fn inside(&mut self, key: &str, look: impl FnOnce(&mut Self)) {
        self.path.push(key.to_owned());
        look(self);
        self.path.pop();
    }

    fn objects(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        for (key, old) in old {
            match new.get(key) {
                None => {
                    let value = masked(key, old);
                    self.note(Some(key), Change::Removed { value });
                }
                Some(new) => self.values(key, old, new),
            }
        }
        for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            let value = masked(key, value);
            self.note(Some(key), Change::Added { value });
        }
    }

    fn values(&mut self, key: &str, old: &Value, new: &Value) {
        if old == new {
            return;
        }
        let (from, to) = (masked(key, old), masked(key, new));
        match (old, new) {
            // One that is masked as a whole is not looked into.
            (Value::Object(old), Value::Object(new)) if from.is_object() => {
                self.inside(key, |found| found.objects(old, new));
            }
            _ => self.note(Some(key), Change::Changed { from, to }),
        }
    }

    fn servers(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        for (id, before) in old {
            match (before, new.get(id)) {
                (Value::Object(_), None) => self.profile_gone(id, before),
                (Value::Object(before), Some(Value::Object(after))) => {
                    self.inside(id, |found| found.profiles(before, after));
                }
                (_, None) => {
                    let value = masked(id, before);
                    self.note(Some(id), Change::Removed { value });
                }
                (_, Some(after)) => self.values(id, before, after),
            }
        }
        for (id, after) in new.iter().filter(|(id, _)| !old.contains_key(*id)) {
            let (value, session) = profile(id, after);
            self.note(Some(id), Change::Added { value });
            if session {
                self.inside(id, |found| found.session(false, true));
            }
        }
        let common = |map: &Map<String, Value>, other: &Map<String, Value>| -> Vec<String> {
            map.keys().filter(|id| other.contains_key(*id)).cloned().collect()
        };
        let order = common(new, old);
        if order != common(old, new) {
            let order = order.iter().map(|id| masked_key(id).to_owned()).collect();
            self.note(None, Change::Reordered { order });
        }
    }

    fn profile_gone(&mut self, id: &str, before: &Value) {
        let (value, session) = profile(id, before);
        self.note(Some(id), Change::Removed { value });
        if session {
            self.inside(id, |found| found.session(true, false));
        }
    }

    fn profiles(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        let ((old, old_auth), (new, new_auth)) = (without_auth(old), without_auth(new));
        self.objects(&old, &new);
        let auth = |value: &Option<Value>| split(&members(value.as_ref()));
        let ((old_own, old_rest), (new_own, new_rest)) = (auth(&old_auth), auth(&new_auth));
        if old_own != new_own {
            self.session(!old_own.is_empty(), !new_own.is_empty());
        }
        // What is no `auth` at all is told as it is; `null` is none.
        let odd = |value: Option<Value>| -> Map<String, Value> {
            let odd = value.filter(|value| !value.is_object() && !value.is_null());
            odd.map(|value| ("auth".to_owned(), value)).into_iter().collect()
        };
        self.objects(&odd(old_auth), &odd(new_auth));
        self.inside("auth", |found| found.objects(&old_rest, &new_rest));
    }

    fn session(&mut self, before: bool, after: bool) {
        self.note(Some("auth"), Change::Session { before, after });
    }
}

/// A whole profile as it may be shown, and whether it holds a session.
fn profile(id: &str, value: &Value) -> (Value, bool) {
    let Value::Object(entry) = value else {
        return (masked(id, value), false);
    };
    let (mut shown, auth) = without_auth(entry);
    let (own, rest) = split(&members(auth.as_ref()));
    if !rest.is_empty() {
        shown.insert("auth".to_owned(), Value::Object(rest));
    }
    // The id is a name that a person chose; what is inside has keys of its own.
    (masked("", &Value::Object(shown)), !own.is_empty())
}

fn without_auth(entry: &Map<String, Value>) -> (Map<String, Value>, Option<Value>) {
    let mut rest = entry.clone();
    let auth = rest.shift_remove("auth");
    (rest, auth)
}

/// Our keys of an `auth`, and those of others.
fn split(auth: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let own = |(key, _): &(String, Value)| StoredAuth::KEYS.contains(&key.as_str());
    auth.clone().into_iter().partition(own)
}

fn members(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::MASK;
    use super::*;

    const OLD: &str = r#"{
        "version": "1.0.0", "activeServerId": "a", "dojo": {"token": "secret-1", "apiUrl": "https://dojo.example"},
        "servers": {
            "a": {"url": "https://a.example", "mcpUrl": "m", "auth": {"accessToken": "secret-2", "serviceToken": "secret-3", "orgId": "o"}},
            "b": {"url": "https://b.example", "auth": {"accessToken": "secret-4"}},
            "c": {"url": "https://c.example"}
        }
    }"#;

    const NEW: &str = r#"{ "activeServerId": "c", "version": "1.0.0",
        "servers": {
            "c": {"url": "https://c.example", "auth": {"accessToken": "secret-5", "email": "e@x.y"}},
            "a": {"url": "https://z.example", "mcpUrl": "m", "auth": {"accessToken": "secret-6", "serviceToken": "secret-7", "orgId": "o"}},
            "n": {"url": "https://n.example", "auth": {"refreshToken": "secret-8", "serviceToken": "secret-9"}}
        },
        "dojo": {"apiUrl": "https://dojo.example", "token": "secret-10", "seen": 3}
    }"#;

    fn between(old: &str, new: &str) -> Vec<(String, Change)> {
        let parse = |text: &str| ConfigDocument::parse(text).unwrap();
        let found = parse(old).differences(&parse(new));
        found.into_iter().map(|one| (one.path.join("."), one.change)).collect()
    }

    #[test]
    fn each_difference_is_found_once_and_no_secret_is_in_it() {
        let found = between(OLD, NEW);
        let changed = |from: Value, to: Value| Change::Changed { from, to };
        let secret = || changed(json!(MASK), json!(MASK));
        let session = |before, after| Change::Session { before, after };
        let expected = [
            ("activeServerId", changed(json!("a"), json!("c"))),
            ("dojo.token", secret()),
            ("dojo.seen", Change::Added { value: json!(3) }),
            (
                "servers.a.url",
                changed(json!("https://a.example"), json!("https://z.example")),
            ),
            ("servers.a.auth", session(true, true)),
            ("servers.a.auth.serviceToken", secret()),
            (
                "servers.b",
                Change::Removed {
                    value: json!({"url": "https://b.example"}),
                },
            ),
            ("servers.b.auth", session(true, false)),
            ("servers.c.auth", session(false, true)),
            (
                "servers.n",
                Change::Added {
                    value: json!({"url": "https://n.example", "auth": {"serviceToken": MASK}}),
                },
            ),
            ("servers.n.auth", session(false, true)),
            (
                "servers",
                Change::Reordered {
                    order: vec!["c".to_owned(), "a".to_owned()],
                },
            ),
        ];
        assert_eq!(found, expected.map(|(path, change)| (path.to_owned(), change)));
        let shown = format!("{found:?}");
        assert!(!shown.contains("secret-") && !shown.contains("e@x.y"), "{shown}");
    }

    #[test]
    fn layout_and_the_order_of_keys_are_none() {
        let value: Value = serde_json::from_str(OLD).unwrap();
        assert_eq!(between(OLD, &serde_json::to_string_pretty(&value).unwrap()), []);
        assert_eq!(between("{}", r#"{"servers": {}}"#), []);
        assert_eq!(
            between(r#"{"servers":{"a":{}}}"#, r#"{"servers":{"a":{"auth":{}}}}"#),
            []
        );
    }

    #[test]
    fn what_is_no_profile_is_compared_as_it_is() {
        let found = between(
            r#"{"servers":{"a":7,"b":{"auth":"eyJx"}}}"#,
            r#"{"servers":{"a":{"auth":{"email":"e"}},"b":{"auth":{"email":"e@x.y"}}}}"#,
        );
        let shown = format!("{found:?}");
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["servers.a", "servers.b.auth", "servers.b.auth"], "{shown}");
        assert!(matches!(found[2].1, Change::Removed { .. }), "{shown}");
        assert!(!shown.contains("eyJx") && !shown.contains("e@x.y"), "{shown}");
        let null = between(
            r#"{"servers":{"a":{"auth":null}}}"#,
            r#"{"servers":{"a":{"auth":{"email":"e"}}}}"#,
        );
        assert!(
            matches!(
                null[..],
                [(
                    _,
                    Change::Session {
                        before: false,
                        after: true
                    }
                )]
            ),
            "{null:?}"
        );
    }
}
