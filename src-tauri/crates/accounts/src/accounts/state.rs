//! What is known, and how it changes when somebody else changes a file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use auth_core::config::{ConfigDocument, FlowstateConfig, ServerProfile, StoredAuth};
use auth_core::{Secret, ServerId};

use super::Ports;
use crate::ports::{SessionRecord, Settings, UnixMillis};
use crate::profile::{same_place, same_place_as_record};
use crate::session::{Facts, Session, is_unchanged};
use crate::{Conflict, FilePlace, Problem, Sharing, SignIn, Snapshot};

#[derive(Default)]
pub(super) struct State {
    /// As last read; the last good one while the file is broken.
    pub document: Arc<ConfigDocument>,
    /// As last read.
    pub settings: Arc<Settings>,
    pub read_problem: Option<Problem>,
    /// Where in the file that is.
    pub read_problem_at: Option<FilePlace>,
    pub write_problem: Option<Problem>,
    pub settings_problem: Option<Problem>,
    pub sessions: HashMap<ServerId, Session>,
    /// When the refresher looked last; a clock that was set back shows here.
    pub looked_at: UnixMillis,
    /// This program is the refresher.
    pub keeps_fresh: bool,
    /// Signed-in servers that have just left the file: perhaps somebody is only giving them another id.
    pub unsure: HashSet<ServerId>,
}

impl State {
    pub fn session(&mut self, id: &ServerId) -> &mut Session {
        self.sessions.entry(id.clone()).or_default()
    }

    pub fn profile(&self, id: &str) -> Option<&ServerProfile> {
        self.document.config().server(id)
    }

    /// The tokens in force.
    pub fn auth(&self, id: &ServerId) -> Option<StoredAuth> {
        let profile = self.profile(id.as_str())?;
        match self.sessions.get(id) {
            Some(session) => session.auth(profile).cloned(),
            None => profile.auth.clone(),
        }
    }

    /// What of a session is written to the shared file. Where nobody chose, a tool that keeps its refresh token there goes on
    /// finding it there.
    pub fn sharing(&self, id: &str, profile: Option<&ServerProfile>) -> Sharing {
        let chosen = self.settings.sharing.get(id).copied();
        chosen.unwrap_or_else(|| {
            let auth = profile.and_then(|profile| profile.auth.as_ref());
            let keeps_its_own = auth.is_some_and(|auth| !auth.refresh_token.is_empty());
            if keeps_its_own { Sharing::Full } else { Sharing::Access }
        })
    }

    /// The session that this computer holds for a profile as it stands in the file.
    pub fn record(&self, profile: &ServerProfile) -> Option<&SessionRecord> {
        let record = self.settings.sessions.get(&profile.id)?;
        same_place_as_record(profile, record).then_some(record)
    }

    /// Whether that refresh token in the file is one that we put or found there before.
    pub fn is_known_in_file(&self, id: &ServerId, token: &Secret) -> bool {
        let record = self.settings.sessions.get(id.as_str());
        let recorded = record.and_then(|record| record.known_in_file.as_deref());
        let session = self.sessions.get(id);
        let remembered = session.and_then(|session| session.known_in_file.as_deref());
        let known = [recorded, remembered];
        known.iter().any(Option::is_some) && known.contains(&Some(token.fingerprint().as_str()))
    }

    /// Whether a refresh could bring an access token where there is none: a session of ours that is not, or not yet, in the file.
    pub fn only_recorded(&self, id: &ServerId) -> bool {
        let Some(profile) = self.profile(id.as_str()) else {
            return false;
        };
        self.record(profile).is_some() && self.auth(id).is_none() && self.conflict(id.as_str(), Some(profile)).is_none()
    }

    /// What somebody's change of the file would lose, if anything. Nothing is lost while the file cannot be read.
    pub fn conflict(&self, id: &str, profile: Option<&ServerProfile>) -> Option<Conflict> {
        let record = self.settings.sessions.get(id).filter(|_| self.read_problem.is_none())?;
        let Some(profile) = profile else {
            let unsure = self.unsure.contains(&ServerId::existing(id));
            return (!unsure).then_some(Conflict::Vanished);
        };
        if !same_place_as_record(profile, record) {
            return None;
        }
        match &profile.auth {
            Some(auth) if !auth.user_id.is_empty() && auth.user_id != record.user_id => Some(Conflict::Replaced {
                theirs: auth.email.clone(),
                ours: record.email.clone(),
            }),
            None if record.shared && self.sharing(id, Some(profile)) != Sharing::None => Some(Conflict::SignedOut),
            _ => None,
        }
    }

    /// Takes over our settings as they are on disk, and notices sign-ins and sign-outs of other programs of ours.
    pub fn adopt_settings(&mut self, settings: Arc<Settings>) {
        self.settings_problem = None;
        if Arc::ptr_eq(&self.settings, &settings) {
            return;
        }
        let before = std::mem::replace(&mut self.settings, settings);
        for (id, session) in &mut self.sessions {
            let (old, new) = (
                before.sessions.get(id.as_str()),
                self.settings.sessions.get(id.as_str()),
            );
            match (old, new) {
                (Some(old), None) => session.let_go(&old.email),
                (Some(old), Some(new)) if old.user_id != new.user_id => {
                    session.let_go(&new.email);
                    session.recovered();
                }
                (old, Some(new)) if old.is_none_or(|old| old.signed_in_at != new.signed_in_at) => session.recovered(),
                _ => {}
            }
        }
    }

    /// Takes over what is on disk, and notices what somebody else did to a session. Our settings come first: they tell a sign-out
    /// from a session that was never meant to be in the file.
    pub fn adopt(&mut self, document: Arc<ConfigDocument>) {
        (self.read_problem, self.read_problem_at) = (None, None);
        if Arc::ptr_eq(&self.document, &document) {
            return;
        }
        let before = std::mem::replace(&mut self.document, document);
        let now = self.document.config();
        let (were, are) = (by_id(before.config()), by_id(now));
        for id in self
            .settings
            .sessions
            .keys()
            .filter(|id| were.contains_key(id.as_str()))
        {
            if !are.contains_key(id.as_str()) {
                self.unsure.insert(ServerId::existing(id));
            }
        }
        for (id, session) in &mut self.sessions {
            let (old, new) = (were.get(id.as_str()).copied(), are.get(id.as_str()).copied());
            let old_auth = old.and_then(|old| old.auth.as_ref());
            let Some(new) = new else { continue };
            let moved = old.is_some_and(|old| !same_place(old, new));
            let unshared = self.settings.sharing.get(id.as_str()) == Some(&Sharing::None);
            match &new.auth {
                // Pointed at another server, or signed out by another program: what we hold is for something else.
                _ if moved => {
                    session.ended(old_auth);
                    session.sign_in = SignIn::Idle;
                }
                // Taken out of the file because the person wants nothing there; it lives on in memory.
                None if unshared && self.settings.sessions.contains_key(id.as_str()) => {
                    session.held = session.held.take().or_else(|| old_auth.cloned());
                }
                None if old_auth.is_some() => session.ended(old_auth),
                Some(auth) if old_auth.is_none_or(|old| !is_unchanged(auth, old)) => session.adopt(auth, old_auth),
                _ => {}
            }
        }
        let kept = |id: &ServerId| are.contains_key(id.as_str()) || self.settings.sessions.contains_key(id.as_str());
        self.sessions.retain(|id, _| kept(id));
    }

    /// The profiles that left the file while somebody was signed in.
    pub fn vanished(&self) -> Vec<ServerProfile> {
        if self.read_problem.is_some() {
            return Vec::new();
        }
        let there: HashSet<&str> = self.document.config().servers.iter().map(|p| p.id.as_str()).collect();
        let gone = self
            .settings
            .sessions
            .iter()
            .filter(|(id, _)| !there.contains(id.as_str()) && !self.unsure.contains(&ServerId::existing(id)));
        gone.map(|(id, record)| profile_of(id, record)).collect()
    }

    /// The snapshot: the file's servers in its order, then those that vanished from it while somebody was signed in.
    pub fn snapshot(&self, ports: &Ports) -> Snapshot {
        let now = ports.clock.now();
        let config = self.document.config();
        let nothing = Session::default();
        let view = |profile: &ServerProfile, conflict: Option<Conflict>| {
            let session = self.sessions.get(&ServerId::existing(&profile.id)).unwrap_or(&nothing);
            let facts = Facts {
                active: config.active_server_id.as_deref() == Some(&profile.id),
                store: ports.vault.kind(),
                sharing: self.sharing(&profile.id, Some(profile)),
                record: self.record(profile),
                conflict,
                look: self.settings.looks.get(&profile.id),
                last_email: self.settings.emails.get(&profile.id),
            };
            session.view(profile, facts, now)
        };
        let in_file = config
            .servers
            .iter()
            .map(|profile| view(profile, self.conflict(&profile.id, Some(profile))));
        let vanished = self.vanished().into_iter();
        let vanished = vanished.map(|profile| view(&profile, Some(Conflict::Vanished)));
        Snapshot {
            servers: in_file.chain(vanished).collect(),
            active_server_id: config.active_server_id.clone(),
            config_path: ports.config.path().display().to_string(),
            config_problem: self
                .read_problem
                .clone()
                .or_else(|| self.settings_problem.clone())
                .or_else(|| self.write_problem.clone()),
            recent: self.settings.recent.clone(),
            config_problem_at: self.read_problem_at,
            store: ports.vault.kind(),
            sign_outs_waiting: self.settings.sign_outs.iter().map(|todo| todo.server.clone()).collect(),
            preferences: self.settings.preferences.clone(),
            fall_back: self.settings.fall_back.clone(),
        }
    }
}

/// The first of each id, as [`FlowstateConfig::server`] finds it, for looking many up.
fn by_id(config: &FlowstateConfig) -> HashMap<&str, &ServerProfile> {
    // Of two with one key the last that is put in stays.
    let backwards = config.servers.iter().rev();
    backwards.map(|profile| (profile.id.as_str(), profile)).collect()
}

/// The profile that a record remembers.
pub(super) fn profile_of(id: &str, record: &SessionRecord) -> ServerProfile {
    ServerProfile {
        id: id.to_owned(),
        name: record.name.clone(),
        url: record.url.clone(),
        domain_id: record.domain_id.clone(),
        auth: None,
    }
}
