//! A code as a mail.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use maud::{DOCTYPE, html};

use super::{CodeMail, MailError};

/// The mail with its headers, plain text and HTML.
///
/// # Errors
/// [`MailError::Unwritable`].
pub fn message(mail: &CodeMail, from: &Mailbox) -> Result<Message, MailError> {
    let to = mail.to.as_str().parse().map_err(|_| MailError::Unwritable)?;
    let sent_at = UNIX_EPOCH + Duration::from_millis(mail.sent_at.as_millis());
    // Machines that answer mails by themselves are told not to answer this one.
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .date(sent_at)
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .subject(subject(mail))
        .raw_header(automatic)
        .multipart(MultiPart::alternative_plain_html(text(mail), page(mail)))
        .map_err(|_| MailError::Unwritable)
}

/// The code first, so that a notification shows it.
pub fn subject(mail: &CodeMail) -> String {
    format!("{} is your sign-in code", mail.code.expose())
}

fn life(mail: &CodeMail) -> String {
    match mail.expires_in.div_ceil(60) {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn asked(mail: &CodeMail) -> String {
    let device = mail.device.as_deref();
    format!(
        "{} asked for it.",
        device.map_or_else(|| "A program that does not say what it is".to_owned(), upper)
    )
}

/// The text with its first letter a capital one, but for names that are written small.
fn upper(text: &str) -> String {
    match text.strip_prefix("a ") {
        Some(rest) => format!("A {rest}"),
        None => text.to_owned(),
    }
}

const IGNORE: &str =
    "If that was not you, ignore this mail: nobody can sign in without the code. Never tell it to anybody.";

fn text(mail: &CodeMail) -> String {
    format!(
        "Your sign-in code is {}\r\n\r\nIt is good for {} and for one sign-in. {}\r\n{IGNORE}\r\n",
        mail.code.expose(),
        life(mail),
        asked(mail),
    )
}

fn page(mail: &CodeMail) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Your sign-in code" } }
            body style="margin:0;padding:24px;font-family:system-ui,sans-serif;color:#1c1c1e;background:#ffffff" {
                p style="margin:0 0 8px" { "Your sign-in code is" }
                p style="margin:0 0 16px;font-size:32px;font-weight:600;letter-spacing:4px" { (mail.code.expose()) }
                p style="margin:0 0 8px" { "It is good for " (life(mail)) " and for one sign-in. " (asked(mail)) }
                p style="margin:0;color:#6c6c70" { (IGNORE) }
            }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    use auth_core::models::Timestamp;
    use auth_core::{Email, Secret};

    use super::*;

    fn mail(device: Option<&str>) -> CodeMail {
        CodeMail {
            id: "1".to_owned(),
            to: Email::parse("ada@example.com").unwrap(),
            code: Secret::new("123456"),
            domain_id: "default".to_owned(),
            device: device.map(str::to_owned),
            sent_at: Timestamp::from_seconds(1_790_000_000),
            expires_in: 600,
        }
    }

    fn written(mail: &CodeMail) -> String {
        let from = "FlowState <no-reply@example.com>".parse().unwrap();
        let bytes = message(mail, &from).unwrap().formatted();
        // Quoted-printable puts in ends of lines.
        String::from_utf8(bytes).unwrap().replace("=\r\n", "")
    }

    #[test]
    fn a_mail_has_its_headers_and_both_forms() {
        let mail = written(&mail(Some("FlowState Accounts on Linux")));
        for line in [
            "From: FlowState <no-reply@example.com>",
            "To: ada@example.com",
            "Subject: 123456 is your sign-in code",
            "Date: Mon, 21 Sep 2026 14:13:20 +0000",
            "Message-ID: <1@example.com>",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(mail.contains(&format!("{line}\r\n")), "{line}\n{mail}");
        }
        assert!(mail.contains("multipart/alternative") && mail.contains("text/plain") && mail.contains("text/html"));
        assert_eq!(
            mail.matches("FlowState Accounts on Linux asked for it.").count(),
            2,
            "{mail}"
        );
        assert!(mail.contains("10 minutes"));
        assert!(
            !mail.contains("http://") && !mail.contains("https://"),
            "nothing to click: {mail}"
        );
    }

    #[test]
    fn a_program_without_a_name_is_called_so() {
        assert!(written(&mail(None)).contains("A program that does not say what it is asked for it."));
        assert!(written(&mail(Some("a Python program"))).contains("A Python program asked for it."));
    }
}
