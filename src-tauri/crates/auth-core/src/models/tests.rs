use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

const DATE: &str = "2026-01-31T09:30:00.000Z";

/// The text is read, and written again with the very same fields.
fn round_trip<T: Serialize + DeserializeOwned + std::fmt::Debug>(written: &Value) -> T {
    let model: T = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&model).unwrap(), written);
    assert!(!format!("{model:?}").contains("s3cret"), "a secret shows in Debug");
    model
}

#[test]
fn a_user_has_the_contract_s_fields() {
    let least = json!({"id": "u", "email": "a@b.c", "emailVerified": null, "name": null, "image": null, "orgId": "o",
        "createdAt": DATE, "updatedAt": DATE, "trashed": false});
    assert_eq!(round_trip::<AuthUserModel>(&least).extended, None);
    let mut full = least;
    full["emailVerified"] = json!(DATE);
    full["domainId"] = json!("d");
    full["extended"] = json!({"theme": {"dark": true}});
    round_trip::<AuthUserModel>(&full);
}

#[test]
fn a_session_has_the_contract_s_fields() {
    let device = json!({"userAgent": "x", "ip": "127.0.0.1", "deviceId": "d", "platform": null, "browser": null, "location": null});
    for device in [Value::Null, device] {
        round_trip::<AuthSessionModel>(&json!({"id": "s", "userId": "u", "expires": DATE, "deviceInfo": device,
            "createdAt": DATE, "updatedAt": DATE}));
    }
}

#[test]
fn a_verification_token_has_the_contract_s_fields() {
    for kind in ["magic-link", "email-code", "sms-code"] {
        round_trip::<AuthVerificationTokenModel>(&json!({"id": "v", "identifier": "a@b.c", "token": "s3cret",
            "expires": DATE, "type": kind, "createdAt": DATE}));
    }
}

#[test]
fn an_account_has_the_contract_s_fields() {
    for secret in [Value::Null, json!("s3cret")] {
        round_trip::<AuthAccountModel>(&json!({"id": "a", "userId": "u", "type": "oidc", "provider": "p",
            "providerAccountId": "9", "refreshToken": secret, "accessToken": secret, "expiresAt": null, "tokenType": null,
            "scope": null, "idToken": secret, "createdAt": DATE, "updatedAt": DATE}));
    }
}

#[test]
fn service_accounts_and_api_tokens_have_the_contract_s_fields() {
    round_trip::<ServiceAccountModel>(
        &json!({"id": "s", "name": "ci", "description": null, "createdBy": "u", "orgId": "o",
        "scopes": ["read"], "active": true, "createdAt": DATE, "updatedAt": DATE, "trashed": false}),
    );
    round_trip::<ApiTokenModel>(
        &json!({"id": "t", "serviceAccountId": "s", "name": "n", "tokenHash": "s3cret",
        "prefix": "epic_live_ab", "lastUsedAt": null, "expiresAt": DATE, "createdAt": DATE, "revoked": false, "orgId": "o"}),
    );
}

#[test]
fn storage_configs_have_the_contract_s_fields() {
    round_trip::<StorageAdapterConfig>(&json!({"domainId": "d"}));
    round_trip::<FilesystemStorageConfig>(&json!({"dataDir": "data"}));
    round_trip::<RxDBStorageConfig>(
        &json!({"serverUrl": "http://localhost", "authToken": "s3cret", "domainId": "d", "version": 1}),
    );
}
