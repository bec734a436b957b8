//! What a copy of the past may bring back: everything but sessions.

use serde_json::{Map, Value, json};

use super::reconcile::same_order;
use super::{ConfigDocument, ServerProfile, StoredAuth};

impl ConfigDocument {
    /// Whether both say the same of everything but our keys of each `auth`; the order of servers counts, layout does not.
    pub fn is_same_but_sessions(&self, other: &Self) -> bool {
        let others = |root: &Map<String, Value>| root.iter().filter(|(key, _)| *key != "servers").count();
        let (ours, theirs) = (self.root(), other.root());
        others(ours) == others(theirs)
            && ours
                .iter()
                .filter(|(key, _)| *key != "servers")
                .all(|(key, value)| theirs.get(key).is_some_and(|other| same(value, other)))
            && same_servers(ours.get("servers"), theirs.get("servers"))
    }

    /// The document without our keys of each `auth`, its layout kept: two copies that differ in sessions alone are then one text.
    #[must_use]
    pub fn without_sessions(&self) -> Self {
        self.with_sessions(|_| Map::new())
    }

    /// This document, a copy of the past, as it may stand in the file today. Sessions are never rolled back, because an old
    /// refresh token ends the session of whoever presents it:
    /// a profile that is there today too, and leads to the same server, has today's session;
    /// one that comes back has the session of the copy without its refresh token where `is_held` says that this computer still
    /// has that session, and none otherwise. What others keep in an `auth` is the copy's.
    #[must_use]
    pub fn with_sessions_of(&self, today: &Self, is_held: impl Fn(&ServerProfile) -> bool) -> Self {
        self.with_sessions(|past| match today.config().server(&past.id) {
            Some(profile) if profile.is_same_place(past) => own_keys(today, &past.id),
            Some(_) => Map::new(),
            None if past.auth.is_some() && is_held(past) => {
                let mut session = own_keys(self, &past.id);
                session.insert("refreshToken".to_owned(), json!(""));
                session
            }
            None => Map::new(),
        })
    }

    /// Puts our keys of each profile's `auth` to what `session` says.
    fn with_sessions(&self, session: impl Fn(&ServerProfile) -> Map<String, Value>) -> Self {
        let mut next = self.clone();
        next.edit(|root| {
            let Some(servers) = root.get_mut("servers").and_then(Value::as_object_mut) else {
                return;
            };
            for profile in &self.config().servers {
                if let Some(entry) = servers.get_mut(&profile.id).and_then(Value::as_object_mut) {
                    put(entry, session(profile));
                }
            }
        });
        next
    }
}

impl ServerProfile {
    /// Whether both lead to the same server and domain, however the address is written.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let url = |profile: &Self| crate::ServerUrl::parse(&profile.url).ok();
        let is_same_url = match (url(self), url(other)) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.url == other.url,
        };
        is_same_url && self.domain_id == other.domain_id
    }
}

fn put(entry: &mut Map<String, Value>, session: Map<String, Value>) {
    let has = entry.get("auth").and_then(Value::as_object);
    if session.is_empty() && !has.is_some_and(|auth| StoredAuth::KEYS.iter().any(|key| auth.contains_key(*key))) {
        return;
    }
    let stored = entry.entry("auth").or_insert_with(|| json!({}));
    if !stored.is_object() {
        *stored = json!({});
    }
    let Some(stored) = stored.as_object_mut() else { return };
    for key in StoredAuth::KEYS {
        if !session.contains_key(key) {
            stored.shift_remove(key);
        }
    }
    stored.extend(session);
    if stored.is_empty() {
        entry.shift_remove("auth");
    }
}

/// As they stand in the file: other tools write times and numbers in their own way.
fn own_keys(document: &ConfigDocument, id: &str) -> Map<String, Value> {
    let auth = document
        .root()
        .get("servers")
        .and_then(|servers| servers.get(id)?.get("auth")?.as_object());
    let own = |key: &'static str| Some((key.to_owned(), auth?.get(key)?.clone()));
    StoredAuth::KEYS.into_iter().filter_map(own).collect()
}

fn same(a: &Value, b: &Value) -> bool {
    a == b && same_order(a, b)
}

fn same_servers(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a.and_then(Value::as_object), b.and_then(Value::as_object)) {
        (Some(a), Some(b)) => a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same_entry(a, b)),
        // A document may say nothing of servers, or say "null".
        (a, b) => a.is_none_or(Map::is_empty) && b.is_none_or(Map::is_empty),
    }
}

fn same_entry(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else {
        return same(a, b);
    };
    let rest = |entry: &'_ Map<String, Value>| entry.keys().filter(|key| *key != "auth").cloned().collect::<Vec<_>>();
    rest(a) == rest(b)
        && a.iter()
            .filter(|(key, _)| *key != "auth")
            .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        && same_auth(a.get("auth"), b.get("auth"))
}

/// What others keep in an `auth`; one of ours alone, an empty one and a `null` are none.
fn same_auth(a: Option<&Value>, b: Option<&Value>) -> bool {
    let foreign = |auth: Option<&Value>| -> Option<Value> {
        let Some(Value::Object(auth)) = auth else {
            return auth.filter(|auth| !auth.is_null()).cloned();
        };
        let others = auth.iter().filter(|(key, _)| !StoredAuth::KEYS.contains(&key.as_str()));
        let others: Map<String, Value> = others.map(|(key, value)| (key.clone(), value.clone())).collect();
        (!others.is_empty()).then_some(Value::Object(others))
    };
    match (foreign(a), foreign(b)) {
        (Some(a), Some(b)) => same(&a, &b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = r#"{
  "version": "1.0.0",
  "servers": {
    "same": { "url": "https://a.example/", "domainId": "d", "auth": { "accessToken": "new", "refreshToken": "r-new", "expiresAt": 2, "x": 1 } },
    "moved": { "url": "https://elsewhere.example", "domainId": "d", "auth": { "accessToken": "theirs" } },
    "out": { "url": "https://a.example", "domainId": "d" }
  }
}"#;

    const COPY: &str = r#"{
    "servers": {
        "moved": {"url": "https://b.example", "domainId": "d", "auth": {"accessToken": "o1", "serviceToken": "s"}},
        "same": {"url": "https://A.example", "domainId": "d", "auth": {"serviceToken": "s",  "accessToken": "o2", "email": "e"}},
        "out": {"url": "https://a.example", "domainId": "d", "auth": {"accessToken": "o3", "refreshToken": "r3"}},
        "gone": {"url": "https://c.example", "domainId": "d", "auth": {"accessToken": "o4", "refreshToken": "r4"}},
        "held": {"url": "https://d.example", "domainId": "d", "auth": {"accessToken": "o5", "refreshToken": "r5"}}
    },
    "theme":   "dark"
}
"#;

    #[test]
    fn what_is_there_today_keeps_its_session_and_nothing_else_does() {
        let (today, copy) = (
            ConfigDocument::parse(TODAY).unwrap(),
            ConfigDocument::parse(COPY).unwrap(),
        );
        let restored = copy.with_sessions_of(&today, |profile| profile.id == "held" || profile.id == "out");
        let expected = r#"{
    "servers": {
        "moved": {"url": "https://b.example", "domainId": "d", "auth": {"serviceToken": "s"}},
        "same": {"url": "https://A.example", "domainId": "d", "auth": {"serviceToken": "s",  "accessToken": "new","refreshToken":"r-new","expiresAt":2}},
        "out": {"url": "https://a.example", "domainId": "d"},
        "gone": {"url": "https://c.example", "domainId": "d"},
        "held": {"url": "https://d.example", "domainId": "d", "auth": {"accessToken": "o5", "refreshToken": ""}}
    },
    "theme":   "dark"
}
"#;
        assert_eq!(restored.text(), expected);
    }

    #[test]
    fn a_session_is_no_difference_and_everything_else_is() {
        let parse = |text: &str| ConfigDocument::parse(text).unwrap();
        let today = parse(TODAY);
        assert!(today.is_same_but_sessions(&today.without_sessions()));
        assert!(!today.without_sessions().text().contains("new"));
        for (from, to) in [
            ("\"x\": 1", "\"x\": 2"),
            ("1.0.0", "1.0.1"),
            ("\"domainId\": \"d\" }", "\"domainId\": \"e\" }"),
            ("\"out\"", "\"in\""),
            ("{\n  \"version\"", "{\n  \"more\": 1, \"version\""),
        ] {
            assert!(
                !today.is_same_but_sessions(&parse(&TODAY.replacen(from, to, 1))),
                "{to}"
            );
        }
        let mut turned = today.clone();
        turned.reorder_servers(&["out".to_owned()]);
        assert!(!today.is_same_but_sessions(&turned));
        assert!(parse("{}").is_same_but_sessions(&parse(r#"{"servers": null}"#)));
        assert!(parse(r#"{"servers":{"a":{"auth":{}}}}"#).is_same_but_sessions(&parse(r#"{"servers":{"a":{}}}"#)));
        assert!(parse(r#"{"servers":{"a":{"auth":null}}}"#).is_same_but_sessions(&parse(r#"{"servers":{"a":{}}}"#)));
        assert!(!parse(r#"{"servers":{"a":{"auth":7}}}"#).is_same_but_sessions(&parse(r#"{"servers":{"a":{}}}"#)));
    }
}
