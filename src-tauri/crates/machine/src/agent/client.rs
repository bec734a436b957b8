//! The socket's end in a tool: blocking, without an async runtime.

use std::io::{self, ErrorKind};
use std::time::Duration;

use auth_core::{Secret, ServerId, ServerUrl};
use serde::de::DeserializeOwned;

use super::conversation::{Replies, SIGN_OF_LIFE, foreign};
use super::wire::{self, AgentStatus, AgentToken, Done, Operation, Request};
use super::{AgentFailure, AgentPlace};

/// Longer than a server that is silent keeps the agent waiting.
const PATIENCE: Duration = Duration::from_secs(40);

/// Asks the agent of a place. Every call is bounded in time, whatever listens there.
#[derive(Debug, Clone)]
pub struct AgentClient {
    place: AgentPlace,
    patience: Duration,
}

impl AgentClient {
    /// For the agent of that place, if there is one.
    pub fn new(place: AgentPlace) -> Self {
        Self {
            place,
            patience: PATIENCE,
        }
    }

    /// Another time than 40 s for what needs a server.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// An access token with at least `min_ttl` left (half its life is always enough); of the active server where none is named.
    ///
    /// # Errors
    /// [`AgentFailure`].
    pub fn token(&self, server: Option<&ServerId>, min_ttl: Duration) -> Result<AgentToken, AgentFailure> {
        self.ask_long(Operation::Token {
            server: server.map(ToString::to_string),
            min_ttl: Some(min_ttl.as_secs()),
        })
    }

    /// The same after a refresh of even a good token.
    ///
    /// # Errors
    /// [`AgentFailure`].
    pub fn refresh(&self, server: Option<&ServerId>) -> Result<AgentToken, AgentFailure> {
        self.ask_long(Operation::Refresh {
            server: server.map(ToString::to_string),
        })
    }

    /// An access token for an API token; no profile is needed.
    ///
    /// # Errors
    /// [`AgentFailure`].
    pub fn exchange(&self, url: &ServerUrl, api_token: &Secret, min_ttl: Duration) -> Result<AgentToken, AgentFailure> {
        self.ask_long(Operation::Exchange {
            url: url.as_str().to_owned(),
            api_token: api_token.clone(),
            min_ttl: Some(min_ttl.as_secs()),
        })
    }

    /// What the agent says of itself and its sessions.
    ///
    /// # Errors
    /// [`AgentFailure`].
    pub fn status(&self) -> Result<AgentStatus, AgentFailure> {
        self.ask(Operation::Status)
    }

    /// Brings the agent's window up, on a server where one is named.
    ///
    /// # Errors
    /// [`AgentFailure`].
    pub fn show(&self, server: Option<&ServerId>) -> Result<(), AgentFailure> {
        let server = server.map(ToString::to_string);
        self.ask::<Done>(Operation::Show { server }).map(drop)
    }

    /// Has the agent look at the shared file and the credential store again.
    ///
    /// # Errors
    /// [`AgentFailure`].
    pub fn reload(&self) -> Result<(), AgentFailure> {
        self.ask::<Done>(Operation::Reload).map(drop)
    }

    /// What is answered at once.
    fn ask<T: DeserializeOwned>(&self, operation: Operation) -> Result<T, AgentFailure> {
        let lines = self.request(operation)?;
        let replies = Replies::to(&self.place, lines, 1, SIGN_OF_LIFE);
        let first = replies.next(SIGN_OF_LIFE).map_err(|source| self.nobody(source))?;
        self.read(&first)
    }

    /// What may have to wait for a server. A ping goes first: an agent that is stopped is not waited for.
    fn ask_long<T: DeserializeOwned>(&self, operation: Operation) -> Result<T, AgentFailure> {
        let mut lines = self.request(Operation::Ping)?;
        lines.extend(self.request(operation)?);
        let replies = Replies::to(&self.place, lines, 2, self.patience);
        let sign_of_life = replies.next(SIGN_OF_LIFE).map_err(|source| self.nobody(source))?;
        self.read::<Done>(&sign_of_life)?;
        match replies.next(self.patience) {
            Ok(reply) => self.read(&reply),
            Err(error) if error.kind() == ErrorKind::TimedOut => Err(AgentFailure::Silent {
                socket: self.place.socket().to_owned(),
                after: self.patience,
            }),
            // It ended in the middle, and its lock with it.
            Err(source) => Err(self.nobody(source)),
        }
    }

    fn request(&self, operation: Operation) -> Result<Vec<u8>, AgentFailure> {
        // Without it we might be given the token of another folder's session.
        let config = self.place.config().map(str::to_owned);
        let config = config.ok_or_else(|| self.nobody(foreign("the config folder's name is no text")))?;
        let config = Some(config);
        Ok(wire::line(&Request { operation, config }))
    }

    fn read<T: DeserializeOwned>(&self, reply: &[u8]) -> Result<T, AgentFailure> {
        match wire::read(reply) {
            Some(Ok(body)) => Ok(body),
            Some(Err(refusal)) if refusal.code == "other_config" => Err(AgentFailure::OtherConfig {
                message: refusal.message,
            }),
            Some(Err(source)) => Err(AgentFailure::Refused { source }),
            None => Err(self.nobody(foreign("it does not answer as an agent does"))),
        }
    }

    fn nobody(&self, source: io::Error) -> AgentFailure {
        AgentFailure::NoAgent {
            socket: self.place.socket().to_owned(),
            source,
        }
    }
}
