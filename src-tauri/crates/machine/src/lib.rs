//! This computer's side of the rules: the shared config file, the keychain, HTTP, the clock, the file watch, paths.

mod agent;
mod appearance;
#[cfg(target_os = "linux")]
mod bus;
mod clock;
mod credential_store;
mod desktop;
mod device;
mod doctor;
mod hints;
mod http;
mod keychain;
mod language;
mod lock_file;
mod lock_queue;
mod log;
mod new_file;
mod paths;
mod platform;
mod session_lock;
mod settings_file;
mod shared_config;
mod timeline_files;
mod watch;

pub use agent::{
    Agent, AgentClient, AgentError, AgentFailure, AgentPlace, AgentRefusal, AgentServer, AgentStatus, AgentToken,
};
pub use appearance::Appearance;
pub use clock::{SystemClock, minute_of_day};
pub use credential_store::{
    CredentialStore, EncryptedFile, PassphraseNeed, PlaintextFile, StoreOptions, StoreOptionsError,
};
pub use desktop::{DesktopError, require_display, tray_host_present};
pub use device::{DeviceError, device};
pub use doctor::{BundleError, Check, Doctor, Surroundings};
pub use hints::{Hints, SleepDelay, Told};
pub use http::{CliAuthService, Exchanged};
pub use keychain::Keychain;
pub use language::language;
pub use log::{init_adjustable_logging, init_logging, log_at, log_is_fixed};
pub use paths::{Paths, PathsError};
pub use session_lock::SessionLocks;
pub use settings_file::SettingsFile;
pub use shared_config::{Backup, Comparison, SharedConfigFile, UndoError, UndoPlan, Undone, Which};
pub use timeline_files::TimelineFiles;
pub use watch::{ConfigWatch, WatchError};
