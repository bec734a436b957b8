//! Whatever is said, the agent lives on and answers in whole lines.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::World;

/// Bytes, and lines that come near a request.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let near = prop::sample::select(vec![
        "{\"op\":\"token\",\"server\":",
        "{\"op\":\"exchange\",\"url\":\"",
        "\"apiToken\":\"epic_live_x\"",
        "{\"op\":\"erase\"}",
        "{\"op\":\"status\",\"config\":\"/x\"}",
        "{\"op\":{\"op\":\"status\"}}",
        "[[[[[[[[",
        "\"minTtl\":1e999",
        ":-1}",
        "\u{feff}",
        "\\ud800",
        "}",
        "\n",
    ]);
    let piece = prop_oneof![
        3 => near.prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..64),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bytes_panic_it_and_every_reply_is_one_line() {
    let world = World::new().await;
    let _agent = world.start().await;
    let mut runner = TestRunner::new(Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    });
    let handle = tokio::runtime::Handle::current();
    let checked = tokio::task::block_in_place(|| {
        runner.run(&noise(), |bytes| {
            handle.block_on(async {
                let mut raw = world.raw();
                raw.say(&bytes);
                raw.close();
                // What a line end closes is a request, or taken for one.
                let requests = bytes.iter().filter(|byte| **byte == b'\n').count();
                for _ in 0..requests {
                    let code = raw.refusal();
                    prop_assert!(
                        ["invalid_request", "other_config", "invalid_server", "unknown_server"].contains(&&*code),
                        "{}",
                        code
                    );
                }
                prop_assert_eq!(raw.line(), None);
                Ok(())
            })
        })
    });
    checked.unwrap();
    let mut raw = world.raw();
    raw.say(b"{\"op\":\"ping\"}\n");
    assert_eq!(raw.line().unwrap()["ok"], true);
}
