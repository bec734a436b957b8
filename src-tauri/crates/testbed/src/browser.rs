//! The app's window, driven as a person would: by what is seen in the page, the mouse and the keys.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::desktop::Desktop;
use crate::process::Process;
use crate::wait::{DEADLINE, eventually};

/// A program whose first web view is driven through `WebKitWebDriver`. [`Browser::close`] ends both.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: Process,
}

impl Browser {
    /// Runs `app` (from [`Desktop::command`], with its arguments and variables) under the driver.
    /// The program has to show its window by itself: the driver waits for the first web view.
    ///
    /// # Errors
    /// Without a display, or if no web view appears; with what driver and program wrote to stderr.
    pub async fn launch(desktop: &Desktop, app: &Command) -> Result<Self> {
        ensure!(desktop.has_display(), "a window needs a display");
        let app = app.as_std();
        let words = app.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>();
        let options = json!({ "binary": app.get_program().to_string_lossy(), "args": words });
        let capabilities = Map::from_iter([("webkitgtk:browserOptions".to_owned(), options)]);

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut driver = desktop.command("WebKitWebDriver");
        driver.arg(format!("--port={port}"));
        // The program inherits them from the driver.
        for (name, value) in app.get_envs() {
            match value {
                Some(value) => driver.env(name, value),
                None => driver.env_remove(name),
            };
        }
        driver.env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = desktop.environment().start("WebKitWebDriver", driver, Stdio::null())?;
        let listening = async || Ok(TcpStream::connect(("127.0.0.1", port)).await?);
        driver.ready("the driver to listen", listening).await?;

        let mut session = ClientBuilder::rustls()?;
        let session = session.capabilities(capabilities);
        let connected = tokio::time::timeout(DEADLINE, session.connect(&format!("http://127.0.0.1:{port}"))).await;
        let client = connected
            .context("waited for the first web view")
            .and_then(|client| client.context("the driver refused the session"))
            .with_context(|| format!("driver and program wrote:\n{}", driver.stderr()))?;
        Ok(Self { client, driver })
    }

    /// The driver's client, for whatever this wrapper has no name for.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What driver and program have written to stderr.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.driver.stderr()
    }

    /// Chooses a file for a field that asks for one, which need not be visible: the dialog is the desktop's.
    ///
    /// # Errors
    /// If there is no such field; with the text of the page.
    pub async fn choose_file(&self, css: &str, file: &Path) -> Result<()> {
        let choose = async || {
            let field = self.client.find(Locator::Css(css)).await?;
            Ok(field.send_keys(&file.to_string_lossy()).await?)
        };
        self.wait(&format!("{css} to take a file"), choose).await
    }

    /// Waits for a visible element.
    ///
    /// # Errors
    /// If there is none; with the text of the page.
    pub async fn find(&self, css: &str) -> Result<Element> {
        self.wait(&format!("{css} to be visible"), async || self.visible(css).await)
            .await
    }

    /// Waits until no such element is visible any more.
    ///
    /// # Errors
    /// If it stays; with the text of the page.
    pub async fn wait_until_gone(&self, css: &str) -> Result<()> {
        let gone = async || {
            for element in self.client.find_all(Locator::Css(css)).await? {
                // One that left the page since it was found is gone as well.
                ensure!(!element.is_displayed().await.unwrap_or(false), "it is still there");
            }
            Ok(())
        };
        self.wait(&format!("{css} to go"), gone).await
    }

    /// Clicks an element once it is visible and enabled.
    ///
    /// # Errors
    /// If it cannot be clicked; with the text of the page.
    pub async fn click(&self, css: &str) -> Result<()> {
        let click = async || {
            let element = self.visible(css).await?;
            ensure!(element.is_enabled().await?, "it is greyed out");
            Ok(element.click().await?)
        };
        self.wait(&format!("{css} to be clicked"), click).await
    }

    /// Replaces the content of a field by typing.
    ///
    /// # Errors
    /// If there is no such field; with the text of the page.
    pub async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        let field = self.find(css).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Presses keys together, wherever the focus is: `&['a']`, `&[Key::Control.into(), 'v']`.
    ///
    /// # Errors
    /// If the driver refuses.
    pub async fn press(&self, keys: &[char]) -> Result<()> {
        let down = keys.iter().map(|key| KeyAction::Down { value: *key });
        let up = keys.iter().rev().map(|key| KeyAction::Up { value: *key });
        let all = down
            .chain(up)
            .fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        Ok(self.client.perform_actions(all).await?)
    }

    /// The visible text of an element, once it is there.
    ///
    /// # Errors
    /// If there is none; with the text of the page.
    pub async fn text(&self, css: &str) -> Result<String> {
        self.wait_text(css, "visible", |_| true).await
    }

    /// Waits until the visible text of an element fits, and returns it.
    ///
    /// # Errors
    /// If it does not; with the text of the page.
    pub async fn wait_text(&self, css: &str, what: &str, fits: impl Fn(&str) -> bool) -> Result<String> {
        let probe = async || {
            let text = self.visible(css).await?.text().await?;
            ensure!(fits(&text), "its text is {text:?}");
            Ok(text)
        };
        self.wait(&format!("the text of {css} to be {what}"), probe).await
    }

    /// Runs JavaScript in the page: the body of a function, with `return` for its value.
    ///
    /// # Errors
    /// If it throws.
    pub async fn execute(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Waits until the page as it is now is on the screen: a picture taken sooner shows an earlier one.
    ///
    /// # Errors
    /// If the page draws nothing any more.
    pub async fn painted(&self) -> Result<()> {
        // The second frame begins when the first has been handed over.
        let frames = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))";
        self.client
            .execute_async(frames, Vec::new())
            .await
            .map(drop)
            .context("waited for the page to be painted")
    }

    /// Ends the program and the driver.
    ///
    /// # Errors
    /// If the driver does not end.
    pub async fn close(mut self) -> Result<()> {
        match self.client.close().await {
            // A program that has ended has taken its session with it.
            Ok(()) | Err(CmdError::Standard(_) | CmdError::Lost(_)) => {}
            Err(error) => return Err(error).context("cannot close the session"),
        }
        self.driver.stop().await.map(drop)
    }

    async fn visible(&self, css: &str) -> Result<Element> {
        for element in self.client.find_all(Locator::Css(css)).await? {
            if element.is_displayed().await? {
                return Ok(element);
            }
        }
        Err(anyhow::anyhow!("no {css} is visible"))
    }

    async fn wait<T>(&self, what: &str, probe: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        match eventually(what, DEADLINE, probe).await {
            Ok(value) => Ok(value),
            Err(error) => {
                let page = self
                    .execute("return location.href + '\\n' + document.body.innerText")
                    .await;
                let page = page.map_or_else(
                    |error| error.to_string(),
                    |page| page.as_str().unwrap_or_default().to_owned(),
                );
                Err(error.context(format!(
                    "the page is {page}\ndriver and program wrote:\n{}",
                    self.driver.stderr()
                )))
            }
        }
    }
}
