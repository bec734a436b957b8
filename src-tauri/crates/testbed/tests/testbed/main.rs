//! Each part of the testbed against the real thing.

mod binary;
mod browser;
mod clipboard;
mod desktop;
mod engines;
mod keyring;
mod logind;
mod network_manager;
mod notifications;
mod proxy;
mod server;
mod tls;
mod tray;
