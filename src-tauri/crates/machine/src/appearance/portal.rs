use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use zbus::message::Type;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{MatchRule, MessageStream};

use crate::bus::in_time;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// The window waits for the answer.
const DEADLINE: Duration = Duration::from_millis(500);

/// The portal of a desktop session.
pub(super) struct Portal {
    /// What was asked for and is not answered yet: at the start of a session the portal itself has yet to start.
    asked: Option<Asked>,
    changes: MessageStream,
}

type Asked = Pin<Box<dyn Future<Output = zbus::Result<OwnedValue>> + Send>>;

impl std::fmt::Debug for Portal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portal").finish_non_exhaustive()
    }
}

impl Portal {
    /// With whether the desktop is dark now, if that is known in time; else [`next`](Self::next) says so.
    pub async fn open(bus: zbus::Result<zbus::connection::Builder<'_>>) -> zbus::Result<(Self, Option<bool>)> {
        let listening = async {
            let bus = bus?.build().await?;
            let rule = MatchRule::builder()
                .msg_type(Type::Signal)
                .sender(PORTAL)?
                .path(PATH)?
                .interface(SETTINGS)?
                .member("SettingChanged")?
                .arg(0, NAMESPACE)?
                .build();
            let changes = MessageStream::for_match_rule(rule, &bus, None).await?;
            Ok((bus, changes))
        };
        let (bus, changes) = in_time(DEADLINE, listening).await?;
        let mut asked: Asked = Box::pin(async move {
            let asking = bus.call_method(Some(PORTAL), PATH, Some(SETTINGS), "Read", &(NAMESPACE, KEY));
            asking.await?.body().deserialize::<OwnedValue>()
        });
        let answer = tokio::time::timeout(DEADLINE, &mut asked).await;
        let asked = answer.is_err().then_some(asked);
        // One that is not there yet may come.
        let dark = answer.ok().and_then(Result::ok).and_then(|value| is_dark(&value));
        Ok((Self { asked, changes }, dark))
    }

    /// What the portal says next; `None` where no more can come.
    pub async fn next(&mut self) -> Option<Option<bool>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The answer comes first: what has changed since was said after it.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Option<bool>>> {
        if let Some(asked) = &mut self.asked
            && let Poll::Ready(answer) = asked.as_mut().poll(context)
        {
            self.asked = None;
            if let Ok(value) = answer {
                return Poll::Ready(Some(is_dark(&value)));
            }
        }
        loop {
            let Some(message) = ready!(Pin::new(&mut self.changes).poll_next(context)) else {
                return Poll::Ready(None);
            };
            let Ok(message) = message else { continue };
            match message.body().deserialize::<(String, String, OwnedValue)>() {
                Ok((_, key, value)) if key == KEY => return Poll::Ready(Some(is_dark(&value))),
                _ => {}
            }
        }
    }
}

/// 1 is dark, 2 is light, 0 is no preference. `Read` answers with a value in a value.
fn is_dark(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Value(inner) => is_dark(inner),
        Value::U32(1) => Some(true),
        Value::U32(2) => Some(false),
        _ => None,
    }
}
