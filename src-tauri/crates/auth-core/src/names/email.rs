use serde::{Serialize, Serializer};

/// An e-mail address: one `@`, ASCII, at most 254 bytes, lower case (addresses are compared that way everywhere).
///
/// `Debug` and logs get [`Email::masked`]; the whole address only through [`Email::as_str`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("no e-mail address was given; type one like you@example.com")]
    Empty,
    #[error("the e-mail address is longer than 254 characters; check what was pasted")]
    TooLong,
    #[error("this is not an e-mail address; it should look like you@example.com")]
    Malformed,
    #[error("the e-mail address holds characters other than ASCII; write an international domain in its xn-- form")]
    NotAscii,
}

impl Email {
    /// Trims, lower-cases and checks the address.
    ///
    /// # Errors
    /// [`EmailError`] names the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > 254 {
            return Err(EmailError::TooLong);
        }
        if !text.is_ascii() {
            return Err(EmailError::NotAscii);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::Malformed)?;
        let local_ok = (1..=64).contains(&local.len())
            && local.split('.').all(|atom| !atom.is_empty())
            && local
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if !local_ok || !domain.split('.').all(label_ok) {
            return Err(EmailError::Malformed);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// For logs: the first letter, a mask of fixed length, and the domain.
    pub fn masked(&self) -> String {
        let first = self.0.chars().next().unwrap_or('…');
        format!("{first}…@{}", self.domain())
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_lower_cased() {
        let email = Email::parse("  Ada.Lovelace+dev@Example.COM ").unwrap();
        assert_eq!(email.as_str(), "ada.lovelace+dev@example.com");
        assert_eq!(email.domain(), "example.com");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "ada",
            "ada@",
            "@example.com",
            "a b@example.com",
            "a@b@c",
            "a@-b.com",
            "a..b@c.d",
            "a@b..c",
            "a@b\n.c",
            "<a@b.c>",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text}");
        }
        assert_eq!(Email::parse(" "), Err(EmailError::Empty));
        assert_eq!(Email::parse("ädä@example.com"), Err(EmailError::NotAscii));
        assert_eq!(
            Email::parse(&format!("a@{}", "b.".repeat(200))),
            Err(EmailError::TooLong)
        );
    }

    #[test]
    fn debug_hides_the_person() {
        let email = Email::parse("ada@example.com").unwrap();
        assert_eq!(format!("{email:?}"), "a…@example.com");
    }
}
