//! A person looks at their sessions and ends them.

use auth_core::storage::{Lookup, Page, RevokeCause, SessionRecord, StorageError};
use auth_core::wire::{Listing, SessionView};

use super::listing::listing;
use super::{AuthError, AuthService, Bearer};

impl AuthService {
    /// A page of the bearer's live sessions. A service account has none.
    pub async fn own_sessions(&self, bearer: &Bearer, page: &Page) -> Result<Listing<SessionView>, AuthError> {
        let now = self.now();
        let lookup = Lookup::SessionsByUser { user_id: bearer.id() };
        listing(&self.store, lookup, page, |record: SessionRecord| {
            let live = record.revoked.is_none() && now < record.session.expires && is_of(&record, bearer);
            live.then(|| SessionView::of(record.session, &bearer.session_id))
        })
        .await
    }

    /// Ends one of the bearer's sessions, perhaps the one they ask from; one that is over stays so.
    pub async fn end_own_session(&self, bearer: &Bearer, id: &str) -> Result<(), AuthError> {
        // Each further round means that a refresh or another end of this session was stored.
        loop {
            let stored = self.store.get::<SessionRecord>(id).await?;
            let Some(stored) = stored.filter(|stored| is_of(&stored.record, bearer)) else {
                return Err(AuthError::NoSuch { what: "session" });
            };
            if stored.record.revoked.is_some() {
                return Ok(());
            }
            match self.revoke(stored, RevokeCause::Revoked, self.now()).await {
                Ok(()) => return Ok(()),
                Err(StorageError::Stale { .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }
}

fn is_of(record: &SessionRecord, bearer: &Bearer) -> bool {
    record.session.user_id == bearer.id() && record.session.domain_id.as_deref() == Some(bearer.domain_id.as_str())
}
