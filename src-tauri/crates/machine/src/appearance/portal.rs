use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;
use zbus::message::Type;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{MatchRule, MessageStream};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// The window waits for the answer.
const DEADLINE: Duration = Duration::from_millis(500);

/// The portal of a desktop session.
#[derive(Debug)]
pub(super) struct Portal {
    changes: MessageStream,
}

impl Portal {
    /// With whether the desktop is dark now.
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
        let (bus, changes) = in_time(listening).await?;
        let asking = async {
            let asked = bus.call_method(Some(PORTAL), PATH, Some(SETTINGS), "Read", &(NAMESPACE, KEY));
            asked.await?.body().deserialize::<OwnedValue>()
        };
        // One that is not there yet may come.
        let dark = in_time(asking).await.ok().and_then(|value| is_dark(&value));
        Ok((Self { changes }, dark))
    }

    /// What the next change says; `None` where no more can come.
    pub async fn next(&mut self) -> Option<Option<bool>> {
        loop {
            let message = poll_fn(|context| Pin::new(&mut self.changes).poll_next(context)).await?;
            let Ok(message) = message else { continue };
            match message.body().deserialize::<(String, String, OwnedValue)>() {
                Ok((_, key, value)) if key == KEY => return Some(is_dark(&value)),
                _ => {}
            }
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = zbus::Result<T>>) -> zbus::Result<T> {
    match tokio::time::timeout(DEADLINE, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(zbus::Error::Failure("nobody answers".to_owned())),
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
