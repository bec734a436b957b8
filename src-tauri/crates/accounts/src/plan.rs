//! When to refresh: pure, so that days pass in a test.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use auth_core::Secret;
use auth_core::config::StoredAuth;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::ports::UnixMillis;

const MINUTE: u64 = 60_000;
/// Where a token does not say how long it lives: the life our own server gives.
const USUAL_LIFE: u64 = 15 * MINUTE;

/// How long the access token lives in all, milliseconds: its `exp` less its `iat`. The token is not trusted here, only looked at;
/// one that says nothing useful counts as living 15 minutes.
pub fn life(auth: &StoredAuth) -> u64 {
    stated_life(auth).unwrap_or(USUAL_LIFE)
}

fn stated_life(auth: &StoredAuth) -> Option<u64> {
    let times = times(&auth.access_token)?;
    let life = times.exp? - times.iat?;
    (life > 0.0).then_some((life * 1000.0) as u64)
}

/// Which of two refresh tokens was issued later, as far as they can be looked into (many may be of one second, so that their
/// generation counts too); else the file's, because an older tool that rotates by itself writes only there.
pub(crate) fn newer_token(kept: Secret, in_file: Secret) -> Secret {
    let issued = |token: &Secret| times(token).and_then(|times| Some((times.iat?, times.generation.unwrap_or(0.0))));
    match (issued(&kept), issued(&in_file)) {
        (Some(ours), Some(theirs)) if ours > theirs => kept,
        _ => in_file,
    }
}

/// The claims that are looked at; every other is passed over without being kept.
#[derive(serde::Deserialize)]
struct Times {
    iat: Option<f64>,
    exp: Option<f64>,
    #[serde(rename = "gen")]
    generation: Option<f64>,
}

fn times(token: &Secret) -> Option<Times> {
    let part = token.expose().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// How long before its end a token of that life is refreshed: a fifth of the life, at most five minutes, at least one minute,
/// and never more than half the life, or a short-lived token would be refreshed on every look.
pub fn margin(life: u64) -> u64 {
    (life / 5).clamp(MINUTE, 5 * MINUTE).min(life / 2)
}

/// How much earlier than planned it may be refreshed, so that many share one wake-up: at most 15 s.
pub fn slack(auth: &StoredAuth) -> u64 {
    (margin(life(auth)) / 4).min(15_000)
}

/// Whether the token has `min_ttl` left; half its life is always enough. One that seems to have more left than it lives in all
/// was written before the clock was set back: nobody knows when it ends.
pub fn fresh_enough(auth: &StoredAuth, now: UnixMillis, min_ttl: Duration) -> bool {
    let most = stated_life(auth).map(|life| now.saturating_add(life).saturating_add(MINUTE));
    if most.is_some_and(|most| auth.expires_at > most) {
        return false;
    }
    let wanted = u64::try_from(min_ttl.as_millis())
        .unwrap_or(u64::MAX)
        .min(life(auth) / 2);
    auth.expires_at > now.saturating_add(wanted)
}

/// When the session of `server` is to be refreshed. Up to a tenth of the margin earlier, always the same for one token but
/// different from the next, so that a thousand machines do not ask in the same second.
pub fn refresh_at(server: &str, auth: &StoredAuth) -> UnixMillis {
    let margin = margin(life(auth));
    auth.expires_at
        .saturating_sub(margin + spread((server, &auth.user_id, auth.expires_at), margin / 10))
}

/// How long to leave a server alone after `failures` failures in a row: 5 s, doubled each time, at most 5 min, a quarter of it spread;
/// what the server asked for (`retry_after`) is the least.
pub fn backoff(server: &str, failures: u32, now: UnixMillis, retry_after: Option<Duration>) -> UnixMillis {
    let wait = 5_000u64
        .saturating_mul(1 << failures.saturating_sub(1).min(10))
        .min(5 * MINUTE);
    let wait = wait - spread((server, failures, now), wait / 4);
    let asked = retry_after.unwrap_or_default().min(Duration::from_secs(3600));
    now + wait.max(asked.as_millis() as u64)
}

/// A number below `width` that depends on nothing but `seed`.
fn spread(seed: impl Hash, width: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    if width == 0 { 0 } else { hasher.finish() % width }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(iat: u64, exp: u64) -> StoredAuth {
        let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"iat":{iat},"exp":{exp}}}"#));
        StoredAuth {
            access_token: Secret::new(format!("h.{claims}.s")),
            refresh_token: Secret::new(""),
            expires_at: exp * 1000,
            user_id: "u".into(),
            email: "e@x.y".into(),
        }
    }

    #[test]
    fn the_margin_follows_the_life() {
        assert_eq!(margin(USUAL_LIFE), 3 * MINUTE);
        assert_eq!(margin(24 * 60 * MINUTE), 5 * MINUTE);
        assert_eq!(margin(4 * MINUTE), MINUTE);
        assert_eq!(margin(MINUTE), MINUTE / 2);
        assert_eq!(margin(0), 0);
    }

    #[test]
    fn a_token_that_says_nothing_lives_the_usual_time() {
        assert_eq!(life(&token(100, 160)), 60_000);
        for text in ["", "opaque", "a.b.c", "a.e30.c"] {
            assert_eq!(
                life(&StoredAuth {
                    access_token: Secret::new(text),
                    ..token(0, 1)
                }),
                USUAL_LIFE,
                "{text}"
            );
        }
        assert_eq!(life(&token(160, 100)), USUAL_LIFE);
    }

    #[test]
    fn the_newer_of_two_tokens_is_told_by_second_and_generation() {
        let token = |claims: &str| Secret::new(format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims)));
        let newer_is_kept = |kept: &str, in_file: &str| {
            let kept = token(kept);
            newer_token(kept.clone(), token(in_file)) == kept
        };
        assert!(newer_is_kept(r#"{"iat":8,"gen":1}"#, r#"{"iat":7,"gen":9}"#));
        assert!(!newer_is_kept(r#"{"iat":7,"gen":9}"#, r#"{"iat":8,"gen":1}"#));
        assert!(newer_is_kept(r#"{"iat":7,"gen":3}"#, r#"{"iat":7,"gen":2}"#));
        assert!(!newer_is_kept(r#"{"iat":7,"gen":2}"#, r#"{"iat":7,"gen":3}"#));
        assert!(!newer_is_kept(r#"{"iat":7}"#, r#"{"iat":7,"jti":1}"#));
        assert!(!newer_is_kept("{}", r#"{"iat":7}"#));
    }

    #[test]
    fn half_the_life_is_always_fresh_enough() {
        let auth = token(1_000, 1_060);
        assert!(fresh_enough(&auth, 1_029_999, Duration::from_secs(3600)));
        assert!(!fresh_enough(&auth, 1_030_000, Duration::from_secs(3600)));
        assert!(!fresh_enough(&auth, 1_030_000, Duration::MAX));
        assert!(fresh_enough(&auth, 1_049_000, Duration::from_secs(10)));
        assert!(!fresh_enough(&auth, 1_060_000, Duration::ZERO));
        // Written by a clock that has been set back since.
        assert!(fresh_enough(&auth, 940_000, Duration::ZERO));
        assert!(!fresh_enough(&auth, 939_999, Duration::ZERO));
    }

    #[test]
    fn the_refresh_is_before_the_margin_and_not_much_before() {
        let auth = token(0, 900);
        let at = refresh_at("prod", &auth);
        assert!((720_000 - 18_000..=720_000).contains(&at), "{at}");
        assert_eq!(at, refresh_at("prod", &auth), "looking twice does not move it");
        assert!(
            (0..20)
                .map(|n| refresh_at(&format!("s{n}"), &auth))
                .any(|other| other != at)
        );
    }

    #[test]
    fn failures_are_spaced_out_and_the_server_may_ask_for_more() {
        let wait = |failures| backoff("prod", failures, 0, None);
        assert!((3_750..=5_000).contains(&wait(1)));
        assert!((7_500..=10_000).contains(&wait(2)));
        assert!((225_000..=300_000).contains(&wait(40)));
        assert_eq!(backoff("prod", 1, 1_000, Some(Duration::from_secs(90))), 91_000);
    }
}
