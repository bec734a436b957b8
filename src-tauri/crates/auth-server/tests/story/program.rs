//! The program: options, signals, exit codes, files and logs.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::Context;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use testbed::{DEADLINE, eventually};

use crate::world::{ADA, Reply, read};

pub struct Program {
    child: Child,
    pub url: String,
}

/// The program without arguments, in an environment of its own.
pub fn bare(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowstate-auth-server"));
    for (name, _) in std::env::vars() {
        if name.starts_with("FLOWSTATE_") {
            command.env_remove(name);
        }
    }
    command
        .env("HOME", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = bare(folder);
    command.args(arguments).args(["--listen", "127.0.0.1:0"]);
    command.arg("--data-dir").arg(folder.join("data"));
    command
}

impl Program {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .expect("the line that says where")
            .to_owned();
        Self { child, url }
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let reply = self.ask(path, None, body).await;
        assert!(reply.status.is_success(), "{}", reply.body);
        reply.body
    }

    async fn ask(&self, path: &str, bearer: Option<&str>, body: &Value) -> Reply {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = http.post(format!("{}{path}", self.url)).json(body);
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        read(request.send().await.unwrap()).await
    }

    /// Sends the signal and gives the exit status, and stderr where that is no file.
    pub fn stop(mut self, signal: &str) -> (ExitStatus, String) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let status = self.child.wait().unwrap();
        let mut log = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut log).unwrap();
        }
        (status, log)
    }
}

#[tokio::test]
async fn in_development_it_needs_no_more_than_that_word() {
    let folder = TempDir::new().unwrap();
    let program = Program::start(command(folder.path(), &["--dev"]));
    program
        .post("/auth/send-code", &json!({"email": ADA, "domainId": "default"}))
        .await;
    let mails = reqwest::get(format!("{}/dev/mailbox?to={ADA}", program.url))
        .await
        .unwrap();
    let mails: Value = mails.json().await.unwrap();
    let body = json!({"email": ADA, "code": mails[0]["code"], "domainId": "default"});
    let tokens = program.post("/auth/verify-code", &body).await;
    assert!(tokens["accessToken"].as_str().unwrap().starts_with("eyJ"));
    let (status, stderr) = program.stop("-TERM");
    assert_eq!(status.code(), Some(0));
    assert!(
        stderr.contains(mails[0]["code"].as_str().unwrap()),
        "the code is shown: {stderr}"
    );

    let program = Program::start(command(folder.path(), &["--dev"]));
    program
        .post("/auth/refresh", &json!({"refreshToken": tokens["refreshToken"]}))
        .await;
    assert_eq!(program.stop("-INT").0.code(), Some(0));
}

#[test]
fn what_waits_for_its_storage_can_be_told_to_end() {
    let folder = TempDir::new().unwrap();
    // A database that takes the connection and says nothing.
    let hole = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let storage = format!("postgres://u:p@{}/db", hole.local_addr().unwrap());
    let serve = command(folder.path(), &["--dev", "--storage", &storage]);
    let mut list = bare(folder.path());
    list.args(["keys", "list", "--storage", &storage]);
    for (mut command, code) in [(serve, Some(0)), (list, None)] {
        let child = command.spawn().unwrap();
        let (connected, _) = hole.accept().unwrap();
        let url = String::new();
        let (status, log) = Program { child, url }.stop("-TERM");
        drop(connected);
        assert_eq!(status.code(), code, "{status}: {log}");
    }
}

#[tokio::test]
async fn a_log_of_everything_holds_no_token_code_or_address() {
    let log = log_of_everything("text").await;
    assert!(log.contains("INFO") && !log.contains('\u{1b}'), "{log}");
}

#[tokio::test]
async fn a_log_for_machines_is_an_object_a_line() {
    let log = log_of_everything("json").await;
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(event["timestamp"].is_string() && event["level"].is_string(), "{line}");
    }
    assert!(log.contains(r#""message":"signed in","who":"a…@example.com""#), "{log}");
}

/// The log of a server that did everything once, searched for secrets.
async fn log_of_everything(format: &str) -> String {
    let folder = TempDir::new().unwrap();
    let mails = folder.path().join("mails");
    let mail = format!("file:{}", mails.display());
    let mut command = command(folder.path(), &["--mail", &mail]);
    command
        .env("FLOWSTATE_AUTH_MAIL_FROM", "FlowState <no-reply@example.com>")
        .env("FLOWSTATE_LOG", "trace")
        .env("FLOWSTATE_AUTH_LOG_FORMAT", format)
        .env("FLOWSTATE_AUTH_DOMAIN", "one,two")
        .env("FLOWSTATE_AUTH_ADMIN_EMAIL_DOMAINS", "example.com");
    // The log goes to a file: nobody reads a pipe while the server runs, and a full one would stop it.
    let log = folder.path().join("log");
    command.stderr(std::fs::File::create(&log).unwrap());
    let program = Program::start(command);
    let mut secrets = vec![ADA.to_owned()];
    program
        .post("/auth/send-code", &json!({"email": ADA, "domainId": "two"}))
        .await;
    let text = first_mail(&mails).await;
    assert!(text.contains("From: FlowState <no-reply@example.com>\r\n"), "{text}");
    let code = text.split("Subject: ").nth(1).unwrap()[..6].to_owned();
    let body = json!({"email": ADA, "code": code, "domainId": "two"});
    let tokens = program.post("/auth/verify-code", &body).await;
    let next = program
        .post("/auth/refresh", &json!({"refreshToken": tokens["refreshToken"]}))
        .await;
    let (api_token, of_programs) = programs_sign_in(&program, next["accessToken"].as_str().unwrap()).await;
    let refused = [
        (
            "/auth/verify-code",
            json!({"email": ADA, "code": code, "domainId": "two"}),
        ),
        ("/auth/refresh", json!({"refreshToken": tokens["accessToken"]})),
        (
            "/auth/token",
            json!({"grant_type": "api_token", "api_token": tokens["refreshToken"]}),
        ),
    ];
    for (path, body) in refused {
        let reply = program.ask(path, None, &body).await;
        assert!(reply.status.is_client_error(), "{path}: {}", reply.body);
    }
    program
        .post("/auth/logout", &json!({"refreshToken": next["refreshToken"]}))
        .await;
    let mailbox = reqwest::get(format!("{}/dev/mailbox", program.url)).await.unwrap();
    assert_eq!(mailbox.status(), StatusCode::NOT_FOUND);
    let mut child = program.child;
    assert!(
        Command::new("kill")
            .arg(child.id().to_string())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("signed in") && log.contains("a…@example.com"), "{log}");
    let of_people = [&tokens, &next].map(|reply| ["accessToken", "refreshToken"].map(|field| &reply[field]));
    for token in of_people.as_flattened().iter().copied().chain(&of_programs) {
        // Any part of a token is too much; its header names the key and is no secret.
        secrets.extend(token.as_str().unwrap().split('.').skip(1).map(str::to_owned));
    }
    // What stands first is the token's name, by which an operator finds it.
    secrets.push(api_token[api_token.len() - 16..].to_owned());
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
    }
    let code_alone = log.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == code);
    assert!(!code_alone, "the code is in the log");
    #[cfg(unix)]
    only_the_owner_reads(folder.path());
    log
}

/// Everything that is handed out to programs, once: an API token, and tokens that are JWTs.
async fn programs_sign_in(program: &Program, admin: &str) -> (String, Vec<Value>) {
    let done = async |path: &str, token: &str, body: Value| {
        let reply = program.ask(path, Some(token), &body).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.body);
        reply.body
    };
    let account = done(
        "/auth/service-accounts",
        admin,
        json!({"name": "ci", "scopes": ["admin"]}),
    )
    .await;
    let path = format!("/auth/service-accounts/{}/tokens", account["id"].as_str().unwrap());
    let made = done(&path, admin, json!({"name": "runner"})).await;
    let api_token = made["token"].as_str().unwrap().to_owned();
    let traded = json!({"grant_type": "api_token", "api_token": api_token});
    let access = done("/auth/token", admin, traded).await["access_token"].take();
    let options = json!({"serviceId": "s", "domainId": "two", "permissions": [], "ttlSeconds": 60});
    // Each kind of token as a bearer.
    let mut handed_out = vec![access.clone()];
    for bearer in [admin, access.as_str().unwrap(), &api_token] {
        let service = done("/auth/service-token", bearer, options.clone()).await;
        handed_out.push(service["access_token"].clone());
    }
    (api_token, handed_out)
}

/// The mail in the folder, once it is whole.
async fn first_mail(folder: &Path) -> String {
    let find = async || {
        let mut files = std::fs::read_dir(folder)?.filter_map(|file| Some(file.ok()?.path()));
        let mail = files.find(|file| file.extension().is_some_and(|kind| kind == "eml"));
        Ok(std::fs::read_to_string(mail.context("no mail yet")?)?)
    };
    eventually("a mail in the folder", DEADLINE, find).await.unwrap()
}

#[cfg(unix)]
fn only_the_owner_reads(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for part in ["data", "mails"] {
        let part = folder.join(part);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&part), 0o700, "{}", part.display());
        for file in std::fs::read_dir(part).unwrap() {
            let file = file.unwrap().path();
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}

#[test]
fn options_that_make_no_sense_end_it_with_2_and_a_sentence() {
    let folder = TempDir::new().unwrap();
    for (arguments, sentence) in [
        (&[][..], "--mail file:DIR"),
        (&["--mail", "smtp://mail.example.com"], "--mail-from"),
        (
            &["--mail", "smtp://u:s3cret@h/x", "--mail-from", "a@b.c"],
            "smtp://name:password",
        ),
        (&["--dev", "--storage", "mysql://u:s3cret@h/d"], "sqlite:PATH"),
        (&["--dev", "--alg", "none"], "RS256"),
        (&["--mail", "file:x", "--limits", "off"], "--dev"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let output = command(folder.path(), arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(sentence) && !stderr.contains("s3cret"), "{stderr}");
        assert!(output.stdout.is_empty());
    }
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[test]
fn a_taken_address_and_a_foreign_file_end_it_with_1_and_a_sentence() {
    let folder = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut program = Command::new(env!("CARGO_BIN_EXE_flowstate-auth-server"));
    let output = program
        .args(["--dev", "--listen", &address, "--data-dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && stderr.contains("--listen"),
        "{stderr}"
    );

    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "my notes, ".repeat(100)).unwrap();
    let storage = format!("sqlite:{}", notes.display());
    let output = command(folder.path(), &["--dev", "--storage", &storage])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && stderr.contains("notes.txt"),
        "{stderr}"
    );
}
