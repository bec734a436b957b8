//! The promises of the shared file: unknown keys, order, indentation and number text live through every edit.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::Secret;

const WILD: &str = r#"{
    "projectName": "x\u00e9",   "version": "1.0.0",
    "dojo": {"token": "t", "apiUrl": "u"},

    "servers": {
        "local": { "id": "local", "name": "Local", "url": "http://localhost:1", "domainId": "d", "mcpUrl": "m" },
        "cloud-pay": {
            "id": "cloud-pay",
            "url": "https://a.example",
            "auth": {
                "serviceToken": "s",
                "accessToken": "old",
                "expiresAt": 1.790e9,
                "orgId": "o"
            }
        }
    },
    "numbers": [1.00, 1e3, 12345678901234567890123]
}
"#;

fn auth() -> StoredAuth {
    StoredAuth {
        access_token: Secret::new("new"),
        refresh_token: Secret::new(""),
        expires_at: 1_800_000_000_000,
        user_id: "u".into(),
        email: "e@x.y".into(),
    }
}

fn profile(id: &str) -> ServerProfile {
    ServerProfile {
        id: id.into(),
        name: format!("Name of {id}"),
        url: "https://b.example".into(),
        domain_id: "default".into(),
        auth: None,
    }
}

/// The lines of `after` that `before` has not, and the other way round.
fn changed<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let missing = |a: &'a str, b: &str| {
        a.lines()
            .filter(|line| !b.lines().any(|other| other == *line))
            .collect()
    };
    (missing(before, after), missing(after, before))
}

#[test]
fn an_old_tool_s_config_has_the_contract_s_fields() {
    let written = json!({"serverUrl": "https://auth.example.com", "domainId": "default"});
    let config: CLIAuthConfig = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(
        (config.server_url.as_str(), config.domain_id.as_str()),
        ("https://auth.example.com", "default")
    );
    assert_eq!(serde_json::to_value(config).unwrap(), written);
}

#[test]
fn the_view_is_patient() {
    let document = ConfigDocument::parse(WILD).unwrap();
    let config = document.config();
    assert_eq!(
        config.servers.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(),
        ["local", "cloud-pay"]
    );
    assert_eq!(config.servers[1].name, "cloud-pay");
    let auth = config.servers[1].auth.as_ref().unwrap();
    assert_eq!(auth.expires_at, 1_790_000_000_000, "a small time is in seconds");
    assert!(auth.refresh_token.is_empty());
    assert!(document.oddities().is_empty());
}

#[test]
fn what_does_not_fit_is_told_and_passed_over() {
    let text =
        r#"{"activeServerId": "gone", "servers": {"a": {"id": "b"}, "c": 7, "d": {"auth": {"serviceToken": "s"}}}}"#;
    let document = ConfigDocument::parse(text).unwrap();
    assert_eq!(
        document
            .config()
            .servers
            .iter()
            .map(|s| s.id.as_str())
            .collect::<Vec<_>>(),
        ["a", "d"]
    );
    assert_eq!(document.config().server("d").unwrap().auth, None);
    assert_eq!(
        document.oddities(),
        [
            Oddity::IdDiffers {
                key: "a".into(),
                id: "b".into()
            },
            Oddity::NotAnObject { key: "c".into() },
            Oddity::ActiveUnknown { id: "gone".into() }
        ]
    );
}

#[test]
fn what_is_no_config_is_refused_with_its_place() {
    assert_eq!(ConfigDocument::parse(" \n").unwrap_err(), DocumentError::Empty);
    assert_eq!(
        ConfigDocument::parse("[]").unwrap_err(),
        DocumentError::NotAnObject {
            found: "an array […]"
        }
    );
    assert!(matches!(
        ConfigDocument::parse(r#"{"servers":[]}"#),
        Err(DocumentError::ServersNotAnObject { .. })
    ));
    let truncated = ConfigDocument::parse("{\n  \"version\": \"1.0.0\",\n  \"serv").unwrap_err();
    assert!(
        matches!(truncated, DocumentError::Syntax { line: 3, column: 7, .. }),
        "{truncated:?}"
    );
    let deep = "[".repeat(100_000);
    assert!(matches!(ConfigDocument::parse(deep), Err(DocumentError::Syntax { .. })));
}

#[test]
fn a_session_changes_only_its_own_lines() {
    let mut document = ConfigDocument::parse(WILD).unwrap();
    document.set_auth("cloud-pay", &auth()).unwrap();
    let (gone, come) = changed(WILD, document.text());
    assert_eq!(gone.len(), 3, "{gone:?}");
    assert_eq!(
        come,
        [
            r#"                "accessToken": "new","#,
            r#"                "expiresAt": 1800000000000,"#,
            r#"                "orgId": "o","#,
            r#"                "refreshToken": "","#,
            r#"                "userId": "u","#,
            r#"                "email": "e@x.y""#,
        ]
    );
}

#[test]
fn signing_out_keeps_what_others_keep_there() {
    let mut document = ConfigDocument::parse(WILD).unwrap();
    document.clear_auth("cloud-pay").unwrap();
    let value: Value = serde_json::from_str(document.text()).unwrap();
    assert_eq!(
        value["servers"]["cloud-pay"]["auth"],
        json!({"serviceToken": "s", "orgId": "o"})
    );
    document.set_auth("local", &auth()).unwrap();
    document.clear_auth("local").unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(document.text()).unwrap()["servers"]["local"].get("auth"),
        None
    );
}

#[test]
fn an_edit_that_changes_nothing_changes_no_byte() {
    let mut document = ConfigDocument::parse(WILD).unwrap();
    document.set_auth("cloud-pay", &auth()).unwrap();
    let text = document.text().to_owned();
    document.set_auth("cloud-pay", &auth()).unwrap();
    document.reorder_servers(&["local".into()]);
    assert_eq!(document.text(), text);
}

#[test]
fn a_one_line_profile_stays_on_one_line_when_the_order_changes() {
    let mut document = ConfigDocument::parse(WILD).unwrap();
    document.reorder_servers(&["cloud-pay".into(), "local".into()]);
    let local =
        r#""local": { "id": "local", "name": "Local", "url": "http://localhost:1", "domainId": "d", "mcpUrl": "m" }"#;
    assert!(document.text().contains(local), "{}", document.text());
    assert!(document.text().contains("1.790e9"));
    assert_eq!(document.config().servers[0].id, "cloud-pay");
}

#[test]
fn a_new_file_is_filled_in_its_own_style() {
    let mut document = ConfigDocument::new();
    document.add_server(&profile("prod")).unwrap();
    document.set_active("prod").unwrap();
    assert_eq!(
        document.text(),
        r#"{
  "version": "1.0.0",
  "servers": {
    "prod": {
      "id": "prod",
      "name": "Name of prod",
      "url": "https://b.example",
      "domainId": "default"
    }
  },
  "activeServerId": "prod"
}
"#
    );
    assert_eq!(
        document.add_server(&profile("prod")),
        Err(DocumentError::ServerExists { id: "prod".into() })
    );
    document.remove_server("prod").unwrap();
    assert_eq!(document.config().active_server_id, None);
    assert_eq!(
        document.set_active("prod"),
        Err(DocumentError::NoSuchServer { id: "prod".into() })
    );
}

#[test]
fn tabs_line_ends_and_a_byte_order_mark_stay() {
    let text = "\u{feff}{\r\n\t\"servers\": {}\r\n}\r\n";
    let mut document = ConfigDocument::parse(text).unwrap();
    document.add_server(&profile("a")).unwrap();
    assert!(
        document
            .text()
            .starts_with("\u{feff}{\r\n\t\"servers\": {\r\n\t\t\"a\": {\r\n\t\t\t\"id\""),
        "{}",
        document.text()
    );
    assert!(document.text().ends_with("\r\n\t}\r\n}\r\n"));
}

#[test]
fn renaming_keeps_the_place_and_the_default() {
    let mut document = ConfigDocument::parse(WILD).unwrap();
    document.set_active("local").unwrap();
    document.rename_server("local", "dev").unwrap();
    let config = document.config();
    assert_eq!(
        config.servers.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(),
        ["dev", "cloud-pay"]
    );
    assert_eq!(config.active_server_id.as_deref(), Some("dev"));
    assert!(document.text().contains("\"mcpUrl\": \"m\""));
    assert_eq!(
        document.rename_server("dev", "cloud-pay"),
        Err(DocumentError::ServerExists { id: "cloud-pay".into() })
    );
}

#[test]
fn debug_of_what_holds_secrets_shows_none() {
    let document = ConfigDocument::parse(WILD).unwrap();
    let shown = format!("{document:?} {:?} {:?}", document.config(), auth());
    assert!(
        !shown.contains("old") && !shown.contains("\"t\"") && !shown.contains("new"),
        "{shown}"
    );
}

/// Any JSON value, to stand where we know nothing.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,8}", inner), 0..4).prop_map(|m| Value::Object(Map::from_iter(m))),
        ]
    })
}

#[derive(Debug, Clone)]
enum Edit {
    Add(u8),
    Remove(u8),
    Rename(u8, u8),
    SetAuth(u8),
    ClearAuth(u8),
    Activate(u8),
    Describe(u8),
    Reorder(Vec<u8>),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (0..6u8).prop_map(Edit::Add),
        (0..6u8).prop_map(Edit::Remove),
        (0..6u8, 0..6u8).prop_map(|(a, b)| Edit::Rename(a, b)),
        (0..6u8).prop_map(Edit::SetAuth),
        (0..6u8).prop_map(Edit::ClearAuth),
        (0..6u8).prop_map(Edit::Activate),
        (0..6u8).prop_map(Edit::Describe),
        prop::collection::vec(0..6u8, 0..6).prop_map(Edit::Reorder),
    ]
}

/// The known keys of each level; what is left after taking them out must never change.
const KNOWN: [&str; 12] = [
    "activeServerId",
    "servers",
    "id",
    "name",
    "url",
    "domainId",
    "auth",
    "accessToken",
    "refreshToken",
    "expiresAt",
    "userId",
    "email",
];

fn foreign(map: &Map<String, Value>) -> Vec<(String, String)> {
    // Through text, because equality of maps would not see a changed order of keys.
    map.iter()
        .filter(|(key, _)| !KNOWN.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.to_string()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_edit_loses_a_foreign_key_or_its_place(
        extra in prop::collection::vec(("[a-z]{9,12}", anything()), 0..5),
        in_profile in prop::collection::vec(("[a-z]{9,12}", anything()), 0..4),
        edits in prop::collection::vec(edit(), 1..12),
        pretty in any::<bool>(),
        before in any::<bool>(),
    ) {
        let mut witness = Map::from_iter(in_profile);
        witness.insert("url".into(), json!("https://w.example"));
        let mut root = Map::new();
        if before { root.extend(extra.clone()); }
        root.insert("servers".into(), json!({ "witness": witness, "s0": {"url": "https://z.example"} }));
        if !before { root.extend(extra); }
        let text = if pretty { serde_json::to_string_pretty(&root).unwrap() } else { serde_json::to_string(&root).unwrap() };

        // Reading a number and printing it may round it; the text itself is not to change, so both sides are read once.
        let root: Map<String, Value> = serde_json::from_str(&text).unwrap();
        let (expected, witness) = (foreign(&root), root["servers"]["witness"].to_string());
        let mut document = ConfigDocument::parse(text).unwrap();
        let id = |n: u8| format!("s{n}");
        for edit in edits {
            let outcome = match edit {
                Edit::Add(n) => document.add_server(&profile(&id(n))),
                Edit::Remove(n) => document.remove_server(&id(n)),
                Edit::Rename(a, b) => document.rename_server(&id(a), &id(b)),
                Edit::SetAuth(n) => document.set_auth(&id(n), &auth()),
                Edit::ClearAuth(n) => document.clear_auth(&id(n)),
                Edit::Activate(n) => document.set_active(&id(n)),
                Edit::Describe(n) => document.describe_server(&profile(&id(n))),
                Edit::Reorder(order) => { document.reorder_servers(&order.into_iter().map(id).collect::<Vec<_>>()); Ok(()) }
            };
            let fine = matches!(outcome, Ok(()) | Err(DocumentError::NoSuchServer { .. } | DocumentError::ServerExists { .. }));
            prop_assert!(fine, "{:?}", outcome);
            // The text is always what the view says it is.
            let again = ConfigDocument::parse(document.text()).unwrap();
            prop_assert_eq!(again.config(), document.config());
        }
        let after: Map<String, Value> = serde_json::from_str(document.text()).unwrap();
        prop_assert_eq!(foreign(&after), expected);
        prop_assert_eq!(after["servers"]["witness"].to_string(), witness);
    }
}

#[test]
fn a_rename_touches_only_the_key_and_the_id() {
    let text = "{ \"servers\": { \"a\" : {\"id\": \"a\",\n\n  \"n\": 12345678901234567890123, \"m\": 1.00, \"s\": \"\\u00e9\"},\"b\":{} } }";
    let mut document = ConfigDocument::parse(text).unwrap();
    document.rename_server("a", "c").unwrap();
    let expected = text
        .replacen("\"a\" :", "\"c\" :", 1)
        .replacen("\"id\": \"a\"", "\"id\": \"c\"", 1);
    assert_eq!(document.text(), expected);
}

#[test]
fn a_key_that_holds_something_else_is_taken_too() {
    let mut document = ConfigDocument::parse(r#"{"servers":{"a":{"url":"u"},"c":7}}"#).unwrap();
    let taken = Err(DocumentError::ServerExists { id: "c".into() });
    assert_eq!(document.rename_server("a", "c"), taken);
    assert_eq!(document.add_server(&profile("c")), taken);
    assert_eq!(document.text(), r#"{"servers":{"a":{"url":"u"},"c":7}}"#);
}

#[test]
fn a_text_that_others_keep_in_a_profile_can_be_read() {
    let document = ConfigDocument::parse(WILD).unwrap();
    assert_eq!(document.foreign_text("local", "mcpUrl"), Some("m"));
    assert_eq!(document.foreign_text("local", "authUrl"), None);
    assert_eq!(document.foreign_text("cloud-pay", "auth"), None, "it is no text");
    assert_eq!(document.foreign_text("nope", "mcpUrl"), None);
}
