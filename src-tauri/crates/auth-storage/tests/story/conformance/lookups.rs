//! Looking for documents by their fields.

use auth_core::models::{ApiTokenModel, AuthAccountModel, AuthUserModel, ServiceAccountModel};
use auth_core::storage::{Kind, Lookup, Page, SessionRecord, SigningKeyRecord, Store};

use super::found;
use crate::samples::{account, date, service_account, session, user};

pub async fn they_find_what_they_name_and_nothing_else(store: &Store) {
    let by_email = |domain_id, email| Lookup::UserByEmail { domain_id, email };
    assert_eq!(
        found::<AuthUserModel>(store, by_email("another domain", "one@example.com")).await,
        ["u3"]
    );
    for (domain, email) in [
        ("unique", "nobody@example.com"),
        ("no domain", "one@example.com"),
        ("", ""),
    ] {
        assert!(found::<AuthUserModel>(store, by_email(domain, email)).await.is_empty());
    }
    store.insert(&session("s2", "look", date())).await.unwrap();
    store.insert(&session("s1", "look", date())).await.unwrap();
    assert_eq!(
        found::<SessionRecord>(store, Lookup::SessionsByUser { user_id: "look" }).await,
        ["s1", "s2"]
    );
    let at_provider = Lookup::AccountByProvider {
        domain_id: "unique",
        provider: "github",
        provider_account_id: "7",
    };
    assert_eq!(found::<AuthAccountModel>(store, at_provider).await, ["a1"]);
    assert_eq!(
        found::<AuthAccountModel>(store, Lookup::AccountsByUser { user_id: "u3" }).await,
        ["a2"]
    );
    for (id, org) in [("sa1", "x"), ("sa2", "y")] {
        store.insert(&service_account(id, "look", org)).await.unwrap();
    }
    let by_org = Lookup::ServiceAccountsByOrg {
        domain_id: "look",
        org_id: "y",
    };
    assert_eq!(found::<ServiceAccountModel>(store, by_org).await, ["sa2"]);
    let by_prefix = Lookup::ApiTokenByPrefix { prefix: "epic_live_1" };
    let token = store.find_one::<ApiTokenModel>(by_prefix).await.unwrap().unwrap();
    assert_eq!(token.record.id, "t1");
    let by_account = Lookup::ApiTokensByServiceAccount {
        service_account_id: "s",
    };
    assert_eq!(found::<ApiTokenModel>(store, by_account).await, ["t1"]);
    assert_eq!(
        found::<SigningKeyRecord>(store, Lookup::SigningKeys).await,
        ["access-1", "round"]
    );
    let service_accounts = Lookup::All {
        kind: Kind::ServiceAccount,
    };
    assert_eq!(
        found::<ServiceAccountModel>(store, service_accounts).await,
        ["round", "sa1", "sa2"]
    );
}

/// Of the user that the story of unique keys has left.
pub async fn they_follow_a_change_at_once(store: &Store) {
    let by_email = |domain_id, email| Lookup::UserByEmail { domain_id, email };
    let mut moved = store.get::<AuthUserModel>("u3").await.unwrap().unwrap();
    moved.record.email = "moved@example.com".to_owned();
    store.replace(&moved.record, &moved.version).await.unwrap();
    assert!(
        found::<AuthUserModel>(store, by_email("another domain", "one@example.com"))
            .await
            .is_empty()
    );
    assert_eq!(
        found::<AuthUserModel>(store, by_email("another domain", "moved@example.com")).await,
        ["u3"]
    );
}

pub async fn what_lacks_the_field_is_not_found_and_takes_no_key(store: &Store) {
    for id in ["nowhere-1", "nowhere-2"] {
        let mut nowhere = user(id, "", "nowhere@example.com");
        nowhere.domain_id = None;
        store.insert(&nowhere).await.unwrap();
        let mut at_provider = account(id, "", "nobody", "nowhere");
        at_provider.domain_id = None;
        store.insert(&at_provider).await.unwrap();
    }
    let by_email = Lookup::UserByEmail {
        domain_id: "",
        email: "nowhere@example.com",
    };
    assert!(found::<AuthUserModel>(store, by_email).await.is_empty());
    let by_user = Lookup::AccountsByUser { user_id: "nobody" };
    assert_eq!(
        found::<AuthAccountModel>(store, by_user).await,
        ["nowhere-1", "nowhere-2"]
    );
}

pub async fn answers_come_in_pages(store: &Store) {
    for number in 0..7 {
        store
            .insert(&session(&format!("page-{number}"), "pages", date()))
            .await
            .unwrap();
    }
    let (mut page, mut sizes, mut ids) = (Page::first(3), Vec::new(), Vec::new());
    loop {
        let part = store
            .find::<SessionRecord>(Lookup::SessionsByUser { user_id: "pages" }, &page)
            .await
            .unwrap();
        let Some(last) = part.last() else { break };
        page.after = Some(last.record.session.id.clone());
        sizes.push(part.len());
        ids.extend(part.into_iter().map(|stored| stored.record.session.id));
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert!(ids.is_sorted() && ids.len() == 7, "{ids:?}");
}
