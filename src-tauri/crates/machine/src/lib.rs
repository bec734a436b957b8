//! This computer's side of the rules: the shared config file, the keychain, HTTP, the clock, the file watch, paths.

mod clock;
mod credential_store;
mod desktop;
mod device;
mod http;
mod keychain;
mod lock_file;
mod log;
mod paths;
mod platform;
mod session_lock;
mod settings_file;
mod shared_config;
mod timeline_files;
mod watch;

pub use clock::SystemClock;
pub use credential_store::{
    CredentialStore, EncryptedFile, PassphraseNeed, PlaintextFile, StoreOptions, StoreOptionsError,
};
pub use desktop::{DesktopError, require_display, tray_host_present};
pub use device::{DeviceError, device};
pub use http::CliAuthService;
pub use keychain::Keychain;
pub use log::init_logging;
pub use paths::{Paths, PathsError};
pub use session_lock::SessionLocks;
pub use settings_file::SettingsFile;
pub use shared_config::SharedConfigFile;
pub use timeline_files::TimelineFiles;
pub use watch::{ConfigWatch, WatchError};
