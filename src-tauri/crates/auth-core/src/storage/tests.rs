use serde_json::json;

use super::*;

#[test]
fn records_carry_their_models_fields_and_the_swept_kinds_their_end() {
    let session = json!({"id": "s", "userId": "u", "expires": "2026-01-31T09:30:00.000Z", "deviceInfo": null,
        "createdAt": "2026-01-31T09:30:00.000Z", "updatedAt": "2026-01-31T09:30:00.000Z", "extended": {"a": 1},
        "generation": 3, "rotatedAt": "2026-01-31T09:30:00.000Z", "revoked": {"cause": "reuse", "at": "2026-01-31T09:30:00.000Z"}});
    let record: SessionRecord = serde_json::from_value(session.clone()).unwrap();
    assert_eq!(serde_json::to_value(&record).unwrap(), session);
    assert_eq!(
        record.revoked.map(|revocation| revocation.cause),
        Some(RevokeCause::Reuse)
    );
}

#[test]
fn nothing_that_may_name_a_person_or_hold_a_secret_shows() {
    let document = Document {
        kind: Kind::Code,
        id: "d/ada@example.com".into(),
        json: "123456".into(),
    };
    let lookup = Lookup::UserByEmail {
        domain_id: "d",
        email: "ada@example.com",
    };
    let shown = format!("{document:?} {lookup:?}");
    assert!(!shown.contains("ada") && !shown.contains("123456"), "{shown}");
    assert!(shown.contains("users by domainId, email"), "{shown}");
}

#[test]
fn a_signing_key_that_says_nothing_of_its_life_is_read_and_written_as_it_was() {
    let key = json!({"id": "access-EdDSA-1", "kid": "k", "use": "access", "algorithm": "EdDSA", "privateKey": "pem",
        "createdAt": "2026-01-31T09:30:00.000Z"});
    let record: SigningKeyRecord = serde_json::from_value(key.clone()).unwrap();
    assert_eq!((record.signs_from, record.expires), (None, None));
    assert_eq!(serde_json::to_value(&record).unwrap(), key);
}
