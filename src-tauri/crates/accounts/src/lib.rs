//! The rules of the client: profiles, sign-in, refresh, and the one snapshot that tray, window and CLI draw. No IO, no clock.

mod accounts;
mod attention;
mod condition;
mod error;
mod plain;
pub mod plan;
mod planned;
pub mod ports;
pub mod profile;
mod session;
mod sign_in;
mod tray;
mod view;
mod window;
mod words;

pub use accounts::{Accounts, Hint, Paused, Ports, SignedOut, StoreMoved, Why};
pub use attention::{Attention, Call, CallKind, attention, settled};
pub use error::{AccountsError, FailureKind};
pub use plain::is_hidden;
pub use sign_in::{SignIn, StepError};
pub use tray::{TrayAction, TrayIcon, TrayServer, TrayView, tray_view};
pub use view::{
    Conflict, ConnectionReport, FilePlace, Problem, ServerForm, ServerView, SessionState, Sharing, SignInView,
    Snapshot, StoreKind,
};
pub use window::{About, CheckView, Claim, ClaimValue, CopyView, ImportReport, Licence, NotImported, SharingPreview};
pub use words::Words;
