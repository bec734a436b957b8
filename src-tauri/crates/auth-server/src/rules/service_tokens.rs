//! Service tokens: what a service of the stack shows to another.

use auth_core::tokens::CreateServiceTokenOptions;
use auth_core::wire::BearerReply;

use super::fields::{check_name, checked_scopes};
use super::{AuthError, AuthService, Bearer};

/// Characters of a service's name.
const SERVICE_ID: usize = 128;
/// The longest life, seconds: a service token cannot be taken back.
pub const LONGEST: u64 = 2_592_000;

impl AuthService {
    /// Makes a service token for the administrator's own domain.
    pub async fn create_service_token(
        &self,
        bearer: &Bearer,
        options: CreateServiceTokenOptions,
    ) -> Result<BearerReply, AuthError> {
        check_name("serviceId", &options.service_id, SERVICE_ID)?;
        self.check_domain(&options.domain_id)?;
        if options.domain_id != bearer.domain_id {
            return Err(AuthError::ForeignDomain);
        }
        if !(1..=LONGEST).contains(&options.ttl_seconds) {
            return Err(AuthError::UnfitLife { longest: LONGEST });
        }
        let life = options.ttl_seconds;
        let options = CreateServiceTokenOptions {
            permissions: checked_scopes("permissions", options.permissions)?,
            ..options
        };
        tracing::info!(by = bearer.id(), "service token made");
        let now = self.now();
        let tokens = self.keys.keep_until(now.plus_seconds(life), now).await?;
        let token = tokens.create_service(options, now)?;
        Ok(BearerReply::new(token, life))
    }
}
