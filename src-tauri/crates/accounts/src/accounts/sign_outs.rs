//! Sessions that were ended here while their server could not be told: remembered, and told later.

use std::time::Duration;

use auth_core::{Secret, ServerId, ServerUrl};

use super::{Accounts, SignedOut, key_of};
use crate::error::{AccountsError, sentence};
use crate::plan;
use crate::ports::{Event, Server, SettingsError, SignOutToDo, UnixMillis};

/// A refresh token ends by itself in that time; to tell a server any later is of no use, milliseconds.
const WORTH_TELLING: u64 = 30 * 24 * 3600 * 1000;

impl Accounts {
    /// Ends a session at its server, if there is one.
    pub(super) async fn end_at_server(&self, server: &Server, token: Option<Secret>) -> SignedOut {
        let Some(token) = token else {
            return SignedOut::Everywhere;
        };
        let todo = self.remember_sign_out(server, &token).await;
        self.tell_server(server, &token, todo).await
    }

    /// Ends a session at its server, now or, where it cannot be reached, later. `todo` is what remembers it.
    pub(super) async fn tell_server(&self, server: &Server, token: &Secret, todo: Option<SignOutToDo>) -> SignedOut {
        let told = self.ports.api.logout(server, token).await;
        let Err(error) = told else {
            if let Some(todo) = todo
                && let Err(error) = self.sign_out_is_done(&todo).await
            {
                tracing::warn!(server = %server.id, code = error.code(), "the server will be told of the sign-out once more");
            }
            return SignedOut::Everywhere;
        };
        let code = AccountsError::from(error.clone()).code();
        tracing::info!(server = %server.id, code, "the server was not told of the sign-out");
        if let Some(todo) = &todo {
            // From now on: it may have been silent for longer than it was to be left alone.
            let retry_at = plan::backoff(server.id.as_str(), 1, self.now(), error.retry_after());
            if let Err(error) = self.put_off(todo, todo.failures, retry_at).await {
                tracing::warn!(%error, "our settings were not written");
            }
        }
        self.publish();
        self.changed.notify_one();
        SignedOut::HereOnly {
            reason: sentence(&error.to_string()),
            again: todo.is_some(),
        }
    }

    /// Whether an earlier sign-out of that server waits to be told.
    pub(super) fn has_yet_to_hear(&self, server: &Server) -> bool {
        let sign_outs = &self.state().settings.sign_outs;
        sign_outs.iter().any(|todo| todo.server == server.id.as_str())
    }

    /// Keeps the token under a name of its own until the server has heard, where that can be done. Before the server is told: a
    /// program that ends while it waits for the answer leaves no session that nobody ends.
    pub(super) async fn remember_sign_out(&self, server: &Server, token: &Secret) -> Option<SignOutToDo> {
        let now = self.now();
        let mut todo = SignOutToDo {
            id: format!("signed out/{}/{now}", server.id),
            server: server.id.to_string(),
            url: server.url.as_str().to_owned(),
            domain_id: server.domain_id.clone(),
            store: None,
            since: now,
            failures: 1,
            retry_at: plan::backoff(server.id.as_str(), 1, now, None),
        };
        let item = item_of(&todo)?;
        if let Err(error) = self.ports.vault.write(&key_of(&item), token).await {
            tracing::warn!(server = %server.id, %error, "the sign-out cannot be tried again later");
            return None;
        }
        todo.store = Some(self.ports.vault.kind());
        let added = todo.clone();
        let added = self.update_settings(move |settings| settings.sign_outs.push(added));
        if let Err(error) = added.await {
            tracing::warn!(server = %server.id, %error, "the sign-out cannot be tried again later");
            if let Err(error) = self.ports.vault.delete(&key_of(&item)).await {
                tracing::warn!(server = %server.id, %error, "a token that is of no use any more was not deleted");
            }
            return None;
        }
        self.publish();
        Some(todo)
    }

    /// Notes when it is tried next.
    async fn put_off(&self, todo: &SignOutToDo, failures: u32, retry_at: UnixMillis) -> Result<(), SettingsError> {
        let key = todo.id.clone();
        self.update_settings(move |settings| {
            for todo in settings.sign_outs.iter_mut().filter(|todo| todo.id == key) {
                (todo.failures, todo.retry_at) = (failures, retry_at);
            }
        })
        .await
    }

    /// Nobody has to be told any more.
    async fn sign_out_is_done(&self, todo: &SignOutToDo) -> Result<(), AccountsError> {
        if let Some(item) = item_of(todo) {
            self.ports.vault.delete(&key_of(&item)).await?;
        }
        let key = todo.id.clone();
        self.update_settings(move |settings| settings.sign_outs.retain(|todo| todo.id != key))
            .await?;
        self.publish();
        Ok(())
    }

    /// Tells servers of earlier sign-outs, whenever they would be due.
    pub async fn try_sign_outs_again(&self) {
        let waiting = self.state().settings.sign_outs.clone();
        self.try_each_again(waiting).await;
    }

    /// The sign-outs whose time has come.
    pub fn due_sign_outs(&self) -> Vec<SignOutToDo> {
        let now = self.now();
        let waiting = &self.state().settings.sign_outs;
        waiting.iter().filter(|todo| todo.retry_at <= now).cloned().collect()
    }

    pub(super) async fn try_each_again(&self, waiting: Vec<SignOutToDo>) {
        for todo in waiting {
            if let Err(error) = self.try_sign_out_again(&todo).await {
                tracing::info!(server = todo.server, code = error.code(), "the sign-out has to wait");
            }
        }
        self.publish();
    }

    /// Tells a server of an earlier sign-out, unless another program does; whether it has heard now.
    ///
    /// # Errors
    /// What kept it from being told; it is tried again later.
    pub async fn try_sign_out_again(&self, todo: &SignOutToDo) -> Result<bool, AccountsError> {
        let id = ServerId::existing(&todo.server);
        let _held = self.ports.lock.acquire(&id).await?;
        self.read_files().await;
        let known = self
            .state()
            .settings
            .sign_outs
            .iter()
            .find(|other| other.id == todo.id)
            .cloned();
        // Another program may have tried meanwhile.
        let Some(known) = known.filter(|known| known.retry_at <= todo.retry_at) else {
            return Ok(false);
        };
        let Some(item) = item_of(&known) else { return Ok(false) };
        let now = self.now();
        if now.saturating_sub(known.since) >= WORTH_TELLING {
            self.sign_out_is_done(&known).await?;
            return Ok(false);
        }
        let token = self.ports.vault.read(&key_of(&item)).await?;
        if known.store.is_some_and(|store| store != self.ports.vault.kind()) {
            // It lies where this program does not look.
            return Ok(false);
        }
        let Some(token) = token else {
            // Nothing is left to tell it with.
            self.sign_out_is_done(&known).await?;
            return Ok(false);
        };
        // Before it is asked: whoever waits for its answer may be cut off, and the others are to have their turn.
        let failures = known.failures.saturating_add(1);
        // At a slower pace than a refresh: nobody waits for it.
        let next = |retry_after| plan::backoff(&known.id, failures.saturating_add(3), now, retry_after);
        self.put_off(&known, failures, next(None)).await?;
        let server = Server { id: id.clone(), ..item };
        if let Err(error) = self.ports.api.logout(&server, &token).await {
            if error.retry_after().is_some() {
                self.put_off(&known, failures, next(error.retry_after())).await?;
            }
            return Err(error.into());
        }
        self.sign_out_is_done(&known).await?;
        self.note(&id, Event::SignOutDone).await;
        Ok(true)
    }

    /// When the next of them is to be tried.
    pub(super) fn sign_out_due_at(&self) -> Option<UnixMillis> {
        self.state().settings.sign_outs.iter().map(|todo| todo.retry_at).min()
    }

    /// Puts a due sign-out off, so that the refresher does not begin it twice.
    pub(super) fn put_sign_outs_off(&self, now: UnixMillis, by: Duration) {
        let mut state = self.state();
        let settings = std::sync::Arc::make_mut(&mut state.settings);
        for todo in settings.sign_outs.iter_mut().filter(|todo| todo.retry_at <= now) {
            todo.retry_at = now + by.as_millis() as u64;
        }
    }
}

/// The server under whose name the token is kept.
fn item_of(todo: &SignOutToDo) -> Option<Server> {
    Some(Server {
        id: ServerId::existing(&todo.id),
        url: ServerUrl::parse(&todo.url).ok()?,
        domain_id: todo.domain_id.clone(),
    })
}
