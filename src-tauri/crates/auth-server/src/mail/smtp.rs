use std::time::Duration;

use async_trait::async_trait;
use auth_core::Secret;
use backon::{ExponentialBuilder, Retryable};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, PoolConfig};
use lettre::{AsyncTransport, Tokio1Executor};

use super::message::message;
use super::{CodeMail, MailError, MailFrom, Mailer, SmtpAddress, SmtpSecurity};

/// Connections that are kept, and mails that go out at once.
pub const AT_ONCE: u32 = 4;
/// For each step of the conversation.
const PATIENCE: Duration = Duration::from_secs(10);
/// Further tries, the first after this; each later one waits twice as long.
const TRIES: usize = 4;
const FIRST: Duration = Duration::from_millis(500);

/// Sends mail to a mail server over connections that it keeps.
#[derive(Debug)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: MailFrom,
}

/// Why a mail server did not take a mail. What it said is not repeated: it may name the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpFault {
    #[error("it refused the mail with {code}; look at its log, and at --mail-from")]
    Refused { code: u16 },
    #[error("it refused with {code} for now")]
    Later { code: u16 },
    #[error("the TLS connection failed; check its certificate, and the host's name and ?tls= in --mail")]
    Tls,
    #[error("it does not answer in time")]
    Silent,
    #[error("it cannot be reached or broke off; check the host and port in --mail")]
    Away,
    #[error("it does not offer what is asked of it: TLS, or a way to sign in; check ?tls= and the name in --mail")]
    Unfit,
}

impl SmtpFault {
    /// Whether it may go away by itself.
    fn passes(self) -> bool {
        matches!(self, Self::Later { .. } | Self::Silent | Self::Away)
    }
}

impl SmtpMailer {
    /// To that server, from that address.
    ///
    /// # Errors
    /// [`MailError::Certificate`].
    pub fn new(server: &SmtpAddress, from: MailFrom) -> Result<Self, MailError> {
        let tls = match server.security {
            SmtpSecurity::Plain => Tls::None,
            SmtpSecurity::Opportunistic => Tls::Opportunistic(parameters(server)?),
            SmtpSecurity::StartTls => Tls::Required(parameters(server)?),
            SmtpSecurity::Tls => Tls::Wrapper(parameters(server)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .pool_config(PoolConfig::new().max_size(AT_ONCE));
        if let Some((user, password)) = &server.login {
            builder = builder.credentials(Credentials::new(user.clone(), Secret::expose(password).to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            from,
        })
    }
}

fn parameters(server: &SmtpAddress) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(path) = &server.certificate {
        let unread = || MailError::Certificate { path: path.clone() };
        let pem = std::fs::read(path).map_err(|_| unread())?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| unread())?);
    }
    builder.build().map_err(|_| MailError::Certificate {
        path: server.certificate.clone().unwrap_or_default(),
    })
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn deliver(&self, mail: CodeMail) -> Result<(), MailError> {
        let message = message(&mail, self.from.mailbox())?;
        let (envelope, bytes) = (message.envelope().clone(), message.formatted());
        let send = || async {
            self.transport
                .send_raw(&envelope, &bytes)
                .await
                .map_err(|error| fault(&error))
        };
        send.retry(
            ExponentialBuilder::new()
                .with_min_delay(FIRST)
                .with_max_times(TRIES)
                .with_jitter(),
        )
        .when(|fault| fault.passes())
        .notify(|fault, wait| tracing::warn!(wait_millis = wait.as_millis(), "the mail server: {fault}"))
        .await
        .map(drop)
        .map_err(|fault| MailError::Smtp { fault })
    }
}

fn fault(error: &lettre::transport::smtp::Error) -> SmtpFault {
    let code = error.status().map(u16::from);
    match code {
        Some(code) if error.is_transient() => SmtpFault::Later { code },
        Some(code) => SmtpFault::Refused { code },
        None if error.is_tls() => SmtpFault::Tls,
        None if error.is_timeout() => SmtpFault::Silent,
        None if error.is_client() => SmtpFault::Unfit,
        None => SmtpFault::Away,
    }
}
