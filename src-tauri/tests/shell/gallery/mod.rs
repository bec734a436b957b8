//! The page in each of its states, drawn by the real web view with the window's own content policy: looked at by axe and by rules
//! that mean something to a person, and photographed by `make gallery`.

mod serve;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testbed::{Browser, DEADLINE, Desktop, eventually};

use serve::Served;

/// The smallest that the window gets, the one it opens with, and a large one.
pub const WIDTHS: [u32; 3] = [560, 900, 1280];
const HEIGHT: u32 = 620;
/// What the web view's own frame takes of the window's height here.
const FRAME: u32 = 38;
const LOADS: usize = 3;

/// A web view that shows scenes.
pub struct Gallery {
    browser: Browser,
    served: Served,
    _desktop: Desktop,
    /// Each load has an address of its own, so that nothing is left of the one before.
    loads: u32,
}

impl Gallery {
    /// Needs the page of every state: `npm run build:gallery`.
    pub async fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/dist-gallery");
        ensure!(
            root.join("gallery.html").is_file(),
            "there is no {}; make gallery-page",
            root.display()
        );
        let served = Served::start(root, policy()?).await?;
        let desktop = Desktop::with_display().await?;
        let mut browser = desktop.command(bare_browser()?);
        browser.arg("--automation");
        let browser = Browser::launch(&desktop, &browser).await?;
        // Within the smallest window: what has no focus shows no ring.
        desktop.point_at(300, 300).await?;
        Ok(Self {
            browser,
            served,
            _desktop: desktop,
            loads: 0,
        })
    }

    /// The names of all scenes.
    pub async fn scenes(&mut self) -> Result<Vec<String>> {
        self.show("first-run").await?;
        let names = self.dataset("scenes").await?.context("the page has no scenes")?;
        Ok(serde_json::from_str(&names)?)
    }

    pub async fn resize(&self, width: u32) -> Result<()> {
        Ok(self.browser.client().set_window_size(width, HEIGHT + FRAME).await?)
    }

    /// Draws a scene; flags follow its name, each with a plus sign. The first load of a web view that is just being shown may stand
    /// still, so another follows it.
    pub async fn show(&mut self, scene: &str) -> Result<()> {
        let mut last = Ok(());
        for _ in 0..LOADS {
            self.loads += 1;
            let address = format!("{}/gallery.html?{}#{scene}", self.served.address, self.loads);
            self.browser.client().goto(&address).await?;
            let drawn = async || {
                ensure!(self.dataset("drawn").await?.is_some());
                Ok(())
            };
            last = eventually(&format!("{scene} to be drawn"), DEADLINE / 2, drawn).await;
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// What is wrong with a scene.
    pub async fn examine(&mut self, scene: &str) -> Result<Vec<String>> {
        self.show(&format!("{scene}+examine")).await?;
        let findings = self.dataset("findings").await?.context("nothing was examined")?;
        Ok(serde_json::from_str(&findings)?)
    }

    pub async fn picture(&self) -> Result<Vec<u8>> {
        self.browser.painted().await?;
        Ok(self.browser.client().screenshot().await?)
    }

    pub async fn close(self) -> Result<()> {
        self.browser.close().await
    }

    async fn dataset(&self, name: &str) -> Result<Option<String>> {
        let value = self
            .browser
            .execute(&format!("return document.documentElement.dataset.{name} ?? null"))
            .await?;
        Ok(value.as_str().map(str::to_owned))
    }
}

/// The window's policy, without the door to Rust: nobody is behind it here.
fn policy() -> Result<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tauri.conf.json"))?;
    let config: Value = serde_json::from_str(&text)?;
    let policy = config["app"]["security"]["csp"]
        .as_str()
        .context("the window has no content policy")?;
    Ok(policy.replace("connect-src ipc: http://ipc.localhost", "connect-src 'none'"))
}

/// The web view of the window in a program of its own; it comes with the library.
fn bare_browser() -> Result<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib")?
        .flatten()
        .map(|entry| entry.path().join("webkit2gtk-4.1/MiniBrowser"));
    folders
        .chain([PathBuf::from("/usr/libexec/webkit2gtk-4.1/MiniBrowser")])
        .find(|path| path.is_file())
        .context("the MiniBrowser of libwebkit2gtk-4.1 is not installed")
}
