//! The keychain against a real keyring daemon on a private session bus.

mod beside;
mod driver;
mod faults;
mod splitting;

use driver::Driver;
use testbed::{Desktop, Keyring};

const SERVICE: &str = "FlowState Accounts";

#[tokio::test]
async fn an_item_is_kept_found_replaced_and_forgotten() {
    let desktop = Desktop::start().await.unwrap();
    let keyring = Keyring::unlocked(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    assert_eq!(driver.say("read prod").await, "none");
    assert_eq!(driver.say("write prod first").await, "done");
    assert_eq!(driver.say("write prod second").await, "done");
    assert_eq!(driver.say("read prod").await, "some second");

    let items = keyring.search("service", SERVICE).await.unwrap();
    let [item] = &items[..] else { panic!("{items:?}") };
    assert_eq!(item.label, "FlowState: prod (https://auth.example.com)");
    assert_eq!(item.attributes["username"], "prod@https://auth.example.com/default");
    assert_eq!(item.secret, b"second");

    assert_eq!(driver.say("delete prod").await, "done");
    assert_eq!(driver.say("delete prod").await, "done", "that there is none is fine");
    assert_eq!(driver.say("read prod").await, "none");
    assert!(keyring.search("service", SERVICE).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_person_finds_the_item_with_other_programs() {
    let desktop = Desktop::start().await.unwrap();
    let _keyring = Keyring::unlocked(&desktop).await.unwrap();
    Driver::start(&desktop).say("write prod tok").await;
    let seen = desktop
        .command("secret-tool")
        .args(["search", "--all", "service", SERVICE])
        .output()
        .await
        .unwrap();
    let seen = String::from_utf8_lossy(&seen.stdout).into_owned();
    assert!(
        seen.contains("label = FlowState: prod (https://auth.example.com)") && seen.contains("secret = tok"),
        "{seen}"
    );
}

#[tokio::test]
async fn each_config_folder_and_each_address_has_items_of_its_own() {
    let desktop = Desktop::start().await.unwrap();
    let keyring = Keyring::unlocked(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    driver.say("write prod usual").await;
    driver.say("scope /tmp/other").await;
    assert_eq!(driver.say("read prod").await, "none");
    driver.say("write prod other").await;
    driver.say("address https://evil.example.com").await;
    assert_eq!(driver.say("read prod").await, "none");
    let items = keyring.search("service", SERVICE).await.unwrap();
    let mut users: Vec<_> = items.iter().map(|item| item.attributes["username"].as_str()).collect();
    users.sort_unstable();
    assert_eq!(
        users,
        [
            "prod@https://auth.example.com/default",
            "prod@https://auth.example.com/default (/tmp/other)"
        ]
    );
}
