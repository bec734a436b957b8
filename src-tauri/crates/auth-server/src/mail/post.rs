//! Mails on their way. Nobody who asks for a code waits for the mail server: the answer would take longer for an address that
//! gets a mail than for one that gets none.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{OwnedPermit, Receiver, Sender, channel};
use tokio::task::{JoinHandle, JoinSet};

use super::smtp::AT_ONCE;
use super::{CodeMail, MailError, Mailer};
use crate::Clock;
use crate::metrics::{Became, Metrics};

/// Mails that may wait.
const WAITING: usize = 1_000;
/// A server that stops gives those that wait so long.
const DRAIN: Duration = Duration::from_secs(10);

/// Where mails are handed in.
#[derive(Debug)]
pub struct Post {
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Delivered by whoever hands it in, where that takes no time.
    Direct {
        mailer: Arc<dyn Mailer>,
        metrics: Arc<Metrics>,
    },
    Queue {
        letters: Mutex<Option<Sender<Letter>>>,
        carrier: Mutex<Option<JoinHandle<()>>>,
    },
}

/// Room for one mail. It is taken before it is known whether there will be one, so that a full queue tells nothing.
#[derive(Debug)]
pub enum Place {
    Direct {
        mailer: Arc<dyn Mailer>,
        metrics: Arc<Metrics>,
    },
    Queue(OwnedPermit<Letter>),
}

/// A mail on its way. The one that nobody is to get goes the same way up to where it would leave, so that whoever asked for a
/// code cannot tell from the time it took.
#[derive(Debug)]
pub struct Letter {
    mail: CodeMail,
    is_wanted: bool,
}

impl Post {
    /// Begins to carry mails.
    pub fn new(mailer: Arc<dyn Mailer>, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        if mailer.is_instant() {
            return Self {
                way: Way::Direct { mailer, metrics },
            };
        }
        let (sender, receiver) = channel(WAITING);
        let carrier = tokio::spawn(carry(receiver, mailer, clock, metrics));
        Self {
            way: Way::Queue {
                letters: Mutex::new(Some(sender)),
                carrier: Mutex::new(Some(carrier)),
            },
        }
    }

    /// Room for a mail.
    ///
    /// # Errors
    /// [`MailError::Full`].
    pub fn place(&self) -> Result<Place, MailError> {
        match &self.way {
            Way::Direct { mailer, metrics } => Ok(Place::Direct {
                mailer: mailer.clone(),
                metrics: metrics.clone(),
            }),
            Way::Queue { letters, .. } => {
                let sender = lock(letters).clone().ok_or(MailError::Full)?;
                let permit = sender.try_reserve_owned().map_err(|_| MailError::Full)?;
                Ok(Place::Queue(permit))
            }
        }
    }

    /// Takes no more mails and lets those that wait go out.
    pub async fn close(&self) {
        let Way::Queue { letters, carrier } = &self.way else {
            return;
        };
        lock(letters).take();
        let carrier = lock(carrier).take();
        if let Some(mut carrier) = carrier
            && tokio::time::timeout(DRAIN, &mut carrier).await.is_err()
        {
            carrier.abort();
            tracing::warn!("some codes were not mailed before the server ended");
        }
    }
}

impl Place {
    /// Hands the mail in.
    ///
    /// # Errors
    /// [`MailError`], where it is delivered at once.
    pub async fn hand_in(self, mail: CodeMail) -> Result<(), MailError> {
        match self {
            Self::Queue(permit) => {
                permit.send(Letter { mail, is_wanted: true });
                Ok(())
            }
            Self::Direct { mailer, metrics } => {
                let delivered = mailer.deliver(mail).await;
                metrics.mail(outcome(&delivered));
                delivered
            }
        }
    }

    /// Takes what handing it in takes; nobody gets this mail.
    pub fn discard(self, mail: CodeMail) {
        if let Self::Queue(permit) = self {
            permit.send(Letter { mail, is_wanted: false });
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn outcome(delivered: &Result<(), MailError>) -> Became {
    if delivered.is_ok() {
        Became::Sent
    } else {
        Became::Failed
    }
}

async fn carry(mut letters: Receiver<Letter>, mailer: Arc<dyn Mailer>, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) {
    let mut under_way = JoinSet::new();
    while let Some(Letter { mail, is_wanted }) = letters.recv().await {
        if under_way.len() >= AT_ONCE as usize {
            under_way.join_next().await;
        }
        let (mailer, clock, metrics) = (mailer.clone(), clock.clone(), metrics.clone());
        under_way.spawn(async move {
            if !is_wanted {
                return;
            }
            let to = mail.to.masked();
            let delivered = if clock.now() < mail.sent_at.plus_seconds(mail.expires_in) {
                mailer.deliver(mail).await
            } else {
                Err(MailError::TooLate)
            };
            metrics.mail(outcome(&delivered));
            match delivered {
                Ok(()) => tracing::info!(to, "code mailed"),
                Err(error) => tracing::error!(to, "a code was not mailed: {error}"),
            }
        });
        // Those that have ended are forgotten.
        while under_way.try_join_next().is_some() {}
    }
    while under_way.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use auth_core::models::Timestamp;
    use auth_core::{Email, Secret};
    use tokio::sync::Semaphore;

    use super::*;
    use crate::SystemClock;

    fn mail(sent_at: Timestamp) -> CodeMail {
        CodeMail {
            id: "1".to_owned(),
            to: Email::parse("ada@example.com").unwrap(),
            code: Secret::new("123456"),
            domain_id: "default".to_owned(),
            device: None,
            sent_at,
            expires_in: 600,
        }
    }

    /// Delivers when it is let.
    #[derive(Debug)]
    struct Gate(Semaphore);

    #[async_trait]
    impl Mailer for Gate {
        async fn deliver(&self, _: CodeMail) -> Result<(), MailError> {
            self.0.acquire().await.map_err(|_| MailError::Unwritable)?.forget();
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_full_queue_has_no_place_and_what_waits_goes_out_at_the_end() {
        let (gate, metrics) = (Arc::new(Gate(Semaphore::new(0))), Arc::<Metrics>::default());
        let post = Post::new(gate.clone(), Arc::new(SystemClock), metrics.clone());
        let mut taken = 0;
        while let Ok(place) = post.place() {
            place.hand_in(mail(SystemClock.now())).await.unwrap();
            taken += 1;
        }
        assert!((WAITING..WAITING + 10).contains(&taken), "{taken}");
        let unused = post.place();
        assert!(matches!(unused, Err(MailError::Full)));
        gate.0.add_permits(taken);
        post.close().await;
        assert!(
            metrics
                .text()
                .unwrap()
                .contains(&format!("{{outcome=\"sent\"}} {taken}"))
        );
        assert!(post.place().is_err());
    }

    #[tokio::test]
    async fn a_code_that_has_expired_is_not_mailed() {
        let (gate, metrics) = (Arc::new(Gate(Semaphore::new(1))), Arc::<Metrics>::default());
        let post = Post::new(gate.clone(), Arc::new(SystemClock), metrics.clone());
        let place = post.place().unwrap();
        place.hand_in(mail(SystemClock.now().minus_seconds(600))).await.unwrap();
        post.close().await;
        assert_eq!(gate.0.available_permits(), 1);
        assert!(metrics.text().unwrap().contains("{outcome=\"failed\"} 1"));
    }

    #[tokio::test]
    async fn a_mail_that_is_discarded_goes_nowhere() {
        let (gate, metrics) = (Arc::new(Gate(Semaphore::new(1))), Arc::<Metrics>::default());
        let post = Post::new(gate.clone(), Arc::new(SystemClock), metrics.clone());
        post.place().unwrap().discard(mail(SystemClock.now()));
        post.close().await;
        assert_eq!(gate.0.available_permits(), 1);
        assert!(!metrics.text().unwrap().contains("outcome="));
    }
}
