//! The panel: programs register their tray items with it.

use anyhow::{Context, Result};
use tokio::sync::watch;
use zbus::message::Header;
use zbus::names::BusName;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, interface};

use crate::desktop::{Desktop, connect};
use crate::tray::TrayItem;
use crate::wait::{DEADLINE, eventually};

const PATH: &str = "/StatusNotifierWatcher";

/// The bus name and the path of an item.
type Registered = (String, String);

/// Owns `org.kde.StatusNotifierWatcher`. Start it before a program, or after it (the late host), or never (no tray).
#[derive(Debug)]
pub struct TrayHost {
    bus: Connection,
    registered: watch::Receiver<Vec<Registered>>,
}

impl TrayHost {
    /// Starts to take tray items.
    ///
    /// # Errors
    /// If there is another host.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let (sender, registered) = watch::channel(Vec::new());
        let bus = connect(desktop.environment())?
            .serve_at(PATH, Watcher { registered: sender })?
            .name("org.kde.StatusNotifierWatcher")?
            .build()
            .await?;
        Watcher::status_notifier_host_registered(&SignalEmitter::new(&bus, PATH)?).await?;
        Ok(Self { bus, registered })
    }

    /// The items whose programs still run, in the order of their registration.
    ///
    /// # Errors
    /// If the bus does not answer.
    pub async fn items(&self) -> Result<Vec<TrayItem>> {
        let registered = self.registered.borrow().clone();
        let bus = zbus::fdo::DBusProxy::new(&self.bus).await?;
        let mut items = Vec::new();
        for (service, path) in registered {
            if bus.name_has_owner(BusName::try_from(service.as_str())?).await? {
                items.push(TrayItem::new(&self.bus, &service, &path).await?);
            }
        }
        Ok(items)
    }

    /// Returns at the moment the first item registers; for measuring.
    ///
    /// # Errors
    /// If none comes.
    pub async fn wait_for_registration(&self) -> Result<()> {
        let mut registered = self.registered.clone();
        tokio::time::timeout(DEADLINE, registered.wait_for(|items| !items.is_empty()))
            .await
            .context("waited for a tray item")??;
        Ok(())
    }

    /// Waits for an item of a running program, and returns the one that came last.
    ///
    /// # Errors
    /// If none comes.
    pub async fn wait_for_item(&self) -> Result<TrayItem> {
        let last = async || self.items().await?.pop().context("none is registered");
        eventually("a tray item", DEADLINE, last).await
    }

    /// Leaves the bus, as a panel that crashed or restarts.
    ///
    /// # Errors
    /// If the connection cannot be closed.
    pub async fn stop(self) -> Result<()> {
        Ok(self.bus.close().await?)
    }
}

struct Watcher {
    registered: watch::Sender<Vec<Registered>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        // Some programs send their path, others their bus name.
        let item = match header.sender() {
            Some(sender) if service.starts_with('/') => (sender.to_string(), service.to_owned()),
            _ => (service.to_owned(), "/StatusNotifierItem".to_owned()),
        };
        let name = format!("{}{}", item.0, item.1);
        self.registered.send_modify(|all| {
            all.retain(|other| *other != item);
            all.push(item);
        });
        Ok(Self::status_notifier_item_registered(&emitter, &name).await?)
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.registered
            .borrow()
            .iter()
            .map(|(service, path)| format!("{service}{path}"))
            .collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
