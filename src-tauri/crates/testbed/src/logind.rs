//! The part of the system that says when the computer sleeps.

use std::io::PipeReader;

use anyhow::Result;
use rustix::io::Errno;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedFd;
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
        let builder = connect(desktop.environment())?.serve_at(PATH, Manager::default())?;
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

    /// How many put the sleep off.
    ///
    /// # Errors
    /// If the bus is gone.
    pub async fn delays(&self) -> Result<usize> {
        let manager = self.bus.object_server().interface::<_, Manager>(PATH).await?;
        let manager = manager.get().await;
        let is_held = |delay: &&PipeReader| rustix::io::read(delay, &mut [0]) == Err(Errno::AGAIN);
        Ok(manager.delays.iter().filter(is_held).count())
    }

    /// Says that it has woken up.
    ///
    /// # Errors
    /// If the bus is gone.
    pub async fn wake(&self) -> Result<()> {
        Ok(Manager::prepare_for_sleep(&SignalEmitter::new(&self.bus, PATH)?, false).await?)
    }
}

/// The ends of pipes whose other ends were given to those who put the sleep off.
#[derive(Default)]
struct Manager {
    delays: Vec<PipeReader>,
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    /// Only this kind is given, as to any program of a person who is there.
    fn inhibit(&mut self, what: &str, who: &str, why: &str, mode: &str) -> zbus::fdo::Result<OwnedFd> {
        if (what, mode) != ("sleep", "delay") || who.is_empty() || why.is_empty() {
            return Err(zbus::fdo::Error::InvalidArgs("Invalid inhibitor".to_owned()));
        }
        let failed = |error: std::io::Error| zbus::fdo::Error::Failed(error.to_string());
        let (ours, theirs) = std::io::pipe().map_err(failed)?;
        rustix::io::ioctl_fionbio(&ours, true).map_err(|error| failed(error.into()))?;
        self.delays.push(ours);
        Ok(OwnedFd::from(std::os::fd::OwnedFd::from(theirs)))
    }

    #[zbus(signal)]
    async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}
