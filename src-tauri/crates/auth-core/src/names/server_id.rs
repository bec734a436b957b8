use serde::{Serialize, Serializer};

/// The key of a profile in the shared file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(String);

/// Why a text cannot name a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerIdError {
    #[error("no server id was given; use a short one like prod")]
    Empty,
    #[error("a server id has at most {max} characters", max = ServerId::MAX)]
    TooLong,
    #[error("a server id starts with a letter or digit and goes on with letters, digits, dots, dashes and underscores")]
    Malformed,
}

impl ServerId {
    /// The most characters an id may have.
    pub const MAX: usize = 64;

    /// An id for a new profile: ASCII letters, digits, `.`, `-`, `_`; the first a letter or digit; at most 64.
    ///
    /// # Errors
    /// [`ServerIdError`].
    pub fn parse(text: &str) -> Result<Self, ServerIdError> {
        if text.is_empty() {
            return Err(ServerIdError::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(ServerIdError::TooLong);
        }
        let rest_ok = text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if !rest_ok || !text.as_bytes()[0].is_ascii_alphanumeric() {
            return Err(ServerIdError::Malformed);
        }
        Ok(Self(text.to_owned()))
    }

    /// A key as it stands in a file that others write too: whatever it is, it names that profile.
    pub fn existing(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// A new id made from a name a person typed: `"My Prod!"` gives `my-prod`; `server` where nothing is left.
    pub fn from_name(name: &str) -> Self {
        let mut id = String::new();
        for c in name.chars().map(|c| c.to_ascii_lowercase()) {
            if c.is_ascii_alphanumeric() {
                id.push(c);
            } else if !id.is_empty() && !id.ends_with('-') {
                id.push('-');
            }
            if id.len() == 32 {
                break;
            }
        }
        let id = id.trim_end_matches('-');
        Self(if id.is_empty() { "server" } else { id }.to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ServerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ServerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_rule() {
        for ok in ["local", "cloud-pay", "a", "2", "eu.west_1"] {
            assert_eq!(ServerId::parse(ok).unwrap().as_str(), ok);
        }
        assert_eq!(ServerId::parse(""), Err(ServerIdError::Empty));
        assert_eq!(ServerId::parse(&"a".repeat(65)), Err(ServerIdError::TooLong));
        for bad in ["-a", ".a", "a b", "a/b", "ä", "a\n"] {
            assert_eq!(ServerId::parse(bad), Err(ServerIdError::Malformed), "{bad}");
        }
    }

    #[test]
    fn names_become_ids_that_parse() {
        for (name, id) in [
            ("My Prod!", "my-prod"),
            ("  ", "server"),
            ("Ünïcode", "n-code"),
            (&"x".repeat(80), &"x".repeat(32)),
        ] {
            let made = ServerId::from_name(name);
            assert_eq!(made.as_str(), id);
            assert_eq!(ServerId::parse(made.as_str()), Ok(made));
        }
    }
}
