//! This computer's side of the rules: the shared config file, the keychain, HTTP, the clock, the file watch, paths.

mod clock;
mod desktop;
mod http;
mod keychain;
mod lock_file;
mod paths;
mod platform;
mod session_lock;
mod shared_config;

pub use clock::SystemClock;
pub use desktop::{DesktopError, require_display, tray_host_present};
pub use http::CliAuthService;
pub use keychain::Keychain;
pub use paths::{Paths, PathsError};
pub use session_lock::SessionLocks;
pub use shared_config::SharedConfigFile;
