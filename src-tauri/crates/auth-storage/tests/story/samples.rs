//! Records to store.

use auth_core::models::{
    ApiTokenModel, AuthAccountModel, AuthSessionModel, AuthUserModel, AuthVerificationTokenModel, ServiceAccountModel,
    Timestamp,
};
use auth_core::storage::{CodeRecord, Kind, LimitRecord, SessionRecord, SigningKeyRecord, StorageError, Store};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub const DATE: &str = "2026-01-31T09:30:00.000Z";

fn from<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

pub fn date() -> Timestamp {
    Timestamp::parse(DATE).unwrap()
}

pub fn user(id: &str, domain: &str, email: &str) -> AuthUserModel {
    from(
        json!({"id": id, "email": email, "emailVerified": DATE, "name": "Ada \"☕\" O'Neil", "image": null, "domainId": domain,
        "orgId": "o", "createdAt": DATE, "updatedAt": DATE, "trashed": false, "extended": {"deep": [1, {"a": null}]}}),
    )
}

pub fn session(id: &str, user: &str, expires: Timestamp) -> SessionRecord {
    let session: AuthSessionModel = from(json!({"id": id, "userId": user, "expires": expires, "deviceInfo": null,
        "createdAt": DATE, "updatedAt": DATE, "domainId": "d", "extended": {"x": true}}));
    SessionRecord {
        session,
        generation: 0,
        rotated_at: date(),
        revoked: None,
    }
}

pub fn code(id: &str, expires: Timestamp) -> CodeRecord {
    let code: AuthVerificationTokenModel = from(json!({"id": id, "identifier": "a@b.c", "token": "hash",
        "expires": expires, "type": "email-code", "createdAt": DATE, "domainId": "d"}));
    CodeRecord {
        code,
        attempts: 0,
        used: false,
    }
}

pub fn limit(id: &str, expires: Timestamp) -> LimitRecord {
    LimitRecord {
        id: id.to_owned(),
        uses: vec![(1, 2), (3, 4)],
        expires,
    }
}

pub fn account(id: &str, domain: &str, user: &str, at_provider: &str) -> AuthAccountModel {
    from(
        json!({"id": id, "userId": user, "type": "oauth", "provider": "github", "providerAccountId": at_provider,
        "refreshToken": "r", "accessToken": null, "expiresAt": 9, "tokenType": null, "scope": null, "idToken": null,
        "createdAt": DATE, "updatedAt": DATE, "domainId": domain}),
    )
}

pub fn service_account(id: &str, domain: &str, org: &str) -> ServiceAccountModel {
    from(
        json!({"id": id, "name": "ci", "description": null, "createdBy": "u", "orgId": org, "domainId": domain,
        "scopes": ["read", "write"], "active": true, "createdAt": DATE, "updatedAt": DATE, "trashed": false}),
    )
}

pub fn api_token(id: &str, service_account: &str, prefix: &str) -> ApiTokenModel {
    from(
        json!({"id": id, "serviceAccountId": service_account, "name": "n", "tokenHash": "h", "prefix": prefix,
        "lastUsedAt": null, "expiresAt": null, "createdAt": DATE, "revoked": false, "domainId": "d", "orgId": "o"}),
    )
}

pub fn signing_key(id: &str) -> SigningKeyRecord {
    from(json!({"id": id, "kid": "k", "use": "access", "algorithm": "ES256", "privateKey": "pem", "createdAt": DATE}))
}

pub fn ending_key(id: &str, expires: Timestamp) -> SigningKeyRecord {
    SigningKeyRecord {
        signs_from: Some(date()),
        expires: Some(expires),
        ..signing_key(id)
    }
}

/// The session's record is damaged, which is said without showing anything of it: it holds the word "s3cret".
pub async fn is_a_damaged_session(store: &Store, id: &str) {
    let error = store.get::<SessionRecord>(id).await.unwrap_err();
    assert!(
        matches!(
            error,
            StorageError::Corrupt {
                kind: Kind::Session,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("s3cret"));
}
