use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::message::message;
use super::{CodeMail, MailError, MailFrom, Mailer};

/// Writes each mail as a file of its own, for another program to pick up.
#[derive(Debug)]
pub struct FileMailer {
    folder: PathBuf,
    from: MailFrom,
    written: AtomicU64,
}

impl FileMailer {
    /// Into that folder, which is made (0700) where it is not there, from that address.
    ///
    /// # Errors
    /// [`MailError::File`].
    pub fn new(folder: &Path, from: MailFrom) -> Result<Self, MailError> {
        make_folder(folder).map_err(|source| MailError::File { source })?;
        Ok(Self {
            folder: folder.to_owned(),
            from,
            written: AtomicU64::new(0),
        })
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn deliver(&self, mail: CodeMail) -> Result<(), MailError> {
        // The process id and the count keep two mails of one millisecond apart.
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{}-{number}", mail.sent_at.as_millis(), std::process::id());
        let (temporary, finished) = (
            self.folder.join(format!(".{name}")),
            self.folder.join(format!("{name}.eml")),
        );
        let message = message(&mail, self.from.mailbox())?.formatted();
        let write = move || {
            private_file()
                .write(true)
                .create_new(true)
                .open(&temporary)?
                .write_all(&message)?;
            // Renamed when whole, so that nobody picks up half a mail.
            std::fs::rename(&temporary, &finished)
        };
        tokio::task::spawn_blocking(write)
            .await
            .map_err(std::io::Error::other)
            .and_then(|done| done)
            .map_err(|source| MailError::File { source })
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn private_file() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn private_file() -> std::fs::OpenOptions {
    std::fs::OpenOptions::new()
}
