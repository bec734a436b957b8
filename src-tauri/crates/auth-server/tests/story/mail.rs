//! §5 `--mail`: codes over a real mail server, and what its failures do.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use async_trait::async_trait;
use auth_server::{CodeMail, MailError, MailFrom, Mailer, SignUp, SmtpAddress, SmtpMailer};
use reqwest::StatusCode;
use serde_json::json;
use testbed::{DEADLINE, MailSink, eventually};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::world::{ADA, World, reply};

/// A server that mails to that sink; `rest` is what follows the port.
async fn world(login: &str, port: u16, rest: &str) -> World {
    let address = SmtpAddress::parse(&format!("smtp://{login}localhost:{port}{rest}")).unwrap();
    over(&address).await
}

async fn over(address: &SmtpAddress) -> World {
    let from = MailFrom::parse("FlowState <no-reply@example.com>").unwrap();
    let mailer = Arc::new(SmtpMailer::new(address, from).unwrap());
    World::mailing(mailer, |settings| settings.metrics = true).await
}

/// Starts a sink, or ends the test where there is no Python to run it.
macro_rules! sink {
    ($($argument:expr),*) => {
        match MailSink::start(&[$($argument),*]).await.unwrap() {
            Some(sink) => sink,
            None => return eprintln!("left out: there is no target/python; run make python"),
        }
    };
}

/// Waits until the server has counted a mail with that outcome.
async fn counted(world: &World, outcome: &str) {
    let line = format!("flowstate_auth_mails_total{{outcome=\"{outcome}\"}} 1");
    eventually("a mail in the counts", DEADLINE, async || {
        let text = world.get("/metrics").send().await?.text().await?;
        ensure!(text.contains(&line), "{text}");
        Ok(())
    })
    .await
    .unwrap();
}

/// Without the ends of lines that quoted-printable puts in.
fn unwrapped(data: &str) -> String {
    data.replace("=\r\n", "").replace("=\n", "")
}

#[tokio::test]
async fn a_code_comes_by_mail_and_signs_in() {
    let sink = sink!();
    let world = world("", sink.port(), "").await;
    let body = json!({"email": ADA, "domainId": "default"});
    let agent = "flowstate-accounts/0.1.0 (linux; laptop)";
    let send = || reply(world.post("/auth/send-code", &body).header("user-agent", agent));
    send().await.ok(StatusCode::ACCEPTED);
    let mail = sink.wait_for(1).await.unwrap().remove(0);
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("no-reply@example.com", &[ADA.to_owned()][..])
    );
    let code = mail.data.split("\nSubject: ").nth(1).unwrap()[..6].to_owned();
    world.verify(ADA, &code).await.ok(StatusCode::OK);
    let data = unwrapped(&mail.data);
    for part in [
        "From: FlowState <no-reply@example.com>",
        "To: ada@example.com",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain",
        "Content-Type: text/html",
        "FlowState Accounts on Linux asked for it.",
    ] {
        assert!(data.contains(part), "{part}\n{data}");
    }
    assert!(
        !mail.data.contains("laptop"),
        "what a stranger may have written: {}",
        mail.data
    );

    send().await.ok(StatusCode::ACCEPTED);
    let mails = sink.wait_for(2).await.unwrap();
    assert_eq!(mails[1].connection, mails[0].connection, "the connection is kept");
    assert!(!mails[0].tls && mails[0].login.is_none());
}

#[tokio::test]
async fn tls_and_a_login_are_used_where_they_are_asked_for() {
    for (kind, scheme) in [("starttls", "smtp"), ("wrapped", "smtps")] {
        let sink = sink!("--tls", kind, "--login", "ada@example.com:s3+cr:et");
        let text = format!(
            "{scheme}://ada%40example.com:s3%2Bcr%3Aet@localhost:{}?ca={}",
            sink.port(),
            sink.certificate().display()
        );
        let text = if scheme == "smtp" {
            format!("{text}&tls=required")
        } else {
            text
        };
        let world = over(&SmtpAddress::parse(&text).unwrap()).await;
        world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
        let mail = sink.wait_for(1).await.unwrap().remove(0);
        assert!(mail.tls, "{kind}");
        assert_eq!(mail.login.as_deref(), Some("ada@example.com"));
    }
}

#[tokio::test]
async fn an_authority_that_nobody_named_is_not_believed() {
    let sink = sink!("--tls", "starttls");
    let world = world("", sink.port(), "?tls=required").await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    counted(&world, "failed").await;
    assert!(sink.mails().unwrap().is_empty());
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_where_tls_is_asked_for() {
    let sink = sink!();
    let world = world("", sink.port(), "?tls=required").await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    counted(&world, "failed").await;
    assert!(sink.mails().unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_password_sends_nothing() {
    let sink = sink!("--login", "ada:right");
    let world = world("ada:wrong@", sink.port(), "").await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    counted(&world, "failed").await;
    assert!(sink.mails().unwrap().is_empty());
}

#[tokio::test]
async fn what_passes_is_tried_again_and_the_mail_comes_once() {
    for faults in ["--later", "--drop"] {
        let sink = sink!(faults, "2");
        let world = world("", sink.port(), "").await;
        world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
        sink.wait_for(1).await.unwrap();
        counted(&world, "sent").await;
        assert_eq!(sink.mails().unwrap().len(), 1, "{faults}");
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_the_next_mail_goes_out() {
    let sink = sink!("--refuse");
    let world = world("", sink.port(), "").await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    counted(&world, "failed").await;
    assert!(sink.mails().unwrap().is_empty());
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn nobody_waits_for_the_mail_server() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = world("", silent.local_addr().unwrap().port(), "").await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    // The answer is there before the mail server has so much as greeted.
    let (mut connection, _) = silent.accept().await.unwrap();
    drop(silent);
    let mut nothing = [0];
    let read = tokio::time::timeout(Duration::from_millis(50), connection.read(&mut nothing));
    assert!(read.await.is_err(), "a client of SMTP waits for the greeting");
}

#[tokio::test]
async fn mails_that_wait_go_out_before_the_server_ends() {
    let sink = sink!("--later", "1");
    let world = world("", sink.port(), "").await;
    world.send_code(ADA).await.ok(StatusCode::ACCEPTED);
    world.stop().await;
    assert_eq!(sink.mails().unwrap().len(), 1);
}

/// Takes as long as a mail server does.
#[derive(Debug)]
struct Slow;

#[async_trait]
impl Mailer for Slow {
    async fn deliver(&self, _: CodeMail) -> Result<(), MailError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Ok(())
    }
}

#[tokio::test]
async fn the_time_of_the_answer_does_not_tell_whether_an_address_is_known() {
    const ROUNDS: usize = 200;
    let world = World::mailing(Arc::new(Slow), |settings| {
        settings.sign_up = SignUp::EmailDomains(vec!["example.com".into()]);
    })
    .await;
    let timed = async |email: String| {
        let began = Instant::now();
        world.send_code(&email).await.ok(StatusCode::ACCEPTED);
        began.elapsed()
    };
    // In turns, so that what else this machine does happens to both alike.
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        times.push((timed(format!("{round}@example.com")).await, true));
        times.push((timed(format!("{round}@example.org")).await, false));
    }
    // Mann and Whitney: the ranks of one kind add up as if they had been drawn by lot.
    times.sort_unstable();
    let ranks = times.iter().enumerate().filter(|(_, (_, admitted))| *admitted);
    let sum: f64 = ranks.map(|(rank, _)| rank as f64 + 1.0).sum();
    let n = ROUNDS as f64;
    let (mean, deviation) = (n * (2.0 * n + 1.0) / 2.0, (n * n * (2.0 * n + 1.0) / 12.0).sqrt());
    let z = (sum - mean) / deviation;
    assert!(z.abs() < 5.0, "z = {z}");
}
