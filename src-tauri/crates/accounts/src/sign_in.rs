//! The steps of a sign-in: idle, then a code is on its way, then signed in.

use std::time::Duration;

use auth_core::Email;

use crate::SignInView;
use crate::ports::{ApiError, CodeSent, UnixMillis};

/// How often a code may be typed wrong, until the server says otherwise.
const TRIES: u32 = 5;

/// Where one server's sign-in stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SignIn {
    #[default]
    Idle,
    CodeRequested {
        email: Email,
        code_expires_at: UnixMillis,
        resend_at: UnixMillis,
        tries_left: u32,
    },
}

/// Why a step is not legal now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    #[error("no code was asked for; enter your e-mail address first")]
    NoCodeRequested,
    #[error("a code was sent just now; wait {seconds} s before asking for another")]
    TooSoon { seconds: u64 },
}

impl SignIn {
    /// Whether a code may be asked for. Another address may be tried at once: the first may have been mistyped.
    ///
    /// # Errors
    /// [`StepError::TooSoon`].
    pub fn may_request(&self, email: &Email, now: UnixMillis) -> Result<(), StepError> {
        match self {
            Self::CodeRequested {
                email: same, resend_at, ..
            } if same == email && *resend_at > now => Err(StepError::TooSoon {
                seconds: (resend_at - now).div_ceil(1000),
            }),
            _ => Ok(()),
        }
    }

    /// What is left of a request that was gone back from, while it keeps the same address from being sent another.
    pub fn still_good(&self, email: &Email, now: UnixMillis) -> Option<CodeSent> {
        match self {
            Self::CodeRequested {
                email: same,
                resend_at,
                code_expires_at,
                ..
            } if same == email && *resend_at > now && *code_expires_at > now => Some(CodeSent {
                expires_in: Duration::from_millis(code_expires_at - now),
                retry_after: Duration::from_millis(resend_at - now),
            }),
            _ => None,
        }
    }

    /// The server has sent a code.
    pub fn requested(email: Email, sent: CodeSent, now: UnixMillis) -> Self {
        // No server's number may overflow ours, or keep a person from asking again for ever.
        let after = |wait: Duration| now + wait.min(Duration::from_secs(86_400)).as_millis() as u64;
        Self::CodeRequested {
            email,
            code_expires_at: after(sent.expires_in),
            resend_at: after(sent.retry_after),
            tries_left: TRIES,
        }
    }

    /// Whose code is awaited.
    ///
    /// # Errors
    /// [`StepError::NoCodeRequested`].
    pub fn email(&self) -> Result<&Email, StepError> {
        match self {
            Self::CodeRequested { email, .. } => Ok(email),
            Self::Idle => Err(StepError::NoCodeRequested),
        }
    }

    /// The server did not take the code: what that means for the next try.
    pub fn refused(&mut self, error: &ApiError) {
        if let Self::CodeRequested { tries_left, .. } = self {
            match error {
                ApiError::CodeInvalid { attempts_left } => *tries_left = *attempts_left,
                ApiError::CodeAttemptsExceeded | ApiError::CodeExpired => *tries_left = 0,
                _ => {}
            }
        }
    }

    pub(crate) fn view(&self) -> SignInView {
        match self {
            Self::Idle => SignInView::Idle,
            Self::CodeRequested {
                email,
                code_expires_at,
                resend_at,
                tries_left,
            } => SignInView::CodeRequested {
                email: email.as_str().to_owned(),
                code_expires_at: *code_expires_at,
                resend_at: *resend_at,
                tries_left: *tries_left,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Email {
        Email::parse("ada@example.com").unwrap()
    }

    fn requested() -> SignIn {
        let sent = CodeSent {
            expires_in: Duration::from_secs(600),
            retry_after: Duration::from_secs(60),
        };
        SignIn::requested(ada(), sent, 1_000)
    }

    #[test]
    fn another_code_has_to_wait_but_another_address_has_not() {
        let step = requested();
        assert_eq!(step.may_request(&ada(), 1_500), Err(StepError::TooSoon { seconds: 60 }));
        assert_eq!(step.may_request(&ada(), 61_000), Ok(()));
        assert_eq!(
            step.may_request(&Email::parse("bob@example.com").unwrap(), 1_500),
            Ok(())
        );
        assert_eq!(SignIn::Idle.may_request(&ada(), 0), Ok(()));
    }

    #[test]
    fn a_code_without_a_request_is_not_legal() {
        assert_eq!(SignIn::Idle.email(), Err(StepError::NoCodeRequested));
        assert_eq!(requested().email(), Ok(&ada()));
    }

    #[test]
    fn the_server_counts_the_tries() {
        let mut step = requested();
        let left = |step: &SignIn| match step.view() {
            SignInView::CodeRequested { tries_left, .. } => tries_left,
            SignInView::Idle => panic!("the step was lost"),
        };
        assert_eq!(left(&step), 5);
        step.refused(&ApiError::CodeInvalid { attempts_left: 3 });
        assert_eq!(left(&step), 3);
        step.refused(&ApiError::RateLimited { retry_after: None });
        assert_eq!(left(&step), 3, "a limit is no wrong code");
        step.refused(&ApiError::CodeExpired);
        assert_eq!(left(&step), 0);
    }
}
