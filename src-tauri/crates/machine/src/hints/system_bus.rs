use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use zbus::message::Type;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, MatchRule, MessageStream};

use crate::bus::in_time;

/// A bus that does not answer is none.
const DEADLINE: Duration = Duration::from_secs(10);
/// NetworkManager's `NM_STATE_CONNECTED_SITE`: beyond this computer and its link; more is "the whole Internet".
const CONNECTED: u32 = 60;

const LOGIND: &str = "org.freedesktop.login1";
const LOGIND_PATH: &str = "/org/freedesktop/login1";
const LOGIND_MANAGER: &str = "org.freedesktop.login1.Manager";

/// What those signals say.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    Sleeps,
    Woke,
    NetworkCame,
}

/// logind puts the sleep off until it is closed.
#[derive(Debug)]
pub(super) struct Hold(#[expect(dead_code, reason = "it is there to be closed")] OwnedFd);

/// Two signals of the system bus.
#[derive(Debug)]
pub(super) struct Signals {
    bus: Connection,
    sleep: MessageStream,
    network: MessageStream,
    hold: Option<Hold>,
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
            let sleep = listen(&bus, LOGIND, LOGIND_PATH, LOGIND_MANAGER, "PrepareForSleep");
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
                bus,
                hold: None,
            })
        };
        let mut signals = in_time(DEADLINE, listening).await?;
        signals.hold_sleep().await;
        Ok(signals)
    }

    pub async fn next(&mut self) -> Option<Signal> {
        poll_fn(|context| match next_of(&mut self.sleep, context) {
            Poll::Pending => next_of(&mut self.network, context),
            signal @ Poll::Ready(_) => signal,
        })
        .await
    }

    /// Asks for the next sleep to be put off until what [`take_hold`](Self::take_hold) gives is dropped.
    pub async fn hold_sleep(&mut self) {
        let how = (
            "sleep",
            "FlowState Accounts",
            "What a server has answered is being kept",
            "delay",
        );
        let asking = async {
            let asked = self
                .bus
                .call_method(Some(LOGIND), LOGIND_PATH, Some(LOGIND_MANAGER), "Inhibit", &how);
            asked.await?.body().deserialize::<OwnedFd>()
        };
        match in_time(DEADLINE, asking).await {
            Ok(held) => self.hold = Some(Hold(held)),
            Err(error) => tracing::debug!(%error, "the computer's sleep cannot be put off"),
        }
    }

    pub fn take_hold(&mut self) -> Option<Hold> {
        self.hold.take()
    }
}

fn next_of(signals: &mut MessageStream, context: &mut Context<'_>) -> Poll<Option<Signal>> {
    while let Poll::Ready(message) = Pin::new(&mut *signals).poll_next(context) {
        match message {
            Some(Ok(message)) => {
                if let Some(signal) = signal(&message) {
                    return Poll::Ready(Some(signal));
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

/// What a message says; most say nothing that matters here.
fn signal(message: &zbus::Message) -> Option<Signal> {
    let header = message.header();
    let body = message.body();
    match header.member()?.as_str() {
        "PrepareForSleep" if body.deserialize::<bool>().ok()? => Some(Signal::Sleeps),
        "PrepareForSleep" => Some(Signal::Woke),
        "StateChanged" => (body.deserialize::<u32>().ok()? >= CONNECTED).then_some(Signal::NetworkCame),
        _ => None,
    }
}
