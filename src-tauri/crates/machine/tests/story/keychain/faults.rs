use testbed::{Desktop, Keyring, Prompter};

use super::driver::Driver;

#[tokio::test]
async fn a_locked_keychain_is_left_alone_when_nobody_is_asked() {
    let desktop = Desktop::start().await.unwrap();
    let keyring = Keyring::unlocked(&desktop).await.unwrap();
    // Whoever opened a prompt here would wait for ever, not learn that it is locked.
    let _prompter = Prompter::start(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    driver.say("write prod tok").await;
    keyring.lock().await.unwrap();
    for order in [
        "read prod",
        "read other",
        "write prod new",
        "write other new",
        "delete prod",
    ] {
        assert_eq!(driver.say(order).await, "locked", "{order}");
    }
    keyring.unlock().await.unwrap();
    assert_eq!(driver.say("read prod").await, "some tok");
    assert_eq!(driver.say("read other").await, "none");
}

#[tokio::test]
async fn it_asks_where_a_person_is_present_and_waits_no_longer_than_its_deadline() {
    let desktop = Desktop::start().await.unwrap();
    let _keyring = Keyring::locked(&desktop).await.unwrap();
    let mut prompter = Prompter::start(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    driver.say("asking 2000").await;
    driver.order("write prod tok").await;
    prompter.wait_for_prompt().await.unwrap();
    assert_eq!(driver.answer().await, "timed out");
}

#[tokio::test]
async fn a_prompt_that_is_dismissed_leaves_it_locked() {
    let desktop = Desktop::start().await.unwrap();
    let _keyring = Keyring::locked(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    driver.say("asking 60000").await;
    assert_eq!(driver.say("write prod tok").await, "locked");
}

#[tokio::test]
async fn without_a_keyring_or_a_bus_it_is_absent() {
    let desktop = Desktop::start().await.unwrap();
    let mut driver = Driver::start(&desktop);
    assert_eq!(driver.say("read prod").await, "absent");
    let keyring = Keyring::unlocked(&desktop).await.unwrap();
    assert_eq!(driver.say("write prod tok").await, "done", "it came late");
    keyring.stop().await.unwrap();
    assert_eq!(driver.say("read prod").await, "absent");
    let mut without_bus = Driver::without(&desktop, "DBUS_SESSION_BUS_ADDRESS");
    assert_eq!(without_bus.say("read prod").await, "absent");
}

#[tokio::test]
async fn a_daemon_that_was_restarted_is_spoken_to_again() {
    let desktop = Desktop::start().await.unwrap();
    let mut keyring = Keyring::unlocked(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    driver.say("write prod tok").await;
    keyring.restart().await.unwrap();
    assert_eq!(driver.say("read prod").await, "some tok");
    keyring.restart().await.unwrap();
    assert_eq!(driver.say("write prod new").await, "done");
    assert_eq!(driver.say("read prod").await, "some new");
}

#[tokio::test]
async fn a_deaf_daemon_is_not_waited_for_and_works_again_later() {
    let desktop = Desktop::start().await.unwrap();
    let keyring = Keyring::unlocked(&desktop).await.unwrap();
    let mut driver = Driver::start(&desktop);
    driver.say("write prod tok").await;
    keyring.freeze().unwrap();
    driver.say("deadline 100").await;
    assert_eq!(driver.say("read prod").await, "timed out");
    assert_eq!(driver.say("delete prod").await, "timed out");
    keyring.thaw().unwrap();
    driver.say("deadline 20000").await;
    assert_eq!(
        driver.say("read prod").await,
        "some tok",
        "nobody waited for the delete any more, so it was not begun"
    );
}
