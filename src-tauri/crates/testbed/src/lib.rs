//! Dev only: a whole private desktop (session bus, keyring, X server, tray host, notification sink, WebDriver), a faulty network and the
//! storage engines.
//!
//! A test starts a [`Desktop`] and, on it, the parts it needs; what it leaves out is absent, as on a machine without it.
//! Everything ends when the values are dropped. Several desktops can exist at once.

mod binary;
mod browser;
mod clipboard;
mod desktop;
mod engines;
mod environment;
mod keyring;
mod logind;
mod mail_sink;
mod memory;
mod network_manager;
mod notifications;
mod portal;
mod process;
mod prompter;
mod proxy;
mod python;
mod server;
mod tls;
mod tray;
mod wait;
mod windows;

pub use binary::binary;
pub use browser::Browser;
pub use clipboard::Clipboard;
pub use desktop::Desktop;
pub use engines::{Moto, ObjectStore, Postgres, RxDB};
pub use environment::Environment;
pub use fantoccini::key::Key;
pub use keyring::{Item, Keyring};
pub use logind::Logind;
pub use mail_sink::{MailSink, SunkMail};
pub use memory::memory_holds;
pub use network_manager::NetworkManager;
pub use notifications::{Notification, Notifications};
pub use portal::Portal;
pub use process::Process;
pub use prompter::Prompter;
pub use proxy::{Fault, FaultyProxy};
pub use python::python;
pub use server::Server;
pub use tls::{Certificate, TlsFront};
pub use tray::{Menu, MenuEntry, TrayHost, TrayItem};
pub use wait::{DEADLINE, eventually};
