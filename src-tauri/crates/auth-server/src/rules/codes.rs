//! Codes: one live a person and domain, ten minutes, five tries, one use.

use auth_core::models::{AuthVerificationTokenModel, Timestamp, VerificationTokenType};
use auth_core::storage::{CodeRecord, StorageError};
use auth_core::wire::{SendCodeReply, SendCodeRequest};
use auth_core::{Email, Secret, VerificationCode};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::limits::Limit;
use super::{AuthError, AuthService, Caller};
use crate::CodeMail;
use crate::mail::describe;
use crate::random::{RandomError, Randomness, new_code, new_id};

/// Wrong tries before a code is void.
const TRIES: u32 = 5;

impl AuthService {
    /// Mails a code to the address, if it may sign in. The answer is the same if it may not.
    pub async fn send_code(&self, request: SendCodeRequest, caller: &Caller) -> Result<SendCodeReply, AuthError> {
        let domain_id = request.domain_id;
        self.check_domain(&domain_id)?;
        let email = Email::parse(&request.email)?;
        let holder = record_id(&domain_id, &email);
        let limits = &self.settings.limits;
        // The caller's own share first: who floods must not use up what others have.
        self.take("send-ip", &caller.counted(), Limit::hourly(limits.send_ip))
            .await?;
        self.take("send-interval", &holder, Limit::every(limits.send_interval))
            .await?;
        self.take("send-address", &holder, Limit::hourly(limits.send_address))
            .await?;
        self.take("send-all", "all", Limit::hourly(limits.send_all)).await?;

        let place = self.post.place()?;
        let now = self.now();
        let code = new_code(&*self.random)?;
        self.store_code(&domain_id, &email, &code, now).await?;
        let user = self.user_by_email(&domain_id, &email).await?;
        let admitted = self.admits(&email, user.as_ref());
        let to = email.masked();
        let mail = CodeMail {
            id: new_id(&*self.random, now)?,
            to: email,
            code,
            device: caller.user_agent.as_deref().and_then(describe),
            domain_id: domain_id.clone(),
            sent_at: now,
            expires_in: self.settings.code_ttl,
        };
        if admitted {
            tracing::info!(to, domain = domain_id, "code made");
            place.hand_in(mail).await?;
        } else {
            tracing::info!(to, domain = domain_id, "no code sent: the address may not sign in");
            place.discard(mail);
        }
        Ok(SendCodeReply {
            expires_in: self.settings.code_ttl,
            retry_after: u64::from(limits.send_interval),
        })
    }

    /// Makes this the one live code of the address: an older one is void.
    async fn store_code(&self, domain_id: &str, email: &Email, code: &Secret, now: Timestamp) -> Result<(), AuthError> {
        let id = record_id(domain_id, email);
        let record = CodeRecord {
            code: AuthVerificationTokenModel {
                token: new_hash(&*self.random, &id, code)?,
                identifier: email.as_str().to_owned(),
                expires: now.plus_seconds(self.settings.code_ttl),
                token_type: VerificationTokenType::EmailCode,
                created_at: now,
                domain_id: Some(domain_id.to_owned()),
                extended: None,
                id: id.clone(),
            },
            attempts: 0,
            used: false,
        };
        self.store
            .put(&id, |_| Ok::<_, StorageError>(record.clone()))
            .await
            .map(drop)
            .map_err(AuthError::from)
    }

    /// Uses the code up. Of several that try a right code at once, one succeeds. Where `admitted` is false no code is right.
    pub(super) async fn use_code(
        &self,
        domain_id: &str,
        email: &Email,
        code: &VerificationCode,
        admitted: bool,
    ) -> Result<(), AuthError> {
        let id = record_id(domain_id, email);
        // Each further round means that another try was counted or a new code was stored.
        loop {
            let now = self.now();
            let Some(mut stored) = self.store.get::<CodeRecord>(&id).await? else {
                return Err(AuthError::CodeExpired);
            };
            let record = &mut stored.record;
            if record.used {
                return Err(AuthError::CodeExpired);
            }
            if record.attempts >= TRIES {
                let next = record
                    .code
                    .created_at
                    .plus_seconds(u64::from(self.settings.limits.send_interval));
                let retry_after = now.seconds_until(next).max(1);
                return Err(AuthError::CodeAttemptsExceeded { retry_after });
            }
            if now >= record.code.expires {
                return Err(AuthError::CodeExpired);
            }
            let right = is_hash_of(&record.code.token, &id, code.as_secret()) && admitted;
            if right {
                record.used = true;
            } else {
                record.attempts += 1;
            }
            let attempts_left = TRIES - record.attempts;
            match self.store.replace(record, &stored.version).await {
                Ok(_) if right => return Ok(()),
                Ok(_) => return Err(AuthError::CodeInvalid { attempts_left }),
                Err(StorageError::Stale { .. }) => {}
                Err(source) => return Err(source.into()),
            }
        }
    }
}

fn record_id(domain_id: &str, email: &Email) -> String {
    format!("{domain_id}/{}", email.as_str())
}

/// What is stored of a code. Six digits are soon tried by whoever has the storage; the salt keeps equal codes from looking
/// alike, and a code of one address from fitting another.
fn new_hash(random: &dyn Randomness, id: &str, code: &Secret) -> Result<Secret, RandomError> {
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    Ok(hash(&URL_SAFE_NO_PAD.encode(salt), id, code))
}

fn hash(salt: &str, id: &str, code: &Secret) -> Secret {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
    let tag = hmac::sign(&key, format!("{id}\n{}", code.expose()).as_bytes());
    Secret::new(format!("{salt}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

fn is_hash_of(stored: &Secret, id: &str, code: &Secret) -> bool {
    let salt = stored.expose().split_once('.').map(|(salt, _)| salt);
    salt.is_some_and(|salt| hash(salt, id, code) == *stored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandomness;

    #[test]
    fn a_hash_fits_its_own_code_and_address_only() {
        let code = Secret::new("123456");
        let stored = new_hash(&SystemRandomness, "d/a@b.c", &code).unwrap();
        assert!(is_hash_of(&stored, "d/a@b.c", &code));
        assert!(!is_hash_of(&stored, "d/a@b.c", &Secret::new("123457")));
        assert!(!is_hash_of(&stored, "e/a@b.c", &code));
        assert!(!stored.expose().contains("123456"));
        assert_ne!(stored, new_hash(&SystemRandomness, "d/a@b.c", &code).unwrap());
    }
}
