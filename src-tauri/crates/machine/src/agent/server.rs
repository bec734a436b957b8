//! The socket's end in the tray app.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use accounts::Accounts;
use accounts::ports::Clock;
use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::StreamCommon as _;
use interprocess::local_socket::traits::tokio::Listener as _;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::AgentPlace;
use super::answers::Answers;
use super::claim::{AgentError, Claim};
use super::failure::AgentRefusal;
use super::wire::{LONGEST_REQUEST, Misunderstood, refused};
use crate::platform;

/// From a reply to the end of the next request, and for a reply to be taken.
const IDLE: Duration = Duration::from_secs(5);
/// As many are served at once; further ones wait in the socket's backlog.
const CONNECTIONS: usize = 128;
/// Until the next try where a connection could not be taken, as where there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Listens for the tools of this person. Dropping it, or the end of [`Agent::run`], removes its socket.
pub struct Agent {
    // In this order: nobody finds the socket any more, then it is closed.
    claim: Claim,
    listener: Listener,
    answers: Arc<Answers>,
}

impl Agent {
    /// Becomes the one agent of that place. `show` brings the window up, on a server where one is named. Call it in a tokio runtime.
    ///
    /// # Errors
    /// [`AgentError`]; [`AgentError::Running`] where there is one already.
    pub async fn listen(
        place: AgentPlace,
        accounts: Arc<Accounts>,
        clock: Arc<dyn Clock>,
        show: impl Fn(Option<String>) + Send + Sync + 'static,
    ) -> Result<Self, AgentError> {
        let (for_claim, socket) = (place.clone(), place.socket().to_owned());
        let claim = tokio::task::spawn_blocking(move || Claim::take(&for_claim)).await;
        let mut claim = claim.map_err(|stopped| AgentError::Io {
            socket,
            source: io::Error::other(stopped),
        })??;
        Ok(Self {
            listener: claim.listen()?,
            claim,
            answers: Arc::new(Answers::new(place, accounts, clock, Box::new(show))),
        })
    }

    /// Answers until `shutdown` comes. Connections that are open then are cut; a refresh under way goes on by itself.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                // Those that have ended are let go of.
                Some(_) = connections.join_next() => {}
                accepted = self.accept(&room) => match accepted {
                    Ok((stream, permit)) => {
                        let answers = self.answers.clone();
                        connections.spawn(async move {
                            let _permit = permit;
                            serve(&stream, &answers).await;
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the agent could not take a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.claim);
    }

    async fn accept(&self, room: &Arc<Semaphore>) -> io::Result<(Stream, OwnedSemaphorePermit)> {
        let permit = room.clone().acquire_owned().await.map_err(io::Error::other)?;
        Ok((self.listener.accept().await?, permit))
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent")
            .field("claim", &self.claim)
            .finish_non_exhaustive()
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve(stream: &Stream, answers: &Arc<Answers>) {
    if let Err(error) = stream.peer_creds().and_then(|peer| platform::is_ours(&peer)) {
        tracing::warn!(%error, "the agent did not answer a stranger");
        return;
    }
    let mut reader = BufReader::new(stream);
    loop {
        let Ok(Ok(request)) = timeout(IDLE, next_request(&mut reader)).await else {
            return;
        };
        let (reply, is_last) = match request {
            Read::Line(line) => (answer(line, answers.clone()).await, false),
            Read::TooLong => (Answers::misunderstood(Misunderstood::TooLong), true),
            Read::End => return,
        };
        let mut writer = stream;
        if !matches!(timeout(IDLE, writer.write_all(&reply)).await, Ok(Ok(()))) || is_last {
            return;
        }
    }
}

/// In a task of its own: a caller that goes away leaves a refresh to its end, and a fault in one answer ends no other.
async fn answer(line: Vec<u8>, answers: Arc<Answers>) -> Vec<u8> {
    let answered = tokio::spawn(async move { answers.to(&line).await });
    answered.await.unwrap_or_else(|error| {
        tracing::error!(%error, "the agent failed at a request");
        let message = "The agent has a fault of its own. See its log, and try again.";
        refused(&AgentRefusal::new("internal", None, message))
    })
}

enum Read {
    Line(Vec<u8>),
    TooLong,
    /// Nothing more comes. Half a line is no request.
    End,
}

async fn next_request(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Read> {
    let mut line = Vec::new();
    let limit = LONGEST_REQUEST as u64 + 1;
    reader.take(limit).read_until(b'\n', &mut line).await?;
    Ok(match line.pop() {
        Some(b'\n') => Read::Line(line),
        Some(_) if line.len() >= LONGEST_REQUEST => Read::TooLong,
        _ => Read::End,
    })
}
