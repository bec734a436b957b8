//! From a line to its reply.

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::Clock;
use accounts::{Accounts, AccountsError, FailureKind, Hint, Why};
use auth_core::config::StoredAuth;
use auth_core::{Secret, ServerId, ServerUrl};

use super::AgentPlace;
use super::exchanges::Exchanges;
use super::failure::AgentRefusal;
use super::wire::{
    AgentServer, AgentStatus, AgentToken, Done, Misunderstood, Operation, Request, USUAL_MIN_TTL, done, refused,
};

/// Brings the window up, on a server where one is named.
pub(super) type Show = Box<dyn Fn(Option<String>) + Send + Sync>;

/// What all connections share.
pub(super) struct Answers {
    accounts: Arc<Accounts>,
    clock: Arc<dyn Clock>,
    exchanges: Exchanges,
    show: Show,
    place: AgentPlace,
}

impl Answers {
    pub fn new(place: AgentPlace, accounts: Arc<Accounts>, clock: Arc<dyn Clock>, show: Show) -> Self {
        Self {
            accounts,
            exchanges: Exchanges::new(clock.clone()),
            clock,
            show,
            place,
        }
    }

    /// The one line that answers this one.
    pub async fn to(&self, line: &[u8]) -> Vec<u8> {
        match Request::parse(line) {
            Ok(request) => self.answer(request).await.unwrap_or_else(|refusal| {
                tracing::debug!(code = refusal.code, "the agent refused a request");
                refused(&refusal)
            }),
            Err(misunderstood) => Self::misunderstood(misunderstood),
        }
    }

    pub fn misunderstood(why: Misunderstood) -> Vec<u8> {
        refused(&AgentRefusal::new(
            "invalid_request",
            Some(FailureKind::Usage),
            why.to_string(),
        ))
    }

    async fn answer(&self, request: Request) -> Result<Vec<u8>, AgentRefusal> {
        if let Some(config) = request.config
            && self.place.config() != Some(&*config)
        {
            return Err(self.other_config());
        }
        match request.operation {
            Operation::Token { server, min_ttl } => {
                let id = self.meant(server)?;
                let min_ttl = Duration::from_secs(min_ttl.unwrap_or(USUAL_MIN_TTL));
                let auth = match self.accounts.access_token(&id, min_ttl).await {
                    // The caller may have seen a change that we have yet to be told of.
                    Err(AccountsError::NoSuchServer { .. } | AccountsError::SignedOut { .. }) => {
                        self.accounts.reload().await;
                        self.accounts.access_token(&id, min_ttl).await
                    }
                    other => other,
                };
                token(&id, auth)
            }
            Operation::Refresh { server } => {
                let id = self.meant(server)?;
                // A name that nobody knows makes no lock and no state. The caller may have seen a change that we have yet to be told of.
                let is_known = || self.accounts.snapshot().server(id.as_str()).is_some();
                if !is_known() {
                    self.accounts.reload().await;
                }
                let auth = match is_known() {
                    true => self.accounts.refresh(&id, Why::Asked).await,
                    false => Err(AccountsError::NoSuchServer { id: id.to_string() }),
                };
                token(&id, auth)
            }
            Operation::Exchange {
                url,
                api_token,
                min_ttl,
            } => self.exchange(&url, &api_token, min_ttl).await,
            Operation::Status => Ok(done(self.status())),
            Operation::Show { server } => {
                (self.show)(server);
                Ok(done(Done {}))
            }
            Operation::Reload => {
                self.accounts.reload().await;
                // A store that was locked, or in another place, may open now.
                self.accounts.hint(Hint::Woke);
                Ok(done(Done {}))
            }
            Operation::Ping => Ok(done(Done {})),
        }
    }

    fn meant(&self, server: Option<String>) -> Result<ServerId, AgentRefusal> {
        let meant = server.or_else(|| self.accounts.snapshot().active_server_id.clone());
        let none = "No server is active. Name one, or choose one with `flowstate-auth server use ID`.";
        meant
            .map(|id| ServerId::existing(&id))
            .ok_or_else(|| AgentRefusal::new("unknown_server", Some(FailureKind::Configuration), none))
    }

    async fn exchange(&self, url: &str, api_token: &Secret, min_ttl: Option<u64>) -> Result<Vec<u8>, AgentRefusal> {
        let url = ServerUrl::parse(url).map_err(|error| {
            let message = format!("The address cannot be used: {error}.");
            AgentRefusal::new("invalid_server", Some(FailureKind::Usage), message)
        })?;
        let min_ttl = Duration::from_secs(min_ttl.unwrap_or(USUAL_MIN_TTL));
        let exchanged = self.exchanges.get(&url, api_token, min_ttl).await;
        let exchanged = exchanged.map_err(|error| AgentRefusal::from(&AccountsError::from(error)))?;
        Ok(done(AgentToken {
            access_token: exchanged.access_token,
            expires_at: exchanged.expires_at,
            server: url.as_str().to_owned(),
        }))
    }

    fn status(&self) -> AgentStatus {
        let (snapshot, now) = (self.accounts.snapshot(), self.clock.now());
        AgentStatus {
            servers: snapshot
                .servers
                .iter()
                .map(|server| AgentServer::of(server, now))
                .collect(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn other_config(&self) -> AgentRefusal {
        let ours = self.place.config().unwrap_or("another folder");
        let message = format!(
            "The agent (process {}) speaks for {ours}. Unset FLOWSTATE_CONFIG_DIR to use it, or set FLOWSTATE_AGENT_SOCK to have a second one.",
            std::process::id()
        );
        AgentRefusal::new("other_config", Some(FailureKind::Configuration), message)
    }
}

fn token(id: &ServerId, auth: Result<StoredAuth, AccountsError>) -> Result<Vec<u8>, AgentRefusal> {
    let auth = auth.map_err(|error| AgentRefusal::from(&error))?;
    Ok(done(AgentToken {
        access_token: auth.access_token,
        expires_at: auth.expires_at,
        server: id.to_string(),
    }))
}
