use async_trait::async_trait;
use auth_core::ServerId;
use auth_core::wire::GrantReason;
use serde::{Deserialize, Serialize};

use super::UnixMillis;
use crate::{Sharing, StoreKind};

/// What happened to a session, for the person who wonders later. Holds no secret and no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Event {
    SignedIn,
    /// `everywhere` is false while the server has yet to be told.
    SignedOut {
        everywhere: bool,
    },
    /// The server has heard of an earlier sign-out.
    SignOutDone,
    Refreshed,
    /// Another program's newer session was taken over.
    Adopted,
    /// A refresh did not succeed; said once until one does.
    Offline {
        code: String,
    },
    /// The first refresh that succeeded after that.
    Online,
    /// The server ended the session.
    Revoked {
        #[cfg_attr(test, ts(type = "\"expired\" | \"revoked\" | \"reused\" | \"unknown\""))]
        reason: GrantReason,
    },
    SharingChanged {
        from: Sharing,
        to: Sharing,
    },
    StoreChanged {
        from: StoreKind,
        to: StoreKind,
    },
    /// The profile left the shared file while somebody was signed in.
    Vanished,
    /// Another person's session stands in the shared file.
    Replaced,
    /// A person decided about one of these two: whether ours was kept.
    Settled {
        ours: bool,
    },
    /// This computer's clock differs from the server's; positive where the server's is ahead.
    ClockSkew {
        #[cfg_attr(test, ts(type = "number"))]
        seconds: i64,
    },
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TimelineEntry {
    /// Milliseconds since the epoch.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: UnixMillis,
    /// Which program it was, with its process id.
    pub by: String,
    #[serde(flatten)]
    pub event: Event,
}

/// The last 200 events of each profile.
#[async_trait]
pub trait Timeline: Send + Sync {
    /// Adds an event. One that cannot be kept is logged and lost: a timeline is never a reason to fail.
    async fn record(&self, server: &ServerId, at: UnixMillis, event: Event);

    /// The events of a profile, oldest first; none where there is no timeline or it cannot be read.
    async fn read(&self, server: &ServerId) -> Vec<TimelineEntry>;
}
