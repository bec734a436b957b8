use serde::{Deserialize, Serialize};

use crate::models::{AuthSessionModel, DeviceInfo, Timestamp};

/// A session in the list that its person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    pub id: String,
    pub device_info: Option<DeviceInfo>,
    /// The sign-in.
    pub created_at: Timestamp,
    /// The last time its tokens were refreshed, or the sign-in.
    pub last_used_at: Timestamp,
    /// It ends then, unless it is used before.
    pub expires: Timestamp,
    /// The one whose token asked.
    pub current: bool,
}

impl SessionView {
    /// A session as somebody with the session `current` sees it.
    pub fn of(session: AuthSessionModel, current: &str) -> Self {
        Self {
            current: session.id == current,
            id: session.id,
            device_info: session.device_info,
            created_at: session.created_at,
            last_used_at: session.updated_at,
            expires: session.expires,
        }
    }
}
