//! A real keyring (gnome-keyring) on the private bus, and a look into it from outside.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use zbus::names::BusName;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

use crate::desktop::Desktop;
use crate::environment::Environment;
use crate::process::Process;

const NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "/org/freedesktop/secrets";
const LOGIN: ObjectPath<'static> = ObjectPath::from_static_str_unchecked("/org/freedesktop/secrets/collection/login");
const PASSWORD: &str = "testbed";

/// The session, the parameters, the secret and its content type, as the Secret Service sends them.
type WireSecret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// One item of the keyring.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// What a person reads in a keyring program.
    pub label: String,
    /// What the item is found by.
    pub attributes: HashMap<String, String>,
    /// The secret itself.
    pub secret: Vec<u8>,
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item")
            .field("label", &self.label)
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

/// A running keyring daemon with its `login` collection. A desktop on which none was started has no keychain.
#[derive(Debug)]
pub struct Keyring {
    process: Process,
    bus: Connection,
    environment: Environment,
}

impl Keyring {
    /// Starts the daemon with an unlocked, empty collection.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn unlocked(desktop: &Desktop) -> Result<Self> {
        let environment = desktop.environment().clone();
        let bus = desktop.bus().clone();
        let process = start(&environment, &[])?;
        let keyring = Self {
            process,
            bus,
            environment,
        };
        keyring.wait_until_ready(None).await?;
        Ok(keyring)
    }

    /// The same, locked. Without a [`crate::Prompter`] every prompt is dismissed at once.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn locked(desktop: &Desktop) -> Result<Self> {
        let keyring = Self::unlocked(desktop).await?;
        keyring.lock().await?;
        Ok(keyring)
    }

    /// Locks the collection, as a desktop does when its session is locked.
    ///
    /// # Errors
    /// If the daemon does not.
    pub async fn lock(&self) -> Result<()> {
        let (locked, _prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = self
            .service("org.freedesktop.Secret.Service")
            .await?
            .call("Lock", &(vec![LOGIN],))
            .await?;
        ensure!(
            locked.iter().any(|path| **path == LOGIN),
            "the collection was not locked"
        );
        Ok(())
    }

    /// Unlocks the collection, as if a person had typed the password.
    ///
    /// # Errors
    /// If the daemon does not.
    pub async fn unlock(&self) -> Result<()> {
        let password = (
            self.session().await?,
            Vec::<u8>::new(),
            PASSWORD.as_bytes(),
            "text/plain",
        );
        let service = self
            .service("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
            .await?;
        service
            .call::<_, _, ()>("UnlockWithMasterPassword", &(LOGIN, password))
            .await
            .context("cannot unlock the keyring")
    }

    /// Puts a new daemon in the place of the old one; sessions with the old one are void from then on.
    ///
    /// # Errors
    /// If the new one does not come up.
    pub async fn restart(&mut self) -> Result<()> {
        let before = self.owner().await?;
        let successor = start(&self.environment, &["--replace"])?;
        let mut former = std::mem::replace(&mut self.process, successor);
        self.wait_until_ready(Some(&before)).await?;
        former.exit().await?;
        Ok(())
    }

    /// Ends the daemon: from then on there is no keychain.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(mut self) -> Result<()> {
        self.process.stop().await.map(drop)
    }

    /// Makes the daemon deaf: calls to it are neither answered nor refused, until [`Keyring::thaw`].
    ///
    /// # Errors
    /// If it has ended.
    pub fn freeze(&self) -> Result<()> {
        self.process.signal(Signal::STOP)
    }

    /// Lets a frozen daemon go on; it then does everything it was asked meanwhile.
    ///
    /// # Errors
    /// If it has ended.
    pub fn thaw(&self) -> Result<()> {
        self.process.signal(Signal::CONT)
    }

    /// All items with this attribute, read over D-Bus by nobody's client library.
    ///
    /// # Errors
    /// If the daemon does not answer, or an item is locked.
    pub async fn search(&self, attribute: &str, value: &str) -> Result<Vec<Item>> {
        let service = self.service("org.freedesktop.Secret.Service").await?;
        let wanted = HashMap::from([(attribute, value)]);
        let (unlocked, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            service.call("SearchItems", &(wanted,)).await?;
        ensure!(
            locked.is_empty(),
            "{} items with {attribute}={value} are locked",
            locked.len()
        );
        let session = self.session().await?;
        let secrets: HashMap<OwnedObjectPath, WireSecret> = service.call("GetSecrets", &(&unlocked, session)).await?;
        let mut items = Vec::new();
        for (path, (_, _, secret, _)) in secrets {
            let item = Proxy::new(&self.bus, NAME, path, "org.freedesktop.Secret.Item").await?;
            let (label, attributes) = (
                item.get_property("Label").await?,
                item.get_property("Attributes").await?,
            );
            items.push(Item {
                label,
                attributes,
                secret,
            });
        }
        items.sort_by(|a, b| a.label.cmp(&b.label));
        Ok(items)
    }

    async fn service(&self, interface: &'static str) -> Result<Proxy<'static>> {
        Ok(Proxy::new(&self.bus, NAME, SERVICE, interface).await?)
    }

    async fn session(&self) -> Result<OwnedObjectPath> {
        let service = self.service("org.freedesktop.Secret.Service").await?;
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", Value::from(""))).await?;
        Ok(session)
    }

    async fn owner(&self) -> Result<String> {
        let bus = zbus::fdo::DBusProxy::new(&self.bus).await?;
        Ok(bus.get_name_owner(BusName::try_from(NAME)?).await?.to_string())
    }

    /// Waits for the unlocked collection of a daemon other than `former`.
    async fn wait_until_ready(&self, former: Option<&str>) -> Result<()> {
        let ready = async || {
            ensure!(
                former != Some(self.owner().await?.as_str()),
                "the old daemon still answers"
            );
            // Without the cache, which would add calls to a daemon that is just going away.
            let collection = zbus::proxy::Builder::<Proxy<'_>>::new(&self.bus)
                .destination(NAME)?
                .path(LOGIN)?
                .interface("org.freedesktop.Secret.Collection")?
                .cache_properties(zbus::proxy::CacheProperties::No)
                .build()
                .await?;
            ensure!(
                !collection.get_property::<bool>("Locked").await?,
                "the collection is locked"
            );
            Ok(())
        };
        self.process.ready("the keyring", ready).await
    }
}

/// In the foreground: a daemon of its own outlives whoever started it.
fn start(environment: &Environment, options: &[&str]) -> Result<Process> {
    let password = environment.logs().with_file_name("keyring-password");
    fs::write(&password, PASSWORD)?;
    let mut command = environment.command("gnome-keyring-daemon");
    command
        .args(["--foreground", "--unlock", "--components=secrets"])
        .args(options);
    environment.start("gnome-keyring-daemon", command, File::open(password)?.into())
}
