use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use auth_core::Secret;
use auth_core::models::Timestamp;
use serde::Serialize;

use super::{CodeMail, MailError, Mailer};

/// The mailbox of a server in development: it keeps the last mails in memory and shows each code on stderr.
#[derive(Debug, Default)]
pub struct Mailbox {
    mails: Mutex<VecDeque<Mailed>>,
}

/// A mail as the mailbox shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mailed {
    pub to: String,
    #[serde(serialize_with = "Secret::expose_on_wire")]
    pub code: Secret,
    pub domain_id: String,
    pub sent_at: Timestamp,
}

impl Mailbox {
    /// Older mails are dropped.
    const KEPT: usize = 1_000;

    /// The mails, oldest first; those to one address where one is named.
    pub fn mails(&self, to: Option<&str>) -> Vec<Mailed> {
        let to = to.map(|to| to.trim().to_ascii_lowercase());
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = mails.iter().filter(|mail| to.as_deref().is_none_or(|to| to == mail.to));
        wanted.cloned().collect()
    }
}

#[async_trait]
impl Mailer for Mailbox {
    async fn deliver(&self, mail: CodeMail) -> Result<(), MailError> {
        let line = format!(
            "code {} for {} ({})",
            mail.code.expose(),
            mail.to.as_str(),
            mail.domain_id
        );
        {
            let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
            if mails.len() == Self::KEPT {
                mails.pop_front();
            }
            mails.push_back(Mailed {
                to: mail.to.as_str().to_owned(),
                code: mail.code,
                domain_id: mail.domain_id,
                sent_at: mail.sent_at,
            });
        }
        if writeln!(std::io::stderr(), "{line}").is_err() {
            tracing::debug!("nobody reads stderr; the code is in the mailbox only");
        }
        Ok(())
    }

    fn is_instant(&self) -> bool {
        true
    }
}
