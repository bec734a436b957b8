//! A network that fails in a chosen way, in front of an HTTP server.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: server and client reach each other.
    None,
    /// Nobody listens: the connection is refused.
    Refuse,
    /// The request is taken and never answered; the server does not see it.
    Hang,
    /// The server acts; the client gets this many bytes of its reply.
    CutReply(usize),
    /// The server acts; the client gets nothing.
    DropReply,
    /// The request reaches the server this much later.
    Delay(Duration),
    /// Something in between answers 500; the server does not see the request.
    ServerError,
    /// Something in between answers with that status and a text that names OAuth's `invalid_grant`, as a gateway's page may; it asks
    /// for 7 s of peace. The server does not see the request.
    Status(u16),
    /// Something answers that does not speak HTTP; the server does not see the request.
    Garbage,
    /// Something answers 200 with a page for people, as a hotel's sign-in does; the server does not see the request.
    Html,
}

const SERVER_ERROR: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain\r\ncontent-length: 5\r\nconnection: close\r\n\r\nsorry";
const GARBAGE: &[u8] = b"\x15\x03\x01\x00\x02\x02\x28 no such protocol \xff\xfe\r\n\r\n";
const HTML: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 52\r\nconnection: close\r\n\r\n<!doctype html><title>Welcome</title><p>Please pay</p>";

/// A proxy on 127.0.0.1 for HTTP/1.1. It takes one request a connection, so that each request meets the fault of its time.
#[derive(Debug)]
pub struct FaultyProxy {
    address: SocketAddr,
    target: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: Option<JoinHandle<()>>,
    // Never listens; keeps the port ours while connections are refused.
    _reservation: TcpSocket,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    next: VecDeque<Fault>,
    requests: Vec<String>,
}

impl FaultyProxy {
    /// Starts in front of `target`, without a fault.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(target: SocketAddr) -> Result<Self> {
        let reservation = socket(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = reservation.local_addr()?;
        let state = State {
            fault: Fault::None,
            next: VecDeque::new(),
            requests: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let mut proxy = Self {
            address,
            target,
            state,
            accepting: None,
            _reservation: reservation,
        };
        proxy.set(Fault::None).await?;
        Ok(proxy)
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the fault of every request from now on; in force when this returns.
    ///
    /// # Errors
    /// If the port cannot be listened on again.
    pub async fn set(&mut self, fault: Fault) -> Result<()> {
        {
            let mut state = locked(&self.state);
            state.fault = fault;
            state.next.clear();
        }
        if fault == Fault::Refuse {
            if let Some(accepting) = self.accepting.take() {
                accepting.abort();
                ensure!(
                    accepting.await.is_err_and(|end| end.is_cancelled()),
                    "the proxy broke off"
                );
            }
        } else if self.accepting.is_none() {
            let listener = socket(self.address)?.listen(1024).context("cannot listen again")?;
            self.accepting = Some(tokio::spawn(accept(listener, self.target, Arc::clone(&self.state))));
        }
        Ok(())
    }

    /// Sets the fault of the next request alone; several calls queue up.
    ///
    /// # Errors
    /// For [`Fault::Refuse`], which is of no single request.
    pub fn once(&self, fault: Fault) -> Result<()> {
        ensure!(
            fault != Fault::Refuse,
            "a refused request is not seen, so it cannot be counted: use set"
        );
        locked(&self.state).next.push_back(fault);
        Ok(())
    }

    /// The requests that came in so far, as method and path: `POST /auth/refresh`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        locked(&self.state).requests.clone()
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two sockets can hold the port, of which one listens.
fn socket(address: SocketAddr) -> Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address).with_context(|| format!("cannot bind {address}"))?;
    Ok(socket)
}

/// Its connections end with it.
async fn accept(listener: TcpListener, target: SocketAddr, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // A side that breaks off is what this is for.
            if let Err(error) = serve(client, target, &state).await {
                eprintln!("testbed: proxied request: {error:#}");
            }
        });
    }
}

async fn serve(mut client: TcpStream, target: SocketAddr, state: &Mutex<State>) -> Result<()> {
    let Some(request) = read_request(&mut client).await? else {
        return Ok(());
    };
    let fault = {
        let mut state = locked(state);
        let line = String::from_utf8_lossy(&request)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        state.requests.push(
            line.rsplit_once(' ')
                .map_or(line.clone(), |(start, _version)| start.to_owned()),
        );
        state.next.pop_front().unwrap_or(state.fault)
    };
    let reply = match fault {
        Fault::None => forward(&request, target).await?,
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            forward(&request, target).await?
        }
        Fault::CutReply(bytes) => {
            let mut reply = forward(&request, target).await?;
            reply.truncate(bytes);
            reply
        }
        Fault::DropReply => {
            forward(&request, target).await?;
            Vec::new()
        }
        Fault::Hang => {
            // Until the client has had enough.
            client.read_to_end(&mut Vec::new()).await?;
            Vec::new()
        }
        Fault::ServerError => SERVER_ERROR.to_vec(),
        Fault::Status(status) => format!(
            "HTTP/1.1 {status} Made up\r\ncontent-type: text/plain\r\nretry-after: 7\r\ncontent-length: 13\r\nconnection: close\r\n\r\ninvalid_grant"
        )
        .into_bytes(),
        Fault::Garbage => GARBAGE.to_vec(),
        Fault::Html => HTML.to_vec(),
        Fault::Refuse => Vec::new(),
    };
    client.write_all(&reply).await?;
    Ok(client.shutdown().await?)
}

/// A whole request that asks for the connection to be closed; `None` if the client leaves without one.
async fn read_request(client: &mut TcpStream) -> Result<Option<Vec<u8>>> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if client.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8(read[..head_end].to_vec())?;
    let header = |name: &str, line: &str| {
        line.split_once(':')
            .is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let length = head
        .lines()
        .find(|line| header("content-length", line))
        .and_then(|line| line.split_once(':'));
    let length: usize = length.map_or(Ok(0), |(_, value)| value.trim().parse())?;
    let mut body = read.split_off(head_end + 4);
    while body.len() < length {
        ensure!(
            client.read_buf(&mut body).await? > 0,
            "the client left in the middle of its request"
        );
    }
    let kept = head.lines().filter(|line| !header("connection", line));
    let head: String = kept.flat_map(|line| [line, "\r\n"]).collect();
    Ok(Some([head.as_bytes(), b"connection: close\r\n\r\n", &body].concat()))
}

async fn forward(request: &[u8], target: SocketAddr) -> Result<Vec<u8>> {
    let mut server = TcpStream::connect(target)
        .await
        .context("the server behind the proxy does not listen")?;
    server.write_all(request).await?;
    let mut reply = Vec::new();
    server.read_to_end(&mut reply).await?;
    Ok(reply)
}
