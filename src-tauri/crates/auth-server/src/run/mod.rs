//! From the command line to a server that serves, or to what else is asked of the program.

mod check;
mod command;
mod keys;
mod migrate;
mod options;
mod output;
mod place;
mod plan;
mod service_accounts;

use std::pin::pin;
use std::sync::Arc;

use auth_core::storage::StorageError;
use auth_storage::OpenError;
use tokio::net::TcpListener;

use command::StorageCommand;
pub use command::{Arguments, Command};
pub use options::{LogFormat, Options};
pub use plan::OptionsError;
use plan::{Mail, Plan};

use crate::http::openapi_document;
use crate::{
    AuthError, FileMailer, KeysError, MailError, Mailbox, Mailer, Parts, Server, SmtpMailer, SystemClock,
    SystemRandomness,
};

/// Why the program ended without having done what it was asked.
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
        source: OpenError,
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
    #[error(transparent)]
    Rules {
        #[from]
        source: AuthError,
    },
    #[error("the storage failed")]
    Reading {
        #[from]
        source: StorageError,
    },
    #[error("{damaged} places of the storage are damaged; what was printed names them")]
    Damaged { damaged: u64 },
    #[error(
        "{left} records were not copied; what was printed names them. What was copied stays: run it again once that is mended"
    )]
    NotCopied { left: u64 },
    #[error("the answer could not be written to stdout")]
    Output {
        #[source]
        source: std::io::Error,
    },
    #[error("cannot listen on {listen}; is another server running there? choose another address with --listen")]
    Listen {
        listen: std::net::SocketAddr,
        #[source]
        source: std::io::Error,
    },
}

/// Does what the command says; a server serves until the shutdown is ready.
///
/// # Errors
/// [`RunError`].
pub async fn run(arguments: Arguments, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    match arguments.command {
        None => serve(arguments.serve, shutdown).await,
        Some(Command::Serve(options)) => serve(*options, shutdown).await,
        Some(Command::Keys(command)) => keys::run(command).await,
        Some(Command::ServiceAccount(command)) => service_accounts::run(command).await,
        Some(Command::Storage(StorageCommand::Check(options))) => check::run(options).await,
        Some(Command::Storage(StorageCommand::Migrate(options))) => migrate::run(options).await,
        Some(Command::Openapi) => {
            let document = openapi_document().map_err(|source| RunError::Output { source: source.into() })?;
            output::line(&document)
        }
    }
}

/// A server that has only to be told to go.
struct Ready {
    server: Server,
    listener: TcpListener,
    storage: place::Storage,
}

async fn serve(options: Options, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    let mut shutdown = pin!(shutdown);
    let Ready {
        server,
        listener,
        storage,
    } = tokio::select! {
        ready = begin(options) => ready?,
        // Nobody has been answered yet.
        () = &mut shutdown => return Ok(()),
    };
    server.serve(listener, shutdown).await;
    storage.close().await;
    Ok(())
}

/// Up to the line that says where the server listens.
async fn begin(options: Options) -> Result<Ready, RunError> {
    let Plan {
        listen,
        database,
        mail,
        mut settings,
        issuer,
    } = options.plan()?;
    let mailbox = matches!(mail, Mail::Mailbox).then(|| Arc::new(Mailbox::default()));
    let mailer: Arc<dyn Mailer> = match (mail, &mailbox) {
        (Mail::Folder { folder, from }, _) => Arc::new(FileMailer::new(&folder, from)?),
        (Mail::Server { server, from }, _) => Arc::new(SmtpMailer::new(&server, from)?),
        (Mail::Mailbox, mailbox) => mailbox.clone().unwrap_or_default(),
    };
    let storage = place::open(&database).await?;
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
    if output::line(&format!("listening on http://{address}")).is_err() {
        tracing::warn!("nobody reads stdout");
    }
    Ok(Ready {
        server,
        listener,
        storage,
    })
}
