//! A copied token: marked as a secret, gone after a while. And a code that a person copied from an e-mail.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use accounts::Problem;
use auth_core::Secret;
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager};
use tauri_plugin_clipboard_manager::ClipboardExt;

use crate::desktop::Desktop;

/// How an access token is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyAs {
    Token,
    /// The header that a request carries it in.
    Header,
    /// A command that asks the server who the token is for.
    Curl,
}

impl CopyAs {
    /// What a person pastes. `url` is the server's.
    pub fn text(self, token: &Secret, url: &str) -> Secret {
        let token = token.expose();
        match self {
            Self::Token => Secret::new(token),
            Self::Header => Secret::new(format!("Authorization: Bearer {token}")),
            Self::Curl => {
                let header = quoted(&format!("Authorization: Bearer {token}"));
                let url = quoted(&format!("{}/auth/me", url.trim_end_matches('/')));
                Secret::new(format!("curl --header {header} {url}"))
            }
        }
    }
}

/// One word for a shell. Both come from a file that others write too.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

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
    /// Copies `secret`, asks clipboard histories to leave it out, and clears it after as many seconds as the person
    /// chose, unless something else was copied. Gives those seconds.
    pub async fn copy(&self, app: &AppHandle, secret: Secret, stays: Duration) -> Result<u64, Problem> {
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
        let timer = tauri::async_runtime::spawn(clear_later(app.clone(), stays));
        // Each copy has its own time.
        if let Some(former) = self.copied().replace(Copied { secret, timer }) {
            former.timer.abort();
        }
        Ok(stays.as_secs())
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

async fn clear_later(app: AppHandle, stays: Duration) {
    tokio::time::sleep(stays).await;
    let cleared = tauri::async_runtime::spawn_blocking(move || app.state::<Desktop>().clipboard.clear(&app));
    if let Err(error) = cleared.await {
        tracing::warn!(%error, "the clipboard was not cleared");
    }
}

/// The code on the clipboard, if there is nothing else on it. It asks the clipboard's owner, which may take a moment.
pub async fn code(app: &AppHandle) -> Option<String> {
    let handle = app.clone();
    let read = tauri::async_runtime::spawn_blocking(move || handle.clipboard().read_text()).await;
    read_code(&read.ok()?.ok()?)
}

/// Six digits, as mail programs write them: alone, or in two halves.
fn read_code(text: &str) -> Option<String> {
    let text = text.trim();
    let halves = |c: char| c == ' ' || c == '-' || c == '\u{a0}';
    let digits: String = text.chars().filter(|c| !halves(*c)).collect();
    let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) && text.chars().count() <= 7;
    is_code.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_ready_to_paste() {
        let token = Secret::new("eyJ.a'b");
        let text = |copy_as: CopyAs| copy_as.text(&token, "https://a.example/").expose().to_owned();
        assert_eq!(text(CopyAs::Token), "eyJ.a'b");
        assert_eq!(text(CopyAs::Header), "Authorization: Bearer eyJ.a'b");
        let curl = r"curl --header 'Authorization: Bearer eyJ.a'\''b' 'https://a.example/auth/me'";
        assert_eq!(text(CopyAs::Curl), curl);
    }

    #[test]
    fn a_code_is_six_digits_and_nothing_else() {
        for (text, code) in [
            ("123456", Some("123456")),
            (" 123 456\n", Some("123456")),
            ("123-456", Some("123456")),
            ("12345", None),
            ("1234567", None),
            ("1 2 3 4 5 6", None),
            ("code 123456", None),
            ("٣٣٣٣٣٣", None),
            ("eyJhbGciOiJSUzI1NiJ9.e30.x", None),
            ("", None),
        ] {
            assert_eq!(read_code(text).as_deref(), code, "{text}");
        }
    }
}
