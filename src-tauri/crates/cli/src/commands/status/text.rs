//! A session in words.

use accounts::ports::UnixMillis;
use accounts::{ServerView, SessionState, Sharing, StoreKind};

use crate::output;

/// One server in a few lines.
pub(super) fn of(server: &ServerView, now: UnixMillis) -> String {
    let mark = if server.active { '*' } else { ' ' };
    let mut text = format!("{mark} {}: {}\n", server.id, state(server, now));
    text += &format!("    {}, domain {}\n", server.url, server.domain_id);
    if server.has_session() {
        let shared = match server.sharing {
            Sharing::Access => "",
            Sharing::Full => ", and in the shared file",
            Sharing::None => ", nothing in the shared file",
        };
        text += &format!("    refresh token {}{shared}\n", store(server.store));
    }
    if let Some(reason) = &server.reason {
        text += &format!("    {reason}\n");
    }
    if let Some(skew) = server.clock_skew {
        text += &format!("    {}\n", clock(skew));
    }
    text
}

/// Where a refresh token is, behind these two words.
pub(crate) fn store(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Keychain => "in the keychain",
        StoreKind::EncryptedFile => "in the encrypted file",
        StoreKind::Plaintext => "in a PLAINTEXT file",
    }
}

/// How a session stands, in a few words.
pub(crate) fn state(server: &ServerView, now: UnixMillis) -> String {
    let who = server
        .email
        .as_ref()
        .map(|email| format!(" as {email}"))
        .unwrap_or_default();
    let token = match server.expires_at {
        Some(end) if end > now => format!("token good for {}", output::span(end - now)),
        Some(_) => "but the token has ended".to_owned(),
        None => "no token at hand".to_owned(),
    };
    match server.state {
        SessionState::SignedIn | SessionState::Refreshing | SessionState::Expired => {
            format!("signed in{who}, {token}")
        }
        SessionState::Offline => format!("signed in{who}, server out of reach, {token}"),
        SessionState::SignedOut => "signed out".to_owned(),
        SessionState::SignInNeeded => format!("sign-in needed{who}"),
        SessionState::Locked => format!("signed in{who}, but the credential store does not open"),
    }
}

/// The clock that differs is this computer's as far as anybody here can tell.
pub(super) fn clock(skew: i64) -> String {
    let by = output::span(skew.unsigned_abs().saturating_mul(1000));
    let way = if skew > 0 { "behind" } else { "ahead of" };
    format!("this computer's clock is {by} {way} the server's; set it right (turn on its network time)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_clock_is_ahead_is_told_from_here() {
        assert!(clock(300).contains("clock is 5 min behind the server's"));
        assert!(clock(-7200).contains("clock is 2 h 0 min ahead of the server's"));
    }
}
