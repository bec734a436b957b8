//! Beside other programs that write.

use testbed::{Desktop, Keyring};

use super::driver::Driver;

/// gnome-keyring may not know its own items while a write of another program is under way, the rest of a killed one's included. A session
/// is not lost for that.
#[tokio::test]
#[ignore = "takes most of a minute"]
async fn an_item_is_never_missed() {
    let desktop = Desktop::start().await.unwrap();
    let _keyring = Keyring::unlocked(&desktop).await.unwrap();
    let mut reader = Driver::start(&desktop);
    assert_eq!(reader.say("write prod tok").await, "done");
    for round in 0..20 {
        let mut writer = Driver::start(&desktop);
        writer.order("alternate other one two").await;
        writer.answer().await;
        assert_eq!(reader.say("missed prod 500").await, "0", "round {round}");
        writer.kill().await;
        assert_eq!(reader.say("read prod").await, "some tok", "round {round}");
    }
}
