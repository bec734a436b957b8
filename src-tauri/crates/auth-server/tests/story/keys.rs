//! §2 Tokens: keys change, and nobody is signed out.

use auth_core::Secret;
use auth_core::storage::{KeyUse, Lookup, Page, SigningKeyRecord, Store};
use auth_core::tokens::{JwksVerifier, SigningAlgorithm};
use auth_server::{Clock, KeyState, list_keys, rotate_keys};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{ADA, World, reply, settings};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn store(world: &World) -> Store {
    Store::new(world.storage.clone())
}

async fn rotate(world: &World, key_use: KeyUse, at_once: bool) -> SigningKeyRecord {
    rotate_keys(&store(world), key_use, None, at_once, world.clock.now())
        .await
        .unwrap()
}

/// The published kids, the one that signs first.
async fn published(world: &World) -> Vec<String> {
    let jwks = reply(world.get("/.well-known/jwks.json")).await.ok(StatusCode::OK);
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// What the header of a token says of its key.
fn kid(token: &Value) -> String {
    let header = token.as_str().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

async fn me(world: &World, tokens: &Value) {
    let reply = world.me(&tokens["accessToken"], Some("org-default")).await;
    reply.ok(StatusCode::OK);
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_believed_until_its_last_token_ends() {
    let world = World::new().await;
    let before = world.sign_in(ADA).await;
    let old = kid(&before["accessToken"]);
    assert_eq!(published(&world).await, std::slice::from_ref(&old));

    let new = rotate(&world, KeyUse::Access, false).await.kid;
    world.pass(15);
    assert_eq!(published(&world).await, [old.clone(), new.clone()]);
    assert_eq!(kid(&world.sign_in(ADA).await["accessToken"]), old);
    world.pass(570);
    let last = world.sign_in(ADA).await;
    assert_eq!(kid(&last["accessToken"]), old, "ten minutes are not over");
    world.pass(30);
    let next = world.refresh(&before["refreshToken"]).await.ok(StatusCode::OK);
    assert_eq!(kid(&next["accessToken"]), new);
    assert_eq!(published(&world).await, [new.clone(), old.clone()]);
    for tokens in [&before, &last, &next] {
        me(&world, tokens).await;
    }
    world.pass(2 * HOUR);
    assert_eq!(published(&world).await, std::slice::from_ref(&new));
    world.refresh(&next["refreshToken"]).await.ok(StatusCode::OK);
    // The private half goes too.
    store(&world).sweep(world.clock.now()).await.unwrap();
    let left = store(&world)
        .find::<SigningKeyRecord>(Lookup::SigningKeys, &Page::first(10))
        .await
        .unwrap();
    assert!(left.iter().all(|stored| stored.record.kid != old));
}

#[tokio::test]
async fn a_key_in_use_never_runs_out() {
    let world = World::new().await;
    let mut tokens = world.sign_in(ADA).await;
    let keys = published(&world).await;
    for _ in 0..30 {
        world.pass(29 * HOUR);
        tokens = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
        store(&world).sweep(world.clock.now()).await.unwrap();
        me(&world, &tokens).await;
    }
    assert_eq!(published(&world).await, keys);
}

#[tokio::test]
async fn a_server_that_slept_longer_than_any_token_wakes_with_its_key() {
    let world = World::new().await;
    let keys = published(&world).await;
    world.pass(40 * DAY);
    let world = world.restart(settings()).await;
    assert_eq!(published(&world).await, keys);
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn a_server_whose_clock_was_set_back_hears_of_new_keys_all_the_same() {
    // A short step is followed when a key is not known, a long one by every look.
    for back in [2, HOUR] {
        let world = World::new().await;
        world.pass(DAY);
        published(&world).await;
        world.go_back(back);
        rotate(&world, KeyUse::Access, true).await;
        rotate(&world, KeyUse::Refresh, true).await;
        let tokens = world.beside().await.sign_in(ADA).await;
        me(&world, &tokens).await;
        let next = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
        me(&world, &next).await;
    }
}

#[tokio::test]
async fn rotated_refresh_keys_sign_nobody_out() {
    let world = World::new().await;
    let (used, unused) = (world.sign_in(ADA).await, world.sign_in(ADA).await);
    rotate(&world, KeyUse::Refresh, false).await;
    world.pass(HOUR);
    let next = world.refresh(&used["refreshToken"]).await.ok(StatusCode::OK);
    assert_ne!(kid(&next["refreshToken"]), kid(&used["refreshToken"]));
    let again = world.refresh(&used["refreshToken"]).await.ok(StatusCode::OK);
    assert_eq!(
        again["refreshToken"], next["refreshToken"],
        "a lost reply is given again"
    );
    world.pass(29 * DAY);
    world.refresh(&unused["refreshToken"]).await.ok(StatusCode::OK);
    world.refresh(&next["refreshToken"]).await.ok(StatusCode::OK);
}

#[tokio::test]
async fn another_algorithm_makes_a_new_key_and_keeps_the_old_one() {
    let world = World::new().await;
    let tokens = world.sign_in(ADA).await;
    let mut changed = settings();
    changed.algorithm = SigningAlgorithm::ES256;
    let world = world.restart(changed.clone()).await;
    let algorithms = async |world: &World| {
        let document = reply(world.get("/.well-known/openid-configuration")).await;
        document.ok(StatusCode::OK)["id_token_signing_alg_values_supported"].clone()
    };
    assert_eq!(algorithms(&world).await, json!(["EdDSA", "ES256"]));
    world.pass(600);
    assert_eq!(
        algorithms(&world).await,
        json!(["ES256", "EdDSA"]),
        "the one that signs comes first"
    );
    me(&world, &tokens).await;
    let next = world.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    me(&world, &next).await;
    // The way back needs no new key: the old one has not run out.
    let world = world.restart(settings()).await;
    me(&world, &next).await;
    let back = world.refresh(&next["refreshToken"]).await.ok(StatusCode::OK);
    assert_eq!(kid(&back["accessToken"]), kid(&tokens["accessToken"]));
    assert_eq!(published(&world).await.len(), 2);
}

#[tokio::test]
async fn a_service_token_keeps_its_key_as_long_as_it_lives() {
    let world = World::new().await;
    let admin = world.admin().await;
    let body = json!({"serviceId": "gateway", "domainId": "default", "permissions": [], "ttlSeconds": 30 * DAY});
    let made = world.call(Method::POST, "/auth/service-token", &admin, body).await;
    let token = made.ok(StatusCode::OK)["access_token"].clone();
    rotate(&world, KeyUse::Access, false).await;
    world.pass(30 * DAY - 1);
    assert!(published(&world).await.contains(&kid(&token)));
    let jwks = reply(world.get("/.well-known/jwks.json")).await.ok(StatusCode::OK);
    let keys = JwksVerifier::parse(jwks.to_string().as_bytes()).unwrap();
    let secret = Secret::new(token.as_str().unwrap());
    keys.verify_service(&secret, world.clock.now(), 0).unwrap();
    world.pass(16);
    assert!(!published(&world).await.contains(&kid(&token)));
}

#[tokio::test]
async fn a_server_that_has_not_seen_a_key_yet_asks_for_it() {
    let (one, tokens) = {
        let world = World::new().await;
        let tokens = world.sign_in(ADA).await;
        (world, tokens)
    };
    let other = one.beside().await;
    one.pass(5);
    rotate(&one, KeyUse::Refresh, true).await;
    rotate(&one, KeyUse::Access, true).await;
    one.pass(10);
    // The first has looked meanwhile; the second is asked within its fifteen seconds.
    let next = one.refresh(&tokens["refreshToken"]).await.ok(StatusCode::OK);
    me(&other, &tokens).await;
    one.pass(1);
    let next = one.refresh(&next["refreshToken"]).await.ok(StatusCode::OK);
    assert_ne!(kid(&next["refreshToken"]), kid(&tokens["refreshToken"]));
    other.refresh(&next["refreshToken"]).await.ok(StatusCode::OK);
    me(&other, &next).await;
}

#[tokio::test]
async fn without_the_storage_nobody_hears_that_their_token_is_unknown() {
    let (world, other) = (World::new().await, World::new().await);
    let foreign = other.sign_in(ADA).await;
    world.pass(1);
    world
        .refresh(&foreign["refreshToken"])
        .await
        .problem(401, "invalid_grant");
    world.pass(1);
    world.storage.close().await;
    world
        .refresh(&foreign["refreshToken"])
        .await
        .problem(503, "storage_unavailable");
    world
        .me(&foreign["accessToken"], Some("org-default"))
        .await
        .problem(503, "storage_unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_begin_together_share_one_key() {
    let world = World::new().await;
    let (folder, keys) = (world.folder.clone(), published(&world).await);
    let (one, two, three) = tokio::join!(world.beside(), world.beside(), world.beside());
    for other in [one, two, three] {
        assert_eq!(published(&other).await, keys);
        other.stop().await;
    }
    drop(folder);
}

#[tokio::test]
async fn the_list_says_what_each_key_does() {
    let world = World::new().await;
    let old = published(&world).await[0].clone();
    let new = rotate(&world, KeyUse::Access, false).await;
    let listed = async || {
        let keys = list_keys(&store(&world), world.clock.now()).await.unwrap();
        let access = keys.into_iter().filter(|key| key.key_use == KeyUse::Access);
        access.map(|key| (key.kid, key.state)).collect::<Vec<_>>()
    };
    let from = new.signs_from.unwrap();
    assert_eq!(
        listed().await,
        [
            (new.kid.clone(), KeyState::SignsFrom(from)),
            (old.clone(), KeyState::Signs)
        ]
    );
    world.pass(600);
    published(&world).await;
    let now = listed().await;
    assert_eq!(now[0], (new.kid, KeyState::Signs));
    assert!(
        matches!(&now[1], (kid, KeyState::BelievedUntil(Some(_))) if *kid == old),
        "{now:?}"
    );
}
