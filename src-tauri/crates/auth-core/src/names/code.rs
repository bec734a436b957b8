use crate::Secret;

/// A six-digit code from an e-mail. Spaces and dashes that came with a paste are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationCode(Secret);

/// Why a text is no code. The text itself is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerificationCodeError {
    #[error("the code has {digits} digits; it is the six digits from the e-mail")]
    WrongLength { digits: usize },
    #[error("the code holds something other than digits; it is the six digits from the e-mail")]
    NotDigits,
}

impl VerificationCode {
    /// How many digits a code has.
    pub const DIGITS: usize = 6;

    /// Reads a code as a person types or pastes it.
    ///
    /// # Errors
    /// [`VerificationCodeError`] where there are not exactly six ASCII digits.
    pub fn parse(text: &str) -> Result<Self, VerificationCodeError> {
        let kept: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–'))
            .collect();
        if !kept.bytes().all(|b| b.is_ascii_digit()) {
            return Err(VerificationCodeError::NotDigits);
        }
        if kept.len() != Self::DIGITS {
            return Err(VerificationCodeError::WrongLength { digits: kept.len() });
        }
        Ok(Self(Secret::new(kept)))
    }

    /// The digits, as a secret.
    pub fn as_secret(&self) -> &Secret {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_with_spaces_and_dashes_is_read() {
        for text in ["123456", " 123 456\n", "123-456", "1 2 3 4 5 6"] {
            assert_eq!(VerificationCode::parse(text).unwrap().as_secret().expose(), "123456");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(
            VerificationCode::parse(""),
            Err(VerificationCodeError::WrongLength { digits: 0 })
        );
        assert_eq!(
            VerificationCode::parse("12345"),
            Err(VerificationCodeError::WrongLength { digits: 5 })
        );
        assert_eq!(
            VerificationCode::parse("1234567"),
            Err(VerificationCodeError::WrongLength { digits: 7 })
        );
        for text in ["12345a", "１２３４５６", "12345.", "abc"] {
            assert_eq!(
                VerificationCode::parse(text),
                Err(VerificationCodeError::NotDigits),
                "{text}"
            );
        }
    }
}
