//! From the command line to a server that serves.

mod options;
mod plan;

use std::io::Write;
use std::sync::Arc;

use auth_storage::{SqliteOpenError, SqliteStorage};
use tokio::net::TcpListener;

pub use options::Options;
pub use plan::OptionsError;
use plan::{Mail, Plan};

use crate::{FileMailer, KeysError, MailError, Mailbox, Mailer, Parts, Server, SystemClock, SystemRandomness};

/// Why the server ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Options {
        #[from]
        source: OptionsError,
    },
    #[error(transparent)]
    Storage {
        #[from]
        source: SqliteOpenError,
    },
    #[error(transparent)]
    Keys {
        #[from]
        source: KeysError,
    },
    #[error(transparent)]
    Mail {
        #[from]
        source: MailError,
    },
    #[error("cannot listen on {listen}; is another server running there? choose another address with --listen")]
    Listen {
        listen: std::net::SocketAddr,
        #[source]
        source: std::io::Error,
    },
}

/// Serves as the options say, until the shutdown is ready.
///
/// # Errors
/// [`RunError`].
pub async fn run(options: Options, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    let Plan {
        listen,
        database,
        mail,
        mut settings,
        issuer,
    } = options.plan()?;
    let mailbox = matches!(mail, Mail::Mailbox).then(|| Arc::new(Mailbox::default()));
    let mailer: Arc<dyn Mailer> = match (mail, &mailbox) {
        (Mail::Folder(folder), _) => Arc::new(FileMailer::new(&folder)?),
        (Mail::Mailbox, mailbox) => mailbox.clone().unwrap_or_default(),
    };
    let storage = Arc::new(SqliteStorage::open(&database).await?);
    let listening = |source| RunError::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    settings.issuer = issuer.unwrap_or_else(|| format!("http://{address}"));
    let parts = Parts {
        storage: storage.clone(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandomness),
        mailer,
        mailbox,
    };
    let server = Server::new(settings, parts).await?;
    if let Err(error) = announce(&address.to_string()) {
        tracing::warn!("nobody reads stdout: {error}");
    }
    server.serve(listener, shutdown).await;
    storage.close().await;
    Ok(())
}

fn announce(address: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{address}")?;
    stdout.flush()
}
