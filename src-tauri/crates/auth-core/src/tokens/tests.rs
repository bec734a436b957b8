use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::Secret;
use crate::models::Timestamp;

const ISSUER: &str = "https://auth.example.com";
const ALGORITHMS: [SigningAlgorithm; 3] = [
    SigningAlgorithm::RS256,
    SigningAlgorithm::ES256,
    SigningAlgorithm::EdDSA,
];

fn now() -> Timestamp {
    Timestamp::from_seconds(1_790_000_000)
}

fn ring(algorithm: SigningAlgorithm) -> KeyRing {
    KeyRing {
        current: SigningKey::generate(algorithm).unwrap(),
        former: Vec::new(),
    }
}

fn manager(algorithm: SigningAlgorithm) -> TokenManager {
    TokenManager::new(ISSUER, ring(algorithm), ring(SigningAlgorithm::EdDSA))
}

fn payload() -> AccessTokenPayload {
    AccessTokenPayload {
        user_id: "u".into(),
        email: "ada@example.com".into(),
        domain_id: "d".into(),
        org_id: "org-d".into(),
        scopes: Some(vec!["admin".into()]),
    }
}

fn access(tokens: &TokenManager) -> Secret {
    tokens.create_access(payload(), "s", "j", now(), 900).unwrap()
}

fn refresh(tokens: &TokenManager) -> Secret {
    let payload = RefreshTokenPayload {
        user_id: "u".into(),
        session_id: "s".into(),
        domain_id: "d".into(),
    };
    tokens
        .create_refresh(payload, 7, now(), now().plus_seconds(60))
        .unwrap()
}

fn part(token: &Secret, index: usize) -> Value {
    let part = token.expose().split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The token with one part replaced by other JSON, the rest as it was.
fn forged(token: &Secret, index: usize, value: &Value) -> Secret {
    let mut parts: Vec<String> = token.expose().split('.').map(str::to_owned).collect();
    parts[index] = URL_SAFE_NO_PAD.encode(value.to_string());
    Secret::new(parts.join("."))
}

#[test]
fn every_algorithm_makes_tokens_that_the_published_keys_verify() {
    for algorithm in ALGORITHMS {
        let tokens = manager(algorithm);
        let token = access(&tokens);
        assert_eq!(part(&token, 0)["alg"], algorithm.name());
        assert_eq!(
            part(&token, 1),
            json!({"userId": "u", "email": "ada@example.com", "domainId": "d", "orgId": "org-d", "scopes": ["admin"],
                "sub": "u", "iss": ISSUER, "iat": 1_790_000_000, "exp": 1_790_000_900, "jti": "j", "sid": "s"})
        );
        let client = JwksVerifier::parse(&serde_json::to_vec(tokens.jwks()).unwrap()).unwrap();
        let claims = client.verify_access(&token, Some(ISSUER), now(), 0).unwrap();
        assert_eq!((&claims.payload, claims.sid.as_str()), (&payload(), "s"));
        assert_eq!(claims.token_claims().roles, payload().scopes);
        assert_eq!(tokens.verify_access(&token, now()).unwrap(), claims);
    }
}

#[test]
fn a_published_key_holds_no_private_part() {
    for algorithm in ALGORITHMS {
        let jwks = serde_json::to_value(manager(algorithm).jwks()).unwrap();
        let key = jwks["keys"][0].as_object().unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(!key.contains_key(private), "{private} of {algorithm:?}");
        }
        assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!(algorithm.name())));
    }
}

#[test]
fn a_stored_key_comes_back_as_the_same_key() {
    for algorithm in ALGORITHMS {
        let key = SigningKey::generate(algorithm).unwrap();
        let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!((again.kid(), again.algorithm()), (key.kid(), algorithm));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}

#[test]
fn a_key_made_by_openssl_is_taken() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    let key = SigningKey::from_pkcs8_pem(&Secret::new(pem)).unwrap();
    // The key and its thumbprint are those of RFC 8037, appendix A.
    assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(key.algorithm(), SigningAlgorithm::EdDSA);
    for text in [
        "",
        "hello",
        "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----",
    ] {
        let error = SigningKey::from_pkcs8_pem(&Secret::new(text)).unwrap_err();
        assert_eq!(error, KeyError::NotPkcs8Pem, "{text}");
    }
}

#[test]
fn tokens_end_at_their_second_and_leeway_is_the_caller_s() {
    let tokens = manager(SigningAlgorithm::EdDSA);
    let (token, keys) = (access(&tokens), JwksVerifier::new(&tokens.jwks().keys));
    let end = now().plus_seconds(900);
    let last = Timestamp::from_millis(end.as_millis() - 1);
    assert!(tokens.verify_access(&token, last).is_ok());
    assert_eq!(tokens.verify_access(&token, end), Err(VerifyError::Expired));
    assert!(keys.verify_access(&token, None, end, 5).is_ok());
    assert_eq!(
        keys.verify_access(&token, None, end.plus_seconds(5), 5),
        Err(VerifyError::Expired)
    );
    assert_eq!(
        tokens.verify_refresh(&refresh(&tokens), now().plus_seconds(60)),
        Err(VerifyError::Expired)
    );
}

#[test]
fn forged_tokens_are_told_apart() {
    for algorithm in ALGORITHMS {
        let tokens = manager(algorithm);
        let token = access(&tokens);
        let verify = |token: &Secret| tokens.verify_access(token, now()).unwrap_err();

        let mut claims = part(&token, 1);
        claims["userId"] = json!("somebody else");
        assert_eq!(verify(&forged(&token, 1, &claims)), VerifyError::BadSignature);

        let mut header = part(&token, 0);
        header["alg"] = json!("none");
        assert_eq!(verify(&forged(&token, 0, &header)), VerifyError::Malformed);
        header["alg"] = json!("HS256");
        assert_eq!(verify(&forged(&token, 0, &header)), VerifyError::WrongAlgorithm);

        let mut header = part(&token, 0);
        header["kid"] = json!("../../keys/1");
        assert_eq!(
            verify(&forged(&token, 0, &header)),
            VerifyError::UnknownKey {
                kid: "../../keys/1".into()
            }
        );
        header.as_object_mut().unwrap().remove("kid");
        assert_eq!(verify(&forged(&token, 0, &header)), VerifyError::Malformed);

        for text in ["", "a.b", "a.b.c", "....", token.expose().split_once('.').unwrap().1] {
            assert_eq!(verify(&Secret::new(text)), VerifyError::Malformed, "{text}");
        }
        let cut = token.expose().rsplit_once('.').unwrap().0;
        assert_eq!(verify(&Secret::new(format!("{cut}."))), VerifyError::BadSignature);
    }
}

#[test]
fn forged_refresh_tokens_are_told_apart_whatever_signs_them() {
    for algorithm in ALGORITHMS {
        let tokens = TokenManager::new("i", ring(SigningAlgorithm::EdDSA), ring(algorithm));
        let token = refresh(&tokens);
        assert!(tokens.verify_refresh(&token, now()).is_ok());
        let verify = |token: &Secret| tokens.verify_refresh(token, now()).unwrap_err();

        let mut claims = part(&token, 1);
        claims["gen"] = json!(8);
        assert_eq!(verify(&forged(&token, 1, &claims)), VerifyError::BadSignature);
        let mut header = part(&token, 0);
        header["alg"] = json!("HS256");
        assert_eq!(verify(&forged(&token, 0, &header)), VerifyError::WrongAlgorithm);
        header["kid"] = json!("another");
        let unknown = VerifyError::UnknownKey { kid: "another".into() };
        assert_eq!(verify(&forged(&token, 0, &header)), unknown);
        for text in ["", "a.b", "a.b.c", "....", token.expose().split_once('.').unwrap().1] {
            assert_eq!(verify(&Secret::new(text)), VerifyError::Malformed, "{text}");
        }
        let (cut, signature) = token.expose().rsplit_once('.').unwrap();
        for signature in ["", "AAAA", &signature[4..]] {
            let cut = Secret::new(format!("{cut}.{signature}"));
            assert_eq!(verify(&cut), VerifyError::BadSignature);
        }
    }
}

#[test]
fn a_token_of_another_server_is_not_ours() {
    let (ours, theirs) = (manager(SigningAlgorithm::EdDSA), manager(SigningAlgorithm::EdDSA));
    assert!(matches!(
        ours.verify_access(&access(&theirs), now()),
        Err(VerifyError::UnknownKey { .. })
    ));
    let keys = JwksVerifier::new(&ours.jwks().keys);
    assert_eq!(
        keys.verify_access(&access(&ours), Some("https://other"), now(), 0),
        Err(VerifyError::WrongIssuer)
    );
}

#[test]
fn no_kind_of_token_passes_for_another() {
    let tokens = manager(SigningAlgorithm::EdDSA);
    let options = CreateServiceTokenOptions {
        service_id: "svc".into(),
        domain_id: "d".into(),
        permissions: vec!["read".into()],
        ttl_seconds: 60,
    };
    let service = tokens.create_service(options, now()).unwrap();
    assert_eq!(
        part(&service, 1),
        json!({"sub": "svc", "type": "service", "domainId": "d", "permissions": ["read"], "iat": 1_790_000_000, "exp": 1_790_000_060})
    );
    assert_eq!(tokens.verify_service(&service, now()).unwrap().sub, "svc");
    assert_eq!(
        tokens.verify_service(&service, now().plus_seconds(60)),
        Err(VerifyError::Expired)
    );
    assert_eq!(tokens.verify_access(&service, now()), Err(VerifyError::Malformed));
    assert_eq!(
        tokens.verify_service(&access(&tokens), now()),
        Err(VerifyError::Malformed)
    );
    assert!(matches!(
        tokens.verify_access(&refresh(&tokens), now()),
        Err(VerifyError::UnknownKey { .. })
    ));
    assert!(matches!(
        tokens.verify_refresh(&access(&tokens), now()),
        Err(VerifyError::UnknownKey { .. })
    ));
}

#[test]
fn a_refresh_token_can_be_given_again() {
    let tokens = manager(SigningAlgorithm::RS256);
    assert_eq!(refresh(&tokens), refresh(&tokens));
    let claims = tokens.verify_refresh(&refresh(&tokens), now()).unwrap();
    assert_eq!(
        (
            claims.generation,
            claims.payload.session_id.as_str(),
            claims.jti.as_str()
        ),
        (7, "s", "s.7")
    );
    assert_eq!(part(&refresh(&tokens), 1)["gen"], 7);
}

#[test]
fn former_keys_are_still_believed_and_published() {
    let old = ring(SigningAlgorithm::RS256);
    let kept = SigningKey::from_pkcs8_pem(&old.current.to_pkcs8_pem().unwrap()).unwrap();
    let token = access(&TokenManager::new(ISSUER, old, ring(SigningAlgorithm::EdDSA)));
    let tokens = TokenManager::new(
        ISSUER,
        KeyRing {
            current: SigningKey::generate(SigningAlgorithm::EdDSA).unwrap(),
            former: vec![kept],
        },
        ring(SigningAlgorithm::EdDSA),
    );
    assert!(tokens.verify_access(&token, now()).is_ok());
    assert_eq!(part(&access(&tokens), 0)["alg"], "EdDSA");
    assert_eq!(tokens.jwks().keys.len(), 2);
}

#[test]
fn a_foreign_key_set_is_read_with_patience() {
    let tokens = manager(SigningAlgorithm::ES256);
    let mut jwks = serde_json::to_value(tokens.jwks()).unwrap();
    let strange =
        json!([{"kty": "oct", "k": "AAAA", "kid": "h"}, {"kty": "new", "kid": "n", "alg": "Q1"}, {"kty": "RSA"}, 7]);
    let keys = jwks["keys"].as_array_mut().unwrap();
    keys[0].as_object_mut().unwrap().remove("alg");
    keys.extend(strange.as_array().unwrap().iter().cloned());
    let client = JwksVerifier::parse(jwks.to_string().as_bytes()).unwrap();
    assert!(client.verify_access(&access(&tokens), None, now(), 0).is_ok());
    for text in ["", "<html>", "[]", "{}"] {
        assert!(
            matches!(JwksVerifier::parse(text.as_bytes()), Err(JwksError::NotJson { .. })),
            "{text}"
        );
    }
    let none = json!({"keys": strange}).to_string();
    assert!(matches!(
        JwksVerifier::parse(none.as_bytes()),
        Err(JwksError::NoUsableKey)
    ));
}
