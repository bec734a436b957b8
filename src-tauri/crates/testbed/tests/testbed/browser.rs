use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use testbed::{Browser, DEADLINE, Desktop, Key, eventually};
use tokio::process::Command;

const PAGE: &str = r##"<!doctype html><title>Accounts</title>
<h1>Accounts</h1>
<form><input id="email" value="old"><button id="go">Go</button></form>
<p id="out"></p>
<script>
  const out = document.querySelector("#out");
  document.querySelector("form").onsubmit = event => {
    event.preventDefault();
    setTimeout(() => { out.textContent = "code sent to " + document.querySelector("#email").value; }, 50);
  };
  document.onkeydown = event => {
    if (event.key == "Escape") document.querySelector("h1").hidden = true;
    if (event.key == "b" && event.ctrlKey) out.textContent = "bold";
  };
</script>"##;

/// The browser that comes with the web view itself, showing [`PAGE`].
fn mini_browser(desktop: &Desktop) -> Result<Command> {
    let mut folders = fs::read_dir("/usr/lib")?
        .flatten()
        .map(|entry| entry.path().join("webkit2gtk-4.1/MiniBrowser"));
    let program: PathBuf = folders.find(|path| path.is_file()).context("no MiniBrowser")?;
    let page = desktop.home().join("page.html");
    fs::write(&page, PAGE)?;
    let mut command = desktop.command("sh");
    // The driver hands on arguments and variables; a missing one would show as a browser that never comes.
    command
        .args(["-c", r#"test "$EXTRA" = yes && exec "$0" "$@""#])
        .arg(program)
        .arg("--automation")
        .arg(page);
    command.env("EXTRA", "yes");
    Ok(command)
}

#[tokio::test]
async fn a_window_is_driven_by_what_is_seen_in_it() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let browser = Browser::launch(&desktop, &mini_browser(&desktop)?).await?;
    // This browser opens an empty page under automation, where the app shows its own.
    browser
        .client()
        .goto(&format!("file://{}", desktop.home().join("page.html").display()))
        .await?;
    assert_eq!(browser.text("h1").await?, "Accounts");

    browser.type_into("#email", "a@b.example").await?;
    browser.click("#go").await?;
    let out = browser
        .wait_text("#out", "the answer", |text| text.starts_with("code"))
        .await?;
    assert_eq!(out, "code sent to a@b.example");

    browser.press(&[Key::Control.into(), 'b']).await?;
    browser.wait_text("#out", "bold", |text| text == "bold").await?;
    browser.press(&[Key::Escape.into()]).await?;
    browser.wait_until_gone("h1").await?;
    assert_eq!(browser.execute("return document.title").await?, "Accounts");

    let file = desktop.home().join("shot.png");
    browser.painted().await?;
    desktop.screenshot(&file).await?;
    let shot = fs::read(&file)?;
    browser.execute("document.body.remove()").await?;
    browser.painted().await?;
    // The screen is drawn by another program than the page, and on a busy machine a little later.
    eventually("a picture of the page without its text", DEADLINE, async || {
        desktop.screenshot(&file).await?;
        ensure!(fs::read(&file)? != shot, "the picture is still the same");
        Ok(())
    })
    .await?;

    browser.close().await
}

#[tokio::test]
async fn a_program_without_a_window_is_an_error_that_names_it() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let error = Browser::launch(&desktop, &desktop.command("/nowhere/app"))
        .await
        .unwrap_err();
    assert!(format!("{error:#}").contains("/nowhere/app"), "{error:#}");
    Ok(())
}
