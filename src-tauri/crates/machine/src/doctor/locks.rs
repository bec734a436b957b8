//! Who holds a lock now. One that is held for a write or a refresh is given back soon.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use auth_core::ServerId;

use super::check::{Advice, Check, Room};
use crate::Paths;
use crate::lock_file::{Holder, holder};
use crate::session_lock::file_name;
use crate::shared_config::resolve;

/// Longer than a write; a refresh against a slow server may take longer than this, and then it is worth to be told.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

struct Lock {
    id: String,
    what: String,
    path: PathBuf,
}

pub(super) fn checks(paths: &Paths, servers: &[ServerId]) -> Vec<Check> {
    let folder = resolve(&paths.config_file()).map(|place| place.link_folder);
    let folder = folder.unwrap_or_else(|_| paths.config_dir().to_owned());
    let shared = Lock {
        id: "config_lock".to_owned(),
        what: "the shared file".to_owned(),
        path: folder.join("config.json.lock"),
    };
    let of = |server: &ServerId| Lock {
        id: format!("session_lock:{server}"),
        what: format!("the session of {server}"),
        path: paths
            .config_dir()
            .join("locks")
            .join(format!("{}.lock", file_name(server))),
    };
    let locks: Vec<Lock> = std::iter::once(shared).chain(servers.iter().map(of)).collect();
    look(&locks)
}

fn look(locks: &[Lock]) -> Vec<Check> {
    let begin = Instant::now();
    let mut looks: Vec<Look> = locks
        .iter()
        .map(|lock| Look {
            now: holder(&lock.path),
            had: None,
        })
        .collect();
    loop {
        for (look, lock) in looks.iter_mut().zip(locks) {
            if let Holder::Somebody { name } = &look.now {
                look.had = Some(name.clone().unwrap_or_else(|| "another program".to_owned()));
                look.now = holder(&lock.path);
            }
        }
        let is_held = looks.iter().any(|look| matches!(look.now, Holder::Somebody { .. }));
        if !is_held || begin.elapsed() >= PATIENCE {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    locks
        .iter()
        .zip(looks)
        .map(|(lock, look)| describe(lock, look))
        .collect()
}

struct Look {
    now: Holder,
    /// Who had it when it was looked at before.
    had: Option<String>,
}

fn describe(lock: &Lock, look: Look) -> Check {
    let what = &lock.what;
    let why = "Whoever wants to refresh, sign in or change a server has to wait for this lock.";
    match (look.now, look.had) {
        (Holder::Somebody { .. }, Some(name)) => {
            let detail = format!("{name} has kept {what} locked for more than {} s.", PATIENCE.as_secs());
            let fix = format!("Wait for {name}; end it if it hangs. The lock goes with it.");
            Check::fails(Room::Files, &lock.id, detail, Advice::configuration(why, fix))
        }
        (Holder::Unknown { source }, _) => {
            let detail = format!(
                "The lock file {} could not be looked at: {source}.",
                lock.path.display()
            );
            let fix = format!("See who may use {}.", lock.path.display());
            Check::fails(Room::Files, &lock.id, detail, Advice::configuration(why, fix))
        }
        (_, Some(name)) => Check::holds(Room::Files, &lock.id, format!("{name} had {what} locked for a moment.")),
        (_, None) => Check::holds(Room::Files, &lock.id, format!("Nobody has {what} locked.")),
    }
}
