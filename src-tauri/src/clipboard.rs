//! A copied token: marked as a secret, gone after half a minute.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use accounts::Problem;
use auth_core::Secret;
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager};
use tauri_plugin_clipboard_manager::ClipboardExt;

use crate::desktop::Desktop;

/// How long a copied token stays on the clipboard.
const STAYS: Duration = Duration::from_secs(30);

/// Remembers what was copied until it is cleared.
#[derive(Default)]
pub struct SecretClipboard {
    copied: Mutex<Option<Copied>>,
}

struct Copied {
    secret: Secret,
    timer: JoinHandle<()>,
}

impl SecretClipboard {
    /// Copies `secret`, asks clipboard histories to leave it out, and clears it after 30 s unless something else was copied.
    /// Gives those seconds.
    pub async fn copy(&self, app: &AppHandle, secret: Secret) -> Result<u64, Problem> {
        let (handle, text) = (app.clone(), secret.clone());
        let written =
            tauri::async_runtime::spawn_blocking(move || handle.clipboard().write_secret(text.expose())).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::warn!(?written, "the clipboard was not written");
            let message =
                "The clipboard could not be used, so nothing was copied. Try again, or use `flowstate-auth token`.";
            return Err(Problem {
                code: "clipboard",
                message: message.to_owned(),
                field: None,
            });
        }
        let timer = tauri::async_runtime::spawn(clear_later(app.clone()));
        // Each copy has its own half minute.
        if let Some(former) = self.copied().replace(Copied { secret, timer }) {
            former.timer.abort();
        }
        Ok(STAYS.as_secs())
    }

    /// Clears what was copied, if it is still there. It asks the clipboard's owner, which may take a moment.
    pub fn clear(&self, app: &AppHandle) {
        let Some(copied) = self.copied().take() else { return };
        let clipboard = app.clipboard();
        if clipboard.read_text().is_ok_and(|text| text == copied.secret.expose())
            && let Err(error) = clipboard.clear()
        {
            tracing::warn!(%error, "the clipboard was not cleared");
        }
    }

    fn copied(&self) -> std::sync::MutexGuard<'_, Option<Copied>> {
        self.copied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn clear_later(app: AppHandle) {
    tokio::time::sleep(STAYS).await;
    let cleared = tauri::async_runtime::spawn_blocking(move || app.state::<Desktop>().clipboard.clear(&app));
    if let Err(error) = cleared.await {
        tracing::warn!(%error, "the clipboard was not cleared");
    }
}
