//! One exit code per cause, so that scripts need not read text.

use std::process::ExitCode;

use accounts::FailureKind;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    OurFault = 1,
    Usage = 2,
    Configuration = 3,
    SignIn = 4,
    Network = 5,
    Store = 6,
    RateLimited = 7,
}

impl From<FailureKind> for Exit {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Usage => Self::Usage,
            FailureKind::Configuration => Self::Configuration,
            FailureKind::SignIn => Self::SignIn,
            FailureKind::Network => Self::Network,
            FailureKind::Store => Self::Store,
            FailureKind::RateLimited => Self::RateLimited,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
