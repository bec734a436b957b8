//! The bytes of a connection. What hyper does by itself is made good here: its replies to what is no request have no body,
//! it waits for ever for a client that does not read, and it closes before a client that still sends has read the reply.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::problem::ApiError;

/// How long a client is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// One that does not read what it is sent is dropped after this.
    pub stalled: Duration,
    /// How long it may go on sending after the last reply. Closed before, its system throws the reply away.
    pub linger: Duration,
}

impl Patience {
    /// With anybody.
    pub const USUAL: Self = Self {
        stalled: Duration::from_secs(10),
        linger: Duration::from_secs(2),
    };
}

/// A connection's stream.
#[derive(Debug)]
pub struct Line<S> {
    stream: S,
    patience: Patience,
    /// A problem on its way in place of a reply of hyper's: its bytes, how many are written, and the length of what it stands
    /// for.
    problem: Option<(Vec<u8>, usize, usize)>,
    timer: Pin<Box<Sleep>>,
    timing: bool,
    shut: bool,
}

impl<S> Line<S> {
    /// Around that stream.
    pub fn new(stream: S, patience: Patience) -> Self {
        Self {
            stream,
            patience,
            problem: None,
            timer: Box::pin(sleep(patience.stalled)),
            timing: false,
            shut: false,
        }
    }

    /// Whether the time is up; it begins with the first question.
    fn is_late(&mut self, after: Duration, context: &mut Context<'_>) -> bool {
        if !self.timing {
            self.timing = true;
            self.timer.as_mut().reset(Instant::now() + after);
        }
        self.timer.as_mut().poll(context).is_ready()
    }
}

impl<S: AsyncWrite + Unpin> Line<S> {
    /// Writes, and gives up on whoever takes nothing for too long.
    fn write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let stalled = self.patience.stalled;
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(done) => {
                self.timing = false;
                Poll::Ready(done)
            }
            Poll::Pending if self.is_late(stalled, context) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.problem.is_none() {
            match stands_for(bytes) {
                Some(error) => self.problem = Some((error.raw(), 0, bytes.len())),
                None => return self.write(context, bytes),
            }
        }
        while let Some((problem, done, stood_for)) = self.problem.take() {
            if done == problem.len() {
                return Poll::Ready(Ok(stood_for));
            }
            let wrote = self.write(context, &problem[done..]);
            let further = if let Poll::Ready(Ok(count)) = &wrote { *count } else { 0 };
            self.problem = Some((problem, done + further, stood_for));
            ready!(wrote)?;
        }
        Poll::Ready(Ok(0))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            (self.shut, self.timing) = (true, false);
        }
        let (mut bytes, linger) = ([0; 4_096], self.patience.linger);
        loop {
            if self.is_late(linger, context) {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                // The end, or a connection that is gone: there is nobody left to wait for.
                Ok(()) | Err(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// The problem that should be in place of a reply without a body, which is hyper's own: ours have one.
fn stands_for(bytes: &[u8]) -> Option<ApiError> {
    let head = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?;
    if !lines.any(|line| line.eq_ignore_ascii_case("content-length: 0")) {
        return None;
    }
    match status {
        "400" => Some(ApiError::NotHttp),
        "414" => Some(ApiError::UriTooLong),
        "431" => Some(ApiError::HeadersTooLarge),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[test]
    fn only_replies_without_a_body_are_replaced() {
        let reply = |text: &str| stands_for(text.as_bytes());
        let bare = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\ndate: now\r\n\r\n";
        assert!(matches!(reply(bare), Some(ApiError::HeadersTooLarge)));
        assert!(matches!(
            reply("HTTP/1.1 414 x\r\ncontent-length: 0\r\n\r\n"),
            Some(ApiError::UriTooLong)
        ));
        for other in [
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "",
        ] {
            assert!(reply(other).is_none(), "{other}");
        }
    }

    #[tokio::test]
    async fn a_problem_is_written_whole_over_a_narrow_line() {
        let (mut client, server) = duplex(7);
        let mut line = Line::new(server, Patience::USUAL);
        let bare = b"HTTP/1.1 431 x\r\ncontent-length: 0\r\n\r\n";
        let writing = async {
            line.write_all(bare).await.unwrap();
            line.shutdown().await.unwrap();
        };
        let reading = async {
            let mut text = String::new();
            client.read_to_string(&mut text).await.unwrap();
            drop(client);
            text
        };
        let ((), text) = tokio::join!(writing, reading);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"),
            "{head}"
        );
        assert!(head.contains("content-type: application/problem+json") && head.contains("connection: close"));
        assert!(head.contains(&format!("content-length: {}", body.len())));
        assert!(body.contains("\"code\":\"invalid_request\""), "{body}");
    }

    const SHORT: Patience = Patience {
        stalled: Duration::from_millis(100),
        linger: Duration::from_millis(100),
    };

    #[tokio::test]
    async fn who_does_not_read_is_dropped() {
        let (_client, server) = duplex(16);
        let error = Line::new(server, SHORT).write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_goes_on_sending_is_not_waited_for() {
        let (mut client, server) = duplex(16);
        let mut line = Line::new(server, SHORT);
        let sending = async { while client.write_all(&[0; 8]).await.is_ok() {} };
        let closing = async {
            let began = Instant::now();
            line.shutdown().await.unwrap();
            drop(line);
            began.elapsed()
        };
        let ((), took) = tokio::join!(sending, closing);
        assert!(took >= SHORT.linger, "{took:?}");
    }
}
