//! The dialog that asks for the keyring's password, and a person who does not answer it.

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, interface};

use crate::desktop::{Desktop, connect};
use crate::wait::DEADLINE;

/// Takes every prompt of the keyring and leaves it open, so that an unlock waits for ever.
#[derive(Debug)]
pub struct Prompter {
    _bus: Connection,
    open: watch::Receiver<usize>,
}

impl Prompter {
    /// Starts to take prompts.
    ///
    /// # Errors
    /// If there is another prompter.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let (opened, open) = watch::channel(0);
        let bus = connect(desktop.environment())?
            .serve_at("/org/gnome/keyring/Prompter", Dialogs { opened })?
            .name("org.gnome.keyring.SystemPrompter")?
            .build()
            .await?;
        Ok(Self { _bus: bus, open })
    }

    /// Waits until the keyring asks for its password.
    ///
    /// # Errors
    /// If it does not.
    pub async fn wait_for_prompt(&mut self) -> Result<()> {
        timeout(DEADLINE, self.open.wait_for(|open| *open > 0))
            .await
            .context("waited for a prompt of the keyring")??;
        Ok(())
    }
}

struct Dialogs {
    opened: watch::Sender<usize>,
}

#[interface(name = "org.gnome.keyring.internal.Prompter")]
impl Dialogs {
    fn begin_prompting(&self, _callback: OwnedObjectPath) {
        self.opened.send_modify(|open| *open += 1);
    }

    fn stop_prompting(&self, _callback: OwnedObjectPath) {
        self.opened.send_modify(|open| *open = open.saturating_sub(1));
    }
}
