//! How a code reaches its person.

mod address;
mod device;
mod file;
mod from;
mod mailbox;
mod message;
mod post;
mod smtp;

use std::path::PathBuf;

use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::{Email, Secret};

pub use address::{SmtpAddress, SmtpAddressError, SmtpSecurity};
pub use device::describe;
pub use file::FileMailer;
pub use from::{MailFrom, MailFromError};
pub use mailbox::{Mailbox, Mailed};
pub use post::Post;
pub use smtp::{SmtpFault, SmtpMailer};

/// A code to be mailed.
#[derive(Debug, Clone)]
pub struct CodeMail {
    /// Unique among mails.
    pub id: String,
    pub to: Email,
    pub code: Secret,
    pub domain_id: String,
    /// The program that asked, in words that no stranger has chosen.
    pub device: Option<String>,
    pub sent_at: Timestamp,
    /// Life of the code, seconds.
    pub expires_in: u64,
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail could not be written as a file; check the folder of --mail file:DIR, its rights and free space")]
    File {
        #[source]
        source: std::io::Error,
    },
    #[error("the mail server did not take the mail: {fault}")]
    Smtp { fault: SmtpFault },
    #[error("the certificate {} for the mail server cannot be used; give a PEM file", path.display())]
    Certificate { path: PathBuf },
    #[error("the mail could not be put together; check --mail-from")]
    Unwritable,
    #[error("too many mails wait for the mail server; try again in a while")]
    Full,
    #[error("its code had expired before the mail server took it")]
    TooLate,
}

/// Something that delivers mail.
#[async_trait]
pub trait Mailer: std::fmt::Debug + Send + Sync {
    /// Delivers the code.
    ///
    /// # Errors
    /// [`MailError`].
    async fn deliver(&self, mail: CodeMail) -> Result<(), MailError>;

    /// Whether a delivery takes no time that anybody could measure. Others go on behind the answer.
    fn is_instant(&self) -> bool {
        false
    }
}
