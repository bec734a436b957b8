//! Each check fails where its thing is broken and holds where it is not; each repair mends it.

mod agent;
mod bundle;
mod desktop;
mod files;
mod locks;
mod servers;
mod sessions;
mod store;
mod tls;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testbed::Server;
use tokio::process::Command;

use crate::world::{Outcome, World};

/// What the doctor said.
pub struct Report {
    pub code: i32,
    checks: Vec<Value>,
}

impl Report {
    async fn of(command: Command) -> Result<Self> {
        let begin = Instant::now();
        let outcome = Outcome::of(command, "").await?;
        ensure!(
            begin.elapsed() < Duration::from_secs(12),
            "it took {:?}",
            begin.elapsed()
        );
        let checks = outcome.json()?["checks"].as_array().context("no checks")?.clone();
        let ids: BTreeSet<&str> = checks.iter().filter_map(|check| check["id"].as_str()).collect();
        ensure!(ids.len() == checks.len(), "two checks of one name: {checks:?}");
        for check in &checks {
            let text = |key: &str| {
                check[key]
                    .as_str()
                    .is_some_and(|text| text.ends_with('.') && text.len() > 5)
            };
            let is_said = check["ok"] == true || (text("why") && text("fix"));
            ensure!(text("detail") && is_said, "no sentences: {check}");
        }
        Ok(Self {
            code: outcome.code,
            checks,
        })
    }

    fn check(&self, id: &str) -> &Value {
        let check = self.checks.iter().find(|check| check["id"] == id);
        check.unwrap_or_else(|| panic!("no check {id}: {:#?}", self.checks))
    }

    pub fn has(&self, id: &str) -> bool {
        self.checks.iter().any(|check| check["id"] == id)
    }

    /// The check holds; what it says.
    pub fn holds(&self, id: &str) -> String {
        let check = self.check(id);
        assert!(check["ok"] == true, "{check:#}");
        check["detail"].as_str().unwrap().to_owned()
    }

    /// The check does not hold, and says this.
    pub fn fails(&self, id: &str, words: &str) {
        let check = self.check(id);
        assert!(
            check["ok"] == false && check["detail"].as_str().unwrap().contains(words),
            "{words}: {check:#}"
        );
    }

    /// What is to be done, and whether it can be done by itself.
    pub fn fix(&self, id: &str) -> (String, bool) {
        let check = self.check(id);
        (
            check["fix"].as_str().unwrap_or_default().to_owned(),
            check["repairable"] == true,
        )
    }

    /// It was repaired just now.
    pub fn is_fixed(&self, id: &str) -> bool {
        self.check(id)["fixed"] == true && self.check(id)["ok"] == true
    }

    pub fn failing(&self) -> Vec<&str> {
        let failing = self.checks.iter().filter(|check| check["ok"] == false);
        failing.filter_map(|check| check["id"].as_str()).collect()
    }
}

impl World {
    pub async fn doctor(&self) -> Result<Report> {
        Report::of(self.command(&["doctor", "--json"])).await
    }

    pub async fn doctor_with(&self, variables: &[(&str, &str)]) -> Result<Report> {
        let mut command = self.command(&["doctor", "--json"]);
        command.envs(variables.iter().copied());
        Report::of(command).await
    }

    pub async fn fix(&self) -> Result<Report> {
        Report::of(self.command(&["doctor", "--json", "--fix"])).await
    }

    /// Takes the rights of others from what a test has written.
    pub fn close_config(&self) {
        set_mode(&self.desktop.config_dir(), 0o700);
        set_mode(&self.config_file(), 0o600);
    }

    /// The app's data folder that goes with the config folder of this world.
    pub fn data(&self) -> std::path::PathBuf {
        self.desktop.home().join(".local/share/flowstate-accounts")
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The daemon adds an attribute of its own when it gets to it.
async fn kept(world: &World) -> Result<Vec<(String, Vec<u8>)>> {
    let items = world.kept().await?.into_iter();
    Ok(items.map(|item| (item.label, item.secret)).collect())
}

#[tokio::test]
async fn on_a_sound_machine_all_holds_and_nothing_is_changed() -> Result<()> {
    let server = Server::start(&[]).await?;
    let world = World::signed_in(&server, &server.url()).await?;
    let (config, kept_before) = (world.config_text()?, kept(&world).await?);
    let report = world.doctor().await?;
    assert_eq!((report.failing(), report.code), (Vec::<&str>::new(), 0));
    for id in [
        "config_parses",
        "config_ids",
        "config_oddities",
        "config_backups",
        "config_writable",
        "config_permissions",
        "private_files",
        "leftovers",
        "config_lock",
        "session_lock:prod",
        "settings_readable",
        "session_conflict:prod",
        "sign_outs",
        "credential_store",
        "credential_store_works",
        "agent",
        "agent_single",
        "proxy",
        "server_address:prod",
        "server_reachable:prod",
        "server_tls:prod",
        "server_answers:prod",
        "server_keys:prod",
        "server_clock:prod",
        "display",
        "autostart",
    ] {
        report.holds(id);
    }
    let fixed = world.fix().await?;
    assert_eq!((fixed.failing(), fixed.code), (Vec::<&str>::new(), 0));
    assert_eq!(kept(&world).await?, kept_before);
    assert_eq!(world.config_text()?, config);
    Ok(())
}

#[tokio::test]
async fn for_people_each_check_is_a_line_with_its_reason_and_its_cure_below() -> Result<()> {
    let world = World::bare().await?;
    world.write_config(r#"{"servers":{"a":{"id":"b"}}}"#)?;
    let outcome = world.run(&["doctor"]).await?;
    assert_eq!(outcome.code, 3);
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert!(lines[0].starts_with("ok      config_parses: "), "{outcome:?}");
    let at = lines
        .iter()
        .position(|line| line.starts_with("FAILED  config_ids: a calls itself b."))
        .unwrap();
    assert!(
        lines[at + 1].starts_with("        why: ") && lines[at + 2].ends_with("(--fix does it)"),
        "{outcome:?}"
    );
    assert!(
        !outcome.out.contains('\u{1b}') && outcome.err.contains("checks fail; `flowstate-auth doctor --fix` mends"),
        "{outcome:?}"
    );
    let outcome = world.run(&["doctor", "--fix"]).await?;
    assert!(outcome.out.contains("fixed   config_ids: "), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn the_exit_code_is_that_of_the_first_check_that_fails() -> Result<()> {
    let world = World::with_keyring().await?;
    assert_eq!(world.doctor().await?.code, 0, "nothing is there yet, and that is fine");
    world
        .done(&["server", "add", "prod", "--url", "http://127.0.0.1:1"])
        .await?;
    assert_eq!(world.doctor().await?.code, 5);
    let world = World::bare().await?;
    assert_eq!(world.doctor().await?.code, 6);
    world.write_config("{")?;
    assert_eq!(world.doctor().await?.code, 3);
    Ok(())
}
