use std::net::SocketAddr;

use anyhow::Result;
use testbed::{Certificate, TlsFront};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn server() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let read = client.read(&mut [0; 1000]).await.unwrap();
            assert!(read > 0);
            let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ndone";
            client.write_all(reply).await.unwrap();
        }
    });
    Ok(address)
}

/// What a client gets that trusts the front's authority and nothing else.
async fn get(front: &TlsFront) -> reqwest::Result<String> {
    let ca = std::fs::read(front.ca_file()).unwrap();
    let ca = reqwest::Certificate::from_pem(&ca)?;
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build()?;
    client.get(front.url()).send().await?.text().await
}

#[tokio::test]
async fn each_certificate_is_as_good_as_it_says() -> Result<()> {
    let front = TlsFront::start(server().await?, Certificate::Valid).await?;
    assert_eq!(get(&front).await?, "done");
    for (certificate, reason) in [
        (Certificate::Expired, "Expired"),
        (Certificate::NotYetValid, "NotValidYet"),
        (Certificate::WrongName, "NotValidForName"),
        (Certificate::UnknownIssuer, "UnknownIssuer"),
    ] {
        front.show(certificate)?;
        let error = format!("{:?}", get(&front).await.unwrap_err());
        assert!(error.contains(reason), "{certificate:?}: {error}");
    }
    front.show(Certificate::Valid)?;
    assert_eq!(get(&front).await?, "done");
    Ok(())
}
