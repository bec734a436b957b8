//! The one window: no web view until it is asked for, none after it is closed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accounts::ports::Clock;
use machine::Appearance;
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Emitter, Manager, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::MissedTickBehavior;

/// The label of the window.
pub const MAIN: &str = "main";

/// What is known of the page in the window.
#[derive(Default)]
struct Page {
    /// It has its listeners: what it is told, it hears.
    listens: bool,
    /// What to show once it listens.
    selection: Option<Wanted>,
    /// As the person chose it; `None` follows the desktop.
    theme: Option<Theme>,
    /// As the desktop wants it, where it says so.
    desktop: Option<Theme>,
}

impl Page {
    fn theme(&self) -> Option<Theme> {
        self.theme.or(self.desktop)
    }
}

/// What the page is to show.
#[derive(Clone)]
enum Wanted {
    Server(String),
    /// Whether that protected server is to be the active one.
    Switch(String),
    /// A page that is about no server.
    View(View),
}

/// The pages that the tray leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Settings,
    Doctor,
}

impl View {
    /// As the page calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Doctor => "doctor",
        }
    }
}

/// Asks for the window from anywhere.
#[derive(Clone)]
pub struct Windows {
    wanted: UnboundedSender<Option<Wanted>>,
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
        self.want(server.map(Wanted::Server));
    }

    /// Brings the window up with the question whether to switch to that protected server.
    pub fn ask_to_switch(&self, server: String) {
        self.want(Some(Wanted::Switch(server)));
    }

    /// Brings the window up on a page that is about no server.
    pub fn show_view(&self, view: View) {
        self.want(Some(Wanted::View(view)));
    }

    fn want(&self, wanted: Option<Wanted>) {
        // The receiver lives as long as the app.
        if self.wanted.send(wanted).is_err() {
            tracing::debug!("the window was asked for while the app ends");
        }
    }

    /// The page has its listeners and asks for its first snapshot: now it can be told what to select.
    pub fn page_is_there(&self) {
        tracing::debug!("the window's page is there");
        let selection = {
            let mut page = self.page();
            page.listens = true;
            page.selection.take()
        };
        if let Some(wanted) = selection {
            self.select(&wanted);
        }
    }

    /// The frame of the window follows the page's theme.
    pub fn paint(&self, chosen: accounts::ports::Theme) {
        let theme = match chosen {
            accounts::ports::Theme::Light => Some(Theme::Light),
            accounts::ports::Theme::Dark => Some(Theme::Dark),
            accounts::ports::Theme::System => None,
        };
        self.page().theme = theme;
        self.repaint();
    }

    fn desktop_is(&self, dark: Option<bool>) {
        let theme = dark.map(|dark| if dark { Theme::Dark } else { Theme::Light });
        self.page().desktop = theme;
        self.repaint();
    }

    fn repaint(&self) {
        let theme = self.page().theme();
        self.app.set_theme(theme);
    }

    async fn serve(self, mut requests: UnboundedReceiver<Option<Wanted>>, clock: Arc<dyn Clock>) {
        // One at a time: a window that is opened within a second of the last one's end would otherwise be told by both.
        let mut ticking: Option<JoinHandle<()>> = None;
        while let Some(wanted) = requests.recv().await {
            match self.app.get_webview_window(MAIN) {
                Some(window) => {
                    raise(&window);
                    match wanted {
                        Some(wanted) if self.page().listens => self.select(&wanted),
                        Some(wanted) => self.page().selection = Some(wanted),
                        None => {}
                    }
                }
                None => {
                    {
                        let mut page = self.page();
                        (page.listens, page.selection) = (false, wanted);
                    }
                    let appearance = Appearance::listen().await;
                    self.desktop_is(appearance.is_dark());
                    match build(&self.app) {
                        Ok(_) => {
                            let next = self.clone().follow(appearance, clock.clone());
                            if let Some(former) = ticking.replace(tauri::async_runtime::spawn(next)) {
                                former.abort();
                            }
                        }
                        Err(error) => tracing::error!(%error, "the window could not be opened"),
                    }
                }
            }
        }
    }

    fn select(&self, wanted: &Wanted) {
        let (event, what) = match wanted {
            Wanted::Server(server) => ("select-server", server.as_str()),
            Wanted::Switch(server) => ("ask-switch", server.as_str()),
            Wanted::View(view) => ("show-view", view.name()),
        };
        if let Err(error) = self.app.emit_to(MAIN, event, what) {
            tracing::warn!(%error, "the window was not told what to show");
        }
    }

    /// The page has no clock of its own: it is told the time each second while it is there. The desktop may turn dark meanwhile.
    async fn follow(self, mut appearance: Appearance, clock: Arc<dyn Clock>) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        // After a pause one is enough: nobody wants to be told the seconds of a night.
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.app.get_webview_window(MAIN).is_some() {
            tokio::select! {
                _ = second.tick() => {
                    if let Err(error) = self.app.emit_to(MAIN, "clock", clock.now()) {
                        tracing::warn!(%error, "the window was not told the time");
                    }
                }
                dark = appearance.changed() => self.desktop_is(dark),
            }
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
