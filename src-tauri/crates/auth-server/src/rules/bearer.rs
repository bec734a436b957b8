//! Who bears a token, and what they may do: a person's access token, a service account's, or an API token itself.

use std::net::IpAddr;

use auth_core::Secret;
use auth_core::models::{AuthUserModel, ServiceAccountModel, Timestamp};
use auth_core::storage::SessionRecord;
use auth_core::tokens::AccessClaims;
use auth_core::wire::{MeReply, MeUser};

use super::people::ADMIN;
use super::{AuthError, AuthService};
use crate::api_token::ApiToken;

/// Somebody whose token is good now.
#[derive(Debug, Clone)]
pub struct Bearer {
    pub subject: Subject,
    /// What can be ended to refuse the token: the session, or the API token.
    pub session_id: String,
    pub domain_id: String,
    pub org_id: String,
    /// As they are now, whatever the token says.
    pub scopes: Vec<String>,
}

/// Whom a token stands for.
#[derive(Debug, Clone)]
pub enum Subject {
    Person(AuthUserModel),
    Service(ServiceAccountModel),
}

impl Bearer {
    /// The id of the person or service account.
    pub fn id(&self) -> &str {
        match &self.subject {
            Subject::Person(user) => &user.id,
            Subject::Service(account) => &account.id,
        }
    }

    /// Whether the scope is theirs.
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    /// Refuses an organisation that is not the bearer's.
    pub(super) fn check_org(&self, org_id: Option<&str>) -> Result<(), AuthError> {
        match org_id {
            Some(org_id) if org_id != self.org_id => Err(AuthError::ForeignOrg),
            _ => Ok(()),
        }
    }
}

impl AuthService {
    /// The bearer of the token. What was ended is refused here at once, whatever life its tokens have left. Wrong API tokens
    /// count for who sends them, where that is known.
    pub async fn bearer(&self, token: Option<&Secret>, from: Option<IpAddr>) -> Result<Bearer, AuthError> {
        let token = token.ok_or(AuthError::NoToken)?;
        let now = self.now();
        if ApiToken::is_meant(token) {
            // Each guess would cost a slow hash. A token that has been proven costs none, and was not guessed.
            if !self.programs.hashing.has_proven(token) {
                self.check_guesses(from).await?;
            }
            return match self.proven(token, from, now).await {
                Ok((model, account)) => self.service(model.id, account),
                Err(AuthError::InvalidGrant { .. }) => Err(AuthError::SessionOver),
                Err(error) => Err(error),
            };
        }
        let claims = self.verified(now, |tokens| tokens.verify_access(token, now)).await??;
        self.check_domain(&claims.payload.domain_id)
            .map_err(|_| AuthError::SessionOver)?;
        match self.store.get::<SessionRecord>(&claims.sid).await? {
            Some(stored) => self.person(stored.record, &claims, now).await,
            None => self.exchanged(claims, now).await,
        }
    }

    /// The bearer, if the organisation is theirs, where one is named.
    pub async fn signed(
        &self,
        token: Option<&Secret>,
        org_id: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Bearer, AuthError> {
        let bearer = self.bearer(token, from).await?;
        bearer.check_org(org_id)?;
        Ok(bearer)
    }

    /// The bearer, if the scope `admin` is theirs and the organisation, where one is named, is too.
    pub async fn admin(
        &self,
        token: Option<&Secret>,
        org_id: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<Bearer, AuthError> {
        let bearer = self.signed(token, org_id, from).await?;
        if !bearer.may(ADMIN) {
            return Err(AuthError::MissingScope { scope: ADMIN });
        }
        Ok(bearer)
    }

    /// Who the bearer is.
    pub async fn me(
        &self,
        token: Option<&Secret>,
        org_id: Option<&str>,
        from: Option<IpAddr>,
    ) -> Result<MeReply, AuthError> {
        let bearer = self.bearer(token, from).await?;
        if org_id.is_none() {
            return Err(AuthError::NoOrg);
        }
        bearer.check_org(org_id)?;
        Ok(MeReply {
            user: match bearer.subject {
                Subject::Person(user) => MeUser {
                    id: user.id,
                    email: user.email,
                    name: user.name,
                },
                Subject::Service(account) => MeUser {
                    id: account.id,
                    email: String::new(),
                    name: Some(account.name),
                },
            },
            domain_id: bearer.domain_id,
            org_id: bearer.org_id,
            scopes: bearer.scopes,
        })
    }

    async fn person(&self, record: SessionRecord, claims: &AccessClaims, now: Timestamp) -> Result<Bearer, AuthError> {
        let live = record.revoked.is_none()
            && now < record.session.expires
            && record.session.user_id == claims.payload.user_id
            && record.session.domain_id.as_deref() == Some(claims.payload.domain_id.as_str());
        if !live {
            return Err(AuthError::SessionOver);
        }
        let user = self
            .user(&claims.payload.user_id)
            .await?
            .ok_or(AuthError::SessionOver)?;
        Ok(Bearer {
            session_id: record.session.id,
            domain_id: claims.payload.domain_id.clone(),
            org_id: user.org_id.clone(),
            scopes: self.scopes(&user),
            subject: Subject::Person(user),
        })
    }

    /// An access token that an API token was traded for names it as its session.
    async fn exchanged(&self, claims: AccessClaims, now: Timestamp) -> Result<Bearer, AuthError> {
        match self.programs.live(&claims.sid, now).await? {
            Some((model, account)) if account.id == claims.payload.user_id => self.service(model.id, account),
            _ => Err(AuthError::SessionOver),
        }
    }

    fn service(&self, session_id: String, account: ServiceAccountModel) -> Result<Bearer, AuthError> {
        let domain_id = account.domain_id.clone().unwrap_or_default();
        self.check_domain(&domain_id).map_err(|_| AuthError::SessionOver)?;
        Ok(Bearer {
            session_id,
            domain_id,
            org_id: account.org_id.clone(),
            scopes: account.scopes.clone(),
            subject: Subject::Service(account),
        })
    }
}
