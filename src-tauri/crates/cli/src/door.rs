//! This program's door into `accounts`, for everything that the shared file alone does not answer.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accounts::{Accounts, Ports};
use auth_core::{Secret, ServerUrl};
use machine::{CliAuthService, Exchanged, SessionLocks, SettingsFile, SharedConfigFile, SystemClock, TimelineFiles};

use crate::environment::{self, Environment};
use crate::error::CliError;
use crate::output;
use crate::passphrase::{self, Asking};

/// No step takes longer, whatever the server does; with [`SHORT`] behind it that is what the contract allows. A step that is cut off loses nothing: the server answers its refresh token once more.
pub(crate) const DEADLINE: Duration = Duration::from_secs(33);
/// Before the deadline, so that whoever holds the lock is named.
const LOCK_DEADLINE: Duration = Duration::from_secs(32);
/// What servers that missed a sign-out get of the time of the command that comes next.
const SHORT: Duration = Duration::from_secs(2);

/// Opens `accounts` on this computer, does the work, and tells what was wrong with the shared file meanwhile.
///
/// # Errors
/// What the work says.
pub(crate) fn open<T>(
    environment: &Environment,
    work: impl AsyncFnOnce(Arc<Accounts>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    open_with_store(environment, async |accounts, _| work(accounts).await)
}

/// The same for work that has to do with the stores themselves.
///
/// # Errors
/// What the work says.
pub(crate) fn open_with_store<T>(
    environment: &Environment,
    work: impl AsyncFnOnce(Arc<Accounts>, Arc<Asking>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    enter(environment, CliAuthService::new(Arc::new(SystemClock)), work)
}

/// The same for a sign-in, which tells the server which machine this is.
///
/// # Errors
/// What the work says.
pub(crate) fn open_to_sign_in<T>(
    environment: &Environment,
    work: impl AsyncFnOnce(Arc<Accounts>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let api = CliAuthService::new(Arc::new(SystemClock));
    let api = match machine::device(environment.paths.data_dir()) {
        Ok(device) => api.with_device(device),
        Err(error) => {
            output::warning(&format!("the server will not be told which machine this is: {error}"));
            api
        }
    };
    enter(environment, api, async |accounts, _| work(accounts).await)
}

fn enter<T>(
    environment: &Environment,
    api: CliAuthService,
    work: impl AsyncFnOnce(Arc<Accounts>, Arc<Asking>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let asking = Arc::new(Asking::new(environment.credential_store()?, environment.may_ask));
    block_on(environment.log, async {
        let accounts = Accounts::open(ports(environment, api, &asking)).await;
        let done = work(accounts.clone(), asking).await?;
        if let Some(problem) = &accounts.snapshot().config_problem {
            output::warning(&problem.message);
        }
        Ok(done)
    })
}

/// Trades an API token for an access token, without any profile.
///
/// # Errors
/// What the server says.
pub(crate) fn exchange(url: &ServerUrl, token: &Secret) -> Result<Exchanged, CliError> {
    let api = CliAuthService::new(Arc::new(SystemClock));
    block_on(environment::wants_log(), in_time(api.exchange(url, token)))
}

/// Does the work on a runtime of its own.
///
/// # Errors
/// What the work says.
pub(crate) fn block_on<T>(log: bool, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    // What a person has to know is said in sentences; the log is for those who ask for it.
    if log {
        machine::init_logging();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::Runtime { source })?;
    let result = runtime.block_on(work);
    // A keychain or a disk that hangs must not keep the program.
    runtime.shutdown_background();
    result
}

/// Tells servers of earlier sign-outs that they missed, as far as that is quickly done, and says which have heard. Nobody is asked
/// anything for it.
pub(crate) async fn tell_servers(accounts: &Accounts) {
    let due = accounts.due_sign_outs();
    if due.is_empty() {
        return;
    }
    let _nobody = passphrase::AskNobody::begin();
    let end = tokio::time::Instant::now() + SHORT;
    for todo in due {
        match tokio::time::timeout_at(end, accounts.try_sign_out_again(&todo)).await {
            Ok(Ok(true)) => output::line(&format!("{} has heard of your earlier sign-out now.", todo.server)),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::debug!(code = error.code(), "a server still has to hear of a sign-out"),
            Err(_) => {
                tracing::debug!("a server that missed a sign-out is still out of reach");
                break;
            }
        }
    }
}

/// One step, which a person does not wait for longer than [`DEADLINE`].
///
/// # Errors
/// The step's own, or the deadline.
pub(crate) async fn in_time<T, E: Into<CliError>>(step: impl Future<Output = Result<T, E>>) -> Result<T, CliError> {
    let begin = Instant::now();
    // A person who types a passphrase meanwhile is given the time.
    let end = || begin + DEADLINE + passphrase::time_asked();
    let mut step = std::pin::pin!(step);
    loop {
        let left = end().saturating_duration_since(Instant::now());
        match tokio::time::timeout(left, &mut step).await {
            Ok(result) => return result.map_err(Into::into),
            Err(_) if Instant::now() < end() => {}
            Err(_) => return Err(CliError::Deadline { after: DEADLINE }),
        }
    }
}

fn ports(environment: &Environment, api: CliAuthService, asking: &Arc<Asking>) -> Ports {
    let paths = &environment.paths;
    Ports {
        vault: passphrase::vault(asking),
        config: Arc::new(SharedConfigFile::new(paths.config_dir())),
        api: Arc::new(api),
        clock: Arc::new(SystemClock),
        lock: passphrase::locks(
            asking,
            SessionLocks::new(paths.config_dir()).with_deadline(LOCK_DEADLINE),
        ),
        settings: Arc::new(SettingsFile::new(paths)),
        timeline: Arc::new(TimelineFiles::new(paths)),
    }
}
