//! Calls a person when a session needs one: once, replaced by the next about the same server, withdrawn when it is cured.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use accounts::ports::Preferences;
use accounts::{Attention, Call};
use notify_rust::{Notification, Timeout};
use tokio::sync::oneshot;

use crate::window::Windows;

/// The button that leads to the window, and the one that puts it off.
const OPEN: &str = "open";
const LATER: &str = "later";

/// The notifications that are up.
pub struct Notifications {
    windows: Windows,
    /// By server: dropping the sender takes the notification back.
    shown: Mutex<HashMap<String, oneshot::Sender<()>>>,
    /// By server: what waits for the end of the quiet hours.
    held: Mutex<HashMap<String, Call>>,
}

impl Notifications {
    pub fn new(windows: Windows) -> Self {
        Self {
            windows,
            shown: Mutex::default(),
            held: Mutex::default(),
        }
    }

    /// Notes what is to be raised and withdraws what is cured; [`Notifications::call`] raises it.
    pub fn apply(&self, call: Attention) {
        match call {
            Attention::Raise { server, call } => drop(self.held().insert(server, call)),
            Attention::Withdraw { server } => {
                self.held().remove(&server);
                self.shown().remove(&server);
            }
        }
    }

    /// Raises what waits, unless it is quiet at that minute of the day. What a person does not want to be called for is dropped.
    pub fn call(&self, preferences: &Preferences, minute_of_day: u16) {
        if preferences.is_quiet(minute_of_day) {
            return;
        }
        let words = preferences.spoken(machine::language()).words();
        for (server, call) in std::mem::take(&mut *self.held()) {
            if preferences.notifications.allow(call.kind) {
                let buttons = [(OPEN, call.action), (LATER, words.later)];
                let mut notification = notification(&call.title, &call.body, &buttons);
                self.put_up(server.clone(), server, notification.timeout(Timeout::Never).finalize());
            }
        }
    }

    /// Says that something a person chose in the tray was not done. It goes by itself, and never takes the place of a call.
    pub fn failed(&self, server: &str, title: &str, reason: &str) {
        let notification = notification(title, reason, &[]).timeout(Timeout::Default).finalize();
        self.put_up(failure_of(server), server.to_owned(), notification);
    }

    /// What was not done before is done now.
    pub fn done(&self, server: &str) {
        self.shown().remove(&failure_of(server));
    }

    fn put_up(&self, key: String, server: String, notification: Notification) {
        let (keep, withdrawn) = oneshot::channel();
        self.shown().insert(key, keep);
        let windows = self.windows.clone();
        tauri::async_runtime::spawn(async move { present(notification, withdrawn, windows, server).await });
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<String, Call>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<()>>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No server has a space in its id.
fn failure_of(server: &str) -> String {
    format!("{server} failed")
}

fn notification(title: &str, body: &str, buttons: &[(&str, &str)]) -> Notification {
    let mut notification = Notification::new();
    notification
        .appname("FlowState Accounts")
        .summary(title)
        .body(&escaped(body))
        .icon("flowstate-tray");
    // No desktop shows what this one says: it is the notification itself that is clicked.
    notification.action("default", title);
    for (id, label) in buttons {
        notification.action(id, label);
    }
    notification
}

/// Shows it and waits for a click or its withdrawal. The handle lives that long: GNOME closes a notification with its connection.
#[cfg(target_os = "linux")]
async fn present(notification: Notification, withdrawn: oneshot::Receiver<()>, windows: Windows, server: String) {
    use notify_rust::NotificationResponse;
    let handle = match notification.show_async().await {
        Ok(handle) => handle,
        Err(error) => return tracing::warn!(%error, "the notification was not shown"),
    };
    tokio::select! {
        () = handle.wait_for_action_async(|response| {
            let wanted = match response {
                NotificationResponse::Default => true,
                // Put off: it is not raised again before something else changes.
                NotificationResponse::Action(action) => action != LATER,
                _ => false,
            };
            if wanted {
                windows.show(Some(server));
            }
        }) => {}
        _ = withdrawn => handle.close_async().await,
    }
}

/// These desktops keep a notification without our help and tell nobody of a click.
#[cfg(not(target_os = "linux"))]
async fn present(notification: Notification, _withdrawn: oneshot::Receiver<()>, _windows: Windows, _server: String) {
    if let Err(error) = notification.show() {
        tracing::warn!(%error, "the notification was not shown");
    }
}

/// The body may hold markup on some desktops; ours is plain text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
