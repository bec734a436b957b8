//! Checks of this computer, of the sessions on it and of their servers: what does not hold, why that matters and what to do.

mod agent;
mod autostart;
mod bundle;
mod check;
mod config;
mod desktop;
mod found;
mod leftovers;
mod locks;
mod masked;
mod private;
mod proxy;
mod repair;
mod servers;
mod settings;
mod store;
mod surroundings;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use accounts::ports::{Clock, ConfigError, Settings, SettingsError};
use auth_core::ServerId;
use auth_core::config::ConfigDocument;
use tokio::time::Instant;

pub use bundle::BundleError;
pub use check::Check;
pub use surroundings::Surroundings;

use crate::{Paths, SettingsFile, SharedConfigFile};
use check::{Advice, Room};

/// Nothing takes longer, whatever hangs; all rooms are looked into at once.
const LIMIT: Duration = Duration::from_secs(9);

/// Looks at everything that can be wrong, and mends what loses nothing.
pub struct Doctor {
    paths: Paths,
    surroundings: Surroundings,
    clock: Arc<dyn Clock>,
}

/// The two files, as they are now.
struct Files {
    document: Result<ConfigDocument, ConfigError>,
    settings: Result<Arc<Settings>, SettingsError>,
}

impl Doctor {
    /// For the config folder of `paths`, as a program in these surroundings finds it.
    pub fn new(paths: Paths, surroundings: Surroundings, clock: Arc<dyn Clock>) -> Self {
        Self {
            paths,
            surroundings,
            clock,
        }
    }

    /// Looks at everything; ends within 10 s, whatever hangs. Changes nothing.
    pub async fn examine(&self) -> Vec<Check> {
        let rooms = [Room::Files, Room::Store, Room::Agent, Room::Servers, Room::Desktop];
        self.look_into(&rooms).await
    }

    /// Does the repairs that the checks offer, and looks again where one was done. The checks keep their order.
    pub async fn repair(&self, checks: Vec<Check>) -> Vec<Check> {
        let mut checks = checks;
        let mut touched = Vec::new();
        let mut repaired = Vec::new();
        for check in &mut checks {
            let Some(repair) = check.repair.take() else { continue };
            match tokio::task::spawn_blocking(move || repair.perform()).await {
                Ok(Ok(())) => {
                    repaired.push(check.id.clone());
                    if !touched.contains(&check.room) {
                        touched.push(check.room);
                    }
                }
                Ok(Err(error)) => check.repair_failed(&error),
                Err(stopped) => tracing::warn!(error = %stopped, "a repair was not done"),
            }
        }
        let mut again = self.look_into(&touched).await;
        for check in &mut again {
            check.fixed = check.ok && repaired.contains(&check.id);
        }
        // A room that was looked into again stands where it stood.
        let mut result: Vec<Check> = Vec::new();
        for check in checks {
            if !touched.contains(&check.room) {
                result.push(check);
            } else if !result.iter().any(|other| other.room == check.room) {
                result.extend(take(&mut again, check.room));
            }
        }
        result
    }

    async fn look_into(&self, rooms: &[Room]) -> Vec<Check> {
        if rooms.is_empty() {
            return Vec::new();
        }
        let end = Instant::now() + LIMIT;
        let files = self.read().await;
        let document = files.as_ref().and_then(|files| files.document.as_ref().ok()).cloned();
        let settings = files.as_ref().and_then(|files| files.settings.as_ref().ok()).cloned();
        let look = |room: Room| rooms.contains(&room);
        let (files, store, agent, servers, desktop) = tokio::join!(
            in_time(end, Room::Files, look(Room::Files), self.files(files)),
            in_time(end, Room::Store, look(Room::Store), self.store(settings.as_deref())),
            in_time(end, Room::Agent, look(Room::Agent), self.agent()),
            in_time(end, Room::Servers, look(Room::Servers), self.servers(document.as_ref())),
            in_time(end, Room::Desktop, look(Room::Desktop), self.desktop()),
        );
        [files, store, agent, servers, desktop].into_iter().flatten().collect()
    }

    /// `None` where the disk hangs.
    async fn read(&self) -> Option<Files> {
        let paths = self.paths.clone();
        let read = tokio::task::spawn_blocking(move || Files {
            document: SharedConfigFile::new(paths.config_dir())
                .read_blocking()
                .map(|document| (*document).clone()),
            settings: SettingsFile::new(&paths).read_blocking(),
        });
        tokio::time::timeout(LIMIT / 3, read).await.ok()?.ok()
    }

    async fn files(&self, files: Option<Files>) -> Vec<Check> {
        let Some(files) = files else {
            return vec![unlooked(Room::Files)];
        };
        let (paths, now) = (self.paths.clone(), self.clock.now());
        let look = move || {
            let document = files.document.as_ref().ok();
            let servers = document
                .map(|document| document.config().servers.as_slice())
                .unwrap_or_default();
            let ids: Vec<ServerId> = servers.iter().map(|server| ServerId::existing(&server.id)).collect();
            let mut checks = config::checks(&paths, &files.document, now);
            checks.extend(private::checks(&paths));
            checks.push(leftovers::check(&paths));
            checks.extend(locks::checks(&paths, &ids));
            checks.extend(settings::checks(&files.settings, document));
            checks
        };
        off_thread(Room::Files, look).await
    }

    async fn store(&self, settings: Option<&Settings>) -> Vec<Check> {
        store::checks(&self.paths, &self.surroundings, settings).await
    }

    async fn agent(&self) -> Vec<Check> {
        let Some(place) = self.surroundings.agent.clone() else {
            return Vec::new();
        };
        let places = self.surroundings.places();
        off_thread(Room::Agent, move || agent::checks(&place, &places)).await
    }

    async fn servers(&self, document: Option<&ConfigDocument>) -> Vec<Check> {
        let mut checks = vec![proxy::check(&self.surroundings)];
        if let Some(document) = document {
            checks.extend(servers::checks(document).await);
        }
        checks
    }

    async fn desktop(&self) -> Vec<Check> {
        let mut checks = desktop::checks(&self.surroundings).await;
        let surroundings = self.surroundings.clone();
        let look = move || autostart::check(&surroundings).into_iter().collect();
        checks.extend(off_thread(Room::Desktop, look).await);
        checks
    }
}

impl std::fmt::Debug for Doctor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doctor")
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

fn take(checks: &mut Vec<Check>, room: Room) -> Vec<Check> {
    checks.extract_if(.., |check| check.room == room).collect()
}

async fn in_time(end: Instant, room: Room, wanted: bool, look: impl Future<Output = Vec<Check>>) -> Vec<Check> {
    if !wanted {
        return Vec::new();
    }
    tokio::time::timeout_at(end, look)
        .await
        .unwrap_or_else(|_| vec![unlooked(room)])
}

async fn off_thread(room: Room, look: impl FnOnce() -> Vec<Check> + Send + 'static) -> Vec<Check> {
    match tokio::task::spawn_blocking(look).await {
        Ok(checks) => checks,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => vec![unlooked(room)],
        },
    }
}

fn unlooked(room: Room) -> Check {
    let advice = Advice::other(
        "What cannot be looked at cannot be trusted to work.",
        "See whether the disk, or a network folder on it, hangs; then try again.",
    );
    Check::fails(
        room,
        room.name(),
        format!("This was not looked at to the end within {} s.", LIMIT.as_secs()),
        advice,
    )
}
