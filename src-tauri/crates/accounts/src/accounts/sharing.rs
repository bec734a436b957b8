//! What of a session stands in the shared file, and what this computer remembers of it.

use std::sync::Arc;

use auth_core::config::StoredAuth;
use auth_core::{Secret, ServerId};

use super::files::Entry;
use super::{Accounts, key_of};
use crate::Sharing;
use crate::error::AccountsError;
use crate::ports::{Event, Server, SessionRecord};
use crate::session::Unsaved;

/// What is news about a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recorded {
    /// A person has just signed in.
    Anew,
    /// It is still there.
    Again,
    /// Whether it stands in the shared file now.
    Shared(bool),
}

impl Accounts {
    /// Chooses what of a session is written to the shared file, and writes it so.
    ///
    /// # Errors
    /// No such server, a store that does not open, or settings that cannot be written. A shared file that cannot be written is
    /// told in the snapshot: it follows with the next refresh.
    pub async fn set_sharing(&self, id: &ServerId, sharing: Sharing) -> Result<(), AccountsError> {
        let _held = self.ports.lock.acquire(id).await?;
        self.read_files().await;
        self.no_conflict(id)?;
        let server = self.server(id)?;
        let before = self.sharing_of(id);
        let auth = self.auth(id);
        // Before anything is changed: what stands only in the file must not be lost with it.
        let token = match auth.is_some() && (sharing == Sharing::Full || self.token_in_file(id).is_some()) {
            true => self.adopt_token(&server).await?,
            false => None,
        };
        if let (Some(auth), Some(_)) = (&auth, &token) {
            self.record(&server, auth, Recorded::Again).await;
        }
        let key = id.to_string();
        self.update_settings(move |settings| {
            if sharing == Sharing::None
                && let Some(record) = settings.sessions.get_mut(&key)
            {
                record.shared = false;
            }
            settings.sharing.insert(key, sharing);
        })
        .await?;
        if let Some(auth) = auth {
            self.state().session(id).held = Some(auth.clone());
            let shared = self.put_into_file(&server, auth.clone(), token).await;
            self.record(&server, &auth, Recorded::Shared(shared && sharing != Sharing::None))
                .await;
        } else if sharing != Sharing::None && self.state().only_recorded(id) {
            // Nothing is at hand that could be shared. What keeps it from being fetched now passes.
            if let Err(error) = self.refresh_at_server(&server).await {
                tracing::info!(server = %id, code = error.code(), "the session is shared with its next refresh");
            }
        }
        if before != sharing {
            self.note(
                id,
                Event::SharingChanged {
                    from: before,
                    to: sharing,
                },
            )
            .await;
        }
        self.publish();
        self.changed.notify_one();
        Ok(())
    }

    /// Writes a session for the other tools. What could not be written stays in memory and is written with the next refresh.
    pub(super) async fn share(&self, server: &Server, auth: StoredAuth, refresh_token: Option<Secret>) -> StoredAuth {
        let now = self.now();
        {
            let mut state = self.state();
            let session = state.session(&server.id);
            session.held = Some(auth.clone());
            session.unsaved = None;
            session.last_email = Some(auth.email.clone());
            session.recovered();
            (session.refreshed_at, session.clock_moved) = (now, false);
        }
        let written = self.put_into_file(server, auth.clone(), refresh_token).await;
        let shared = written && self.sharing_of(&server.id) != Sharing::None;
        self.record(server, &auth, Recorded::Shared(shared)).await;
        auth
    }

    /// Keeps a refresh token that came with an access token nobody is to use. The caller holds the profile's lock.
    pub(super) async fn keep_next(&self, server: &Server, next: Secret, replaces: &Secret) {
        // While a person has yet to decide, what stands there is another's.
        let undecided = self.conflict(&server.id).is_some();
        let auth = self.auth(&server.id).filter(|_| !undecided);
        if let Err(error) = self.keep(server, &next).await {
            tracing::warn!(server = %server.id, %error, "the next refresh token could not be kept yet");
            self.state().session(&server.id).unsaved = auth.map(|auth| Unsaved {
                refresh_token: next,
                auth,
                replaces: Some(replaces.fingerprint()),
            });
            return;
        }
        // A tool that finds its refresh token in the file is to find this one.
        if let Some(auth) = auth {
            self.put_into_file(server, auth.clone(), Some(next)).await;
            self.record(server, &auth, Recorded::Again).await;
        }
    }

    async fn put_into_file(&self, server: &Server, auth: StoredAuth, refresh_token: Option<Secret>) -> bool {
        let sharing = self.state().settings.sharing.get(server.id.as_str()).copied();
        let auth = StoredAuth {
            refresh_token: refresh_token.unwrap_or_else(|| Secret::new("")),
            ..auth
        };
        let id = server.id.clone();
        let server = server.clone();
        let written = self.write_session(Entry { server, auth, sharing }).await;
        // Ours, or one that the new token replaces and that could not be overwritten.
        let known = self.token_in_file(&id).map(|token| token.fingerprint());
        self.state().session(&id).known_in_file = known;
        written
    }

    /// Remembers that this computer holds a session, where that is news.
    pub(super) async fn record(&self, server: &Server, auth: &StoredAuth, what: Recorded) {
        let now = self.now();
        let (old, record) = {
            let state = self.state();
            let old = state.settings.sessions.get(server.id.as_str()).cloned();
            let session = state.sessions.get(&server.id);
            let known = session.and_then(|session| session.known_in_file.clone());
            // A program that has not looked at the file's token knows no less of it than the one before.
            let known = known.or_else(|| old.as_ref()?.known_in_file.clone());
            let name = state.profile(server.id.as_str()).map(|profile| profile.name.clone());
            let record = SessionRecord {
                name: name.unwrap_or_else(|| server.id.to_string()),
                url: server.url.as_str().to_owned(),
                domain_id: server.domain_id.clone(),
                user_id: auth.user_id.clone(),
                email: auth.email.clone(),
                signed_in_at: old
                    .as_ref()
                    .filter(|_| what != Recorded::Anew)
                    .map_or(now, |old| old.signed_in_at),
                shared: match what {
                    Recorded::Anew => false,
                    Recorded::Again => old.as_ref().is_some_and(|old| old.shared),
                    Recorded::Shared(shared) => shared,
                },
                known_in_file: known,
            };
            (old, record)
        };
        if old.as_ref() != Some(&record) {
            let key = server.id.to_string();
            self.remember(move |settings| {
                settings.sessions.insert(key, record);
            })
            .await;
        }
    }

    /// Takes rotations over that old tools made in the shared file, before their tokens are forgotten there.
    pub(super) async fn adopt_rotations(&self) {
        let foreign: Vec<ServerId> = {
            let state = self.state();
            let document = Arc::clone(&state.document);
            let is_foreign = |profile: &&auth_core::config::ServerProfile| {
                let token = profile.auth.as_ref().map(|auth| &auth.refresh_token);
                let token = token.filter(|token| !token.is_empty());
                let recorded = state.record(profile).is_some();
                recorded && token.is_some_and(|token| !state.is_known_in_file(&ServerId::existing(&profile.id), token))
            };
            let profiles = document.config().servers.iter().filter(is_foreign);
            profiles.map(|profile| ServerId::existing(&profile.id)).collect()
        };
        for id in foreign {
            if let Err(error) = self.adopt_rotation(&id).await {
                tracing::info!(server = %id, code = error.code(), "a rotation of another program was not taken over yet");
            }
        }
    }

    async fn adopt_rotation(&self, id: &ServerId) -> Result<(), AccountsError> {
        let _held = self.ports.lock.acquire(id).await?;
        self.read_files().await;
        let server = self.server(id)?;
        self.adopt_token(&server).await.map(drop)
    }

    /// The newest refresh token there is, in the store before anything is done with it. The caller holds the profile's lock.
    pub(super) async fn adopt_token(&self, server: &Server) -> Result<Option<Secret>, AccountsError> {
        let chosen = self.refresh_token(server).await?;
        let in_file = self.token_in_file(&server.id);
        if let Some(in_file) = in_file.filter(|token| !self.is_known_in_file(&server.id, token)) {
            let is_news = chosen.as_ref() == Some(&in_file);
            if is_news && self.ports.vault.read(&key_of(server)).await?.as_ref() != Some(&in_file) {
                self.keep(server, &in_file).await?;
                self.note(&server.id, Event::Adopted).await;
            }
            // From here on the store's counts, whatever becomes of the refresh.
            self.state().session(&server.id).known_in_file = Some(in_file.fingerprint());
            if let Some(auth) = self.profile(&server.id)?.auth {
                self.record(server, &auth, Recorded::Again).await;
            }
        }
        Ok(chosen)
    }

    pub(super) fn is_known_in_file(&self, id: &ServerId, token: &Secret) -> bool {
        self.state().is_known_in_file(id, token)
    }
}
