//! The X clipboard, seen and set by a foreign program.

use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::desktop::Desktop;
use crate::environment::Environment;
use crate::wait::{DEADLINE, eventually};

/// `xclip` on a desktop with a display.
#[derive(Debug, Clone)]
pub struct Clipboard {
    environment: Environment,
}

impl Clipboard {
    /// The clipboard of `desktop`.
    ///
    /// # Errors
    /// If the desktop has no display.
    pub fn new(desktop: &Desktop) -> Result<Self> {
        ensure!(desktop.has_display(), "a clipboard needs a display");
        Ok(Self {
            environment: desktop.environment().clone(),
        })
    }

    /// What a paste would insert; `None` while the clipboard is empty.
    ///
    /// # Errors
    /// If the clipboard's owner does not answer.
    pub async fn text(&self) -> Result<Option<String>> {
        self.read(&[]).await
    }

    /// The forms in which the content is offered; none while the clipboard is empty.
    ///
    /// # Errors
    /// If the clipboard's owner does not answer.
    pub async fn targets(&self) -> Result<Vec<String>> {
        let list = self.read(&["-t", "TARGETS"]).await?.unwrap_or_default();
        Ok(list.lines().map(str::to_owned).collect())
    }

    /// Copies `text`, as another program would, and waits until a paste would insert it.
    ///
    /// # Errors
    /// If `xclip` fails, or something else stays on the clipboard.
    pub async fn set_text(&self, text: &str) -> Result<()> {
        let mut command = self.environment.command("xclip");
        // Its copy in the background, which serves the content, would hold our pipes open.
        command
            .args(["-selection", "clipboard", "-i"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.kill_on_drop(true).spawn().context("cannot start xclip")?;
        let mut stdin = child.stdin.take().context("xclip has no stdin")?;
        stdin.write_all(text.as_bytes()).await?;
        drop(stdin);
        let status = timeout(DEADLINE, child.wait())
            .await
            .context("waited for xclip to take the text")??;
        ensure!(status.success(), "xclip ended with {status}");
        // It leaves the foreground before the display has heard that the clipboard is its own.
        eventually("xclip to own the clipboard", DEADLINE, async || {
            ensure!(
                self.text().await?.as_deref() == Some(text),
                "another text is on the clipboard"
            );
            Ok(())
        })
        .await
    }

    async fn read(&self, options: &[&str]) -> Result<Option<String>> {
        let mut command = self.environment.command("xclip");
        command
            .args(["-selection", "clipboard", "-o"])
            .args(options)
            .kill_on_drop(true);
        let output = timeout(DEADLINE, command.output())
            .await
            .context("waited for the clipboard's owner to answer")??;
        let stderr = String::from_utf8_lossy(&output.stderr);
        match output.status.success() {
            true => Ok(Some(String::from_utf8(output.stdout)?)),
            false if stderr.contains("not available") => Ok(None),
            false => bail!("xclip ended with {}: {stderr}", output.status),
        }
    }
}
