//! One call of the agent, from a thread that may wait: no call on a socket is bounded in time everywhere.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use interprocess::ConnectWaitMode;
use interprocess::local_socket::traits::{Stream as _, StreamCommon as _};
use interprocess::local_socket::{ConnectOptions, Stream};

use super::AgentPlace;
use crate::platform;

/// An agent that lives takes a connection and answers what costs nothing within this time.
pub(super) const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// A thousand servers make a status of a tenth of this.
const LONGEST_REPLY: u64 = 1024 * 1024;

/// The lines that come back.
pub(super) struct Replies(Receiver<io::Result<Vec<u8>>>);

impl Replies {
    /// Sends the lines and waits for as many as `count`; not much longer than `patience` for any of them.
    pub fn to(place: &AgentPlace, lines: Vec<u8>, count: usize, patience: Duration) -> Self {
        let (sender, replies) = sync_channel(count + 1);
        let (place, failed) = (place.clone(), sender.clone());
        let thread = thread::Builder::new().name("ask-agent".to_owned());
        let started = thread.spawn(move || {
            if let Err(error) = converse(&place, &lines, count, patience, &sender) {
                tell(&sender, Err(error));
            }
        });
        if let Err(error) = started {
            tell(&failed, Err(error));
        }
        Self(replies)
    }

    pub fn next(&self, limit: Duration) -> io::Result<Vec<u8>> {
        match self.0.recv_timeout(limit) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Timeout) => Err(ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Sends everything, and hands over as many lines as it waits for.
fn converse(
    place: &AgentPlace,
    lines: &[u8],
    count: usize,
    patience: Duration,
    replies: &SyncSender<io::Result<Vec<u8>>>,
) -> io::Result<()> {
    let stream = connect(place)?;
    // A little later than the caller does. Not everywhere; there the thread ends with the program.
    for set in [
        stream.set_send_timeout(Some(SIGN_OF_LIFE)),
        stream.set_recv_timeout(Some(patience + SIGN_OF_LIFE)),
    ] {
        if let Err(error) = set
            && error.kind() != ErrorKind::Unsupported
        {
            return Err(error);
        }
    }
    (&stream).write_all(lines)?;
    let mut reader = BufReader::new(&stream);
    for _ in 0..count {
        let mut line = Vec::new();
        reader.by_ref().take(LONGEST_REPLY).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        tell(replies, Ok(line));
    }
    Ok(())
}

/// Connects to a socket of ours at which a program of ours listens: nobody else is told an API token.
fn connect(place: &AgentPlace) -> io::Result<Stream> {
    let socket = place.socket();
    let folder = socket.parent().unwrap_or(socket);
    if let Some(doubt) = platform::doubt_folder(folder)?.or(platform::doubt_socket(socket)?) {
        tracing::debug!(socket = %socket.display(), doubt, "the agent's place is not trusted");
        return Err(foreign(doubt));
    }
    let options = ConnectOptions::new().name(platform::socket_name(socket)?);
    let stream = options
        .wait_mode(ConnectWaitMode::Timeout(SIGN_OF_LIFE))
        .connect_sync()?;
    // Where the backlog is full the socket is not connected at all, and has no peer.
    platform::is_ours(&stream.peer_creds()?)?;
    Ok(stream)
}

fn tell(replies: &SyncSender<io::Result<Vec<u8>>>, reply: io::Result<Vec<u8>>) {
    // There is room for everything; a caller that has gone wants nothing.
    if replies.try_send(reply).is_err() {
        tracing::trace!("nobody waits for this reply of the agent");
    }
}

/// It is not to be trusted, or is none of ours.
pub(super) fn foreign(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, what)
}
