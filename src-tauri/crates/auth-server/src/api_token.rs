//! The text of an API token: `epic_live_` or `epic_test_` and 32 characters.

use auth_core::Secret;
use auth_core::wire::TokenEnvironment;

use crate::random::{RandomError, Randomness};

/// The characters after the environment's name.
const SECRET: usize = 32;
/// Of these the first belong to the prefix, which is stored as it is; the rest has more than 140 bits that nobody can guess.
const SHOWN: usize = 8;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A text that has the form of an API token.
#[derive(Debug, Clone)]
pub struct ApiToken(Secret);

impl ApiToken {
    /// A new one.
    pub fn new(random: &dyn Randomness, environment: TokenEnvironment) -> Result<Self, RandomError> {
        let mut text = start(environment).to_owned();
        let end = text.len() + SECRET;
        while text.len() < end {
            let mut bytes = [0; SECRET];
            random.fill(&mut bytes)?;
            // A byte beyond the last whole alphabet would make its first characters likelier.
            let fair = bytes.iter().filter(|byte| usize::from(**byte) < 256 / 62 * 62);
            let letters = fair.map(|byte| char::from(ALPHABET[usize::from(*byte) % 62]));
            text.extend(letters.take(end - text.len()));
        }
        Ok(Self(Secret::new(text)))
    }

    /// Takes a text that has the form; whether it is anybody's token the storage knows.
    pub fn parse(text: &Secret) -> Option<Self> {
        let rest = [TokenEnvironment::Live, TokenEnvironment::Test]
            .into_iter()
            .find_map(|environment| text.expose().strip_prefix(start(environment)))?;
        let fits = rest.len() == SECRET && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.clone()))
    }

    /// Whether a bearer means to be one.
    pub fn is_meant(text: &Secret) -> bool {
        text.expose().starts_with("epic_")
    }

    /// The part by which it is found.
    pub fn prefix(&self) -> &str {
        let end = self.0.expose().len() - SECRET + SHOWN;
        &self.0.expose()[..end]
    }

    /// The whole of it.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

fn start(environment: TokenEnvironment) -> &'static str {
    match environment {
        TokenEnvironment::Live => "epic_live_",
        TokenEnvironment::Test => "epic_test_",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandomness;

    #[test]
    fn a_new_token_has_the_form_and_is_read_back() {
        for environment in [TokenEnvironment::Live, TokenEnvironment::Test] {
            let token = ApiToken::new(&SystemRandomness, environment).unwrap();
            let text = token.secret().expose();
            assert_eq!(text.len(), 42);
            assert!(text.starts_with(token.prefix()) && token.prefix().len() == 18);
            assert_eq!(ApiToken::parse(token.secret()).unwrap().prefix(), token.prefix());
            let other = ApiToken::new(&SystemRandomness, environment).unwrap();
            assert_ne!(other.secret(), token.secret());
        }
    }

    #[test]
    fn other_texts_are_none() {
        let body = "a".repeat(32);
        for text in [
            String::new(),
            "epic_live_".into(),
            body.clone(),
            format!("epic_prod_{body}"),
            format!("EPIC_LIVE_{body}"),
            format!("epic_live_{body}a"),
            format!("epic_live_{}", &body[1..]),
            format!("epic_live_{}\u{e9}", &body[2..]),
            format!("epic_live_{} ", &body[1..]),
        ] {
            assert!(ApiToken::parse(&Secret::new(text.clone())).is_none(), "{text}");
        }
    }

    #[derive(Debug)]
    struct Highest;

    impl Randomness for Highest {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
            for (index, byte) in bytes.iter_mut().enumerate() {
                *byte = if index % 2 == 0 { 255 } else { 61 };
            }
            Ok(())
        }
    }

    #[test]
    fn bytes_beyond_the_last_whole_alphabet_are_drawn_again() {
        let token = ApiToken::new(&Highest, TokenEnvironment::Live).unwrap();
        assert_eq!(token.secret().expose(), format!("epic_live_{}", "z".repeat(32)));
    }
}
