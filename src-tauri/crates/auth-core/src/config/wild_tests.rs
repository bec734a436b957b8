//! Texts that nobody of good will would write: nothing panics, nothing grows, and what is written is what is meant.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Secret;

/// Keys that mean something beside those that do not.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => prop::sample::select(vec![
            "servers", "auth", "id", "url", "domainId", "name", "activeServerId", "version", "accessToken", "refreshToken",
            "expiresAt", "userId", "email", "serviceToken", "a", "b", "c",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ]
}

fn space() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", " ", "\n", "\r\n\t", "  \n  "]).prop_map(str::to_owned)
}

/// JSON as text: keys may come twice, escapes are the writer's own, numbers are as odd as the grammar allows.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "null",
            "true",
            "1",
            "-0",
            "1e300",
            "1E-7",
            "12345678901234567890123",
            "\"\"",
            "\"\\u00e9\\ud83d\\ude00\\/\"",
            "\"x\"",
            "[]",
            "{}",
            "\"a\"",
            "1.790e9",
            "\"https://a.example\"",
            "\"{\\\"}\"",
        ])
        .prop_map(str::to_owned),
        ".{0,8}".prop_map(|text| Value::from(text).to_string()),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        let member = (key(), space(), space(), inner.clone());
        let member = member.prop_map(|(key, before, behind, value)| {
            format!("{before}{}{behind}:{behind}{value}{before}", Value::from(key))
        });
        prop_oneof![
            3 => (prop::collection::vec(member, 0..5), space()).prop_map(|(all, end)| format!("{{{}{end}}}", all.join(","))),
            1 => (prop::collection::vec(inner, 0..3), space()).prop_map(|(all, end)| format!("[{}{end}]", all.join(","))),
        ]
    })
}

/// The same with servers where they belong.
fn document_text() -> impl Strategy<Value = String> {
    let entry = prop_oneof![3 => json_text(), 1 => json_text().prop_map(|auth| format!("{{\"auth\":{auth},\"url\":\"https://a.example\"}}"))];
    let server = (prop::sample::select(vec!["a", "b", "c", "é"]), space(), entry);
    let servers = prop::collection::vec(server, 0..4);
    let more = prop::collection::vec((key(), json_text()), 0..3);
    (servers, more, space(), any::<bool>()).prop_map(|(servers, more, space, mark)| {
        let member = |key: &str, value: &str| format!("{space}{}: {value}", Value::from(key));
        let servers: Vec<String> = servers
            .iter()
            .map(|(key, at, value)| format!("{at}{}", member(key, value)))
            .collect();
        let more: Vec<String> = more
            .iter()
            .filter(|(key, _)| key != "servers")
            .map(|(key, value)| member(key, value))
            .collect();
        let all = [&more[..], &[member("servers", &format!("{{{}}}", servers.join(",")))]].concat();
        format!("{}{{{}{space}}}", if mark { "\u{feff}" } else { "" }, all.join(","))
    })
}

fn profile(id: &str) -> ServerProfile {
    ServerProfile {
        id: id.to_owned(),
        name: "n".to_owned(),
        url: "https://b.example".to_owned(),
        domain_id: "d".to_owned(),
        auth: None,
    }
}

fn auth(text: &str) -> StoredAuth {
    StoredAuth {
        access_token: Secret::new(text),
        refresh_token: Secret::new(""),
        expires_at: 1_800_000_000_000,
        user_id: "u".to_owned(),
        email: "e@x.y".to_owned(),
    }
}

type Verb = fn(&mut ConfigDocument, &str) -> Result<(), DocumentError>;

/// Every verb there is.
const VERBS: [Verb; 11] = [
    |document, id| document.add_server(&profile(id)),
    |document, id| document.describe_server(&profile(id)),
    |document, id| document.rename_server(id, "c"),
    |document, id| document.remove_server(id),
    |document, id| document.set_active(id),
    |document, id| document.set_auth(id, &auth("t")),
    |document, id| document.clear_auth(id),
    |document, id| {
        document.reorder_servers(&[id.to_owned(), "zz".to_owned()]);
        Ok(())
    },
    |document, _| {
        document.correct_ids();
        Ok(())
    },
    |document, _| {
        *document = document.without_sessions();
        Ok(())
    },
    |document, _| {
        *document = document.with_sessions_of(&ConfigDocument::new(), |_| true);
        Ok(())
    },
];

/// What is drawn from a document agrees with its text.
fn holds_together(document: &ConfigDocument) -> Result<(), TestCaseError> {
    let again = ConfigDocument::parse(document.text());
    let again = again.map_err(|error| TestCaseError::fail(format!("{error}: {}", document.text())))?;
    prop_assert_eq!(again.config(), document.config(), "{}", document.text());
    prop_assert_eq!(again.root(), document.root(), "{}", document.text());
    prop_assert_eq!(again.oddities(), document.oddities());
    Ok(())
}

/// An `auth` that is none, a number say, gives its place to a session, here as in every other verb.
fn lost_to_a_session(before: &ConfigDocument, after: &ConfigDocument) -> bool {
    let servers = before.root().get("servers").and_then(Value::as_object);
    servers.into_iter().flatten().any(|(id, entry)| {
        let is_odd = entry
            .get("auth")
            .is_some_and(|auth| !auth.is_object() && !auth.is_null());
        let now = after.root()["servers"].get(id).and_then(|entry| entry.get("auth"));
        is_odd && now.is_some_and(Value::is_object)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_text_is_a_document_or_an_error(text in prop_oneof![".{0,60}", json_text(), "\\{\"servers\":[ -~]{0,40}"]) {
        if let Ok(document) = ConfigDocument::parse(text.as_str()) {
            prop_assert_eq!(document.text(), text);
        }
    }

    #[test]
    fn every_verb_leaves_a_document(text in document_text(), verbs in prop::collection::vec((0..VERBS.len(), 0..4usize), 1..8)) {
        let mut document = ConfigDocument::parse(text).unwrap();
        for (verb, id) in verbs {
            let outcome = VERBS[verb](&mut document, ["a", "b", "c", "é"][id]);
            let fine = matches!(outcome, Ok(()) | Err(DocumentError::NoSuchServer { .. } | DocumentError::ServerExists { .. }));
            prop_assert!(fine, "{:?}", outcome);
            holds_together(&document)?;
        }
    }

    #[test]
    fn what_is_done_and_undone_again_and_again_does_not_grow(text in document_text()) {
        let mut document = ConfigDocument::parse(text).unwrap();
        let mut lengths = Vec::new();
        for _ in 0..6 {
            let added = document.add_server(&profile("new"));
            prop_assert_eq!(added, Ok(()));
            document.set_auth("new", &auth("t")).unwrap();
            document.rename_server("new", "newer").unwrap();
            for id in ["a", "b", "é"] {
                if document.config().server(id).is_some() {
                    document.set_auth(id, &auth("t")).unwrap();
                    document.clear_auth(id).unwrap();
                }
            }
            document.remove_server("newer").unwrap();
            lengths.push(document.text().len());
        }
        prop_assert_eq!(lengths[1..].iter().max(), Some(&lengths[1]), "{:?}: {}", lengths, document.text());
    }

    #[test]
    fn going_back_and_forth_is_where_one_was_and_no_old_token_comes_back(past in document_text(), today in document_text()) {
        let (past, today) = (ConfigDocument::parse(past).unwrap(), ConfigDocument::parse(today).unwrap());
        let back = past.with_sessions_of(&today, |_| true);
        holds_together(&back)?;
        prop_assume!(!lost_to_a_session(&past, &back));
        prop_assert!(back.is_same_but_sessions(&past), "{} {}", back.text(), past.text());
        prop_assert!(past.differences(&back).iter().all(Difference::is_session));
        for profile in &back.config().servers {
            let Some(auth) = &profile.auth else { continue };
            let now = today.config().server(&profile.id).filter(|now| now.is_same_place(profile));
            let is_todays = now.is_some_and(|now| now.auth.as_ref() == Some(auth));
            prop_assert!(is_todays || (now.is_none() && auth.refresh_token.is_empty()), "{:?}", profile);
        }
        let forth = today.with_sessions_of(&back, |_| false);
        prop_assert!(lost_to_a_session(&today, &forth) || forth.is_same_but_sessions(&today));
        let shown = json!(format!("{:?}", past.differences(&today))).to_string();
        prop_assert!(!shown.contains("\"t\""));
    }
}

#[test]
fn an_id_follows_its_key_and_nothing_else_changes() {
    let text = r#"{"servers": {"a": {"id": "b", "url": "u"}, "c": {"id": 7}, "d": 1, "e": {"id": "e"}}}"#;
    let mut document = ConfigDocument::parse(text).unwrap();
    document.correct_ids();
    assert_eq!(document.text(), text.replace("\"b\"", "\"a\""));
}
