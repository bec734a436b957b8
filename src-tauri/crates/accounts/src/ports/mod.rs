//! What the rules need of a computer. `machine` has the real ones; tests have fakes for faults.

mod api;
mod clock;
mod config;
mod lock;
mod preferences;
mod settings;
mod timeline;
mod vault;

pub use api::{ApiError, AuthApi, CodeSent, NetworkFault, NotRefreshed, OwnSession, Server, Tokens};
pub use clock::{Clock, UnixMillis};
pub use config::{ConfigError, Edit, SharedConfig};
pub use lock::{Held, LockError, SessionLock};
pub use preferences::{
    EnvironmentColor, FallBack, Language, LogLevel, NotificationKinds, Preferences, QuietHours, ServerLook, Theme,
};
pub use settings::{SessionRecord, Settings, SettingsEdit, SettingsError, SettingsStore, SignOutToDo};
pub use timeline::{Event, Timeline, TimelineEntry};
pub use vault::{Vault, VaultError, VaultKey};
