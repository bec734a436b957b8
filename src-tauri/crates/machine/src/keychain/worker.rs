use std::sync::mpsc;

use accounts::ports::VaultError;
use auth_core::Secret;
use keyring_core::Error;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::Item;
use super::parts::{self, Shelf};
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
    /// How many bytes an item takes.
    pub item_limit: usize,
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

/// A call that failed is made once more, with a store that was opened anew: a restarted daemon forgets its sessions, and one that is at
/// work for another program may not know its own items for a moment.
fn attempt(kept: &mut Option<KeychainStore>, job: &Job) -> Result<Option<Secret>, VaultError> {
    let was_open = kept.is_some();
    let result = once(kept, job);
    let again = match &result {
        Err(VaultError::Failed { .. }) => true,
        // Nobody was there a moment ago either, unless there was.
        Err(VaultError::Absent) => was_open,
        // One that lost a session because an item was not seen for a moment would sign a person out for nothing.
        Ok(None) => matches!(job.action, Action::Read),
        _ => false,
    };
    if again { once(kept, job) } else { result }
}

/// The store stays open where it answered.
fn once(kept: &mut Option<KeychainStore>, job: &Job) -> Result<Option<Secret>, VaultError> {
    let store = match kept.take() {
        Some(store) => store,
        None => KeychainStore::open()?,
    };
    let result = perform(&store, job);
    if !matches!(result, Err(VaultError::Failed { .. } | VaultError::Absent)) {
        *kept = Some(store);
    }
    result
}

fn perform(store: &KeychainStore, job: &Job) -> Result<Option<Secret>, VaultError> {
    let may_ask = job.may_ask;
    let shelf = Opened { store, may_ask };
    match &job.action {
        Action::Read => parts::read(&shelf, &job.item),
        Action::Write(secret) => {
            let wanted = || !job.reply.is_closed();
            parts::write(&shelf, &job.item, secret, job.item_limit, &wanted).map(|()| None)
        }
        Action::Delete => parts::delete(&shelf, &job.item).map(|()| None),
    }
}

/// The keychain, item by item.
struct Opened<'a> {
    store: &'a KeychainStore,
    may_ask: bool,
}

impl Opened<'_> {
    fn with<T>(
        &self,
        item: &Item,
        length: usize,
        act: impl FnOnce(keyring_core::Entry) -> keyring_core::Result<T>,
    ) -> Result<Option<T>, VaultError> {
        if !self.may_ask && self.store.would_ask(item)? {
            return Err(VaultError::Locked);
        }
        match self.store.entry(item).and_then(act) {
            Ok(done) => Ok(Some(done)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(fault(&error, length)),
        }
    }
}

impl Shelf for Opened<'_> {
    fn get(&self, item: &Item) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let bytes = self.with(item, 0, |entry| entry.get_secret())?;
        Ok(bytes.map(Zeroizing::new))
    }

    /// As bytes: as text Windows would take half as much.
    fn put(&self, item: &Item, bytes: &[u8]) -> Result<(), VaultError> {
        self.with(item, bytes.len(), |entry| entry.set_secret(bytes)).map(drop)
    }

    fn remove(&self, item: &Item) -> Result<(), VaultError> {
        self.with(item, 0, |entry| entry.delete_credential()).map(drop)
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

pub(super) fn failed(what: &str) -> VaultError {
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
