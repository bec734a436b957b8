//! What older command lines of the stack ask of a stored session.

use std::time::Duration;

use accounts::ports::{ApiError, AuthApi, NotRefreshed, Server};
use auth_core::config::StoredAuth;

use super::CliAuthService;

/// A token with less than this left is refreshed before it is handed out, milliseconds.
const REFRESH_UNDER: u64 = 60_000;

impl CliAuthService {
    /// Whether the access token has ended.
    pub fn is_expired(&self, auth: &StoredAuth) -> bool {
        self.get_time_remaining(auth).is_zero()
    }

    /// Whether the access token has less than 60 s left.
    pub fn needs_refresh(&self, auth: &StoredAuth) -> bool {
        auth.expires_at.saturating_sub(self.clock.now()) < REFRESH_UNDER
    }

    /// How long the access token is still good for; nothing once it has ended.
    pub fn get_time_remaining(&self, auth: &StoredAuth) -> Duration {
        Duration::from_millis(auth.expires_at.saturating_sub(self.clock.now()))
    }

    /// The same for people, in its two greatest units: "2 h 5 min", "14 min 3 s", "42 s", "expired".
    pub fn format_time_remaining(&self, auth: &StoredAuth) -> String {
        let left = self.get_time_remaining(auth);
        let (days, hours, minutes, seconds) = (
            left.as_secs() / 86_400,
            left.as_secs() / 3600 % 24,
            left.as_secs() / 60 % 60,
            left.as_secs() % 60,
        );
        match (days, hours, minutes) {
            _ if left.is_zero() => "expired".to_owned(),
            (0, 0, 0) => format!("{seconds} s"),
            (0, 0, _) => format!("{minutes} min {seconds} s"),
            (0, _, _) => format!("{hours} h {minutes} min"),
            _ => format!("{days} d {hours} h"),
        }
    }

    /// The session with an access token that is good for 60 s at least: as it is, or refreshed. The caller keeps the new
    /// refresh token before it uses anything else of it.
    ///
    /// # Errors
    /// [`NotRefreshed`], whose `next` is to be kept; [`ApiError::Unauthorized`] where a refresh is due and `auth` holds no refresh token.
    pub async fn get_valid_token(&self, server: &Server, auth: &StoredAuth) -> Result<StoredAuth, NotRefreshed> {
        if !self.needs_refresh(auth) {
            return Ok(auth.clone());
        }
        if auth.refresh_token.is_empty() {
            let url = server.url.clone();
            return Err(ApiError::Unauthorized { url }.into());
        }
        let tokens = self.refresh(server, &auth.refresh_token).await?;
        Ok(StoredAuth {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token.unwrap_or_else(|| auth.refresh_token.clone()),
            expires_at: tokens.expires_at,
            user_id: tokens.user_id,
            email: tokens.email,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use accounts::ports::{Clock, UnixMillis};
    use async_trait::async_trait;
    use auth_core::Secret;

    use super::*;

    const NOW: UnixMillis = 1_790_000_000_000;

    struct Standing;

    #[async_trait]
    impl Clock for Standing {
        fn now(&self) -> UnixMillis {
            NOW
        }

        async fn wait_until(&self, _at: UnixMillis) {}
    }

    fn auth(expires_at: UnixMillis) -> StoredAuth {
        StoredAuth {
            access_token: Secret::new("a"),
            refresh_token: Secret::new(""),
            expires_at,
            user_id: "u".into(),
            email: "e@x.y".into(),
        }
    }

    #[test]
    fn a_minute_before_its_end_a_token_needs_a_refresh() {
        let service = CliAuthService::new(Arc::new(Standing));
        let looks = |left: i64| {
            let auth = auth(NOW.saturating_add_signed(left));
            (service.is_expired(&auth), service.needs_refresh(&auth))
        };
        assert_eq!(looks(60_000), (false, false));
        assert_eq!(looks(59_999), (false, true));
        assert_eq!(looks(1), (false, true));
        assert_eq!(looks(0), (true, true));
        assert_eq!(looks(-5), (true, true));
    }

    #[test]
    fn the_time_left_is_told_in_two_units() {
        let service = CliAuthService::new(Arc::new(Standing));
        for (seconds, text) in [
            (0, "expired"),
            (42, "42 s"),
            (14 * 60 + 3, "14 min 3 s"),
            (2 * 3600 + 5 * 60 + 59, "2 h 5 min"),
            (26 * 3600, "1 d 2 h"),
        ] {
            assert_eq!(service.format_time_remaining(&auth(NOW + seconds * 1000)), text);
        }
    }
}
