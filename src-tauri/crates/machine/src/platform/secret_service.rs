use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use accounts::ports::VaultError;
use keyring_core::{CredentialStore, Entry};
use zbus::blocking::Connection;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue};

use crate::keychain::Item;

const NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
/// How often the default collection is looked for before there is none, and the time between.
const LOOKS: usize = 5;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// No service names a limit; so much passes through every one that is known.
pub(crate) const ITEM_LIMIT: usize = 16 * 1024;

/// The Secret Service of this desktop session. Blocks: for a thread of its own.
pub(crate) struct KeychainStore {
    store: Arc<CredentialStore>,
    /// To look, without touching, whether a call would open a prompt: the store unlocks whatever it meets.
    bus: Connection,
}

impl KeychainStore {
    pub fn open() -> Result<Self, VaultError> {
        let bus = Connection::session().map_err(|error| no_bus(&error))?;
        // Asked first: the store would take some of these answers for a lock.
        default_collection(&bus)?;
        match zbus_secret_service_keyring_store::Store::new() {
            Ok(store) => Ok(Self { store, bus }),
            // Somebody answered a moment ago: this is a failure, which is tried once more, and no absence.
            Err(error) => Err(VaultError::Failed {
                what: format!("opening a session with the keychain: {error}"),
            }),
        }
    }

    pub fn entry(&self, item: &Item) -> keyring_core::Result<Entry> {
        let label = HashMap::from([("label", item.label.as_str())]);
        self.store.build(Item::SERVICE, &item.user, Some(&label))
    }

    /// Whether the collection that new items go to is locked, or one that holds this item.
    pub fn would_ask(&self, item: &Item) -> Result<bool, VaultError> {
        let collection = default_collection(&self.bus)?;
        let property = ("org.freedesktop.Secret.Collection", "Locked");
        let locked: OwnedValue = call(
            &self.bus,
            collection.as_str(),
            "org.freedesktop.DBus.Properties",
            "Get",
            &property,
        )?;
        if bool::try_from(locked).unwrap_or(false) {
            return Ok(true);
        }
        let wanted = HashMap::from([("service", Item::SERVICE), ("username", item.user.as_str())]);
        let found: (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = call(
            &self.bus,
            "/org/freedesktop/secrets",
            SERVICE,
            "SearchItems",
            &(wanted,),
        )?;
        let (_unlocked, locked) = found;
        Ok(!locked.is_empty())
    }
}

/// Whether there is no bus, or one that could not be reached this time.
fn no_bus(error: &zbus::Error) -> VaultError {
    let nobody_listens = match error {
        zbus::Error::Address(_) => true,
        zbus::Error::InputOutput(error) | zbus::Error::Connection(error, _) => matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::NotADirectory | ErrorKind::InvalidInput
        ),
        _ => false,
    };
    if nobody_listens {
        VaultError::Absent
    } else {
        VaultError::Failed {
            what: format!("reaching the session bus: {error}"),
        }
    }
}

/// Where new items go. A service without one cannot keep anything before a person has set it up.
fn default_collection(bus: &Connection) -> Result<OwnedObjectPath, VaultError> {
    let look = || -> Result<Option<OwnedObjectPath>, VaultError> {
        let path: OwnedObjectPath = call(bus, "/org/freedesktop/secrets", SERVICE, "ReadAlias", &("default",))?;
        Ok((path.as_str() != "/").then_some(path))
    };
    patiently(look, || std::thread::sleep(LOOK_AGAIN))?.ok_or(VaultError::Absent)
}

/// While another program's write is under way, gnome-keyring may say that it has no collection: about once in two thousand looks
/// beside a program that writes without end. What is not there at first is looked for again.
fn patiently<T>(
    mut look: impl FnMut() -> Result<Option<T>, VaultError>,
    pause: impl Fn(),
) -> Result<Option<T>, VaultError> {
    for _ in 1..LOOKS {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        pause();
    }
    look()
}

fn call<T>(
    bus: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &(impl serde::Serialize + DynamicType),
) -> Result<T, VaultError>
where
    T: serde::de::DeserializeOwned + zbus::zvariant::Type,
{
    let reply = bus.call_method(Some(NAME), path, Some(interface), method, body);
    let reply = reply.and_then(|reply| reply.body().deserialize());
    reply.map_err(|error| match &error {
        zbus::Error::MethodError(name, ..) if is_absent(name) => VaultError::Absent,
        _ => VaultError::Failed {
            what: format!("{method}: {error}"),
        },
    })
}

/// The bus knows nobody of that name, or could not start whom it knows.
fn is_absent(error: &str) -> bool {
    matches!(
        error,
        "org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner"
    ) || error.starts_with("org.freedesktop.DBus.Error.Spawn.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_for_a_moment_is_found() {
        let mut answers = vec![Ok(Some(7)), Ok(None), Ok(None)];
        let found = patiently(|| answers.pop().unwrap(), || ());
        assert!(matches!(found, Ok(Some(7))), "{found:?}");
        let mut looks = 0;
        let mut none = || {
            looks += 1;
            Ok(None::<u8>)
        };
        assert!(matches!(patiently(&mut none, || ()), Ok(None)));
        assert_eq!(looks, LOOKS);
        let mut failing = vec![Ok(Some(7)), Err(VaultError::Locked)];
        let failed = patiently(|| failing.pop().unwrap(), || ());
        assert!(matches!(failed, Err(VaultError::Locked)), "{failed:?}");
    }
}
