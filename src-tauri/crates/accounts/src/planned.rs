//! What the plan says of one token, worked out once.

use std::cell::RefCell;

use auth_core::Secret;
use auth_core::config::{ServerProfile, StoredAuth};

use crate::plan;
use crate::ports::UnixMillis;
use crate::profile::server_of;

/// When the token of a session is to be refreshed: it takes looking into token and address, and a thousand are asked after at each change.
#[derive(Default)]
pub(crate) struct Memo(RefCell<Option<Planned>>);

impl Memo {
    /// When that token is to be refreshed, `None` where its server cannot be spoken to, and how much earlier it may be.
    pub fn of(&self, profile: &ServerProfile, auth: &StoredAuth) -> (Option<UnixMillis>, u64) {
        let mut memo = self.0.borrow_mut();
        let known = memo.take().filter(|known| known.is_of(profile, auth));
        let known = known.unwrap_or_else(|| Planned::new(profile, auth));
        let answer = (known.at, known.slack);
        *memo = Some(known);
        answer
    }
}

struct Planned {
    token: Secret,
    expires_at: UnixMillis,
    url: String,
    domain_id: String,
    /// `None` where the server cannot be spoken to.
    at: Option<UnixMillis>,
    slack: u64,
}

impl Planned {
    fn new(profile: &ServerProfile, auth: &StoredAuth) -> Self {
        Self {
            token: auth.access_token.clone(),
            expires_at: auth.expires_at,
            url: profile.url.clone(),
            domain_id: profile.domain_id.clone(),
            at: server_of(profile).is_ok().then(|| plan::refresh_at(&profile.id, auth)),
            slack: plan::slack(auth),
        }
    }

    fn is_of(&self, profile: &ServerProfile, auth: &StoredAuth) -> bool {
        self.expires_at == auth.expires_at
            && (&self.url, &self.domain_id) == (&profile.url, &profile.domain_id)
            && self.token.is_unchanged(&auth.access_token)
    }
}
