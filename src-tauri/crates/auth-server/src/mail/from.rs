use lettre::Address;
use lettre::message::Mailbox;

/// Whom mails are from: an address, perhaps with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFrom(Mailbox);

/// A text that is no sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no sender; it looks like Name <no-reply@example.com>")]
pub struct MailFromError {
    text: String,
}

impl MailFrom {
    /// Reads an address with or without a name.
    ///
    /// # Errors
    /// [`MailFromError`].
    pub fn parse(text: &str) -> Result<Self, MailFromError> {
        let error = || MailFromError { text: text.to_owned() };
        text.parse().map(Self).map_err(|_| error())
    }

    /// For mails that another program picks up on this machine.
    pub fn local() -> Self {
        Self(Mailbox::new(None, Address::new_dangerous("no-reply", "localhost")))
    }

    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}
