use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use accounts::Hint;
use futures_core::Stream;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream};

/// A bus that does not answer is none.
const DEADLINE: Duration = Duration::from_secs(10);
/// NetworkManager's `NM_STATE_CONNECTED_SITE`: beyond this computer and its link; more is "the whole Internet".
const CONNECTED: u32 = 60;

/// Two signals of the system bus.
#[derive(Debug)]
pub(super) struct Signals {
    sleep: MessageStream,
    network: MessageStream,
}

impl Signals {
    pub async fn system() -> zbus::Result<Self> {
        Self::on(zbus::connection::Builder::system()?).await
    }

    pub async fn at(address: &str) -> zbus::Result<Self> {
        Self::on(zbus::connection::Builder::address(address)?).await
    }

    async fn on(builder: zbus::connection::Builder<'_>) -> zbus::Result<Self> {
        let listening = async {
            let bus = builder.build().await?;
            // The senders need not be there yet, nor ever.
            let sleep = listen(
                &bus,
                "org.freedesktop.login1",
                "/org/freedesktop/login1",
                "org.freedesktop.login1.Manager",
                "PrepareForSleep",
            );
            let network = listen(
                &bus,
                "org.freedesktop.NetworkManager",
                "/org/freedesktop/NetworkManager",
                "org.freedesktop.NetworkManager",
                "StateChanged",
            );
            Ok(Self {
                sleep: sleep.await?,
                network: network.await?,
            })
        };
        match tokio::time::timeout(DEADLINE, listening).await {
            Ok(signals) => signals,
            Err(_) => Err(zbus::Error::Failure("the bus does not answer".to_owned())),
        }
    }

    pub async fn next(&mut self) -> Option<Hint> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Forgets what has come meanwhile, up to what is kept of each signal.
    pub async fn drain(&mut self) {
        poll_fn(|context| {
            for _ in 0..self.sleep.max_queued() + self.network.max_queued() {
                if !matches!(self.poll_next(context), Poll::Ready(Some(_))) {
                    break;
                }
            }
            Poll::Ready(())
        })
        .await;
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Hint>> {
        match next_of(&mut self.sleep, context) {
            Poll::Pending => next_of(&mut self.network, context),
            hint @ Poll::Ready(_) => hint,
        }
    }
}

fn next_of(signals: &mut MessageStream, context: &mut Context<'_>) -> Poll<Option<Hint>> {
    while let Poll::Ready(signal) = Pin::new(&mut *signals).poll_next(context) {
        match signal {
            Some(Ok(message)) => {
                if let Some(hint) = hint(&message) {
                    return Poll::Ready(Some(hint));
                }
            }
            Some(Err(error)) => tracing::debug!(%error, "a signal of the system bus was lost"),
            None => return Poll::Ready(None),
        }
    }
    Poll::Pending
}

async fn listen(
    bus: &Connection,
    sender: &'static str,
    path: &'static str,
    interface: &'static str,
    signal: &'static str,
) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(sender)?
        .path(path)?
        .interface(interface)?
        .member(signal)?
        .build();
    MessageStream::for_match_rule(rule, bus, None).await
}

/// What a signal says; most say nothing that matters here.
fn hint(message: &zbus::Message) -> Option<Hint> {
    let header = message.header();
    let body = message.body();
    match header.member()?.as_str() {
        // Before a sleep it is true.
        "PrepareForSleep" => (!body.deserialize::<bool>().ok()?).then_some(Hint::Woke),
        "StateChanged" => (body.deserialize::<u32>().ok()? >= CONNECTED).then_some(Hint::NetworkCame),
        _ => None,
    }
}
