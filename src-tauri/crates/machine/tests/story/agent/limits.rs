//! Sizes, times and numbers are bounded.

use std::time::{Duration, Instant};

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_request_is_read_and_a_longer_one_ends_the_connection() {
    let world = World::new().await;
    let _agent = world.start().await;
    let padded = |length: usize| {
        let bare = "{\"op\":\"ping\",\"x\":\"\"}".len();
        format!("{{\"op\":\"ping\",\"x\":\"{}\"}}\n", "x".repeat(length - bare))
    };
    let mut raw = world.raw();
    raw.say(padded(64 * 1024));
    assert_eq!(raw.line().unwrap()["ok"], true);
    raw.say(padded(64 * 1024 + 1));
    assert_eq!(raw.refusal(), "invalid_request");
    assert_eq!(raw.line(), None, "the connection goes on");
    // Also where the end never comes.
    let mut raw = world.raw();
    raw.say(vec![b' '; 64 * 1024 + 1]);
    assert_eq!(raw.refusal(), "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_line_is_no_request() {
    let world = World::new().await;
    let _agent = world.start().await;
    let mut raw = world.raw();
    raw.say("{\"op\":\"ping\"}\n{\"op\":\"show\"}");
    raw.close();
    assert_eq!(raw.line().unwrap()["ok"], true);
    assert_eq!(raw.line(), None);
    assert!(world.shown.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_for_five_seconds_is_let_go() {
    let world = World::new().await;
    let _agent = world.start().await;
    let (mut silent, mut slow) = (world.raw(), world.raw());
    silent.say("{\"op\":\"ping\"}\n");
    assert!(silent.line().is_some());
    let started = Instant::now();
    // One byte now and then is no request either.
    let dripping = tokio::spawn(async move {
        while slow.try_say(" ") && slow.line_within(Duration::from_secs(1)).is_err() {}
        started.elapsed()
    });
    assert_eq!(silent.line(), None);
    for waited in [started.elapsed(), dripping.await.unwrap()] {
        assert!((4..15).contains(&waited.as_secs()), "{waited:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_connections_are_served_in_turn() {
    let world = World::new().await;
    let _agent = world.start().await;
    let mut all = Vec::new();
    for _ in 0..200 {
        let mut raw = world.raw();
        raw.say("{\"op\":\"ping\"}\n");
        all.push(raw);
    }
    for raw in &mut all[..128] {
        assert_eq!(raw.line().unwrap()["ok"], true);
    }
    let held_back = all[128].line_within(Duration::from_millis(200));
    assert!(held_back.is_err(), "more than 128 at once: {held_back:?}");
    // Each that leaves makes room for the next.
    for raw in all.split_off(128) {
        drop(all.pop());
        let mut raw = raw;
        assert_eq!(raw.line().unwrap()["ok"], true);
        all.insert(0, raw);
    }
}
