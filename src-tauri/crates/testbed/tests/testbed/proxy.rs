use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use testbed::{Fault, FaultyProxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const REPLY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone";

/// A server that counts what it did, and closes after each request as it is asked to.
async fn server() -> Result<(SocketAddr, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let acted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&acted);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = vec![0; 1000];
            let read = client.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            assert!(
                request.contains("connection: close\r\n") && !request.contains("keep-alive"),
                "{request}"
            );
            assert!(request.ends_with("\r\n\r\nbody"), "{request}");
            count.fetch_add(1, Ordering::SeqCst);
            client.write_all(REPLY.as_bytes()).await.unwrap();
        }
    });
    Ok((address, acted))
}

/// What a client gets for one request.
async fn post(proxy: &FaultyProxy) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream
        .write_all(b"POST /auth/refresh HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbo")
        .await?;
    stream.write_all(b"dy").await?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await?;
    Ok(reply)
}

#[tokio::test]
async fn each_fault_is_what_it_says() -> Result<()> {
    let (address, acted) = server().await?;
    let mut proxy = FaultyProxy::start(address).await?;
    let a_moment = Duration::from_millis(1);
    // What the client gets, and whether the server acted.
    let cases: [(Fault, &str, usize); 6] = [
        (Fault::None, REPLY, 1),
        (Fault::CutReply(10), "HTTP/1.1 2", 1),
        (Fault::DropReply, "", 1),
        (Fault::Delay(a_moment), REPLY, 1),
        (Fault::ServerError, "HTTP/1.1 500 ", 0),
        (Fault::Html, "HTTP/1.1 200 OK\r\ncontent-type: text/html", 0),
    ];
    for (fault, expected, acts) in cases {
        proxy.set(fault).await?;
        let before = acted.load(Ordering::SeqCst);
        let reply = String::from_utf8(post(&proxy).await?)?;
        assert!(reply.starts_with(expected), "{fault:?}: {reply}");
        assert!(acts == 0 || reply.len() == expected.len(), "{fault:?}: {reply}");
        assert_eq!(acted.load(Ordering::SeqCst) - before, acts, "{fault:?}");
    }
    proxy.set(Fault::Garbage).await?;
    assert!(String::from_utf8(post(&proxy).await?).is_err());
    assert_eq!(proxy.requests(), ["POST /auth/refresh"; 7]);
    Ok(())
}

#[tokio::test]
async fn a_refused_connection_works_again_on_the_same_port() -> Result<()> {
    let (address, acted) = server().await?;
    let mut proxy = FaultyProxy::start(address).await?;
    for _ in 0..3 {
        proxy.set(Fault::Refuse).await?;
        assert_eq!(post(&proxy).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        proxy.set(Fault::None).await?;
        assert_eq!(post(&proxy).await?, REPLY.as_bytes());
    }
    assert_eq!((acted.load(Ordering::SeqCst), proxy.requests().len()), (3, 3));
    Ok(())
}

#[tokio::test]
async fn a_fault_of_one_request_is_gone_with_it() -> Result<()> {
    let (address, acted) = server().await?;
    let proxy = FaultyProxy::start(address).await?;
    proxy.once(Fault::DropReply)?;
    proxy.once(Fault::CutReply(1))?;
    assert_eq!((post(&proxy).await?, post(&proxy).await?), (vec![], b"H".to_vec()));
    assert_eq!(post(&proxy).await?, REPLY.as_bytes());
    assert_eq!(acted.load(Ordering::SeqCst), 3);
    assert!(proxy.once(Fault::Refuse).is_err());
    Ok(())
}

#[tokio::test]
async fn a_hanging_request_waits_until_the_network_is_gone() -> Result<()> {
    let (address, acted) = server().await?;
    let mut proxy = FaultyProxy::start(address).await?;
    proxy.set(Fault::Hang).await?;
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream
        .write_all(b"POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody")
        .await?;
    let taken = async || {
        anyhow::ensure!(proxy.requests() == ["POST /"], "it has not come in");
        Ok(())
    };
    testbed::eventually("the request", testbed::DEADLINE, taken).await?;

    // Nothing was sent before the connection broke.
    drop(proxy);
    let mut reply = Vec::new();
    let end = stream.read_to_end(&mut reply).await;
    assert!(end.is_err() || reply.is_empty(), "{reply:?}");
    assert_eq!(acted.load(Ordering::SeqCst), 0);
    Ok(())
}
