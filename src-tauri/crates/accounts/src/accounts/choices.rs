//! What a person chose about the app and about single servers; and the switch that is taken back by itself.

use auth_core::ServerId;

use super::Accounts;
use crate::error::AccountsError;
use crate::ports::{FallBack, Preferences, ServerLook, UnixMillis};

/// A day; nobody means longer by "falls back by itself".
const LONGEST_MINUTES: u16 = 24 * 60;
/// So many of the servers that were chosen last are remembered.
const RECENT: usize = 10;

impl Accounts {
    /// What a person chose about the app.
    pub fn preferences(&self) -> Preferences {
        self.state().settings.preferences.clone()
    }

    /// Keeps what a person chose about the app, as far as it can be.
    ///
    /// # Errors
    /// Our settings cannot be written.
    pub async fn set_preferences(&self, preferences: Preferences) -> Result<(), AccountsError> {
        let preferences = preferences.sound();
        self.update_settings(move |settings| settings.preferences = preferences)
            .await?;
        self.publish();
        Ok(())
    }

    /// Keeps what a person chose about one server.
    ///
    /// # Errors
    /// There is no such server, or our settings cannot be written.
    pub async fn set_look(&self, id: &ServerId, look: ServerLook) -> Result<(), AccountsError> {
        self.profile(id)?;
        let look = ServerLook {
            fall_back_minutes: look
                .fall_back_minutes
                .filter(|minutes| look.protected && *minutes > 0)
                .map(|minutes| minutes.min(LONGEST_MINUTES)),
            ..look
        };
        let key = id.to_string();
        self.update_settings(move |settings| {
            if look.fall_back_minutes.is_none() {
                settings.fall_back.take_if(|back| back.from == key);
            }
            if look == ServerLook::default() {
                settings.looks.remove(&key);
            } else {
                settings.looks.insert(key, look);
            }
        })
        .await?;
        self.publish();
        Ok(())
    }

    /// Fails where switching to that server is asked about first and nobody has.
    ///
    /// # Errors
    /// [`AccountsError::Protected`].
    pub fn may_switch(&self, id: &ServerId) -> Result<(), AccountsError> {
        let state = self.state();
        let protected = state.settings.looks.get(id.as_str()).is_some_and(|look| look.protected);
        let is_active = state.document.config().active_server_id.as_deref() == Some(id.as_str());
        match protected && !is_active {
            true => Err(AccountsError::Protected { id: id.to_string() }),
            false => Ok(()),
        }
    }

    /// Stays with the protected server that is active.
    ///
    /// # Errors
    /// Our settings cannot be written.
    pub async fn stay(&self) -> Result<(), AccountsError> {
        self.update_settings(|settings| settings.fall_back = None).await?;
        self.publish();
        Ok(())
    }

    /// After a switch: the server is the first of those chosen last, and may give way by itself later. The file that others read is
    /// written before.
    pub(super) async fn remember_switch(&self, id: &ServerId, before: Option<String>) {
        let (key, planned) = (id.to_string(), self.planned_fall_back(id, before));
        let (falls_otherwise, is_first) = {
            let settings = &self.state().settings;
            (planned != settings.fall_back, settings.recent.first() == Some(&key))
        };
        if !falls_otherwise && is_first {
            return;
        }
        self.remember(move |settings| {
            if falls_otherwise {
                settings.fall_back = planned;
            }
            settings.recent.retain(|other| *other != key);
            settings.recent.insert(0, key);
            settings.recent.truncate(RECENT);
        })
        .await;
        self.publish();
        self.changed.notify_one();
    }

    /// From one protected server to another, the one of before both counts.
    fn planned_fall_back(&self, id: &ServerId, before: Option<String>) -> Option<FallBack> {
        let state = self.state();
        let minutes = state.settings.looks.get(id.as_str())?.fall_back_minutes?;
        let before = match &state.settings.fall_back {
            Some(running) if before.as_deref() == Some(&running.from) => Some(running.to.clone()),
            _ => before,
        };
        let to = before.filter(|to| to != id.as_str() && state.profile(to).is_some())?;
        Some(FallBack {
            from: id.to_string(),
            to,
            at: self.now() + UnixMillis::from(minutes) * 60_000,
        })
    }

    /// When the active server changes by itself.
    pub(super) fn fall_back_at(&self) -> Option<UnixMillis> {
        self.state().settings.fall_back.as_ref().map(|back| back.at)
    }

    /// Takes the switch back, if it is time and somebody has not switched elsewhere meanwhile.
    pub(super) async fn fall_back_if_due(&self, now: UnixMillis) {
        let Some(back) = self.state().settings.fall_back.clone().filter(|back| back.at <= now) else {
            return;
        };
        let done = self.update(Box::new(move |document| {
            let config = document.config();
            let still = config.active_server_id.as_deref() == Some(&back.from);
            match still && config.server(&back.to).is_some() {
                true => document.set_active(&back.to),
                false => Ok(()),
            }
        }));
        if let Err(error) = done.await {
            // The next look tries again: to stay on a protected server is what nobody chose.
            tracing::warn!(code = error.code(), "the server of before was not made active again");
            return;
        }
        self.remember(|settings| settings.fall_back = None).await;
        self.publish();
    }

    /// The address of the last sign-in, so that nobody types it again.
    pub(super) async fn remember_email(&self, id: &ServerId) {
        let (key, email) = {
            let state = self.state();
            let email = state.sessions.get(id).and_then(|session| session.last_email.clone());
            let Some(email) = email.filter(|email| state.settings.emails.get(id.as_str()) != Some(email)) else {
                return;
            };
            (id.to_string(), email)
        };
        self.remember(move |settings| {
            settings.emails.insert(key, email);
        })
        .await;
    }
}
