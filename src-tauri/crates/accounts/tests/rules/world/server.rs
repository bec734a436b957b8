//! The server's side of the world.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accounts::ports::*;
use async_trait::async_trait;
use auth_core::wire::GrantReason;
use auth_core::{Email, Secret, VerificationCode};

use super::ManualClock;

/// A server with the rotation of the contract: the current token rotates, its parent gets the current one, all else ends the session.
pub struct FakeServer {
    pub clock: Arc<ManualClock>,
    /// The numbers of the live sessions' refresh tokens, by session.
    pub sessions: Mutex<HashMap<u32, u32>>,
    pub refreshes: AtomicUsize,
    pub logouts: AtomicUsize,
    /// Said instead of doing anything.
    pub fault: Mutex<Option<ApiError>>,
    /// Acts, and then loses the reply.
    pub lose_reply: Mutex<bool>,
    pub life: AtomicU64,
    pub skew: Mutex<Option<i64>>,
    pub strict: Mutex<bool>,
    pub check_domain: Mutex<bool>,
    /// Signs with a key that it does not show.
    pub hidden_key: Mutex<bool>,
    pub no_refresh_token: Mutex<bool>,
    pub fail_logout: Mutex<bool>,
    /// Never answers a sign-out.
    pub silent_logout: Mutex<bool>,
    pub during_refresh: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    pub in_flight: AtomicUsize,
    pub most_in_flight: AtomicUsize,
}

impl FakeServer {
    fn check(&self) -> Result<(), ApiError> {
        self.fault.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn tokens(&self, session: u32, generation: u32) -> Tokens {
        let expires_at = self.clock.now() + self.life.load(Ordering::SeqCst);
        Tokens {
            access_token: Secret::new(format!("access-{session}-{generation}-{expires_at}")),
            refresh_token: (!*self.no_refresh_token.lock().unwrap())
                .then(|| Secret::new(format!("refresh-{session}-{generation}"))),
            expires_at,
            user_id: "ada".into(),
            email: "ada@example.com".into(),
            clock_skew: *self.skew.lock().unwrap(),
        }
    }

    pub fn refreshes(&self) -> usize {
        self.refreshes.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl AuthApi for FakeServer {
    async fn send_code(&self, _: &Server, _: &Email) -> Result<CodeSent, ApiError> {
        self.check()?;
        Ok(CodeSent {
            expires_in: Duration::from_secs(600),
            retry_after: Duration::from_secs(60),
        })
    }

    async fn login(&self, _: &Server, _: &Email, code: &VerificationCode) -> Result<Tokens, ApiError> {
        self.check()?;
        if code.as_secret().expose() != "123456" {
            return Err(ApiError::CodeInvalid { attempts_left: 4 });
        }
        let mut sessions = self.sessions.lock().unwrap();
        let session = sessions.len() as u32 + 1;
        sessions.insert(session, 0);
        Ok(self.tokens(session, 0))
    }

    async fn refresh(&self, server: &Server, token: &Secret) -> Result<Tokens, NotRefreshed> {
        self.check()?;
        self.refreshes.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if let Some(f) = self.during_refresh.lock().unwrap().take() {
            f();
        }
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let mut parts = token.expose().rsplit('-');
        let given: u32 = parts.next().unwrap().parse().unwrap();
        let session: u32 = parts.next().unwrap().parse().unwrap();
        let mut sessions = self.sessions.lock().unwrap();
        let unknown = ApiError::InvalidGrant {
            reason: GrantReason::Unknown,
        };
        let current = sessions.get_mut(&session).ok_or(unknown)?;
        if given == *current {
            *current += 1;
        } else if given + 1 != *current || *self.strict.lock().unwrap() {
            sessions.remove(&session);
            let reason = GrantReason::Reused;
            return Err(ApiError::InvalidGrant { reason }.into());
        }
        let reply = self.tokens(session, sessions[&session]);
        if *self.check_domain.lock().unwrap() && server.domain_id != "default" {
            return Err(ApiError::WrongDomain {
                expected: server.domain_id.clone(),
                found: "default".into(),
            }
            .into());
        }
        if std::mem::take(&mut *self.lose_reply.lock().unwrap()) {
            return Err(ApiError::Network {
                url: server.url.clone(),
                fault: NetworkFault::Cut,
            }
            .into());
        }
        if *self.hidden_key.lock().unwrap() {
            let what = "its key is not among them";
            return Err(NotRefreshed {
                error: ApiError::BadToken { what },
                next: reply.refresh_token,
            });
        }
        Ok(reply)
    }

    async fn logout(&self, server: &Server, token: &Secret) -> Result<(), ApiError> {
        self.check()?;
        let silent = *self.silent_logout.lock().unwrap();
        if silent {
            std::future::pending::<()>().await;
        }
        if *self.fail_logout.lock().unwrap() {
            let (url, fault) = (server.url.clone(), NetworkFault::TimedOut);
            return Err(ApiError::Network { url, fault });
        }
        self.logouts.fetch_add(1, Ordering::SeqCst);
        let session = token.expose().split('-').nth(1).unwrap().parse().unwrap();
        self.sessions.lock().unwrap().remove(&session);
        Ok(())
    }

    async fn probe(&self, _: &Server) -> Result<(), ApiError> {
        self.check()
    }

    async fn own_sessions(&self, _: &Server, access_token: &Secret) -> Result<Vec<OwnSession>, ApiError> {
        self.check()?;
        let current = access_token.expose().split('-').nth(1).unwrap().to_owned();
        let sessions = self.sessions.lock().unwrap();
        let mut ids: Vec<u32> = sessions.keys().copied().collect();
        ids.sort_unstable();
        Ok(ids.into_iter().map(|id| own_session(id, &current)).collect())
    }

    async fn end_own_session(&self, _: &Server, _: &Secret, session: &str) -> Result<(), ApiError> {
        self.check()?;
        self.sessions.lock().unwrap().remove(&session.parse().unwrap());
        Ok(())
    }
}

fn own_session(id: u32, current: &str) -> OwnSession {
    OwnSession {
        id: id.to_string(),
        platform: None,
        program: None,
        ip: None,
        location: None,
        signed_in_at: None,
        last_used_at: None,
        current: id.to_string() == current,
    }
}
