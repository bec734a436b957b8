//! Draws a `TrayView`. Items are changed in place: a menu that is rebuilt while it is open closes, or stays stale.

mod chosen;
mod menu;
mod servers;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use accounts::{TrayIcon as Icon, TrayView};
use tauri::AppHandle;
use tauri::image::Image;
use tauri::tray::{TrayIcon, TrayIconBuilder};

use menu::TrayMenu;

/// The tray icon with its menu.
pub struct Tray {
    parts: Mutex<Parts>,
}

struct Parts {
    icon: TrayIcon,
    icons: HashMap<Icon, Image<'static>>,
    menu: TrayMenu,
    shown: TrayView,
}

impl Tray {
    /// Puts the icon into the tray; call it on the main thread.
    pub fn new(app: &AppHandle, view: &TrayView) -> tauri::Result<Self> {
        let menu = TrayMenu::new(app, view)?;
        let icons = icons()?;
        let mut icon = TrayIconBuilder::with_id("main")
            .menu(menu.whole())
            .tooltip(&view.state)
            .icon_as_template(TEMPLATES)
            .on_menu_event(chosen::chosen);
        if let Some(image) = icons.get(&view.icon) {
            icon = icon.icon(image.clone());
        }
        let parts = Parts {
            icon: icon.build(app)?,
            icons,
            menu,
            shown: view.clone(),
        };
        Ok(Self {
            parts: Mutex::new(parts),
        })
    }

    /// Whether there is nothing to change.
    pub fn shows(&self, view: &TrayView) -> bool {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).shown == *view
    }

    /// Changes what differs; call it on the main thread.
    pub fn draw(&self, app: &AppHandle, view: TrayView) -> tauri::Result<()> {
        self.parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .draw(app, view)
    }

    /// Publishes the menu once more, for a panel that came up with us and missed its labels; call it on the main thread.
    pub fn publish_again(&self) -> tauri::Result<()> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.icon.set_menu(Some(parts.menu.whole().clone()))
    }
}

impl Parts {
    fn draw(&mut self, app: &AppHandle, view: TrayView) -> tauri::Result<()> {
        if view.icon != self.shown.icon {
            self.icon.set_icon(self.icons.get(&view.icon).cloned())?;
        }
        if view.state != self.shown.state {
            self.icon.set_tooltip(Some(&view.state))?;
        }
        self.menu.draw(app, &self.shown, &view)?;
        self.shown = view;
        Ok(())
    }
}

/// macOS paints what is opaque in the colour of its menu bar.
const TEMPLATES: bool = cfg!(target_os = "macos");
#[cfg(target_os = "macos")]
const SIGNED_IN: &[u8] = include_bytes!("../../../icons/tray-signed-in-template.png");
#[cfg(not(target_os = "macos"))]
const SIGNED_IN: &[u8] = include_bytes!("../../../icons/tray-signed-in.png");
#[cfg(target_os = "macos")]
const ATTENTION: &[u8] = include_bytes!("../../../icons/tray-attention-template.png");
#[cfg(not(target_os = "macos"))]
const ATTENTION: &[u8] = include_bytes!("../../../icons/tray-attention.png");
const SIGNED_OUT: &[u8] = include_bytes!("../../../icons/tray-signed-out.png");
const OFFLINE: &[u8] = include_bytes!("../../../icons/tray-offline.png");

fn icons() -> tauri::Result<HashMap<Icon, Image<'static>>> {
    Ok(HashMap::from([
        (Icon::SignedIn, Image::from_bytes(SIGNED_IN)?),
        (Icon::SignedOut, Image::from_bytes(SIGNED_OUT)?),
        (Icon::Attention, Image::from_bytes(ATTENTION)?),
        (Icon::Offline, Image::from_bytes(OFFLINE)?),
    ]))
}
