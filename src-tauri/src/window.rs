//! The one window: no web view until it is asked for, none after it is closed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accounts::ports::Clock;
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The label of the window.
pub const MAIN: &str = "main";

/// What is known of the page in the window.
#[derive(Default)]
struct Page {
    /// It has its listeners: what it is told, it hears.
    listens: bool,
    /// The server to select once it listens.
    selection: Option<String>,
}

/// Asks for the window from anywhere.
#[derive(Clone)]
pub struct Windows {
    wanted: UnboundedSender<Option<String>>,
    app: AppHandle,
    page: Arc<Mutex<Page>>,
}

impl Windows {
    /// Window operations happen one after the other: two at once have made two windows, or none.
    pub fn new(app: AppHandle, clock: Arc<dyn Clock>) -> Self {
        let (wanted, requests) = unbounded_channel();
        let windows = Self {
            wanted,
            app,
            page: Arc::default(),
        };
        tauri::async_runtime::spawn(windows.clone().serve(requests, clock));
        windows
    }

    /// Brings the window up, on `server` where one is named.
    pub fn show(&self, server: Option<String>) {
        // The receiver lives as long as the app.
        if self.wanted.send(server).is_err() {
            tracing::debug!("the window was asked for while the app ends");
        }
    }

    /// The page has its listeners and asks for its first snapshot: now it can be told what to select.
    pub fn page_is_there(&self) {
        let selection = {
            let mut page = self.page();
            page.listens = true;
            page.selection.take()
        };
        if let Some(server) = selection {
            self.select(&server);
        }
    }

    async fn serve(self, mut requests: UnboundedReceiver<Option<String>>, clock: Arc<dyn Clock>) {
        // One at a time: a window that is opened within a second of the last one's end would otherwise be told by both.
        let mut ticking: Option<JoinHandle<()>> = None;
        while let Some(server) = requests.recv().await {
            match self.app.get_webview_window(MAIN) {
                Some(window) => {
                    raise(&window);
                    match server {
                        Some(server) if self.page().listens => self.select(&server),
                        Some(server) => self.page().selection = Some(server),
                        None => {}
                    }
                }
                None => {
                    *self.page() = Page {
                        listens: false,
                        selection: server,
                    };
                    match build(&self.app) {
                        Ok(_) => {
                            let next = tauri::async_runtime::spawn(tick(self.app.clone(), clock.clone()));
                            if let Some(former) = ticking.replace(next) {
                                former.abort();
                            }
                        }
                        Err(error) => tracing::error!(%error, "the window could not be opened"),
                    }
                }
            }
        }
    }

    fn select(&self, server: &str) {
        if let Err(error) = self.app.emit_to(MAIN, "select-server", server) {
            tracing::warn!(%error, "the window was not told what to show");
        }
    }

    fn page(&self) -> std::sync::MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn build(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("FlowState Accounts")
        .inner_size(900.0, 620.0)
        .min_inner_size(560.0, 440.0)
        .center()
        // The page is ours alone: a link or a reply cannot take the window elsewhere.
        .on_navigation(|url| {
            matches!(
                (url.scheme(), url.host_str()),
                ("tauri", _) | (_, Some("tauri.localhost"))
            )
        })
        .build()
}

fn raise(window: &WebviewWindow) {
    for step in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(error) = step {
            tracing::warn!(%error, "the window could not be brought up");
        }
    }
}

/// The page has no clock of its own: it is told the time each second while it is there.
async fn tick(app: AppHandle, clock: Arc<dyn Clock>) {
    while app.get_webview_window(MAIN).is_some() {
        if let Err(error) = app.emit_to(MAIN, "clock", clock.now()) {
            tracing::warn!(%error, "the window was not told the time");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
