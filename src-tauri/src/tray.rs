//! Draws a `TrayView`. Items are changed in place: a menu that is rebuilt while it is open closes, or stays stale.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use accounts::{TrayIcon as Icon, TrayServer, TrayView};
use auth_core::ServerId;
use tauri::image::Image;
use tauri::menu::{CheckMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager, Wry};

use crate::desktop::Desktop;

/// The tray icon with its menu.
pub struct Tray {
    parts: Mutex<Parts>,
}

struct Parts {
    icon: TrayIcon,
    icons: HashMap<Icon, Image<'static>>,
    menu: Menu<Wry>,
    state: MenuItem<Wry>,
    servers: Vec<CheckMenuItem<Wry>>,
    sign_in: MenuItem<Wry>,
    sign_out: MenuItem<Wry>,
    copy: MenuItem<Wry>,
    shown: TrayView,
}

/// The state line and the line under it stand above the servers.
const FIRST_SERVER: usize = 2;
/// Before the id of a server in an item's id.
const SERVER: &str = "server:";

impl Tray {
    /// Puts the icon into the tray; call it on the main thread.
    pub fn new(app: &AppHandle, view: &TrayView) -> tauri::Result<Self> {
        let item = |id: &str, text: &str, enabled: bool| MenuItem::with_id(app, id, text, enabled, None::<&str>);
        let state = item("state", &literal(&view.state), false)?;
        let servers = view
            .servers
            .iter()
            .map(|server| server_item(app, server))
            .collect::<tauri::Result<Vec<_>>>()?;
        let sign_in = item("sign-in", "Sign in…", view.can_sign_in)?;
        let sign_out = item("sign-out", "Sign out", view.can_sign_out)?;
        let copy = item("copy", "Copy access token", view.can_copy)?;
        let menu = Menu::with_items(app, &[&state, &PredefinedMenuItem::separator(app)?])?;
        for server in &servers {
            menu.append(server)?;
        }
        menu.append_items(&[
            &PredefinedMenuItem::separator(app)?,
            &sign_in,
            &sign_out,
            &copy,
            &PredefinedMenuItem::separator(app)?,
            &item("open", "Open FlowState Accounts", true)?,
            &item("quit", "Quit", true)?,
        ])?;
        let icons = icons()?;
        let mut icon = TrayIconBuilder::with_id("main")
            .menu(&menu)
            .tooltip(&view.state)
            .on_menu_event(chosen);
        if let Some(image) = icons.get(&view.icon) {
            icon = icon.icon(image.clone());
        }
        let parts = Parts {
            icon: icon.build(app)?,
            icons,
            menu,
            state,
            servers,
            sign_in,
            sign_out,
            copy,
            shown: view.clone(),
        };
        Ok(Self {
            parts: Mutex::new(parts),
        })
    }

    /// Changes what differs; call it on the main thread.
    pub fn draw(&self, app: &AppHandle, view: TrayView) -> tauri::Result<()> {
        self.parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .draw(app, view)
    }
}

impl Parts {
    fn draw(&mut self, app: &AppHandle, view: TrayView) -> tauri::Result<()> {
        if view.icon != self.shown.icon {
            self.icon.set_icon(self.icons.get(&view.icon).cloned())?;
        }
        if view.state != self.shown.state {
            self.state.set_text(literal(&view.state))?;
            self.icon.set_tooltip(Some(&view.state))?;
        }
        for (item, now, before) in [
            (&self.sign_in, view.can_sign_in, self.shown.can_sign_in),
            (&self.sign_out, view.can_sign_out, self.shown.can_sign_out),
            (&self.copy, view.can_copy, self.shown.can_copy),
        ] {
            if now != before {
                item.set_enabled(now)?;
            }
        }
        self.draw_servers(app, &view.servers)?;
        self.shown = view;
        Ok(())
    }

    fn draw_servers(&mut self, app: &AppHandle, servers: &[TrayServer]) -> tauri::Result<()> {
        let same_structure = servers
            .iter()
            .map(|s| &s.id)
            .eq(self.shown.servers.iter().map(|s| &s.id));
        if !same_structure {
            for item in self.servers.drain(..) {
                self.menu.remove(&item)?;
            }
            for (place, server) in servers.iter().enumerate() {
                let item = server_item(app, server)?;
                self.menu.insert(&item, FIRST_SERVER + place)?;
                self.servers.push(item);
            }
            return Ok(());
        }
        for ((item, now), before) in self.servers.iter().zip(servers).zip(&self.shown.servers) {
            if now.label != before.label {
                item.set_text(literal(&now.label))?;
            }
            // The desktop ticks an entry when it is clicked, whatever comes of it; so this is compared with what shows.
            if item.is_checked()? != now.active {
                item.set_checked(now.active)?;
            }
        }
        Ok(())
    }
}

fn server_item(app: &AppHandle, server: &TrayServer) -> tauri::Result<CheckMenuItem<Wry>> {
    let id = format!("{SERVER}{}", server.id);
    CheckMenuItem::with_id(app, id, literal(&server.label), true, server.active, None::<&str>)
}

/// `&` marks a keyboard letter in a menu; in a name it is just a character.
fn literal(text: &str) -> String {
    text.replace('&', "&&")
}

fn icons() -> tauri::Result<HashMap<Icon, Image<'static>>> {
    Ok(HashMap::from([
        (
            Icon::SignedIn,
            Image::from_bytes(include_bytes!("../../icons/tray-signed-in.png"))?,
        ),
        (
            Icon::SignedOut,
            Image::from_bytes(include_bytes!("../../icons/tray-signed-out.png"))?,
        ),
        (
            Icon::Attention,
            Image::from_bytes(include_bytes!("../../icons/tray-attention.png"))?,
        ),
        (
            Icon::Offline,
            Image::from_bytes(include_bytes!("../../icons/tray-offline.png"))?,
        ),
    ]))
}

/// A person chose an entry. What does not succeed is said in a notification: there is no other place to say it.
fn chosen(app: &AppHandle, event: MenuEvent) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desktop = app.state::<Desktop>();
        let active = desktop.accounts.snapshot().active_server_id.clone();
        let entry = event.id().0.as_str();
        match (entry, active) {
            ("open", _) => desktop.windows.show(None),
            ("quit", _) => app.exit(0),
            ("sign-in", server) => desktop.windows.show(server),
            ("sign-out", Some(server)) => {
                let done = desktop.sign_out(&ServerId::existing(&server)).await;
                tell(&desktop, &server, "Not signed out everywhere", done);
            }
            ("copy", Some(server)) => {
                let done = desktop.copy_token(&app, &ServerId::existing(&server)).await;
                tell(&desktop, &server, "The token was not copied", done);
            }
            _ => {
                if let Some(server) = entry.strip_prefix(SERVER) {
                    let done = desktop.switch_server(&ServerId::existing(server)).await;
                    tell(&desktop, server, "The active server was not changed", done);
                    desktop.redraw_tray(&app);
                }
            }
        }
    });
}

fn tell<T>(desktop: &Desktop, server: &str, title: &str, done: Result<T, accounts::Problem>) {
    if let Err(problem) = done {
        desktop.notifications.failed(server, title, &problem.message);
    }
}
