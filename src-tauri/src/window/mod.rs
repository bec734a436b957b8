//! The one window: no web process until it is asked for, none after it is closed.

mod page;
#[cfg(target_os = "linux")]
mod webkit;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accounts::ports::Clock;
use machine::Appearance;
use serde::Serialize;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::InvokeResponseBody;
use tauri::window::Color;
use tauri::{AppHandle, Manager, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::MissedTickBehavior;

pub use page::{Ear, News, View};
use page::{Page, Wanted};
#[cfg(target_os = "linux")]
pub use webkit::{added_to_environment, spare};

/// The label of the window.
const MAIN: &str = "main";

enum Request {
    Show(Option<Wanted>),
    /// Where the window is kept when it is closed.
    #[cfg(target_os = "linux")]
    Rest,
}

/// Asks for the window from anywhere.
#[derive(Clone)]
pub struct Windows {
    requests: UnboundedSender<Request>,
    app: AppHandle,
    page: Arc<Mutex<Page>>,
}

impl Windows {
    /// Window operations happen one after the other: two at once have made two windows, or none.
    pub fn new(app: AppHandle, clock: Arc<dyn Clock>) -> Self {
        let (sender, requests) = unbounded_channel();
        let windows = Self {
            requests: sender,
            app,
            page: Arc::default(),
        };
        tauri::async_runtime::spawn(windows.clone().serve(requests, clock));
        windows
    }

    /// Brings the window up, on `server` where one is named.
    pub fn show(&self, server: Option<String>) {
        self.ask(Request::Show(server.map(Wanted::SelectServer)));
    }

    /// Brings the window up with the question whether to switch to that protected server.
    pub fn ask_to_switch(&self, server: String) {
        self.ask(Request::Show(Some(Wanted::AskSwitch(server))));
    }

    /// Brings the window up on a page that is about no server.
    pub fn show_view(&self, view: View) {
        self.ask(Request::Show(Some(Wanted::ShowView(view))));
    }

    fn ask(&self, request: Request) {
        // The receiver lives as long as the app.
        if self.requests.send(request).is_err() {
            tracing::debug!("the window was asked for while the app ends");
        }
    }

    /// The page of the window hears there what it is told.
    pub fn page_hears(&self, ear: Ear) {
        self.page().ear = Some(ear);
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
            self.tell(&wanted);
        }
    }

    /// Tells the page, if there is one.
    pub fn tell(&self, what: &impl Serialize) {
        let Some(ear) = self.opened().and_then(|_| self.page().ear.clone()) else {
            return;
        };
        let told = serde_json::to_string(what).map(|json| ear.send(InvokeResponseBody::Json(json)));
        if !matches!(told, Ok(Ok(()))) {
            tracing::warn!(?told, "the window was not told of a change");
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

    async fn serve(self, mut requests: UnboundedReceiver<Request>, clock: Arc<dyn Clock>) {
        // One at a time: a window that is opened within a second of the last one's end would otherwise be told by both.
        let mut ticking: Option<JoinHandle<()>> = None;
        while let Some(request) = requests.recv().await {
            let next = match request {
                Request::Show(wanted) => match self.opened() {
                    Some(window) => {
                        self.bring_up(&window, wanted);
                        continue;
                    }
                    None => self.open(wanted, clock.clone()).await,
                },
                #[cfg(target_os = "linux")]
                Request::Rest => {
                    self.page().begins(false, None);
                    if let Some(window) = self.app.get_webview_window(MAIN) {
                        webkit::rest(&window);
                    }
                    None
                }
            };
            if let Some(former) = std::mem::replace(&mut ticking, next) {
                former.abort();
            }
        }
    }

    /// The window, while it is there for a person.
    fn opened(&self) -> Option<WebviewWindow> {
        self.app.get_webview_window(MAIN).filter(|_| self.page().open)
    }

    fn bring_up(&self, window: &WebviewWindow, wanted: Option<Wanted>) {
        raise(window);
        match wanted {
            Some(wanted) if self.page().listens => self.tell(&wanted),
            Some(wanted) => self.page().selection = Some(wanted),
            None => {}
        }
    }

    /// Gives what keeps the page company.
    async fn open(&self, wanted: Option<Wanted>, clock: Arc<dyn Clock>) -> Option<JoinHandle<()>> {
        let appearance = Appearance::listen().await;
        self.desktop_is(appearance.is_dark());
        self.page().begins(true, wanted);
        if let Err(error) = self.window() {
            tracing::error!(%error, "the window could not be opened");
            self.page().open = false;
            return None;
        }
        let company = self.clone().follow(appearance, clock);
        Some(tauri::async_runtime::spawn(company))
    }

    /// A window with a new page: the one that rests, or one that is made.
    fn window(&self) -> tauri::Result<WebviewWindow> {
        let canvas = self.page().canvas();
        #[cfg(target_os = "linux")]
        if let Some(resting) = self.app.get_webview_window(MAIN) {
            webkit::wake(&resting, canvas)?;
            raise(&resting);
            return Ok(resting);
        }
        let window = build(&self.app, canvas)?;
        #[cfg(target_os = "linux")]
        webkit::prepare(&window, {
            let windows = self.clone();
            move || windows.ask(Request::Rest)
        })?;
        Ok(window)
    }

    /// The page has no clock of its own: it is told the time each second while it is there. The desktop may turn dark meanwhile.
    async fn follow(self, mut appearance: Appearance, clock: Arc<dyn Clock>) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        // After a pause one is enough: nobody wants to be told the seconds of a night.
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.opened().is_some() {
            tokio::select! {
                _ = second.tick() => self.tell(&News::Clock(clock.now())),
                dark = appearance.changed() => self.desktop_is(dark),
            }
        }
    }

    fn page(&self) -> std::sync::MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn build(app: &AppHandle, canvas: Color) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("FlowState Accounts")
        .inner_size(900.0, 620.0)
        .min_inner_size(560.0, 440.0)
        .center()
        .background_color(canvas)
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
