use std::process::Stdio;

use anyhow::{Result, ensure};
use testbed::{DEADLINE, Desktop, Keyring, Prompter, eventually};
use tokio::io::AsyncWriteExt;

async fn store(desktop: &Desktop, secret: &[u8]) -> Result<()> {
    let mut command = desktop.command("secret-tool");
    let mut child = command
        .args(["store", "--label=A key", "service", "bed"])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(secret).await?;
    drop(stdin);
    ensure!(child.wait().await?.success(), "secret-tool could not store");
    Ok(())
}

/// What secret-tool finds; an error where it cannot.
async fn lookup(desktop: &Desktop) -> Result<Vec<u8>> {
    let output = desktop
        .command("secret-tool")
        .args(["lookup", "service", "bed"])
        .output()
        .await?;
    ensure!(
        output.status.success(),
        "secret-tool: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

#[tokio::test]
async fn a_stored_secret_is_found_from_outside() -> Result<()> {
    let desktop = Desktop::start().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    assert_eq!(keyring.search("service", "bed").await?, []);

    store(&desktop, b"two\nlines").await?;
    let items = keyring.search("service", "bed").await?;
    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].label.as_str(), items[0].secret.as_slice()),
        ("A key", b"two\nlines".as_slice())
    );
    assert_eq!(items[0].attributes["service"], "bed");
    assert!(
        !format!("{items:?}").contains("lines"),
        "a secret in a failed assertion ends up in a log"
    );
    Ok(())
}

#[tokio::test]
async fn a_locked_keyring_gives_nothing_until_it_is_unlocked() -> Result<()> {
    let desktop = Desktop::start().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    store(&desktop, b"secret").await?;

    keyring.lock().await?;
    assert!(lookup(&desktop).await.is_err());
    assert!(keyring.search("service", "bed").await.is_err());
    keyring.unlock().await?;
    assert_eq!(lookup(&desktop).await?, b"secret");
    Ok(())
}

#[tokio::test]
async fn a_prompt_waits_for_a_person_where_there_is_one() -> Result<()> {
    let desktop = Desktop::start().await?;
    let _keyring = Keyring::locked(&desktop).await?;
    assert!(
        store(&desktop, b"secret").await.is_err(),
        "nobody to ask: dismissed at once"
    );

    let mut prompter = Prompter::start(&desktop).await?;
    let mut asking = desktop.command("secret-tool");
    asking.args(["store", "--label=A key", "service", "bed"]);
    let asking = desktop.spawn("secret-tool", asking)?;
    prompter.wait_for_prompt().await?;
    assert!(asking.pid().is_some());
    Ok(())
}

#[tokio::test]
async fn a_restarted_keyring_keeps_its_items_and_forgets_its_sessions() -> Result<()> {
    let desktop = Desktop::start().await?;
    let mut keyring = Keyring::unlocked(&desktop).await?;
    store(&desktop, b"secret").await?;
    let service = zbus::Proxy::new(
        desktop.bus(),
        "org.freedesktop.secrets",
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service",
    );
    let service = service.await?;
    let open = ("plain", zbus::zvariant::Value::from(""));
    let (_, session): (zbus::zvariant::OwnedValue, zbus::zvariant::OwnedObjectPath) =
        service.call("OpenSession", &open).await?;
    let items: Vec<zbus::zvariant::OwnedObjectPath> = Vec::new();
    service.call_method("GetSecrets", &(&items, &session)).await?;

    keyring.restart().await?;
    assert_eq!(lookup(&desktop).await?, b"secret");
    let stale = service
        .call_method("GetSecrets", &(&items, &session))
        .await
        .unwrap_err()
        .to_string();
    assert!(stale.contains("NoSession"), "{stale}");
    Ok(())
}

#[tokio::test]
async fn a_stopped_keyring_is_absent_and_a_frozen_one_is_silent() -> Result<()> {
    let desktop = Desktop::start().await?;
    let keyring = Keyring::unlocked(&desktop).await?;
    store(&desktop, b"secret").await?;

    let bus = zbus::fdo::DBusProxy::new(desktop.bus()).await?;
    let daemon = bus
        .get_connection_unix_process_id("org.freedesktop.secrets".try_into()?)
        .await?;
    keyring.freeze()?;
    let stopped = async || {
        let state = std::fs::read_to_string(format!("/proc/{daemon}/status"))?;
        ensure!(state.contains("T (stopped)"), "it is {state}");
        Ok(())
    };
    eventually("the keyring to stand still", DEADLINE, stopped).await?;
    let mut asking = desktop.command("secret-tool");
    asking.args(["lookup", "service", "bed"]);
    let mut asking = desktop.spawn("secret-tool", asking)?;
    keyring.thaw()?;
    assert!(asking.exit().await?.success());
    assert_eq!(asking.stdout(), "secret");

    keyring.stop().await?;
    let error = lookup(&desktop).await.unwrap_err().to_string();
    assert!(error.contains("org.freedesktop.secrets"), "{error}");
    Ok(())
}
