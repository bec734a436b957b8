//! Who bears an access token.

use auth_core::Secret;
use auth_core::storage::SessionRecord;
use auth_core::wire::{MeReply, MeUser};

use super::{AuthError, AuthService};

impl AuthService {
    /// The person and what they may do. A session that was ended refuses its access tokens here at once.
    pub async fn me(&self, token: Option<&Secret>, org_id: Option<&str>) -> Result<MeReply, AuthError> {
        let now = self.now();
        let claims = self.tokens.verify_access(token.ok_or(AuthError::NoToken)?, now)?;
        self.check_domain(&claims.payload.domain_id)
            .map_err(|_| AuthError::SessionOver)?;
        let session = self.store.get::<SessionRecord>(&claims.sid).await?;
        session
            .map(|stored| stored.record)
            .filter(|record| record.revoked.is_none() && now < record.session.expires)
            .filter(|record| record.session.user_id == claims.payload.user_id)
            .ok_or(AuthError::SessionOver)?;
        let user = self
            .user(&claims.payload.user_id)
            .await?
            .ok_or(AuthError::SessionOver)?;
        match org_id {
            None => return Err(AuthError::NoOrg),
            Some(org_id) if org_id != user.org_id => return Err(AuthError::ForeignOrg),
            Some(_) => {}
        }
        Ok(MeReply {
            scopes: self.scopes(&user),
            domain_id: claims.payload.domain_id,
            org_id: user.org_id,
            user: MeUser {
                id: user.id,
                email: user.email,
                name: user.name,
            },
        })
    }
}
