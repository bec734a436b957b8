//! Access tokens for API tokens, for machines without a profile. Kept in memory alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use accounts::ports::{ApiError, Clock, UnixMillis};
use auth_core::{Secret, ServerUrl};

use crate::CliAuthService;
use crate::http::Exchanged;

/// How many API tokens are remembered at once; the one not used for longest makes room.
const REMEMBERED: usize = 32;

pub(super) struct Exchanges {
    service: CliAuthService,
    clock: Arc<dyn Clock>,
    /// The last used is last.
    known: Mutex<Vec<Known>>,
}

struct Known {
    url: ServerUrl,
    api_token: Secret,
    /// Locked while it is being exchanged, so that many callers make one request.
    access: Arc<tokio::sync::Mutex<Option<Access>>>,
}

struct Access {
    token: Exchanged,
    life: UnixMillis,
    got_at: Instant,
}

impl Exchanges {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            service: CliAuthService::new(clock.clone()),
            clock,
            known: Mutex::default(),
        }
    }

    /// An access token with at least `min_ttl` left; half its life is always enough.
    pub async fn get(&self, url: &ServerUrl, api_token: &Secret, min_ttl: Duration) -> Result<Exchanged, ApiError> {
        let access = self.access(url, api_token);
        let mut access = access.lock().await;
        let now = self.clock.now();
        if let Some(access) = &*access {
            let wanted = u64::try_from(min_ttl.as_millis())
                .unwrap_or(u64::MAX)
                .min(access.life / 2);
            // The clock may have been set back since.
            let left = access.life.saturating_sub(access.got_at.elapsed().as_millis() as u64);
            if access.token.expires_at.saturating_sub(now).min(left) > wanted {
                return Ok(access.token.clone());
            }
        }
        let token = self.service.exchange(url, api_token).await?;
        *access = Some(Access {
            life: token.expires_at.saturating_sub(now),
            got_at: Instant::now(),
            token: token.clone(),
        });
        Ok(token)
    }

    fn access(&self, url: &ServerUrl, api_token: &Secret) -> Arc<tokio::sync::Mutex<Option<Access>>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let place = known
            .iter()
            .position(|known| known.url == *url && known.api_token == *api_token);
        let entry = match place {
            Some(place) => known.remove(place),
            None => {
                if known.len() >= REMEMBERED {
                    known.remove(0);
                }
                Known {
                    url: url.clone(),
                    api_token: api_token.clone(),
                    access: Arc::default(),
                }
            }
        };
        let access = entry.access.clone();
        known.push(entry);
        access
    }
}
