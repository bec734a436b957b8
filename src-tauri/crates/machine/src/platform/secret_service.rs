use std::collections::HashMap;
use std::sync::Arc;

use accounts::ports::VaultError;
use keyring_core::{CredentialStore, Entry};
use zbus::blocking::Connection;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue};

use crate::keychain::Item;

const NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";

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
        let bus = Connection::session().map_err(|error| {
            tracing::debug!(%error, "no session bus");
            VaultError::Absent
        })?;
        // Asked first: the store would take some of these answers for a lock.
        default_collection(&bus)?;
        match zbus_secret_service_keyring_store::Store::new() {
            Ok(store) => Ok(Self { store, bus }),
            Err(_) => Err(VaultError::Absent),
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

/// Where new items go. A service without one cannot keep anything before a person has set it up.
fn default_collection(bus: &Connection) -> Result<OwnedObjectPath, VaultError> {
    let path: OwnedObjectPath = call(bus, "/org/freedesktop/secrets", SERVICE, "ReadAlias", &("default",))?;
    if path.as_str() == "/" {
        Err(VaultError::Absent)
    } else {
        Ok(path)
    }
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
