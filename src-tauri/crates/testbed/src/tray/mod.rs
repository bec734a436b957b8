//! A tray without a screen: the host that a desktop's panel is, and a person who opens the menu.

mod host;
mod item;
mod menu;

pub use host::TrayHost;
pub use item::TrayItem;
pub use menu::{Menu, MenuEntry};
