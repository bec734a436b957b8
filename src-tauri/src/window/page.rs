//! What is known of the page in the window, and what it is told.

use accounts::Snapshot;
use accounts::ports::UnixMillis;
use serde::Serialize;
use tauri::Theme;
use tauri::ipc::{Channel, InvokeResponseBody};
use tauri::window::Color;

/// Where the page hears what it is told. Each page has its own, which goes with it: Tauri's events would keep the listeners of every
/// page that there was.
pub type Ear = Channel<InvokeResponseBody>;

#[derive(Default)]
pub struct Page {
    /// The window is there for a person, with a page in it or one on its way.
    pub open: bool,
    pub ear: Option<Ear>,
    /// It has asked for its first snapshot: from now on it may be told what to show.
    pub listens: bool,
    /// What to show once it listens.
    pub selection: Option<Wanted>,
    /// As the person chose it; `None` follows the desktop.
    pub theme: Option<Theme>,
    /// As the desktop wants it, where it says so.
    pub desktop: Option<Theme>,
}

impl Page {
    pub fn theme(&self) -> Option<Theme> {
        self.theme.or(self.desktop)
    }

    /// A new page that shows this first, or none.
    pub fn begins(&mut self, open: bool, selection: Option<Wanted>) {
        (self.open, self.listens, self.selection) = (open, false, selection);
        self.ear = None;
    }

    /// What lies under the page until it has painted itself: its `--canvas`. White would flash in the dark.
    pub fn canvas(&self) -> Color {
        match self.theme() {
            Some(Theme::Dark) => Color(0x18, 0x16, 0x13, 0xff),
            _ => Color(0xfa, 0xf9, 0xf7, 0xff),
        }
    }
}

/// What the page is to show.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", content = "payload", rename_all = "snake_case")]
pub enum Wanted {
    SelectServer(String),
    /// Whether that protected server is to be the active one.
    AskSwitch(String),
    /// A page that is about no server.
    ShowView(View),
}

/// The pages that the tray leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    Settings,
    Doctor,
}

/// What has become of the world.
#[derive(Debug, Serialize)]
#[serde(tag = "event", content = "payload", rename_all = "snake_case")]
pub enum News<'a> {
    Clock(UnixMillis),
    Snapshot(&'a Snapshot),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canvas_is_the_pages() {
        let css = include_str!("../../../ui/src/theme.css");
        let canvases: Vec<_> = css.lines().filter(|line| line.contains("--canvas: ")).collect();
        for (theme, line) in [(Theme::Light, canvases[0]), (Theme::Dark, canvases[1])] {
            let page = Page {
                theme: Some(theme),
                ..Page::default()
            };
            let Color(red, green, blue, _) = page.canvas();
            let shown = format!("#{red:02x}{green:02x}{blue:02x}");
            assert!(line.contains(&shown), "{line} is not {shown}");
        }
    }

    #[test]
    fn nothing_is_painted_before_the_theme_is_known() {
        let index = include_str!("../../../ui/dist/index.html");
        assert!(index.contains(r#"<script type="module" blocking="render""#), "{index}");
    }
}
