//! The rules of the client: profiles, sign-in, refresh, and the one snapshot that tray, window and CLI draw. No IO, no clock.

pub mod ports;
mod view;

pub use view::{ConnectionReport, Problem, ServerForm, ServerView, SessionState, SignInView, Snapshot, StoreKind};
