//! What stands in the way of a session, and why.

use crate::Problem;
use crate::error::{AccountsError, sentence};
use crate::ports::VaultError;

/// What stands in the way of a session, if anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Condition {
    #[default]
    Fine,
    /// The last refresh failed for a reason that passes.
    Offline { reason: Reason },
    /// The credential store did not open.
    Locked { fault: VaultError },
    /// Only a person can help.
    SignInNeeded { reason: Reason },
}

/// Why something is as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    pub code: &'static str,
    /// A sentence with what to do.
    pub text: String,
}

impl Reason {
    pub fn new(code: &'static str, text: &str) -> Self {
        Self {
            code,
            text: sentence(text),
        }
    }
}

impl From<Problem> for Reason {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code,
            text: problem.message,
        }
    }
}

impl From<&AccountsError> for Reason {
    fn from(error: &AccountsError) -> Self {
        Self::new(error.code(), &error.to_string())
    }
}
