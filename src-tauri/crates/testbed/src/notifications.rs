//! The desktop's notification server: it shows nothing and remembers everything.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, interface};

use crate::desktop::{Desktop, connect};
use crate::wait::{DEADLINE, eventually};

const PATH: &str = "/org/freedesktop/Notifications";

/// The time a person's hand takes to a button.
const HAND: Duration = Duration::from_millis(250);

/// Why a notification went away, in the numbers of the specification.
const BY_THE_PERSON: u32 = 2;
const BY_THE_PROGRAM: u32 = 3;

/// A notification as it was last sent.
#[derive(Debug, Clone)]
pub struct Notification {
    /// The number given to the program; kept when it is replaced.
    pub id: u32,
    /// The number of the one it replaced; 0 for a new one.
    pub replaces: u32,
    /// The program's name.
    pub app: String,
    /// The first line.
    pub summary: String,
    /// The text.
    pub body: String,
    /// The buttons: key, then label.
    pub actions: Vec<(String, String)>,
    /// Urgency, category, picture and so on.
    pub hints: HashMap<String, OwnedValue>,
    /// Whether it has been withdrawn or pressed.
    pub closed: bool,
}

/// Owns `org.freedesktop.Notifications`.
#[derive(Debug)]
pub struct Notifications {
    bus: Connection,
    sent: watch::Receiver<Vec<Notification>>,
    sender: watch::Sender<Vec<Notification>>,
}

impl Notifications {
    /// Starts to take notifications.
    ///
    /// # Errors
    /// If another server does.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let (sender, sent) = watch::channel(Vec::new());
        let bus = connect(desktop.environment())?
            .serve_at(PATH, Sink { sent: sender.clone() })?
            .name("org.freedesktop.Notifications")?
            .build()
            .await?;
        Ok(Self { bus, sent, sender })
    }

    /// Every call of `Notify` so far, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Notification> {
        self.sent.borrow().clone()
    }

    /// The ones a person sees now.
    #[must_use]
    pub fn open(&self) -> Vec<Notification> {
        self.sent.borrow().iter().filter(|one| !one.closed).cloned().collect()
    }

    /// Waits until an open notification fits.
    ///
    /// # Errors
    /// If none comes; with those that did.
    pub async fn wait_for(&mut self, what: &str, fits: impl Fn(&Notification) -> bool) -> Result<Notification> {
        let found = |all: &Vec<Notification>| all.iter().find(|one| !one.closed && fits(one)).cloned();
        let waited = timeout(DEADLINE, self.sent.wait_for(|all| found(all).is_some()))
            .await
            .map(|all| all.ok().and_then(|all| found(&all)));
        match waited {
            Ok(Some(one)) => Ok(one),
            _ => bail!(
                "waited {DEADLINE:?} for a notification: {what}; there were {:#?}",
                self.all()
            ),
        }
    }

    /// Waits until the notification is withdrawn.
    ///
    /// # Errors
    /// If it stays.
    pub async fn wait_until_closed(&mut self, id: u32) -> Result<()> {
        let gone = self
            .sent
            .wait_for(|all| all.iter().all(|one| one.id != id || one.closed));
        timeout(DEADLINE, gone)
            .await
            .with_context(|| format!("waited for notification {id} to be withdrawn"))??;
        Ok(())
    }

    /// Presses a button of it, once the program listens; `default` is the notification itself. It closes then, as on most desktops.
    ///
    /// # Errors
    /// If it was never shown or has no such button.
    pub async fn press(&self, id: u32, action: &str) -> Result<()> {
        let shown = self.all();
        let one = shown
            .iter()
            .rfind(|one| one.id == id)
            .with_context(|| format!("there was no notification {id}"))?;
        one.actions
            .iter()
            .find(|(key, _)| key == action)
            .with_context(|| format!("no button {action:?} in {:?}", one.actions))?;
        self.wait_for_a_listener().await?;
        let emitter = SignalEmitter::new(&self.bus, PATH)?;
        Sink::action_invoked(&emitter, id, action).await?;
        close(&self.sender, id);
        Ok(Sink::notification_closed(&emitter, id, BY_THE_PERSON).await?)
    }

    /// No person is so quick that the program does not listen yet: one that misses the press hears of the end alone, and stops listening.
    /// notify-rust subscribes first and reads from its connection a moment later, which nobody can see from outside.
    async fn wait_for_a_listener(&self) -> Result<()> {
        let bus = zbus::Proxy::new(
            &self.bus,
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.Debug.Stats",
        )
        .await?;
        eventually("a program that listens to notifications", DEADLINE, async || {
            let rules: HashMap<String, Vec<String>> = bus.call("GetAllMatchRules", &()).await?;
            let mut all = rules.values().flatten();
            ensure!(all.any(|rule| rule.contains("ActionInvoked")), "nobody does");
            Ok(())
        })
        .await?;
        tokio::time::sleep(HAND).await;
        Ok(())
    }

    /// Leaves the bus, as a notification server that crashed.
    ///
    /// # Errors
    /// If the connection cannot be closed.
    pub async fn stop(self) -> Result<()> {
        Ok(self.bus.close().await?)
    }
}

fn close(sent: &watch::Sender<Vec<Notification>>, id: u32) {
    sent.send_modify(|all| mark_closed(all, id));
}

fn mark_closed(all: &mut [Notification], id: u32) {
    for one in all.iter_mut().filter(|one| one.id == id) {
        one.closed = true;
    }
}

struct Sink {
    sent: watch::Sender<Vec<Notification>>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Sink {
    fn get_capabilities(&self) -> Vec<&'static str> {
        vec!["actions", "body", "persistence"]
    }

    fn get_server_information(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        ("testbed", "testbed", "1", "1.2")
    }

    #[expect(clippy::too_many_arguments, reason = "the D-Bus interface says so")]
    fn notify(
        &self,
        app: String,
        replaces: u32,
        _icon: &str,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut words = actions.into_iter();
        let actions = std::iter::from_fn(|| Some((words.next()?, words.next()?))).collect();
        let mut id = replaces;
        self.sent.send_modify(|all| {
            if replaces == 0 {
                id = all.iter().map(|one| one.id).max().unwrap_or(0) + 1;
            }
            // The earlier text is no longer on the screen.
            mark_closed(all, id);
            all.push(Notification {
                id,
                replaces,
                app,
                summary,
                body,
                actions,
                hints,
                closed: false,
            });
        });
        id
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        close(&self.sent, id);
        Ok(Self::notification_closed(&emitter, id, BY_THE_PROGRAM).await?)
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}
