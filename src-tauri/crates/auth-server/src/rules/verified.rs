//! Tokens against the keys as they are now.

use auth_core::models::Timestamp;
use auth_core::tokens::{TokenManager, VerifyError};

use super::{AuthError, AuthService};

impl AuthService {
    /// Checks a token. One whose key is not known may have been signed by another server a moment ago: the storage is asked
    /// before anybody is told that it is not ours, for a client takes that as the end of its session.
    pub(super) async fn verified<T>(
        &self,
        now: Timestamp,
        verify: impl Fn(&TokenManager) -> Result<T, VerifyError>,
    ) -> Result<Result<T, VerifyError>, AuthError> {
        let first = verify(&*self.keys.tokens(now).await);
        if !matches!(first, Err(VerifyError::UnknownKey { .. })) {
            return Ok(first);
        }
        Ok(match self.keys.asked_again(now).await? {
            Some(tokens) => verify(&tokens),
            None => first,
        })
    }
}
