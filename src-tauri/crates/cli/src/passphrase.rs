//! Asks for the passphrase of the encrypted file, once, where a person is there and something needs it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use accounts::StoreKind;
use accounts::ports::{Held, LockError, SessionLock, Vault, VaultError, VaultKey};
use async_trait::async_trait;
use auth_core::{Secret, ServerId};
use machine::{CredentialStore, PassphraseNeed, SessionLocks};

use crate::output;

/// How often a wrong one is asked for again.
const TRIES: usize = 3;

/// The stores of this machine, and whoever opens them.
pub(crate) struct Asking {
    store: CredentialStore,
    may_ask: bool,
    /// How it went; nobody is asked a second time.
    outcome: tokio::sync::Mutex<Option<Result<(), VaultError>>>,
}

impl Asking {
    pub(crate) fn new(store: CredentialStore, may_ask: bool) -> Self {
        Self {
            store,
            may_ask,
            outcome: tokio::sync::Mutex::default(),
        }
    }

    fn may_ask(&self) -> bool {
        self.may_ask && !NOBODY.load(Ordering::SeqCst)
    }

    pub(crate) fn store(&self) -> &CredentialStore {
        &self.store
    }

    /// Asks, if that kind of store waits for a passphrase and somebody can be asked. Without anybody the store itself says what it needs.
    ///
    /// # Errors
    /// Nobody gave the right one.
    pub(crate) async fn open(&self, kind: StoreKind) -> Result<(), VaultError> {
        if !self.may_ask() {
            return Ok(());
        }
        let mut outcome = self.outcome.lock().await;
        let need = self.store.passphrase_need(kind).await?;
        if need == PassphraseNeed::No {
            return Ok(());
        }
        if let Some(outcome) = &*outcome {
            return outcome.clone();
        }
        let done = self.converse(need).await;
        *outcome = Some(done.clone());
        done
    }

    async fn converse(&self, need: PassphraseNeed) -> Result<(), VaultError> {
        if need == PassphraseNeed::New {
            output::line("Choose a passphrase for the encrypted file. There is no way into the file without it.");
        }
        for _ in 0..TRIES {
            let typed = ask("Passphrase of the encrypted file: ").await?;
            if need == PassphraseNeed::New && typed != ask("The same once more: ").await? {
                output::line("These two differ; type them again.");
                continue;
            }
            match self.store.unlock(&typed).await {
                Err(VaultError::WrongPassphrase) => output::line("This is not the passphrase."),
                done => return done,
            }
        }
        Err(VaultError::WrongPassphrase)
    }
}

static NOBODY: AtomicBool = AtomicBool::new(false);

/// While it lives nobody is asked: what is done beside a command is not worth a question, nor may it break one off.
pub(crate) struct AskNobody;

impl AskNobody {
    pub(crate) fn begin() -> Self {
        NOBODY.store(true, Ordering::SeqCst);
        Self
    }
}

impl Drop for AskNobody {
    fn drop(&mut self) {
        NOBODY.store(false, Ordering::SeqCst);
    }
}

/// At the terminal itself, so that neither stdin nor stdout is touched.
async fn ask(question: &'static str) -> Result<Secret, VaultError> {
    let typed = {
        let _time = Typing::begin();
        let asking = move || {
            #[cfg(unix)]
            let _interrupts = interrupts::Held::begin();
            rpassword::prompt_password(question)
        };
        tokio::task::spawn_blocking(asking).await
    };
    #[cfg(unix)]
    interrupts::follow();
    match typed {
        Ok(Ok(typed)) if !typed.is_empty() => Ok(Secret::new(typed)),
        // An empty line, the end of the input, no terminal after all.
        _ => Err(VaultError::PassphraseNeeded),
    }
}

/// rpassword passes Ctrl-C on before it has given the terminal its echo back: who ends at once leaves a terminal that shows nothing of
/// what is typed. So it is heard here, and followed when the question is over.
#[cfg(unix)]
mod interrupts {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::SIGINT;
    use signal_hook::flag;

    struct Watch {
        /// Whether an interrupt ends the program, as it does outside of questions.
        ends: Arc<AtomicBool>,
        heard: Arc<AtomicBool>,
    }

    /// `None` where it could not be arranged.
    static WATCH: OnceLock<Option<Watch>> = OnceLock::new();

    fn watch() -> Option<&'static Watch> {
        let arranged = WATCH.get_or_init(|| {
            let (ends, heard) = (Arc::new(AtomicBool::new(true)), Arc::default());
            flag::register_conditional_default(SIGINT, Arc::clone(&ends)).ok()?;
            flag::register(SIGINT, Arc::clone(&heard)).ok()?;
            Some(Watch { ends, heard })
        });
        arranged.as_ref()
    }

    fn set(ends: bool) {
        if let Some(watch) = watch() {
            watch.ends.store(ends, Ordering::SeqCst);
        }
    }

    pub(super) struct Held;

    impl Held {
        pub fn begin() -> Self {
            set(false);
            Self
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            set(true);
        }
    }

    /// Ends as an interrupt of the question would have.
    pub(super) fn follow() {
        if watch().is_some_and(|watch| watch.heard.load(Ordering::SeqCst))
            && let Err(error) = signal_hook::low_level::raise(SIGINT)
        {
            tracing::debug!(%error, "the interrupt was not followed");
        }
    }
}

/// How long people have been typing so far.
static TYPING: Mutex<(Duration, Option<Instant>)> = Mutex::new((Duration::ZERO, None));

struct Typing;

impl Typing {
    fn begin() -> Self {
        typing().1 = Some(Instant::now());
        Self
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        let mut typing = typing();
        let since = typing.1.take();
        typing.0 += since.map_or(Duration::ZERO, |since| since.elapsed());
    }
}

fn typing() -> MutexGuard<'static, (Duration, Option<Instant>)> {
    TYPING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a person was asked so far, up to now: no deadline runs meanwhile.
pub(crate) fn time_asked() -> Duration {
    let typing = typing();
    typing.0 + typing.1.map_or(Duration::ZERO, |since| since.elapsed())
}

/// The store in use, which asks where it must.
pub(crate) fn vault(asking: &Arc<Asking>) -> Arc<dyn Vault> {
    Arc::new(AskingVault(asking.clone()))
}

/// Locks before which a person is asked, so that nobody waits for a person to type.
pub(crate) fn locks(asking: &Arc<Asking>, locks: SessionLocks) -> Arc<dyn SessionLock> {
    let asking = asking.clone();
    Arc::new(AskingLocks { asking, locks })
}

struct AskingVault(Arc<Asking>);

impl AskingVault {
    /// Whether it can be tried again.
    async fn opened<T>(&self, done: &Result<T, VaultError>) -> Result<bool, VaultError> {
        if !matches!(done, Err(VaultError::PassphraseNeeded)) {
            return Ok(false);
        }
        self.0.open(StoreKind::EncryptedFile).await?;
        Ok(self.0.may_ask())
    }
}

#[async_trait]
impl Vault for AskingVault {
    async fn read(&self, key: &VaultKey) -> Result<Option<Secret>, VaultError> {
        let done = self.0.store.read(key).await;
        if self.opened(&done).await? {
            self.0.store.read(key).await
        } else {
            done
        }
    }

    async fn write(&self, key: &VaultKey, secret: &Secret) -> Result<(), VaultError> {
        let done = self.0.store.write(key, secret).await;
        if self.opened(&done).await? {
            self.0.store.write(key, secret).await
        } else {
            done
        }
    }

    async fn delete(&self, key: &VaultKey) -> Result<(), VaultError> {
        let done = self.0.store.delete(key).await;
        if self.opened(&done).await? {
            self.0.store.delete(key).await
        } else {
            done
        }
    }

    async fn check_writable(&self) -> Result<(), VaultError> {
        self.0.store.check_writable().await
    }

    fn kind(&self) -> StoreKind {
        self.0.store.kind()
    }
}

struct AskingLocks {
    asking: Arc<Asking>,
    locks: SessionLocks,
}

#[async_trait]
impl SessionLock for AskingLocks {
    async fn acquire(&self, server: &ServerId) -> Result<Held, LockError> {
        if self.asking.may_ask()
            && let Ok(kind) = self.asking.store.chosen().await
        {
            // How it went is remembered, and said by whatever is then done with the store.
            drop(self.asking.open(kind).await);
        }
        self.locks.acquire(server).await
    }
}
