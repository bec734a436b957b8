//! Accounts with other providers are stored and read.

use auth_core::Secret;
use auth_core::models::AuthAccountType;
use auth_server::{AuthError, ProviderAccount};
use reqwest::StatusCode;
use serde_json::json;

use crate::world::{ADA, World, reply};

fn account(id: &str) -> ProviderAccount {
    ProviderAccount {
        account_type: AuthAccountType::Oidc,
        provider: "github".into(),
        provider_account_id: id.into(),
        refresh_token: Some(Secret::new("refresh")),
        access_token: Some(Secret::new("access")),
        expires_at: Some(1_800_000_000),
        token_type: Some("bearer".into()),
        scope: Some("read:user".into()),
        id_token: None,
    }
}

async fn person(world: &World, email: &str) -> String {
    world.sign_in(email).await["userId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_is_linked_read_and_kept_up_to_date() {
    let world = World::new().await;
    let ada = person(&world, ADA).await;
    let accounts = &world.accounts;
    assert_eq!(accounts.by_provider("default", "github", "7").await.unwrap(), None);
    let linked = accounts.link("default", &ada, account("7")).await.unwrap();
    assert_eq!(
        (linked.user_id.as_str(), linked.domain_id.as_deref()),
        (ada.as_str(), Some("default"))
    );
    world.pass(60);
    accounts.link("default", &ada, account("8")).await.unwrap();
    let renewed = ProviderAccount {
        access_token: Some(Secret::new("newer")),
        ..account("7")
    };
    let again = accounts.link("default", &ada, renewed).await.unwrap();
    assert_eq!((&again.id, again.created_at), (&linked.id, linked.created_at));
    assert!(again.updated_at > linked.updated_at);
    let read = accounts.by_provider("default", "github", "7").await.unwrap();
    assert_eq!(read.unwrap().access_token, Some(Secret::new("newer")));
    let all = accounts.of_user("default", &ada).await.unwrap();
    let names: Vec<_> = all.iter().map(|model| model.provider_account_id.as_str()).collect();
    assert_eq!(names, ["7", "8"]);
}

#[tokio::test]
async fn an_account_has_one_person_and_domains_do_not_see_each_other() {
    let world = World::new().await;
    let (ada, eve) = (person(&world, ADA).await, person(&world, "eve@example.com").await);
    let accounts = &world.accounts;
    accounts.link("default", &ada, account("7")).await.unwrap();
    let taken = accounts.link("default", &eve, account("7")).await;
    assert!(matches!(taken, Err(AuthError::AccountTaken)), "{taken:?}");
    for (domain, user) in [("second", ada.as_str()), ("default", "nobody")] {
        let nobody = accounts.link(domain, user, account("9")).await;
        assert!(matches!(nobody, Err(AuthError::NoSuch { .. })), "{nobody:?}");
    }
    assert_eq!(accounts.by_provider("second", "github", "7").await.unwrap(), None);
    assert!(accounts.of_user("second", &ada).await.unwrap().is_empty());
    let empty = accounts.link("default", &ada, account(" ")).await;
    assert!(matches!(empty, Err(AuthError::EmptyField { .. })), "{empty:?}");

    let body = json!({"email": ADA, "domainId": "second"});
    reply(world.post("/auth/send-code", &body))
        .await
        .ok(StatusCode::ACCEPTED);
    let body = json!({"email": ADA, "domainId": "second", "code": world.code(ADA)});
    let second = reply(world.post("/auth/verify-code", &body)).await.ok(StatusCode::OK);
    let second = second["userId"].as_str().unwrap();
    accounts.link("second", second, account("7")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_link_the_same_account_at_once_agree() {
    let world = World::new().await;
    let (ada, eve) = (person(&world, ADA).await, person(&world, "eve@example.com").await);
    let link = |user: &str| {
        let (accounts, user) = (world.accounts.clone(), user.to_owned());
        tokio::spawn(async move { accounts.link("default", &user, account("7")).await.is_ok() })
    };
    let (first, second) = tokio::join!(link(&ada), link(&eve));
    assert_ne!(first.unwrap(), second.unwrap(), "one of them has it");
}
