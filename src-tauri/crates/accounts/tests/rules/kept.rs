//! What this computer keeps of its own, without a disk.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use accounts::ports::*;
use async_trait::async_trait;
use auth_core::ServerId;

#[derive(Default)]
pub struct FakeSettings {
    pub kept: Mutex<Settings>,
    pub broken: Mutex<bool>,
}

impl FakeSettings {
    fn check(&self) -> Result<(), SettingsError> {
        let (path, line, column) = (PathBuf::from("settings.json"), 2, 1);
        let broken = *self.broken.lock().unwrap();
        if broken {
            Err(SettingsError::Broken { path, line, column })
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl SettingsStore for FakeSettings {
    async fn read(&self) -> Result<Arc<Settings>, SettingsError> {
        self.check()?;
        Ok(Arc::new(self.kept.lock().unwrap().clone()))
    }

    async fn update(&self, edit: SettingsEdit) -> Result<Arc<Settings>, SettingsError> {
        self.check()?;
        let mut kept = self.kept.lock().unwrap();
        edit(&mut kept);
        Ok(Arc::new(kept.clone()))
    }
}

#[derive(Default)]
pub struct FakeTimeline {
    pub entries: Mutex<Vec<(String, TimelineEntry)>>,
}

#[async_trait]
impl Timeline for FakeTimeline {
    async fn record(&self, server: &ServerId, at: UnixMillis, event: Event) {
        let by = "program".to_owned();
        let entry = TimelineEntry { at, by, event };
        self.entries.lock().unwrap().push((server.to_string(), entry));
    }

    async fn read(&self, server: &ServerId) -> Vec<TimelineEntry> {
        let entries = self.entries.lock().unwrap();
        let of = entries.iter().filter(|(of, _)| of == server.as_str());
        of.map(|(_, entry)| entry.clone()).collect()
    }
}
