//! A copied token: marked as a secret, gone after half a minute.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use accounts::Problem;
use auth_core::Secret;
use tauri::{AppHandle, Manager};
use tauri_plugin_clipboard_manager::ClipboardExt;

use crate::desktop::Desktop;

/// How long a copied token stays on the clipboard.
const STAYS: Duration = Duration::from_secs(30);

/// Remembers what was copied until it is cleared.
#[derive(Default)]
pub struct SecretClipboard {
    copied: Mutex<Option<Secret>>,
}

impl SecretClipboard {
    /// Copies `secret`, asks clipboard histories to leave it out, and clears it after 30 s unless something else was copied.
    /// Gives those seconds.
    pub async fn copy(&self, app: &AppHandle, secret: Secret) -> Result<u64, Problem> {
        let (handle, text) = (app.clone(), secret.clone());
        let written =
            tauri::async_runtime::spawn_blocking(move || handle.clipboard().write_secret(text.expose())).await;
        if let Some(error) = written
            .map_err(|e| e.to_string())
            .and_then(|w| w.map_err(|e| e.to_string()))
            .err()
        {
            tracing::warn!(error, "the clipboard was not written");
            let message =
                "The clipboard could not be used, so nothing was copied. Try again, or use `flowstate-auth token`.";
            return Err(Problem {
                code: "clipboard",
                message: message.to_owned(),
                field: None,
            });
        }
        *self.remembered() = Some(secret.clone());
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(STAYS).await;
            let app = app.clone();
            // The clipboard asks its owner over the display's connection, which may take a moment.
            let cleared =
                tauri::async_runtime::spawn_blocking(move || app.state::<Desktop>().clipboard.clear(&app, &secret));
            if let Err(error) = cleared.await {
                tracing::warn!(%error, "the clipboard was not cleared");
            }
        });
        Ok(STAYS.as_secs())
    }

    /// The app ends: nobody would clear it later.
    pub fn clear_now(&self, app: &AppHandle) {
        let copied = self.remembered().clone();
        if let Some(secret) = copied {
            self.clear(app, &secret);
        }
    }

    fn clear(&self, app: &AppHandle, secret: &Secret) {
        // A later copy has its own half minute.
        if self.remembered().as_ref() != Some(secret) {
            return;
        }
        *self.remembered() = None;
        let clipboard = app.clipboard();
        if clipboard.read_text().is_ok_and(|text| text == secret.expose())
            && let Err(error) = clipboard.clear()
        {
            tracing::warn!(%error, "the clipboard was not cleared");
        }
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Option<Secret>> {
        self.copied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
