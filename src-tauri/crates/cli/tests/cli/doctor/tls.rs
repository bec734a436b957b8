use anyhow::Result;
use testbed::{Certificate, Server, TlsFront};

use crate::world::World;

#[tokio::test]
async fn each_fault_of_a_certificate_has_its_name() -> Result<()> {
    let server = Server::start(&[]).await?;
    let front = TlsFront::start(server.address(), Certificate::Valid).await?;
    let world = World::with_keyring().await?;
    world.done(&["server", "add", "prod", "--url", &front.url()]).await?;
    let ca = front.ca_file();
    let trusting = [("SSL_CERT_FILE", ca.to_str().unwrap())];
    let report = world.doctor_with(&trusting).await?;
    assert!(report.holds("server_tls:prod").contains("trusted"));
    report.holds("server_keys:prod");
    for (certificate, words, cure) in [
        (Certificate::Expired, "has expired", "clock"),
        (Certificate::NotYetValid, "not good yet", "clock"),
        (Certificate::WrongName, "for another name", "address"),
        (
            Certificate::UnknownIssuer,
            "an authority that this computer does not trust",
            "SSL_CERT_FILE",
        ),
    ] {
        front.show(certificate)?;
        let report = world.doctor_with(&trusting).await?;
        report.holds("server_reachable:prod");
        report.fails("server_tls:prod", words);
        assert!(
            report.fix("server_tls:prod").0.contains(cure) && report.code == 5,
            "{certificate:?}"
        );
        assert!(!report.has("server_answers:prod"), "nothing was asked");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_without_tls_and_a_computer_without_authorities_are_told() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::with_keyring().await?;
    let url = format!("https://localhost:{}", server.address().port());
    world.done(&["server", "add", "prod", "--url", &url]).await?;
    world.doctor().await?.fails("server_tls:prod", "does not speak TLS");
    let nothing = world.desktop.home().join("no-authorities.pem");
    std::fs::write(&nothing, "")?;
    let report = world
        .doctor_with(&[("SSL_CERT_FILE", nothing.to_str().unwrap())])
        .await?;
    report.fails("server_tls:prod", "no list of trusted authorities");
    Ok(())
}
