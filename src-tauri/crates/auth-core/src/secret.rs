//! The one type that holds a secret.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serializer};
use subtle::ConstantTimeEq;

/// Text that must not be seen: tokens, codes, passwords.
///
/// It has no `Display` and no `Serialize`, its `Debug` shows nothing (not even the length), its memory is
/// zeroed on drop and it compares in constant time. Where a secret must go out — a request body, the shared file —
/// the call of [`Secret::expose`] or [`Secret::expose_on_wire`] says so in the code.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is no text at all; the shared file holds `""` where a refresh token is kept elsewhere.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Whether the text is the same, not in constant time: for noticing a change where nobody could learn from the time it takes.
    pub fn is_unchanged(&self, before: &Self) -> bool {
        self.expose() == before.expose()
    }

    /// Tells it from another without holding it: half of its SHA-256, as hexadecimal digits. Only for secrets that nobody could
    /// guess, which tokens are and codes and passwords are not.
    pub fn fingerprint(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.expose().as_bytes());
        digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// For `#[serde(serialize_with = "Secret::expose_on_wire")]` on the few messages that carry a secret.
    ///
    /// # Errors
    /// Only the serializer's own.
    pub fn expose_on_wire<S: Serializer>(secret: &Self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The usual message quotes a value of another type, a code sent as a number, say.
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self::new(text)),
            _ => Err(serde::de::Error::custom("a secret is not text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_the_text_nor_its_length() {
        let short = format!("{:?}", Secret::new("a"));
        assert_eq!(short, format!("{:?}", Secret::new("a much longer secret")));
        assert!(!short.contains('a'));
    }

    #[test]
    fn equal_texts_are_equal_secrets() {
        assert_eq!(Secret::new("x"), Secret::new("x"));
        assert_ne!(Secret::new("x"), Secret::new("y"));
        assert_ne!(Secret::new("x"), Secret::new("xx"));
    }

    #[test]
    fn a_mismatch_of_types_does_not_quote_the_secret() {
        let error = serde_json::from_str::<Secret>("123456").unwrap_err().to_string();
        assert!(!error.contains("123456"), "{error}");
    }
}
