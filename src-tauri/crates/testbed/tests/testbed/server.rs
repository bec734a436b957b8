use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::Result;
use testbed::{Desktop, Server};
use tokio::net::TcpStream;

/// Stands in for the server: it speaks as the contract says, counts its starts in its data folder, and mails that number.
const PROGRAM: &str = r#"#!/usr/bin/perl
use IO::Socket::INET;
my ($dev, undef, $listen, undef, $data, $say) = @ARGV;
die "the storage is broken\n" if $dev ne "--dev" || $say eq "--fail";
mkdir $data;
open my $starts, ">>", "$data/starts"; print $starts "x"; close $starts;
my $start = -s "$data/starts";
my $socket = IO::Socket::INET->new(LocalAddr => $listen, Listen => 5, ReuseAddr => 1) or die "cannot listen: $!\n";
$SIG{TERM} = sub { exit($say eq "--dirty" ? 1 : 0) };
$| = 1;
print "listening on http://127.0.0.1:" . $socket->sockport . "\n";
while (my $client = $socket->accept) {
    my $request = "";
    while (<$client>) { $request .= $_; last if /^\r?\n$/ }
    my $mailbox = $request =~ m{^GET /dev/mailbox} && $request =~ m{^accept: application/json}im;
    my $body = $mailbox ? qq([{"to":"a\@b.example","code":"111111","domainId":"d","sentAt":"1"},
        {"to":"A\@b.example","code":"22222$start","domainId":"d","sentAt":"2"},
        {"to":"c\@d.example","code":"333333","domainId":"d","sentAt":"3"}]) : "<p>for browsers</p>";
    print $client "HTTP/1.1 200 OK\r\ncontent-length: " . length($body) . "\r\nconnection: close\r\n\r\n$body";
    close $client;
}
"#;

async fn server(desktop: &Desktop, argument: &str) -> Result<Server> {
    let program = desktop.home().join("server");
    fs::write(&program, PROGRAM)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700))?;
    Server::start_program(&program, &[argument]).await
}

#[tokio::test]
async fn a_server_keeps_its_port_and_data_over_a_restart() -> Result<()> {
    let desktop = Desktop::start().await?;
    let mut server = server(&desktop, "--good").await?;
    let url = server.url();
    assert_eq!(server.latest_code("a@b.example").await?, "222221");
    server.restart().await?;
    assert_eq!(
        (server.latest_code("a@b.example").await?.as_str(), server.url()),
        ("222222", url)
    );
    assert_eq!(fs::read(server.data_dir().join("starts"))?, b"xx");

    server.stop().await?;
    assert!(TcpStream::connect(server.address()).await.is_err());
    server.restart().await?;
    assert_eq!(server.latest_code("a@b.example").await?, "222223");
    Ok(())
}

#[tokio::test]
async fn a_server_that_fails_says_why() -> Result<()> {
    let desktop = Desktop::start().await?;
    let error = server(&desktop, "--fail").await.unwrap_err().to_string();
    assert!(error.contains("the storage is broken"), "{error}");

    let mut server = server(&desktop, "--dirty").await?;
    let error = server.stop().await.unwrap_err().to_string();
    assert!(error.contains("exit status: 1"), "{error}");
    Ok(())
}
