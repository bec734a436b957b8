//! How a code reaches its person.

mod file;
mod mailbox;

use async_trait::async_trait;
use auth_core::models::Timestamp;
use auth_core::{Email, Secret};

pub use file::FileMailer;
pub use mailbox::{Mailbox, Mailed};

/// A code to be mailed.
#[derive(Debug, Clone)]
pub struct CodeMail {
    pub to: Email,
    pub code: Secret,
    pub domain_id: String,
    pub sent_at: Timestamp,
    /// Life of the code, seconds.
    pub expires_in: u64,
}

impl CodeMail {
    /// The subject: the code first, so that a notification shows it.
    pub fn subject(&self) -> String {
        format!("{} is your sign-in code", self.code.expose())
    }

    /// The text, for a reader without HTML.
    pub fn text(&self) -> String {
        let minutes = self.expires_in.div_ceil(60);
        let minutes = if minutes == 1 {
            "1 minute".to_owned()
        } else {
            format!("{minutes} minutes")
        };
        format!(
            "Your sign-in code is {}\n\nIt is good for {minutes} and for one sign-in.\nIf you did not ask for it, ignore this mail: nobody can sign in without the code.\n",
            self.code.expose()
        )
    }
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail could not be written as a file; check the folder of --mail file:DIR, its rights and free space")]
    File {
        #[source]
        source: std::io::Error,
    },
}

/// Something that delivers mail.
#[async_trait]
pub trait Mailer: std::fmt::Debug + Send + Sync {
    /// Delivers the code.
    ///
    /// # Errors
    /// [`MailError`].
    async fn deliver(&self, mail: CodeMail) -> Result<(), MailError>;
}
