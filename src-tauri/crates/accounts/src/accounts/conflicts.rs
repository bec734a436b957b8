//! Changes of the shared file that would lose something of ours: neither taken silently nor fought, but asked about.

use std::collections::HashMap;

use auth_core::ServerId;
use auth_core::config::ServerProfile;

use super::sharing::Recorded;
use super::{Accounts, SignedOut, key_of};
use crate::Conflict;
use crate::error::AccountsError;
use crate::ports::{Event, Server};
use crate::profile::server_of;
use crate::session::conflict_text;

impl Accounts {
    /// The servers about which a person has to decide.
    pub(super) fn conflicts(&self) -> Vec<ServerId> {
        let state = self.state();
        let servers = &state.document.config().servers;
        let there: HashMap<&str, &ServerProfile> = servers.iter().map(|p| (p.id.as_str(), p)).collect();
        let ids = state.settings.sessions.keys();
        ids.filter(|id| state.conflict(id, there.get(id.as_str()).copied()).is_some())
            .map(|id| ServerId::existing(id))
            .collect()
    }

    pub(super) fn conflict(&self, id: &ServerId) -> Option<Conflict> {
        let state = self.state();
        state.conflict(id.as_str(), state.profile(id.as_str()))
    }

    /// What stands in the way of using a session, as an error.
    pub(super) fn no_conflict(&self, id: &ServerId) -> Result<(), AccountsError> {
        self.conflict(id).map_or(Ok(()), |conflict| {
            Err(AccountsError::Conflict {
                reason: conflict_text(id.as_str(), &conflict),
                conflict,
            })
        })
    }

    /// Whoever has the lock may be in the middle of moving or ending the session: only what is there afterwards counts.
    pub(super) async fn look_at_conflict(&self, id: &ServerId) {
        let Ok(_held) = self.ports.lock.acquire(id).await else {
            return;
        };
        self.read_files().await;
        self.state().unsure.remove(id);
        let event = match self.conflict(id) {
            Some(Conflict::Vanished) => Event::Vanished,
            Some(Conflict::Replaced { .. }) => Event::Replaced,
            Some(Conflict::SignedOut) | None => return,
        };
        tracing::info!(server = %id, "another program changed the shared file so that a session of ours would be lost");
        self.note(id, event).await;
    }

    /// Decides a [`Conflict`]: `ours` puts back what we had, otherwise what the other program did stands and our session is ended.
    ///
    /// # Errors
    /// There is nothing to decide, or what kept it from being done; then the question is still open.
    pub async fn settle(&self, id: &ServerId, ours: bool) -> Result<SignedOut, AccountsError> {
        let held = self.ports.lock.acquire(id).await?;
        self.read_files().await;
        let Some(conflict) = self.conflict(id) else {
            return Err(AccountsError::NothingToSettle { id: id.to_string() });
        };
        let told = if ours {
            self.put_back(id, &conflict).await?;
            SignedOut::Everywhere
        } else {
            self.give_up(id, &conflict).await?
        };
        drop(held);
        self.note(id, Event::Settled { ours }).await;
        self.publish();
        self.changed.notify_one();
        Ok(told)
    }

    async fn put_back(&self, id: &ServerId, conflict: &Conflict) -> Result<(), AccountsError> {
        if *conflict == Conflict::Vanished {
            let profile = self.remembered(id)?;
            self.update(Box::new(move |document| {
                document.add_server(&profile)?;
                if document.config().active_server_id.is_none() {
                    document.set_active(&profile.id)?;
                }
                Ok(())
            }))
            .await?;
        }
        let server = self.server(id)?;
        // Whatever stands in the file is not of this session; a fresh token of ours takes its place.
        self.refresh_at_server(&server).await.map(drop)
    }

    async fn give_up(&self, id: &ServerId, conflict: &Conflict) -> Result<SignedOut, AccountsError> {
        let server = server_of(&self.remembered(id)?)?;
        let token = self.ports.vault.read(&key_of(&server)).await?;
        // As in a sign-out: noted first and told last, for whoever is cut off while the server is silent.
        let todo = match &token {
            Some(token) => self.remember_sign_out(&server, token).await,
            None => None,
        };
        let told = match (&token, &todo) {
            (Some(token), None) => self.tell_server(&server, token, None).await,
            _ => SignedOut::Everywhere,
        };
        self.ports.vault.delete(&key_of(&server)).await?;
        let key = id.to_string();
        self.update_settings(move |settings| {
            settings.sessions.remove(&key);
        })
        .await?;
        if let Conflict::Replaced { .. } = conflict {
            self.take_over(&server).await?;
        }
        self.publish();
        match (token, todo) {
            (Some(token), Some(todo)) => Ok(self.tell_server(&server, &token, Some(todo)).await),
            _ => Ok(told),
        }
    }

    /// Their session becomes ours as far as the file gives it away.
    async fn take_over(&self, server: &Server) -> Result<(), AccountsError> {
        let profile = self.profile(&server.id)?;
        let Some(auth) = profile.auth.filter(|auth| !auth.refresh_token.is_empty()) else {
            return Ok(());
        };
        self.ports.vault.write(&key_of(server), &auth.refresh_token).await?;
        self.record(server, &auth, Recorded::Anew).await;
        self.record(server, &auth, Recorded::Shared(true)).await;
        Ok(())
    }

    /// The profile that the session was recorded for.
    fn remembered(&self, id: &ServerId) -> Result<ServerProfile, AccountsError> {
        let state = self.state();
        let record = state.settings.sessions.get(id.as_str());
        let record = record.ok_or_else(|| AccountsError::NothingToSettle { id: id.to_string() })?;
        Ok(super::state::profile_of(id.as_str(), record))
    }
}
