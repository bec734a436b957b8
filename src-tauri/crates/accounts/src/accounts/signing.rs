//! Signing in and out.

use auth_core::config::StoredAuth;
use auth_core::{Email, Secret, ServerId, VerificationCode};

use super::{Accounts, key_of};
use crate::SignIn;
use crate::condition::Condition;
use crate::error::AccountsError;
use crate::ports::{CodeSent, Event, Server, Tokens, VaultError};
use crate::session::Unsaved;

/// How a sign-out went. Here it is done in either case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedOut {
    /// The server ended the session too, or there was none to end.
    Everywhere,
    /// The server could not be told: a sentence that says why.
    HereOnly {
        reason: String,
        /// It is remembered and tried again. Otherwise the server's session ends when its refresh token does.
        again: bool,
    },
}

impl SignedOut {
    /// What a person has to know, if anything.
    pub fn untold(&self) -> Option<String> {
        let Self::HereOnly { reason, again } = self else {
            return None;
        };
        let then = match again {
            true => "it will be told as soon as it can be reached",
            false => "its session lives on until it ends by itself",
        };
        Some(format!(
            "You are signed out on this computer, but the server was not told; {then}. {reason}"
        ))
    }
}

impl Accounts {
    /// Has a code mailed to `email`.
    ///
    /// # Errors
    /// A malformed address, a step that is not legal yet, a store that could keep nothing (a code would be wasted), or what the server said.
    pub async fn request_code(&self, id: &ServerId, email: &str) -> Result<CodeSent, AccountsError> {
        let email = Email::parse(email)?;
        let server = self.server(id)?;
        if let Some(sent) = self.code_on_its_way(id, &email) {
            return Ok(sent);
        }
        self.state().session(id).sign_in.may_request(&email, self.now())?;
        self.check_store(id).await?;
        let sent = self.ports.api.send_code(&server, &email).await?;
        let now = self.now();
        {
            let mut state = self.state();
            let session = state.session(id);
            session.last_email = Some(email.as_str().to_owned());
            session.sign_in = SignIn::requested(email, sent, now);
        }
        self.remember_email(id).await;
        self.publish();
        Ok(sent)
    }

    /// Goes back to the first step. A code that is on its way stays good at the server, and so does the step that awaits it.
    pub fn cancel_sign_in(&self, id: &ServerId) {
        {
            let mut state = self.state();
            let session = state.session(id);
            session.gone_back_from = std::mem::take(&mut session.sign_in);
        }
        self.publish();
    }

    /// The address was right after all: no other code can be had yet, and the first is as good.
    fn code_on_its_way(&self, id: &ServerId, email: &Email) -> Option<CodeSent> {
        let now = self.now();
        let sent = {
            let mut state = self.state();
            let session = state.session(id);
            let sent = session.gone_back_from.still_good(email, now)?;
            session.sign_in = std::mem::take(&mut session.gone_back_from);
            sent
        };
        self.publish();
        Some(sent)
    }

    /// Signs in with the code that [`Accounts::request_code`] had mailed.
    ///
    /// # Errors
    /// As [`Accounts::sign_in`], and where no code was asked for.
    pub async fn submit_code(&self, id: &ServerId, code: &str) -> Result<StoredAuth, AccountsError> {
        let email = self.state().session(id).sign_in.email()?.clone();
        let code = VerificationCode::parse(code)?;
        self.sign_in(id, &email, &code).await
    }

    /// Signs in with a code, whoever asked for it. The default server stays what it was.
    ///
    /// # Errors
    /// What the server said of the code, or what kept the session from being stored; in the latter case the session is held
    /// in memory and stored with the next refresh.
    pub async fn sign_in(
        &self,
        id: &ServerId,
        email: &Email,
        code: &VerificationCode,
    ) -> Result<StoredAuth, AccountsError> {
        // Before the code is spent: tokens that nobody may keep would be lost.
        let _held = self.ports.lock.acquire(id).await?;
        self.read_files().await;
        self.need_settings().await?;
        let server = self.server(id)?;
        self.ports.vault.check_writable().await?;
        let _rotating = self.rotating.read().await;
        let tokens = match self.ports.api.login(&server, email, code).await {
            Ok(tokens) => tokens,
            Err(error) => {
                self.state().session(id).sign_in.refused(&error);
                self.publish();
                return Err(error.into());
            }
        };
        self.state().session(id).sign_in = SignIn::Idle;
        let skew = tokens.clock_skew;
        // The session that this one replaces; somebody else's in the file is not ours to end.
        let old = self.refresh_token(&server).await.unwrap_or_default();
        self.forget_record(id).await;
        if tokens.refresh_token.is_none() {
            // What is kept belongs to the session that is about to be ended.
            self.ports.vault.delete(&key_of(&server)).await?;
            self.clear_file(&server, None).await?;
        }
        let stored = self.store(&server, tokens, None).await?;
        self.state().session(id).clock_skew = skew;
        self.note(id, Event::SignedIn).await;
        // It would otherwise live on at the server, with nobody to end it.
        self.end_at_server(&server, old).await;
        Ok(stored)
    }

    /// What is recorded of a session that ends or is replaced.
    async fn forget_record(&self, id: &ServerId) {
        let key = id.to_string();
        self.remember(move |settings| {
            settings.sessions.remove(&key);
        })
        .await;
    }

    /// Ends the session, at the server and here; a `serviceToken` of the profile stays.
    ///
    /// # Errors
    /// A store that does not open or does not delete, or a shared file that cannot be written: then the session is still here.
    pub async fn sign_out(&self, id: &ServerId) -> Result<SignedOut, AccountsError> {
        self.server(id)?;
        let _held = self.ports.lock.acquire(id).await?;
        self.read_files().await;
        let server = self.server(id)?;
        let unsaved = self
            .state()
            .session(id)
            .unsaved
            .as_ref()
            .map(|new| new.refresh_token.clone());
        let (token, anything_kept) = match self.refresh_token(&server).await {
            // Nobody is signed in, so a machine without a keychain has nothing to forget.
            Err(_) if self.auth(id).is_none() && !self.state().only_recorded(id) => (unsaved, false),
            kept => (unsaved.or(kept?), true),
        };
        // The file first: where it cannot be written, nothing has happened yet.
        if anything_kept {
            self.clear_file(&server, None).await?;
        }
        // From here on it is no session that somebody took away: who looks meanwhile, or after a kill, finds it signed out, and another
        // sign-out still finds the token to tell the server with.
        self.forget_record(id).await;
        let was_signed_in = token.is_some();
        let forgotten = async || match anything_kept {
            true => self.ports.vault.delete(&key_of(&server)).await,
            false => Ok(()),
        };
        let (told, forgotten) = match token {
            Some(token) => match self.remember_sign_out(&server, &token).await {
                // From here on nothing is lost with this program, however long the server takes.
                Some(todo) => {
                    let forgotten = forgotten().await;
                    (self.tell_server(&server, &token, Some(todo)).await, forgotten)
                }
                None => (self.tell_server(&server, &token, None).await, forgotten().await),
            },
            // What an earlier sign-out could not tell is untold still.
            None if self.has_yet_to_hear(&server) => {
                let reason = "It was asked before and could not be told.".to_owned();
                (SignedOut::HereOnly { reason, again: true }, forgotten().await)
            }
            None => (SignedOut::Everywhere, forgotten().await),
        };
        forgotten?;
        {
            let mut state = self.state();
            let session = state.session(id);
            session.ended(None);
            session.sign_in = SignIn::Idle;
        }
        if was_signed_in {
            let everywhere = told == SignedOut::Everywhere;
            self.note(id, Event::SignedOut { everywhere }).await;
        }
        self.publish();
        Ok(told)
    }

    /// Takes the session out of the store and the shared file.
    pub(super) async fn forget(&self, server: &Server, judged: Option<StoredAuth>) -> Result<(), AccountsError> {
        let deleted = self.ports.vault.delete(&key_of(server)).await;
        self.forget_record(&server.id).await;
        self.clear_file(server, Some(judged)).await?;
        Ok(deleted?)
    }

    /// `only`: leaves a session alone that somebody else has written meanwhile.
    async fn clear_file(&self, server: &Server, only: Option<Option<StoredAuth>>) -> Result<(), AccountsError> {
        let key = server.id.to_string();
        self.update(Box::new(move |document| {
            // A server that vanished from the file meanwhile has nothing left to clear.
            let there = document.config().server(&key);
            if there.is_some_and(|profile| only.is_none_or(|only| profile.auth == only)) {
                document.clear_auth(&key)
            } else {
                Ok(())
            }
        }))
        .await
    }

    /// Keeps new tokens: the refresh token first, so that nobody uses an access token whose successor could be lost.
    /// `replaces` is the refresh token they were got for. The caller holds the profile's lock.
    pub(super) async fn store(
        &self,
        server: &Server,
        tokens: Tokens,
        replaces: Option<&Secret>,
    ) -> Result<StoredAuth, AccountsError> {
        let auth = StoredAuth {
            access_token: tokens.access_token,
            refresh_token: Secret::new(""),
            expires_at: tokens.expires_at,
            user_id: tokens.user_id,
            email: tokens.email,
        };
        match tokens.refresh_token {
            Some(refresh_token) => {
                let replaces = replaces.map(Secret::fingerprint);
                let new = Unsaved {
                    refresh_token,
                    auth,
                    replaces,
                };
                self.keep_and_publish(server, new).await
            }
            None => Ok(self.share(server, auth, None).await),
        }
    }

    pub(super) async fn keep_and_publish(&self, server: &Server, new: Unsaved) -> Result<StoredAuth, AccountsError> {
        if let Err(error) = self.keep(server, &new.refresh_token).await {
            let now = self.now();
            {
                let mut state = self.state();
                let session = state.session(&server.id);
                session.unsaved = Some(new);
                let locked = Condition::Locked { fault: error.clone() };
                session.failed(server.id.as_str(), locked, now, None);
            }
            self.publish();
            return Err(error.into());
        }
        Ok(self.share(server, new.auth, Some(new.refresh_token)).await)
    }

    /// Whether what could not be kept is still the newest: another program that got the same token in the grace may have kept it,
    /// and gone on from there. The caller holds the profile's lock.
    pub(super) async fn still_newest(&self, server: &Server, unsaved: &Unsaved) -> Result<bool, VaultError> {
        let Some(replaces) = &unsaved.replaces else {
            return Ok(true);
        };
        let kept = self.ports.vault.read(&key_of(server)).await?;
        Ok(kept.is_none_or(|kept| kept == unsaved.refresh_token || kept.fingerprint() == *replaces))
    }

    /// A write that timed out may have been done all the same: only reading tells.
    pub(super) async fn keep(&self, server: &Server, refresh_token: &Secret) -> Result<(), VaultError> {
        let key = key_of(server);
        match self.ports.vault.write(&key, refresh_token).await {
            Err(timed_out @ VaultError::TimedOut { .. }) => match self.ports.vault.read(&key).await {
                Ok(Some(found)) if found == *refresh_token => Ok(()),
                _ => Err(timed_out),
            },
            other => other,
        }
    }
}
