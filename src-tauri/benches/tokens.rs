//! What a shell waits for a token, beside programs that do the like; all in turns, so that a noisy moment hits all alike.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use testbed::{Desktop, FaultyProxy, Keyring, Process, Server, TrayHost, binary};

use crate::{command_line, row, sign_in, spawn};

const ROUNDS: usize = 200;
const AT_ONCE: usize = 64;
const TOKEN_LENGTH: usize = 800;

/// A person who is signed in to one server.
struct Bench {
    // The app and the keyring end before their bus.
    app: Option<Process>,
    _host: Option<TrayHost>,
    _keyring: Keyring,
    desktop: Desktop,
    server: Server,
    ours: PathBuf,
}

impl Bench {
    async fn new(desktop: Desktop, url: impl Fn(&Server) -> String, server: Server) -> Result<Self> {
        let bench = Self {
            app: None,
            _host: None,
            _keyring: Keyring::unlocked(&desktop).await?,
            ours: binary("flowstate-auth")?,
            desktop,
            server,
        };
        let url = url(&bench.server);
        sign_in(&bench.desktop, &bench.server, &url, "bench", "bench@example.com").await?;
        Ok(bench)
    }

    /// Starts the app and waits until its agent answers.
    async fn with_app(mut self) -> Result<Self> {
        let host = TrayHost::start(&self.desktop).await?;
        let app = spawn(&self.desktop)?;
        host.wait_for_registration().await?;
        self.app = Some(app);
        self._host = Some(host);
        testbed::eventually("the agent", testbed::DEADLINE, async || {
            let output = self
                .desktop
                .command(&self.ours)
                .args(["status", "--json"])
                .output()
                .await?;
            ensure!(String::from_utf8_lossy(&output.stdout).contains("\"running\":true"));
            Ok(())
        })
        .await?;
        Ok(self)
    }

    fn command(&self, words: &[&OsStr]) -> Command {
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .envs(self.desktop.environment().variables());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Lets the access token in the shared file be over.
    fn expire(&self) -> Result<()> {
        let path = self.desktop.config_dir().join("config.json");
        let mut config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        config["servers"]["bench"]["auth"]["expiresAt"] = serde_json::json!(1_700_000_000_000_u64);
        std::fs::write(&path, serde_json::to_string_pretty(&config)?)?;
        Ok(())
    }
}

/// One of the programs that take turns.
struct Turn {
    name: &'static str,
    words: Vec<std::ffi::OsString>,
    /// What it reads from stdin.
    input: Option<PathBuf>,
    times: Vec<f64>,
}

impl Turn {
    fn new(name: &'static str, words: &[&OsStr]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            name,
            words,
            input: None,
            times: Vec::new(),
        }
    }

    fn reading(mut self, input: PathBuf) -> Self {
        self.input = Some(input);
        self
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }
}

fn take_turns(bench: &Bench, turns: &mut [Turn]) -> Result<()> {
    tokio::task::block_in_place(|| {
        for _ in 0..ROUNDS {
            for turn in &mut *turns {
                let words: Vec<&OsStr> = turn.words.iter().map(std::ffi::OsString::as_os_str).collect();
                let mut command = bench.command(&words);
                command.env("GH_CONFIG_DIR", bench.desktop.home().join(".config/gh"));
                if let Some(input) = &turn.input {
                    command.stdin(std::fs::File::open(input)?);
                }
                let begin = Instant::now();
                let status = command
                    .status()
                    .with_context(|| format!("{}: is it installed?", turn.name))?;
                turn.times.push(begin.elapsed().as_secs_f64() * 1e3);
                ensure!(status.success(), "{}: {status}", turn.name);
            }
        }
        Ok(())
    })
}

pub async fn fresh() -> Result<()> {
    let server = Server::start(&["--access-ttl", "86400"]).await?;
    let bench = Bench::new(Desktop::start().await?, Server::url, server).await?;
    let home = bench.desktop.home();
    let token = "t".repeat(TOKEN_LENGTH);
    let gh = home.join(".config/gh");
    std::fs::create_dir_all(&gh)?;
    std::fs::write(
        gh.join("hosts.yml"),
        format!("github.com:\n    oauth_token: {token}\n    user: bench\n"),
    )?;
    let (credentials, asked) = (home.join("git-credentials"), home.join("git.in"));
    std::fs::write(&credentials, format!("https://bench:{token}@auth.example\n"))?;
    std::fs::write(&asked, "protocol=https\nhost=auth.example\n\n")?;
    let docker = home.join("docker.in");
    let stored = format!(r#"{{"ServerURL":"https://auth.example","Username":"bench","Secret":"{token}"}}"#);
    std::fs::write(&docker, stored)?;
    let mut store = bench.command(&["docker-credential-secretservice".as_ref(), "store".as_ref()]);
    let status = store.stdin(std::fs::File::open(&docker)?).status();
    ensure!(
        status
            .context("docker-credential-secretservice: is it installed?")?
            .success()
    );
    std::fs::write(&docker, "https://auth.example")?;

    let file = format!("--file={}", credentials.display());
    let git = [
        "git".as_ref(),
        "credential-store".as_ref(),
        file.as_ref(),
        "get".as_ref(),
    ];
    let docker_get = ["docker-credential-secretservice".as_ref(), "get".as_ref()];
    let mut turns = [
        Turn::new(
            "flowstate-auth token, fresh, ms",
            &[bench.ours.as_os_str(), "token".as_ref()],
        ),
        Turn::new("git credential-store get, ms", &git).reading(asked),
        Turn::new("gh auth token, ms", &["gh".as_ref(), "auth".as_ref(), "token".as_ref()]),
        Turn::new("docker-credential-secretservice get, ms", &docker_get).reading(docker),
        Turn::new("true, ms", &["true".as_ref()]),
    ];
    take_turns(&bench, &mut turns)?;
    let [ours, git, gh, docker, _] = turns.each_ref().map(Turn::median);
    for turn in &mut turns {
        row(turn.name, &mut turn.times);
    }
    println!(
        "| flowstate-auth token ÷ git credential-store get | {:.2} | |",
        ours / git
    );
    println!("| gh auth token ÷ flowstate-auth token | {:.1} | |", gh / ours);
    println!(
        "| docker-credential-secretservice get ÷ flowstate-auth token | {:.1} | |",
        docker / ours
    );
    Ok(())
}

/// Nothing of the session stands in the file: the agent is asked for each token.
pub async fn through_the_agent() -> Result<()> {
    let server = Server::start(&["--access-ttl", "86400"]).await?;
    let bench = Bench::new(Desktop::with_display().await?, Server::url, server).await?;
    command_line(&bench.desktop, &["server", "share", "bench", "none"]).await?;
    let bench = bench.with_app().await?;
    let mut turns = [Turn::new(
        "flowstate-auth token through the agent, ms",
        &[bench.ours.as_os_str(), "token".as_ref()],
    )];
    command_line(&bench.desktop, &["token"]).await?;
    take_turns(&bench, &mut turns)?;
    row(turns[0].name, &mut turns[0].times);
    Ok(())
}

/// 64 programs find an ended token in the same moment: one refresh, and all have the new one.
pub async fn many_at_once() -> Result<()> {
    for with_app in [false, true] {
        let server = Server::start(&["--access-ttl", "86400"]).await?;
        let proxy = FaultyProxy::start(server.address()).await?;
        let desktop = if with_app {
            Desktop::with_display().await?
        } else {
            Desktop::start().await?
        };
        let mut bench = Bench::new(desktop, |_| proxy.url(), server).await?;
        if with_app {
            bench = bench.with_app().await?;
        }
        let (mut all, mut alone) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            bench.expire()?;
            let before = refreshes(&proxy);
            all.push(wait_for_all(&bench, AT_ONCE)?);
            ensure!(
                refreshes(&proxy) == before + 1,
                "{} refreshes",
                refreshes(&proxy) - before
            );
            bench.expire()?;
            alone.push(wait_for_all(&bench, 1)?);
        }
        let how = if with_app { "with the app" } else { "without the app" };
        row(
            &format!("{AT_ONCE} × flowstate-auth token at expiry, {how}, ms"),
            &mut all,
        );
        row(&format!("one alone, its refresh included, {how}, ms"), &mut alone);
    }
    Ok(())
}

fn refreshes(proxy: &FaultyProxy) -> usize {
    let all = proxy.requests().into_iter();
    all.filter(|request| request == "POST /auth/refresh").count()
}

fn wait_for_all(bench: &Bench, number: usize) -> Result<f64> {
    tokio::task::block_in_place(|| {
        let begin = Instant::now();
        let mut running = Vec::new();
        for _ in 0..number {
            running.push(bench.command(&[bench.ours.as_os_str(), "token".as_ref()]).spawn()?);
        }
        for mut child in running {
            let status = child.wait()?;
            ensure!(status.success(), "a program ended with {status}");
        }
        let took = begin.elapsed();
        ensure!(took < Duration::from_secs(30), "it took {took:?}");
        Ok(took.as_secs_f64() * 1e3)
    })
}
