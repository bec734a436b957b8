//! The models of the contract with what the rules keep beside them.

use serde::{Deserialize, Serialize};

use super::{Kind, Record};
use crate::Secret;
use crate::models::{
    ApiTokenModel, AuthAccountModel, AuthSessionModel, AuthUserModel, AuthVerificationTokenModel, ServiceAccountModel,
    Timestamp,
};
use crate::tokens::SigningAlgorithm;

/// A session and its rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    #[serde(flatten)]
    pub session: AuthSessionModel,
    /// How often the session has been rotated.
    pub generation: u64,
    /// When it got this generation: the grace of its parent counts from here.
    pub rotated_at: Timestamp,
    pub revoked: Option<Revocation>,
}

/// The end of a session before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revocation {
    pub cause: RevokeCause,
    pub at: Timestamp,
}

/// Who or what ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokeCause {
    /// Its person signed out.
    Logout,
    /// Its person ended it from another session.
    Revoked,
    /// An old refresh token came back.
    Reuse,
}

/// A mailed code and its tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeRecord {
    #[serde(flatten)]
    pub code: AuthVerificationTokenModel,
    /// Wrong tries so far.
    pub attempts: u32,
    /// It has opened a session.
    pub used: bool,
}

/// A key that signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyRecord {
    /// Names use, algorithm and number, so that of several servers that make a first key one wins.
    pub id: String,
    pub kid: String,
    #[serde(rename = "use")]
    pub key_use: KeyUse,
    pub algorithm: SigningAlgorithm,
    /// PKCS#8 PEM.
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub private_key: Secret,
    pub created_at: Timestamp,
    /// It signs from then on; it is published before, so that whoever verifies has it in time. None: since it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs_from: Option<Timestamp>,
    /// All that it has signed is worthless from then on. Whoever signs with it moves this on first; a key that nobody signs
    /// with any more runs out so and is swept. None: nobody has said so yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyUse {
    /// Access and service tokens.
    Access,
    Refresh,
}

/// What has been used of a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitRecord {
    /// Names the limit and whom it holds.
    pub id: String,
    /// Moment of a use, milliseconds since the epoch, and how many uses are counted under it; oldest first.
    pub uses: Vec<(u64, u32)>,
    /// All of them are forgotten from then on.
    pub expires: Timestamp,
}

macro_rules! records {
    ($($record:ty, $kind:ident, |$it:ident| $id:expr;)*) => {$(
        impl Record for $record {
            const KIND: Kind = Kind::$kind;

            fn id(&self) -> &str {
                let $it = self;
                &$id
            }
        }
    )*};
}

records! {
    AuthUserModel, User, |it| it.id;
    SessionRecord, Session, |it| it.session.id;
    CodeRecord, Code, |it| it.code.id;
    AuthAccountModel, Account, |it| it.id;
    ServiceAccountModel, ServiceAccount, |it| it.id;
    ApiTokenModel, ApiToken, |it| it.id;
    SigningKeyRecord, SigningKey, |it| it.id;
    LimitRecord, Limit, |it| it.id;
}
