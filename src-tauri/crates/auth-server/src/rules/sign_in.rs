//! A code becomes a session.

use auth_core::models::{AuthSessionModel, AuthUserModel, DeviceInfo, Timestamp};
use auth_core::storage::SessionRecord;
use auth_core::wire::{Device, TokenReply, VerifyCodeRequest};
use auth_core::{Email, VerificationCode};

use super::fields::check_text;
use super::limits::Limit;
use super::{AuthError, AuthService, Caller};
use crate::metrics::Became;
use crate::random::new_id;

/// What a machine may say of itself, in characters a field.
const FIELD: usize = 256;

impl AuthService {
    /// Trades a code for a session.
    pub async fn verify_code(&self, request: VerifyCodeRequest, caller: &Caller) -> Result<TokenReply, AuthError> {
        let domain_id = request.domain_id;
        self.check_domain(&domain_id)?;
        let email = Email::parse(&request.email)?;
        let code = VerificationCode::parse(request.code.expose())?;
        let device = device_info(request.device, caller)?;
        let limits = &self.settings.limits;
        let holder = format!("{domain_id}/{}", email.as_str());
        self.take("verify-ip", &caller.counted(), Limit::hourly(limits.verify_ip))
            .await?;
        self.take("verify-address", &holder, Limit::hourly(limits.verify_address))
            .await?;

        let known = self.user_by_email(&domain_id, &email).await?;
        let admitted = self.admits(&email, known.as_ref());
        self.use_code(&domain_id, &email, &code, admitted).await?;
        let now = self.now();
        let user = self.verified_user(&domain_id, &email, known, now).await?;
        let session = self.open_session(&user, &domain_id, device, now).await?;
        self.metrics.grant(Became::SignedIn);
        tracing::info!(
            who = email.masked(),
            domain = domain_id,
            session = session.session.id,
            "signed in"
        );
        self.token_reply(&user, &session, now).await
    }

    async fn open_session(
        &self,
        user: &AuthUserModel,
        domain_id: &str,
        device_info: DeviceInfo,
        now: Timestamp,
    ) -> Result<SessionRecord, AuthError> {
        let record = SessionRecord {
            session: AuthSessionModel {
                id: new_id(&*self.random, now)?,
                user_id: user.id.clone(),
                expires: self.session_end(now, now),
                device_info: Some(device_info),
                created_at: now,
                updated_at: now,
                domain_id: Some(domain_id.to_owned()),
                extended: None,
            },
            generation: 0,
            rotated_at: now,
            revoked: None,
        };
        self.store.insert(&record).await?;
        Ok(record)
    }
}

/// What the machine says of itself. What it leaves out of its user agent the request's header tells, and a program that says
/// nothing at all can still be told apart by that and its address.
fn device_info(device: Option<Device>, caller: &Caller) -> Result<DeviceInfo, AuthError> {
    let device = device.unwrap_or(Device {
        device_id: String::new(),
        platform: None,
        user_agent: None,
    });
    check_text("device.deviceId", &device.device_id, FIELD)?;
    check_text("device.platform", device.platform.as_deref().unwrap_or_default(), FIELD)?;
    check_text(
        "device.userAgent",
        device.user_agent.as_deref().unwrap_or_default(),
        FIELD,
    )?;
    let header = caller.user_agent.as_deref().unwrap_or_default();
    Ok(DeviceInfo {
        user_agent: device
            .user_agent
            .unwrap_or_else(|| header.chars().take(FIELD).collect()),
        ip: caller.ip.to_string(),
        device_id: device.device_id,
        platform: device.platform,
        browser: None,
        location: None,
    })
}
