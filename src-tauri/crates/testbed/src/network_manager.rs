//! The part of the system that says how the network is.

use anyhow::Result;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, interface};

use crate::desktop::{Desktop, connect};

const PATH: &str = "/org/freedesktop/NetworkManager";
const DISCONNECTED: u32 = 20;
const CONNECTING: u32 = 40;
const CONNECTED_GLOBAL: u32 = 70;

/// Owns `org.freedesktop.NetworkManager` on the private system bus.
#[derive(Debug)]
pub struct NetworkManager {
    bus: Connection,
}

impl NetworkManager {
    /// Starts it, with the network there.
    ///
    /// # Errors
    /// If there is another one.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let builder = connect(desktop.environment())?.serve_at(PATH, Manager)?;
        Ok(Self {
            bus: builder.name("org.freedesktop.NetworkManager")?.build().await?,
        })
    }

    /// Says that the network has gone.
    ///
    /// # Errors
    /// If the bus is gone.
    pub async fn go(&self) -> Result<()> {
        self.say(DISCONNECTED).await
    }

    /// Says that the network is being looked for, and has come back.
    ///
    /// # Errors
    /// If the bus is gone.
    pub async fn come(&self) -> Result<()> {
        self.say(CONNECTING).await?;
        self.say(CONNECTED_GLOBAL).await
    }

    async fn say(&self, state: u32) -> Result<()> {
        Ok(Manager::state_changed(&SignalEmitter::new(&self.bus, PATH)?, state).await?)
    }
}

struct Manager;

#[interface(name = "org.freedesktop.NetworkManager")]
impl Manager {
    #[zbus(signal)]
    async fn state_changed(emitter: &SignalEmitter<'_>, state: u32) -> zbus::Result<()>;
}
