//! What commands, tray and notifications share, drawn from the one snapshot.

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::Clock;
use accounts::{
    Accounts, Hint, Problem, ServerForm, SignedOut, Snapshot, TrayView, Words, attention, settled, tray_view,
};
use auth_core::{Secret, ServerId};
use machine::{CredentialStore, Paths};
use tauri::{AppHandle, Manager};

use crate::clipboard::{CopyAs, SecretClipboard};
use crate::commands::MIN_TTL;
use crate::notifications::Notifications;
use crate::tray::Tray;
use crate::window::{News, Windows};

/// What commands, tray and notifications share.
pub struct Desktop {
    pub accounts: Arc<Accounts>,
    pub paths: Paths,
    pub store: CredentialStore,
    pub clock: Arc<dyn Clock>,
    pub clipboard: SecretClipboard,
    pub notifications: Notifications,
    pub windows: Windows,
}

/// Does something to the tray, on the main thread.
pub fn on_tray(app: &AppHandle, change: impl FnOnce(&Tray, &AppHandle) -> tauri::Result<()> + Send + 'static) {
    let on_main = app.clone();
    let done = app.run_on_main_thread(move || {
        if let Err(error) = change(&on_main.state::<Tray>(), &on_main) {
            tracing::warn!(%error, "the tray was not drawn");
        }
    });
    if let Err(error) = done {
        tracing::warn!(%error, "the tray was not drawn");
    }
}

/// Draws tray, window and notifications from each new snapshot.
pub async fn follow_snapshot(app: AppHandle, accounts: Arc<Accounts>) {
    let desktop = app.state::<Desktop>();
    let mut changes = accounts.subscribe();
    let mut before: Arc<Snapshot> = changes.borrow_and_update().clone();
    // What came about while this program did not run concerns a person, too.
    let nothing = Snapshot {
        servers: Vec::new(),
        ..Snapshot::clone(&before)
    };
    for call in attention(&nothing, &before, machine::language()) {
        desktop.notifications.apply(call);
    }
    let mut known = before.clone();
    loop {
        // Also where only the time has passed, for the minutes in the tray and the end of quiet hours.
        if changes.changed().await.is_err() {
            return;
        }
        let after = changes.borrow_and_update().clone();
        // The main thread is woken only for what a person can see.
        if !app.state::<Tray>().shows(&desktop.tray_view()) {
            desktop.redraw_tray(&app);
        }
        if after != before {
            for call in attention(&known, &after, machine::language()) {
                desktop.notifications.apply(call);
            }
            known = settled(&known, &after);
            // The time first, or the page would count from its last second.
            desktop.windows.tell(&News::Clock(desktop.clock.now()));
            desktop.windows.tell(&News::Snapshot(&after));
            before = after;
        }
        let minute = machine::minute_of_day(desktop.clock.now());
        desktop.notifications.call(&before.preferences, minute);
    }
}

impl Desktop {
    /// Copies the access token of a server; gives the seconds until the clipboard is cleared.
    pub async fn copy_token(&self, app: &AppHandle, server: &ServerId, copy_as: CopyAs) -> Result<u64, Problem> {
        let auth = self.accounts.access_token(server, MIN_TTL).await;
        let token = auth.map_err(|error| error.problem())?.access_token;
        let snapshot = self.accounts.snapshot();
        let url = snapshot.server(server.as_str()).map_or("", |server| &server.url);
        let stays = Duration::from_secs(u64::from(self.accounts.preferences().clipboard_seconds));
        self.clipboard.copy(app, copy_as.text(&token, url), stays).await
    }

    /// Makes a server the active one, from the tray; a protected one only after the window has asked.
    pub async fn switch_server(&self, server: &ServerId) -> Result<(), Problem> {
        if self.accounts.may_switch(server).is_err() {
            self.windows.ask_to_switch(server.to_string());
            return Ok(());
        }
        let switched = self.accounts.switch_server(server).await;
        switched.map_err(|error| error.problem())
    }

    /// What a person chose acts from here on; what the page draws itself is not among it.
    pub fn apply_preferences(&self) {
        let preferences = self.accounts.preferences();
        machine::log_at(preferences.log_level.name());
        self.windows.paint(preferences.theme);
    }

    /// Signs out.
    pub async fn sign_out(&self, server: &ServerId) -> Result<(), Problem> {
        self.accounts
            .sign_out(server)
            .await
            .map_err(|error| error.problem())
            .and_then(everywhere)
    }

    /// Signs out and takes the server off the list.
    pub async fn remove_server(&self, server: &ServerId) -> Result<(), Problem> {
        self.accounts
            .remove_server(server)
            .await
            .map_err(|error| error.problem())
            .and_then(everywhere)
    }

    /// Decides what is to become of a session that another program would have lost.
    pub async fn settle(&self, server: &ServerId, ours: bool) -> Result<(), Problem> {
        self.accounts
            .settle(server, ours)
            .await
            .map_err(|error| error.problem())
            .and_then(everywhere)
    }

    /// Opens the encrypted store for as long as the app runs, and tries again what waited for it.
    pub async fn unlock_store(&self, passphrase: &Secret) -> Result<(), Problem> {
        let unlocked = self.store.unlock(passphrase).await;
        unlocked.map_err(Problem::of_store)?;
        self.accounts.hint(Hint::StoreOpened);
        Ok(())
    }

    /// Changes a server. The edit is done where only the old server was not told, so that is said beside it.
    pub async fn edit_server(&self, server: &ServerId, form: &ServerForm) -> Result<(), Problem> {
        let edited = self.accounts.edit_server(server, form).await;
        if let Err(problem) = everywhere(edited.map_err(|error| error.problem())?) {
            self.not_done(server.as_str(), self.words().not_signed_out, &problem);
        }
        Ok(())
    }

    /// Says why something that was chosen outside the window was not done.
    pub fn not_done(&self, server: &str, title: &str, problem: &Problem) {
        let reason = (self.words().said)(problem.code).unwrap_or(&problem.message);
        self.notifications.failed(server, title, reason);
    }

    /// Draws the tray as things stand, also where nothing but the desktop's own tick changed.
    pub fn redraw_tray(&self, app: &AppHandle) {
        on_tray(app, |tray, app| tray.draw(app, app.state::<Self>().tray_view()));
    }

    fn tray_view(&self) -> TrayView {
        tray_view(&self.accounts.snapshot(), self.clock.now(), machine::language())
    }

    /// What is said outside the window.
    pub fn words(&self) -> &'static Words {
        self.accounts.preferences().spoken(machine::language()).words()
    }
}

/// That the server could not be told is no failure here, but it must be said.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `and_then`, which hands the outcome over"
)]
fn everywhere(signed_out: SignedOut) -> Result<(), Problem> {
    let again = matches!(signed_out, SignedOut::HereOnly { again: true, .. });
    let code = if again { "server_not_told" } else { "server_never_told" };
    match signed_out.untold() {
        None => Ok(()),
        Some(message) => Err(Problem {
            code,
            message,
            field: None,
        }),
    }
}
