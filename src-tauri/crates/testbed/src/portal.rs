//! The part of the desktop that says whether it is dark.

use std::time::Duration;

use anyhow::Result;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::Value;
use zbus::{Connection, interface};

use crate::desktop::{Desktop, connect};

const PATH: &str = "/org/freedesktop/portal/desktop";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

/// Owns `org.freedesktop.portal.Desktop` on the private session bus.
#[derive(Debug)]
pub struct Portal {
    bus: Connection,
}

impl Portal {
    /// Starts it on a desktop that is dark, or light.
    ///
    /// # Errors
    /// If there is another one.
    pub async fn start(desktop: &Desktop, dark: bool) -> Result<Self> {
        Self::start_slow(desktop, dark, Duration::ZERO).await
    }

    /// One that takes its time with each answer.
    ///
    /// # Errors
    /// If there is another one.
    pub async fn start_slow(desktop: &Desktop, dark: bool, delay: Duration) -> Result<Self> {
        let builder = connect(desktop.environment())?.serve_at(PATH, Settings { dark, delay })?;
        Ok(Self {
            bus: builder.name("org.freedesktop.portal.Desktop")?.build().await?,
        })
    }

    /// Turns the desktop dark, or light.
    ///
    /// # Errors
    /// If the bus is gone.
    pub async fn turn(&self, dark: bool) -> Result<()> {
        let settings = self.bus.object_server().interface::<_, Settings>(PATH).await?;
        settings.get_mut().await.dark = dark;
        let emitter = SignalEmitter::new(&self.bus, PATH)?;
        Settings::setting_changed(&emitter, NAMESPACE, "contrast", Value::U32(1)).await?;
        Ok(Settings::setting_changed(&emitter, NAMESPACE, KEY, scheme(dark)).await?)
    }
}

fn scheme(dark: bool) -> Value<'static> {
    Value::U32(if dark { 1 } else { 2 })
}

struct Settings {
    dark: bool,
    delay: Duration,
}

#[interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    /// A value in a value, as the real one answers.
    fn read(&self, namespace: &str, key: &str) -> zbus::fdo::Result<Value<'static>> {
        std::thread::sleep(self.delay);
        if (namespace, key) == (NAMESPACE, KEY) {
            Ok(Value::Value(Box::new(scheme(self.dark))))
        } else {
            Err(zbus::fdo::Error::Failed("Requested setting not found".to_owned()))
        }
    }

    #[zbus(signal)]
    async fn setting_changed(
        emitter: &SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Value<'_>,
    ) -> zbus::Result<()>;
}
