//! A process of its own on the private bus, told line by line what to do: a process cannot change which bus it is on.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use accounts::ports::{Vault, VaultError, VaultKey};
use auth_core::{Secret, ServerId, ServerUrl};
use machine::Keychain;
use testbed::Desktop;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const ANSWER: &str = "=> ";
const MARK: &str = "MACHINE_STORY_DRIVER";

pub struct Driver {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    pub fn start(desktop: &Desktop) -> Self {
        Self::with(desktop.command(std::env::current_exe().unwrap()))
    }

    /// On a desktop whose environment lacks one thing.
    pub fn without(desktop: &Desktop, variable: &str) -> Self {
        let mut command = desktop.command(std::env::current_exe().unwrap());
        command.env_remove(variable);
        Self::with(command)
    }

    fn with(mut command: Command) -> Self {
        command
            .args(["--exact", "keychain::driver::driven", "--ignored", "--nocapture"])
            .env(MARK, "");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        Self {
            orders: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()).lines(),
            process,
        }
    }

    /// Ends it as the machine would, in the middle of whatever it does.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    pub async fn say(&mut self, order: &str) -> String {
        self.order(order).await;
        self.answer().await
    }

    pub async fn order(&mut self, order: &str) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
    }

    pub async fn answer(&mut self) -> String {
        loop {
            let line = self.answers.next_line().await.unwrap().expect("the driver has ended");
            // The first one follows the test runner's own words on their line.
            if let Some((_, answer)) = line.split_once(ANSWER) {
                return answer.to_owned();
            }
        }
    }
}

#[test]
#[ignore = "the other process of the tests beside it"]
fn driven() {
    if std::env::var_os(MARK).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut keychain = Keychain::new(None);
    let mut url = "https://auth.example.com".to_owned();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let key = |server: &str| VaultKey {
            server: ServerId::existing(server),
            url: ServerUrl::parse(&url).unwrap(),
            domain_id: "default".to_owned(),
        };
        let answer = match words[..] {
            ["read", server] => runtime.block_on(keychain.read(&key(server))).map(|read| match read {
                Some(secret) => format!("some {}", secret.expose()),
                None => "none".to_owned(),
            }),
            ["missed", server, reads] => {
                let missed = (0..reads.parse().unwrap())
                    .filter(|_| !matches!(runtime.block_on(keychain.read(&key(server))), Ok(Some(_))))
                    .count();
                Ok(missed.to_string())
            }
            ["write", server, secret] => runtime
                .block_on(keychain.write(&key(server), &Secret::new(secret)))
                .map(|()| "done".to_owned()),
            ["delete", server] => runtime
                .block_on(keychain.delete(&key(server)))
                .map(|()| "done".to_owned()),
            ["asking", millis] => {
                keychain = keychain.asking(Duration::from_millis(millis.parse().unwrap()));
                Ok(String::new())
            }
            ["deadline", millis] => {
                keychain = keychain.with_deadline(Duration::from_millis(millis.parse().unwrap()));
                Ok(String::new())
            }
            ["limit", bytes] => {
                keychain = keychain.with_item_limit(bytes.parse().unwrap());
                Ok(String::new())
            }
            ["alternate", server, one, other] => loop {
                for secret in [one, other] {
                    let done = runtime.block_on(keychain.write(&key(server), &Secret::new(secret)));
                    println!("{ANSWER}{done:?}");
                }
            },
            ["scope", dir] => {
                keychain = Keychain::new(Some(&PathBuf::from(dir)));
                Ok(String::new())
            }
            ["address", new] => {
                new.clone_into(&mut url);
                Ok(String::new())
            }
            _ => panic!("what is {line:?}?"),
        };
        let answer = answer.unwrap_or_else(|error| match error {
            VaultError::Locked => "locked".to_owned(),
            VaultError::Absent => "absent".to_owned(),
            VaultError::TimedOut { .. } => "timed out".to_owned(),
            VaultError::TooLong { length } => format!("too long: {length}"),
            error => format!("failed: {error}"),
        });
        println!("{ANSWER}{answer}");
        std::io::stdout().flush().unwrap();
    }
}
