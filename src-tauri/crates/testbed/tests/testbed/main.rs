//! Each part of the testbed against the real thing.

mod clipboard;
mod desktop;
mod keyring;
mod notifications;
mod tray;
