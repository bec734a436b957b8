//! One person at a private desktop: the steps that the story proves and the demo shows.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testbed::{Browser, DEADLINE, Desktop, Item, Keyring, Server, TrayHost, TrayItem, binary, eventually};

/// What our items in the keychain are found by.
pub const KEYCHAIN_SERVICE: &str = "FlowState Accounts";

/// A desktop with everything that a person's has, and the app's window open in it.
pub struct Journey {
    pub browser: Browser,
    pub tray: TrayItem,
    _host: TrayHost,
    pub keyring: Keyring,
    pub desktop: Desktop,
}

/// The element with that `data-testid`.
pub fn by(testid: &str) -> String {
    format!("[data-testid='{testid}']")
}

impl Journey {
    /// Starts the app with its window shown.
    pub async fn begin() -> Result<Self> {
        Self::begin_on(Desktop::with_display().await?).await
    }

    /// The same on a desktop with something further on it.
    pub async fn begin_on(desktop: Desktop) -> Result<Self> {
        Self::begin_with(desktop, &[]).await
    }

    /// The same with these variables for the app.
    pub async fn begin_with(desktop: Desktop, variables: &[(&str, &str)]) -> Result<Self> {
        let keyring = Keyring::unlocked(&desktop).await?;
        let host = TrayHost::start(&desktop).await?;
        let mut app = desktop.command(binary("flowstate-tray")?);
        app.arg("--show").envs(variables.iter().copied());
        let browser = Browser::launch(&desktop, &app).await?;
        let tray = host.wait_for_item().await?;
        Ok(Self {
            browser,
            tray,
            _host: host,
            keyring,
            desktop,
        })
    }

    /// Adds a server in the window.
    pub async fn add_server(&self, name: &str, url: &str) -> Result<()> {
        self.browser.click(&by("add-server")).await?;
        self.browser.type_into(&by("field-name"), name).await?;
        self.browser.type_into(&by("field-url"), url).await?;
        self.browser.click(&by("save-server")).await?;
        self.browser
            .find(&by("email-input"))
            .await
            .context("the sign-in card of the new server")
            .map(drop)
    }

    /// Asks for a code in the window, takes it from the server's mailbox and types it in.
    pub async fn sign_in(&self, server: &Server, email: &str) -> Result<()> {
        self.ask_for_code(email).await?;
        self.enter_code(server, email).await
    }

    pub async fn ask_for_code(&self, email: &str) -> Result<()> {
        self.browser.type_into(&by("email-input"), email).await?;
        self.browser.click(&by("send-code")).await?;
        self.browser.find(&by("code-input")).await.map(drop)
    }

    pub async fn enter_code(&self, server: &Server, email: &str) -> Result<()> {
        let code = server.latest_code(email).await?;
        self.browser.type_into(&by("code-input"), &code).await?;
        let signed_in = format!("{}[data-state='signed_in']", by("session-state"));
        self.browser.find(&signed_in).await.map(drop)
    }

    pub fn config_path(&self) -> PathBuf {
        self.desktop.config_dir().join("config.json")
    }

    /// The shared file as a foreign tool reads it.
    pub fn config(&self) -> Result<Value> {
        Ok(serde_json::from_str(&std::fs::read_to_string(self.config_path())?)?)
    }

    /// Waits until the shared file fits.
    pub async fn wait_for_config(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        eventually(what, DEADLINE, async || {
            let config = self.config()?;
            ensure!(fits(&config), "the shared file is {config:#}");
            Ok(config)
        })
        .await
    }

    /// What is in the keychain for us, seen by somebody else.
    pub async fn kept(&self) -> Result<Vec<Item>> {
        self.keyring.search("service", KEYCHAIN_SERVICE).await
    }
}

/// A server whose access tokens live so long.
pub async fn server(access_life: Duration) -> Result<Server> {
    Server::start(&["--access-ttl", &access_life.as_secs().to_string()]).await
}
