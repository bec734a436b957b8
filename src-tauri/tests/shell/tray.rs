//! The tray's menu on a real panel's bus: what can be done from it, and what stays in place while it changes.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testbed::{
    Clipboard, DEADLINE, Desktop, Keyring, Menu, Notifications, Process, Server, TrayHost, TrayItem, eventually,
};

use crate::days::{signed_in_by_the_command_line, start};
use crate::journey::{Journey, by};

const PROD: &str = "prod — ada@example.com";
const EU: &str = "Europe — signed out";
/// The submenu in which each server has one of its own.
const EACH: &str = "For one server";

/// The app without a window; Ada is signed in to `prod`.
struct World {
    tray: TrayItem,
    desktop: Desktop,
    server: Server,
    // They end before their desktop.
    _parts: (Process, Keyring),
}

impl World {
    async fn start() -> Result<(Self, TrayHost)> {
        let server = Server::start(&[]).await?;
        let desktop = Desktop::with_display().await?;
        let keyring = Keyring::unlocked(&desktop).await?;
        let host = TrayHost::start(&desktop).await?;
        signed_in_by_the_command_line(&desktop, &server, &server.url()).await?;
        let app = start(&desktop, &["--hidden"])?;
        let tray = host.wait_for_item().await?;
        tray.wait_for_menu("the session", |menu| menu.find(&[PROD]).is_some())
            .await?;
        let world = Self {
            tray,
            desktop,
            server,
            _parts: (app, keyring),
        };
        Ok((world, host))
    }

    fn config(&self) -> Result<Value> {
        let text = std::fs::read_to_string(self.desktop.config_dir().join("config.json"))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Another tool adds servers.
    fn add(&self, servers: impl IntoIterator<Item = (String, Value)>) -> Result<()> {
        let mut config = self.config()?;
        let list = config["servers"].as_object_mut().context("no servers")?;
        list.extend(servers);
        let text = serde_json::to_string_pretty(&config)?;
        Ok(std::fs::write(self.desktop.config_dir().join("config.json"), text)?)
    }

    fn add_europe(&self) -> Result<()> {
        let europe = json!({"id": "eu", "name": "Europe", "url": "https://eu.example", "domainId": "d"});
        self.add([("eu".to_owned(), europe)])
    }

    async fn copied(&self, what: &str, path: &[&str], fits: impl Fn(&str) -> bool) -> Result<()> {
        self.tray.click(path).await?;
        let clipboard = Clipboard::new(&self.desktop)?;
        eventually(what, DEADLINE, async || {
            let text = clipboard.text().await?.context("the clipboard is empty")?;
            ensure!(fits(&text), "something else is on the clipboard");
            Ok(())
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_about_a_server_can_be_done_without_making_it_active() -> Result<()> {
    let (world, _host) = World::start().await?;
    ensure!(
        world.tray.menu().await?.find(&[EACH]).is_none(),
        "one server needs no menu of servers"
    );
    world.add_europe()?;
    let both = |menu: &Menu| menu.find(&[EACH, EU, "Sign in…"]).is_some();
    let menu = world.tray.wait_for_menu("both servers", both).await?;
    let enabled = |path: &[&str]| menu.find(path).is_some_and(|entry| entry.enabled);
    ensure!(!enabled(&[EACH, PROD, "Make active"]) && !enabled(&[EACH, PROD, "Sign in…"]));
    ensure!(enabled(&[EACH, EU, "Make active"]) && !enabled(&[EACH, EU, "Copy as curl"]));

    world.tray.click(&[EACH, EU, "Make active"]).await?;
    let active = |menu: &Menu| menu.find(&[EU]).is_some_and(|entry| entry.checked == Some(true));
    let menu = world.tray.wait_for_menu("the mark", active).await?;
    ensure!(world.config()?["activeServerId"] == "eu");
    // What stands in the menu itself is about the active one, where nobody is signed in.
    ensure!(menu.find(&["Sign in…"]).is_some_and(|entry| entry.enabled));
    ensure!(menu.find(&["Copy access token"]).is_some_and(|entry| !entry.enabled));

    let header = |text: &str| text.starts_with("Authorization: Bearer eyJ");
    world
        .copied("the header", &[EACH, PROD, "Copy Authorization header"], header)
        .await?;
    let curl = |text: &str| text.starts_with("curl --header 'Authorization: Bearer eyJ") && text.ends_with("/auth/me'");
    world.copied("the command", &[EACH, PROD, "Copy as curl"], curl).await?;

    let token = |config: &Value| config["servers"]["prod"]["auth"]["accessToken"].clone();
    let before = token(&world.config()?);
    world.tray.click(&[EACH, PROD, "Refresh now"]).await?;
    eventually("another token", DEADLINE, async || {
        let now = token(&world.config()?);
        ensure!(now.is_string() && now != before);
        Ok(())
    })
    .await?;

    world.tray.click(&[EACH, PROD, "Sign out"]).await?;
    let out = |menu: &Menu| menu.find(&["prod — signed out"]).is_some();
    world.tray.wait_for_menu("the sign-out", out).await?;
    ensure!(world.config()?["servers"]["prod"].get("auth").is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_done_is_said_until_it_is_done() -> Result<()> {
    let (mut world, _host) = World::start().await?;
    let mut notifications = Notifications::start(&world.desktop).await?;
    world.server.stop().await?;
    world.tray.click(&["Refresh now"]).await?;
    let said = notifications
        .wait_for("why not", |one| one.summary == "Not refreshed")
        .await?;
    ensure!(said.body.contains("could not be reached"), "{said:?}");
    world.server.restart().await?;
    world.tray.click(&["Refresh now"]).await?;
    notifications.wait_until_closed(said.id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_that_grows_and_shrinks_keeps_what_is_there() -> Result<()> {
    let (world, _host) = World::start().await?;
    let number = |menu: &Menu, label: &str| menu.find(&[label]).map(|entry| entry.id);
    let before = world.tray.menu().await?;
    world.add_europe()?;
    let after = world
        .tray
        .wait_for_menu("the new server", |menu| menu.find(&[EU]).is_some())
        .await?;
    for label in [PROD, "Sign out", "Quit"] {
        ensure!(number(&before, label) == number(&after, label), "{label} was made anew");
    }
    // Many more: ten stand in the menu, the others one step further.
    let servers = (0..500).map(|it| {
        let server =
            json!({"id": format!("s{it}"), "name": format!("S{it}"), "url": "https://s.example", "domainId": "d"});
        (format!("s{it}"), server)
    });
    world.add(servers)?;
    // One step further, and somebody is signed in.
    let auth = json!({"accessToken": "t", "refreshToken": "", "expiresAt": 99_999_999_999_999_u64, "userId": "u", "email": "e@x.y"});
    let last = json!({"id": "zz", "name": "Zz", "url": "https://zz.example", "domainId": "d", "auth": auth});
    world.add([("zz".to_owned(), last)])?;
    let long = |menu: &Menu| {
        menu.find(&["More servers"])
            .is_some_and(|more| more.children.len() == 493)
    };
    let menu = world.tray.wait_for_menu("a long list", long).await?;
    ensure!(number(&before, PROD) == number(&menu, PROD), "it was made anew");
    ensure!(menu.entries.iter().filter(|entry| entry.checked.is_some()).count() == 10);
    let zz = |action| menu.find(&[EACH, "More servers", "Zz — e@x.y", action]);
    ensure!(zz("Copy access token").is_some_and(|entry| entry.enabled));
    let of_note = menu.find(&[EACH, "More servers"]);
    ensure!(
        of_note.is_some_and(|more| more.children.len() == 1),
        "those nobody is signed in to are not"
    );
    // Chosen among the others, it comes into the menu.
    let far = "S321 — signed out";
    world.tray.click(&["More servers", far]).await?;
    let near = |menu: &Menu| menu.find(&[far]).is_some_and(|entry| entry.checked == Some(true));
    let menu = world.tray.wait_for_menu("the one that was chosen", near).await?;
    ensure!(world.config()?["activeServerId"] == "s321");
    ensure!(menu.find(&["More servers", far]).is_none());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_is_published_once_more_after_the_start() -> Result<()> {
    let (world, _host) = World::start().await?;
    let before = world.tray.revision().await?;
    let labels = world.tray.menu().await?;
    eventually("the menu to be published again", Duration::from_secs(10), async || {
        ensure!(world.tray.revision().await? > before);
        Ok(())
    })
    .await?;
    ensure!(world.tray.menu().await?.to_string() == labels.to_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_leads_to_settings_and_doctor() -> Result<()> {
    let journey = Journey::begin().await?;
    for (entry, heading) in [("Settings…", "settings"), ("Check-up…", "doctor")] {
        journey.tray.click(&[entry]).await?;
        journey.browser.find(&by(heading)).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_that_was_restarted_gets_the_icon_again() -> Result<()> {
    let (world, host) = World::start().await?;
    host.stop().await?;
    // Meanwhile something happens that the new one has to show.
    world.add_europe()?;
    let host = TrayHost::start(&world.desktop).await?;
    let tray = host.wait_for_item().await?;
    let menu = tray
        .wait_for_menu("both servers", |menu| menu.find(&[EU]).is_some())
        .await?;
    ensure!(menu.find(&[PROD]).is_some_and(|entry| entry.checked == Some(true)));
    tray.click(&[EU]).await?;
    eventually("the other server to be active", DEADLINE, async || {
        ensure!(world.config()?["activeServerId"] == "eu");
        Ok(())
    })
    .await
}
