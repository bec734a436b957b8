//! The one refresher: what is due is refreshed, for ever.

use std::sync::Arc;
use std::time::Duration;

use auth_core::ServerId;

use super::{Accounts, Why};
use crate::ports::UnixMillis;

/// The longest the refresher goes without looking: the wall clock may have been set, the computer may have slept.
const LONGEST_LOOK: UnixMillis = 30_000;
/// Longer than any try to tell a server of a sign-out.
const SIGN_OUT_TAKES: Duration = Duration::from_secs(120);

/// A reason to look at once. It is never believed for more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The computer woke up.
    Woke,
    /// The network came back.
    NetworkCame,
    /// Somebody gave the credential store its passphrase.
    StoreOpened,
}

impl Accounts {
    /// Refreshes what is due, for ever. Drop the future to stop it; a refresh under way ends by itself.
    pub async fn keep_fresh(self: Arc<Self>) {
        self.state().keeps_fresh = true;
        self.adopt_rotations().await;
        let mut looks = true;
        loop {
            let now = self.now();
            let (due, next) = self.due(now);
            let begins = !due.is_empty();
            for id in due {
                let accounts = self.clone();
                tokio::spawn(async move {
                    // Never closed; without a permit there would just be more at once.
                    let _one_of_few = accounts.at_once.acquire().await;
                    if let Err(error) = accounts.refresh(&id, Why::Due).await {
                        tracing::info!(server = %id, code = error.code(), "the refresh did not succeed");
                    }
                });
            }
            let to_tell = self.due_sign_outs();
            if !to_tell.is_empty() {
                self.put_sign_outs_off(now, SIGN_OUT_TAKES);
                let accounts = self.clone();
                tokio::spawn(async move { accounts.try_each_again(to_tell).await });
            }
            self.fall_back_if_due(now).await;
            let next = next.min(self.sign_out_due_at().unwrap_or(UnixMillis::MAX));
            // One that is due has been tried just now; where our settings cannot be written, the next look tries again.
            let fall_back = self.fall_back_at().filter(|at| *at > now);
            let next = next.min(fall_back.unwrap_or(UnixMillis::MAX));
            // Whoever changed something has published it, but not what begins here.
            if looks {
                self.tell_time();
            } else if begins {
                self.publish();
            }
            looks = tokio::select! {
                () = self.ports.clock.wait_until(next.min(now + LONGEST_LOOK)) => true,
                () = self.changed.notified() => false,
            };
        }
    }

    /// Tries at once what was put off, but for what a server asked to wait for.
    pub fn hint(&self, hint: Hint) {
        tracing::debug!(?hint, "looking at all sessions");
        for session in self.state().sessions.values_mut() {
            session.hinted(hint);
        }
        self.publish();
        self.changed.notify_one();
    }

    /// Which sessions are due, marked as being refreshed, and when to look again.
    fn due(&self, now: UnixMillis) -> (Vec<ServerId>, UnixMillis) {
        let mut state = self.state();
        if now + LONGEST_LOOK < std::mem::replace(&mut state.looked_at, now) {
            for session in state.sessions.values_mut() {
                (session.clock_moved, session.retry_at, session.left_alone_until) = (true, None, 0);
            }
        }
        let document = Arc::clone(&state.document);
        let mut planned = Vec::new();
        for profile in &document.config().servers {
            let id = ServerId::existing(&profile.id);
            let recorded = state.record(profile).is_some();
            if state.conflict(&profile.id, Some(profile)).is_some() {
                continue;
            }
            let session = state.session(&id);
            if let Some(at) = session.due_at(profile, recorded) {
                planned.push((id, at, at.saturating_sub(session.slack(profile))));
            }
        }
        // What would be due a moment later is done along with what is due now: one wake-up for all of them.
        let anything = planned.iter().any(|(_, at, _)| *at <= now);
        let (mut due, mut next) = (Vec::new(), UnixMillis::MAX);
        for (id, at, early) in planned {
            if at <= now || (anything && early <= now) {
                state.session(&id).refreshing = true;
                due.push(id);
            } else {
                next = next.min(at);
            }
        }
        (due, next)
    }
}
