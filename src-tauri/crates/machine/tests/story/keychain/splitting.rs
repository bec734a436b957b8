//! Secrets that are too long for one item, in a real keyring.

use std::time::Duration;

use testbed::{Desktop, Item, Keyring};

use super::SERVICE;
use super::driver::Driver;

async fn items(keyring: &Keyring) -> Vec<Item> {
    keyring.search("service", SERVICE).await.unwrap()
}

#[tokio::test]
async fn a_long_secret_lies_in_several_items_and_none_of_them_stays() {
    let desktop = Desktop::start().await.unwrap();
    let keyring = Keyring::unlocked(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    assert_eq!(driver.say("write prod kept-before").await, "done");
    driver.say("limit 200").await;
    assert_eq!(driver.say("read prod").await, "some kept-before", "written unsplit");
    let long = "0123456789".repeat(150);
    assert_eq!(driver.say(&format!("write prod {long}")).await, "done");
    let kept = items(&keyring).await;
    assert_eq!(kept.len(), 2 + 8, "{kept:?}");
    assert!(kept.iter().all(|item| item.secret.len() <= 200));
    assert!(
        kept.iter()
            .all(|item| item.label.starts_with("FlowState: prod (https://auth.example.com)"))
    );
    assert_eq!(driver.say("read prod").await, format!("some {long}"));
    let mut another = Driver::start(&desktop);
    assert_eq!(
        another.say("read prod").await,
        format!("some {long}"),
        "whatever its own limit"
    );

    let longer = "abcdefghij".repeat(200);
    assert_eq!(driver.say(&format!("write prod {longer}")).await, "done");
    assert_eq!(driver.say("read prod").await, format!("some {longer}"));
    assert_eq!(items(&keyring).await.len(), 2 + 10);
    let longest = "x".repeat(32 * 200 + 1);
    assert_eq!(driver.say(&format!("write prod {longest}")).await, "too long: 6401");
    assert_eq!(driver.say("read prod").await, format!("some {longer}"));
    assert_eq!(driver.say("write prod short").await, "done");
    assert_eq!(items(&keyring).await.len(), 1);
    driver.say(&format!("write prod {long}")).await;
    assert_eq!(driver.say("delete prod").await, "done");
    assert!(items(&keyring).await.is_empty());
}

#[tokio::test]
async fn a_writer_that_is_killed_leaves_the_old_secret_or_the_new_one() {
    let desktop = Desktop::start().await.unwrap();
    let keyring = Keyring::unlocked(&desktop).await.unwrap();
    let (one, other) = ("a".repeat(1000), "b".repeat(700));
    for round in 0..10 {
        let mut writer = Driver::start(&desktop);
        writer.say("limit 128").await;
        let first = writer.say(&format!("alternate prod {one} {other}")).await;
        assert_eq!(first, "Ok(())");
        // Another moment in each round.
        tokio::time::sleep(Duration::from_millis(7 * round)).await;
        writer.kill().await;
        let found = Driver::start(&desktop).say("read prod").await;
        assert!(
            found == format!("some {one}") || found == format!("some {other}"),
            "{round}: {found}"
        );
    }
    assert_eq!(Driver::start(&desktop).say("delete prod").await, "done");
    assert!(
        items(&keyring).await.is_empty(),
        "what the killed writers left is found"
    );
}
