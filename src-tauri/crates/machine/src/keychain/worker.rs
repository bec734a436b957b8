use std::sync::mpsc;

use accounts::ports::VaultError;
use auth_core::Secret;
use keyring_core::Error;
use tokio::sync::oneshot;

use super::Item;
use crate::platform::KeychainStore;

/// What to do with an item.
pub(super) enum Action {
    Read,
    Write(Secret),
    Delete,
}

/// One call.
pub(super) struct Job {
    pub action: Action,
    pub item: Item,
    pub may_ask: bool,
    pub reply: oneshot::Sender<Result<Option<Secret>, VaultError>>,
}

/// Starts the thread. It ends with the last sender; where it could not be started, sending fails.
pub(super) fn start() -> mpsc::Sender<Job> {
    let (sender, jobs) = mpsc::channel();
    let thread = std::thread::Builder::new().name("keychain".to_owned());
    if let Err(error) = thread.spawn(move || work(&jobs)) {
        tracing::error!(%error, "the keychain's thread could not be started");
    }
    sender
}

fn work(jobs: &mpsc::Receiver<Job>) {
    let mut kept = None;
    while let Ok(job) = jobs.recv() {
        // Whoever has stopped waiting was told "unknown" and will look again; what has not begun then is best not done.
        if job.reply.is_closed() {
            continue;
        }
        let result = attempt(&mut kept, &job);
        if job.reply.send(result).is_err() {
            tracing::debug!("a keychain call was finished after its caller had stopped waiting");
        }
    }
}

/// A store that was opened before may be void by now (a restarted daemon forgets its sessions): then once more with a new one.
fn attempt(kept: &mut Option<KeychainStore>, job: &Job) -> Result<Option<Secret>, VaultError> {
    if let Some(store) = kept.take() {
        let result = perform(&store, job);
        if !matches!(result, Err(VaultError::Failed { .. } | VaultError::Absent)) {
            *kept = Some(store);
            return result;
        }
    }
    let store = KeychainStore::open()?;
    let result = perform(&store, job);
    if !matches!(result, Err(VaultError::Failed { .. } | VaultError::Absent)) {
        *kept = Some(store);
    }
    result
}

fn perform(store: &KeychainStore, job: &Job) -> Result<Option<Secret>, VaultError> {
    if !job.may_ask && store.would_ask(&job.item)? {
        return Err(VaultError::Locked);
    }
    let length = match &job.action {
        Action::Write(secret) => secret.expose().len(),
        Action::Read | Action::Delete => 0,
    };
    let done = store.entry(&job.item).and_then(|entry| match &job.action {
        Action::Read => entry.get_secret().map(Some),
        // As bytes: as text Windows would take half as much.
        Action::Write(secret) => entry.set_secret(secret.expose().as_bytes()).map(|()| None),
        Action::Delete => entry.delete_credential().map(|()| None),
    });
    match done {
        Ok(None) | Err(Error::NoEntry) => Ok(None),
        Ok(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(_) => Err(failed("its item holds something that is no token; delete the item")),
        },
        Err(error) => Err(fault(&error, length)),
    }
}

/// By kind, never as Rust would print it: some variants carry the secret.
fn fault(error: &Error, length: usize) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked,
        Error::TooLong(..) => VaultError::TooLong { length },
        Error::PlatformFailure(source) => failed(&source.to_string()),
        Error::Ambiguous(_) => failed("two of its items bear the same name; delete one"),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => failed("its item cannot be read; delete the item"),
        Error::Invalid(name, _) => failed(&format!("it does not take such a {name}")),
        _ => failed("it cannot do this"),
    }
}

fn failed(what: &str) -> VaultError {
    VaultError::Failed { what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_repeats_a_secret() {
        let secret = b"tok-1".to_vec();
        for error in [
            Error::BadEncoding(secret.clone()),
            Error::BadDataFormat(secret.clone(), "tok-1".into()),
            Error::Invalid("user".into(), "tok-1".into()),
        ] {
            let fault = fault(&error, 5);
            let shown = format!("{fault} {fault:?}");
            assert!(
                !shown.contains("tok-1") && !shown.contains(&format!("{secret:?}")),
                "{shown}"
            );
        }
        assert_eq!(
            fault(&Error::TooLong("secret".into(), 2560), 3000),
            VaultError::TooLong { length: 3000 }
        );
    }
}
