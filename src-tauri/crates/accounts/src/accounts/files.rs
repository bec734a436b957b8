//! Reading and writing the two files, one after the other: the shared file and our own settings.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use auth_core::config::{ConfigDocument, DocumentError, StoredAuth};
use auth_core::{Secret, ServerId};
use tokio::sync::oneshot;

use super::Accounts;
use crate::error::{AccountsError, sentence};
use crate::ports::{ConfigError, Edit, Server, Settings, SettingsError};
use crate::profile::server_of;
use crate::{FilePlace, Problem, Sharing};

/// What is to stand in the shared file of a session.
pub(super) struct Entry {
    pub server: Server,
    /// With its refresh token, where there is a new one.
    pub auth: StoredAuth,
    /// What the person chose, if anything.
    pub sharing: Option<Sharing>,
}

type Waiting = (Entry, oneshot::Sender<bool>);

/// Sessions that wait to be written. Many at once share one write, as commits of a database do.
#[derive(Default)]
pub(super) struct Queue(Mutex<Vec<Waiting>>);

impl Queue {
    fn add(&self, entry: Entry) -> oneshot::Receiver<bool> {
        let (written, done) = oneshot::channel();
        self.waiting().push((entry, written));
        done
    }

    fn take(&self) -> Vec<Waiting> {
        mem::take(&mut *self.waiting())
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    /// Reads the shared file and our settings again, after somebody changed them.
    pub async fn reload(&self) {
        let before = self.conflicts();
        self.read_files().await;
        // A server that is being renamed or removed by another program of ours looks like a loss for a moment.
        let unsure: Vec<ServerId> = self.state().unsure.iter().cloned().collect();
        let new = self.conflicts().into_iter().filter(|id| !before.contains(id));
        for id in new.chain(unsure) {
            self.look_at_conflict(&id).await;
        }
        if self.state().keeps_fresh {
            self.adopt_rotations().await;
        }
        self.publish();
        self.changed.notify_one();
    }

    pub(super) async fn read_files(&self) {
        let _turn = self.files.lock().await;
        let settings = self.ports.settings.read().await;
        let document = self.ports.config.read().await;
        let mut state = self.state();
        match settings {
            Ok(settings) => state.adopt_settings(settings),
            Err(error) => state.settings_problem = Some(settings_problem(&error)),
        }
        match document {
            Ok(document) => state.adopt(document),
            Err(error) => {
                state.read_problem = Some(config_problem(&error));
                state.read_problem_at = place_of(&error);
            }
        }
    }

    /// Changes the shared file and takes over what it is then.
    pub(super) async fn update(&self, edit: Edit) -> Result<(), AccountsError> {
        let _turn = self.files.lock().await;
        match self.ports.config.update(edit).await {
            Ok(document) => {
                self.written(document);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a session into the shared file as its policy wants it there, with all that wait beside it. A file that cannot be
    /// written costs other tools the news, not us the session. Whether it stands there now.
    pub(super) async fn write_session(&self, entry: Entry) -> bool {
        let mut done = self.queue.add(entry);
        let _turn = self.files.lock().await;
        // Whoever had the turn before may have written it along.
        if let Ok(written) = done.try_recv() {
            return written;
        }
        let (entries, waiting): (Vec<Entry>, Vec<_>) = self.queue.take().into_iter().unzip();
        let result = self
            .ports
            .config
            .update(Box::new(move |document| write(document, &entries)));
        let written = match result.await {
            Ok(document) => {
                self.written(document);
                true
            }
            Err(error) => {
                self.note_config_problem(&error);
                false
            }
        };
        for waiting in waiting {
            if waiting.send(written).is_err() {
                tracing::trace!("whoever waited for the write was cut off");
            }
        }
        written
    }

    /// Changes our settings and takes over what they are then.
    pub(super) async fn update_settings(
        &self,
        edit: impl FnOnce(&mut Settings) + Send + 'static,
    ) -> Result<(), SettingsError> {
        let _turn = self.files.lock().await;
        let settings = self.ports.settings.update(Box::new(edit)).await?;
        self.state().adopt_settings(settings);
        Ok(())
    }

    /// The same where the work goes on without: a home that cannot be written has no settings either.
    pub(super) async fn remember(&self, edit: impl FnOnce(&mut Settings) + Send + 'static) {
        if let Err(error) = self.update_settings(edit).await {
            tracing::warn!(%error, "our settings were not written");
        }
    }

    fn written(&self, document: Arc<ConfigDocument>) {
        let changed = {
            let mut state = self.state();
            state.write_problem = None;
            let changed = !Arc::ptr_eq(&state.document, &document) && state.document.text() != document.text();
            state.adopt(document);
            changed
        };
        self.publish();
        // The refresher writes, too: told of what it has not changed it would look, and write, without end.
        if changed {
            self.changed.notify_one();
        }
    }

    /// Remembers that the shared file could not be written, where the work goes on without it.
    fn note_config_problem(&self, error: &ConfigError) {
        tracing::warn!(%error, "the shared file was not written");
        let mut problem = config_problem(error);
        // The file itself is as good as it was, and none of its copies is better.
        if problem.code == "config_unusable" && !is_broken(error) {
            problem.code = "config_not_written";
        }
        self.state().write_problem = Some(problem);
        self.publish();
    }

    /// Whether it is known what a person chose: where our settings cannot be read, nothing is done that depends on them.
    pub(super) async fn need_settings(&self) -> Result<(), AccountsError> {
        if self.state().settings_problem.is_some() {
            let settings = self.ports.settings.read().await?;
            self.state().adopt_settings(settings);
        }
        Ok(())
    }

    pub(super) fn sharing_of(&self, id: &ServerId) -> Sharing {
        let state = self.state();
        state.sharing(id.as_str(), state.profile(id.as_str()))
    }
}

/// Writes what still belongs there: a profile that somebody removed or pointed elsewhere meanwhile gets nothing.
pub(super) fn write(document: &mut ConfigDocument, entries: &[Entry]) -> Result<(), auth_core::config::DocumentError> {
    let there = |entry: &&Entry| {
        let profile = document.config().server(entry.server.id.as_str());
        profile.is_some_and(|profile| server_of(profile).is_ok_and(|now| now == entry.server))
    };
    let wanted: Vec<(&str, Option<StoredAuth>)> = entries
        .iter()
        .filter(there)
        .map(|entry| (entry.server.id.as_str(), shown(document, entry)))
        .collect();
    document.set_auths(&wanted)
}

/// The part of a session that is to stand in the file.
fn shown(document: &ConfigDocument, entry: &Entry) -> Option<StoredAuth> {
    let profile = document.config().server(entry.server.id.as_str());
    let there = profile
        .and_then(|profile| profile.auth.as_ref())
        .map(|auth| &auth.refresh_token);
    let there = there.filter(|token| !token.is_empty());
    // A tool that refreshes by itself keeps its refresh token here; without the new one it would be signed out.
    let usual = if there.is_some() {
        Sharing::Full
    } else {
        Sharing::Access
    };
    let refresh_token = match entry.sharing.unwrap_or(usual) {
        Sharing::None => return None,
        Sharing::Access => Secret::new(""),
        Sharing::Full if entry.auth.refresh_token.is_empty() => there.cloned().unwrap_or_else(|| Secret::new("")),
        Sharing::Full => entry.auth.refresh_token.clone(),
    };
    Some(StoredAuth {
        refresh_token,
        ..entry.auth.clone()
    })
}

fn is_broken(error: &ConfigError) -> bool {
    matches!(error, ConfigError::Broken { .. } | ConfigError::TooBig { .. })
}

pub(super) fn config_problem(error: &ConfigError) -> Problem {
    let read_only = matches!(error, ConfigError::ReadOnly { .. });
    Problem {
        code: if read_only {
            "config_read_only"
        } else {
            "config_unusable"
        },
        message: sentence(&error.to_string()),
        field: None,
    }
}

/// Where a person who opens the file has to look.
fn place_of(error: &ConfigError) -> Option<FilePlace> {
    match error {
        ConfigError::Broken {
            source: DocumentError::Syntax { line, column, .. },
            ..
        } => Some(FilePlace {
            line: *line,
            column: *column,
        }),
        _ => None,
    }
}

fn settings_problem(error: &SettingsError) -> Problem {
    Problem {
        code: "settings_unusable",
        message: sentence(&error.to_string()),
        field: None,
    }
}
