//! The part of the system that says when the computer sleeps.

use anyhow::Result;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, interface};

use crate::desktop::{Desktop, connect};

const PATH: &str = "/org/freedesktop/login1";

/// Owns `org.freedesktop.login1` on the private system bus.
#[derive(Debug)]
pub struct Logind {
    bus: Connection,
}

impl Logind {
    /// Starts it, with the computer awake.
    ///
    /// # Errors
    /// If there is another one.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let builder = connect(desktop.environment())?.serve_at(PATH, Manager)?;
        Ok(Self {
            bus: builder.name("org.freedesktop.login1")?.build().await?,
        })
    }

    /// Says that the computer is about to sleep.
    ///
    /// # Errors
    /// If the bus is gone.
    pub async fn sleep(&self) -> Result<()> {
        Ok(Manager::prepare_for_sleep(&SignalEmitter::new(&self.bus, PATH)?, true).await?)
    }

    /// Says that it has woken up.
    ///
    /// # Errors
    /// If the bus is gone.
    pub async fn wake(&self) -> Result<()> {
        Ok(Manager::prepare_for_sleep(&SignalEmitter::new(&self.bus, PATH)?, false).await?)
    }
}

struct Manager;

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}
