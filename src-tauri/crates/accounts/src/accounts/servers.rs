//! The list of servers: add, edit, remove, reorder, choose the default.

use auth_core::ServerId;
use auth_core::config::ServerProfile;

use super::{Accounts, SignedOut, key_of};
use crate::error::{AccountsError, sentence};
use crate::ports::{Server, SessionRecord};
use crate::profile::{ProfileError, read_form, same_place, server_of};
use crate::{ConnectionReport, Problem, ServerForm};

impl Accounts {
    /// What is wrong with a form, without saving it.
    pub fn check_server(&self, form: &ServerForm, editing: Option<&ServerId>) -> Vec<Problem> {
        let wrong = read_form(form, editing, self.state().document.config())
            .err()
            .unwrap_or_default();
        wrong
            .into_iter()
            .map(|source| AccountsError::Form { source }.problem())
            .collect()
    }

    /// Asks the server of a form whether it is one.
    pub async fn test_connection(&self, form: &ServerForm) -> ConnectionReport {
        // The id plays no part in reaching a server, so a form without a legal one can be tested.
        let form = ServerForm {
            id: String::new(),
            ..form.clone()
        };
        let server = match self.read(&form, None).and_then(|profile| Ok(server_of(&profile)?)) {
            Ok(server) => server,
            Err(error) => {
                return ConnectionReport {
                    ok: false,
                    message: error.problem().message,
                };
            }
        };
        match self.ports.api.probe(&server).await {
            Ok(()) => ConnectionReport {
                ok: true,
                message: format!("{} is a FlowState auth server.", server.url.as_str()),
            },
            Err(error) => ConnectionReport {
                ok: false,
                message: sentence(&error.to_string()),
            },
        }
    }

    /// Adds a server; the first one becomes the default.
    ///
    /// # Errors
    /// The form's first [`ProfileError`], or what kept the shared file from being written.
    pub async fn add_server(&self, form: &ServerForm) -> Result<ServerId, AccountsError> {
        let profile = self.read(form, None)?;
        let id = ServerId::existing(&profile.id);
        self.update(Box::new(move |document| {
            document.add_server(&profile)?;
            if document.config().servers.len() == 1 {
                document.set_active(&profile.id)?;
            }
            Ok(())
        }))
        .await?;
        Ok(id)
    }

    /// Changes a server. One that is pointed at another address or domain is signed out first, because its session is not
    /// that server's; a new id takes the session along. Says how the sign-out went.
    ///
    /// # Errors
    /// The form's first [`ProfileError`], or what kept the session or the shared file from being changed.
    pub async fn edit_server(&self, id: &ServerId, form: &ServerForm) -> Result<SignedOut, AccountsError> {
        let profile = self.read(form, Some(id))?;
        let old = self.profile(id)?;
        let moved = !same_place(&old, &profile);
        // An address that could not be spoken to has no session to end; correcting it must not fail on it.
        let told = if moved && server_of(&old).is_ok() {
            self.sign_out(id).await?
        } else {
            SignedOut::Everywhere
        };
        if profile.id == id.as_str() {
            let (key, name) = (profile.id.clone(), profile.name.clone());
            self.update(Box::new(move |document| document.describe_server(&profile)))
                .await?;
            self.remember(move |settings| {
                if let Some(record) = settings.sessions.get_mut(&key) {
                    record.name = name;
                }
            })
            .await;
        } else {
            self.rename(id, profile).await?;
        }
        Ok(told)
    }

    /// The keychain's item is copied before the file changes and removed after it, so that at every moment the file's id has one.
    async fn rename(&self, id: &ServerId, profile: ServerProfile) -> Result<(), AccountsError> {
        let _held = self.ports.lock.acquire(id).await?;
        self.read_files().await;
        let moved = server_of(&profile)?;
        if self.profile(&moved.id).is_ok() {
            let source = ProfileError::IdTaken { id: profile.id };
            return Err(AccountsError::Form { source });
        }
        let old = Server {
            id: id.clone(),
            ..moved.clone()
        };
        let signed_in = self.auth(id).is_some() || self.state().only_recorded(id);
        let kept = match signed_in {
            true => self.ports.vault.read(&key_of(&old)).await?,
            false => None,
        };
        if let Some(token) = &kept {
            self.ports.vault.write(&key_of(&moved), token).await?;
        }
        let (from, to, name) = (id.to_string(), profile.id.clone(), profile.name.clone());
        let (old_key, new_key) = (from.clone(), to.clone());
        let renamed = self.update(Box::new(move |document| {
            document.rename_server(&from, &to)?;
            document.describe_server(&profile)
        }));
        if let Err(error) = renamed.await {
            if kept.is_some() {
                self.ports.vault.delete(&key_of(&moved)).await?;
            }
            return Err(error);
        }
        self.remember(move |settings| {
            if let Some(record) = settings.sessions.remove(&old_key) {
                settings
                    .sessions
                    .insert(new_key.clone(), SessionRecord { name, ..record });
            }
            if let Some(sharing) = settings.sharing.remove(&old_key) {
                settings.sharing.insert(new_key.clone(), sharing);
            }
            if let Some(look) = settings.looks.remove(&old_key) {
                settings.looks.insert(new_key.clone(), look);
            }
            if let Some(email) = settings.emails.remove(&old_key) {
                settings.emails.insert(new_key.clone(), email);
            }
            let back = settings.fall_back.iter_mut();
            let back = back.flat_map(|back| [&mut back.from, &mut back.to]);
            for id in back.chain(&mut settings.recent).filter(|id| **id == old_key) {
                id.clone_from(&new_key);
            }
        })
        .await;
        self.state().unsure.remove(id);
        self.publish();
        if kept.is_some() {
            self.ports.vault.delete(&key_of(&old)).await?;
        }
        Ok(())
    }

    /// Signs out of a server and takes it off the list. Says how the sign-out went.
    ///
    /// # Errors
    /// What kept it from being signed out or the shared file from being written; then it is still there.
    pub async fn remove_server(&self, id: &ServerId) -> Result<SignedOut, AccountsError> {
        let profile = self.profile(id)?;
        // A profile that cannot be spoken to can still be removed; nothing of ours is kept for it.
        let told = match server_of(&profile) {
            Ok(_) => self.sign_out(id).await?,
            Err(_) => SignedOut::Everywhere,
        };
        let key = id.to_string();
        self.update(Box::new(move |document| document.remove_server(&key)))
            .await?;
        let key = id.to_string();
        self.remember(move |settings| {
            settings.sharing.remove(&key);
            settings.looks.remove(&key);
            settings.emails.remove(&key);
            settings.recent.retain(|id| *id != key);
            settings.fall_back.take_if(|back| back.from == key || back.to == key);
        })
        .await;
        self.publish();
        Ok(told)
    }

    /// Puts the servers into this order.
    ///
    /// # Errors
    /// What kept the shared file from being written.
    pub async fn reorder_servers(&self, order: Vec<String>) -> Result<(), AccountsError> {
        self.update(Box::new(move |document| {
            document.reorder_servers(&order);
            Ok(())
        }))
        .await
    }

    /// Makes a server the default of every tool on this machine.
    ///
    /// # Errors
    /// [`AccountsError::NoSuchServer`], or what kept the shared file from being written.
    pub async fn switch_server(&self, id: &ServerId) -> Result<(), AccountsError> {
        let before = self.state().document.config().active_server_id.clone();
        let key = id.to_string();
        self.update(Box::new(move |document| document.set_active(&key))).await?;
        self.remember_switch(id, before).await;
        Ok(())
    }

    fn read(&self, form: &ServerForm, editing: Option<&ServerId>) -> Result<ServerProfile, AccountsError> {
        let first = |mut wrong: Vec<ProfileError>| wrong.swap_remove(0);
        read_form(form, editing, self.state().document.config())
            .map_err(|wrong| AccountsError::Form { source: first(wrong) })
    }

    pub(super) fn profile(&self, id: &ServerId) -> Result<ServerProfile, AccountsError> {
        let state = self.state();
        let profile = state.document.config().server(id.as_str()).cloned();
        profile.ok_or_else(|| AccountsError::NoSuchServer { id: id.to_string() })
    }
}
