//! The window manager's part: asking a window to close, as its "×" does. And the mouse's, whose place has the keyboard with it.

use anyhow::{Context, Result};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask};
use x11rb::rust_connection::RustConnection;

use crate::desktop::Desktop;

impl Desktop {
    /// Asks every window on the screen to close; returns how many were asked.
    ///
    /// # Errors
    /// Without a display.
    pub async fn close_windows(&self) -> Result<usize> {
        let display = self
            .environment()
            .variables()
            .get("DISPLAY")
            .context("a window needs a display")?
            .clone();
        tokio::task::spawn_blocking(move || close_all(&display)).await?
    }

    /// Moves the pointer there. Without a window manager the window under it has the keyboard.
    ///
    /// # Errors
    /// Without a display.
    pub async fn point_at(&self, x: i16, y: i16) -> Result<()> {
        let display = self.environment().variables().get("DISPLAY");
        let display = display.context("a pointer needs a display")?.clone();
        let point = move || {
            let (server, screen) = RustConnection::connect(Some(&display))?;
            let root = server.setup().roots[screen].root;
            server.warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, x, y)?.check()?;
            Ok(())
        };
        tokio::task::spawn_blocking(point).await?
    }
}

fn close_all(display: &str) -> Result<usize> {
    let (x, screen) = RustConnection::connect(Some(display))?;
    let atom = |name: &[u8]| -> Result<u32> { Ok(x.intern_atom(false, name)?.reply()?.atom) };
    let (protocols, delete) = (atom(b"WM_PROTOCOLS")?, atom(b"WM_DELETE_WINDOW")?);
    let mut asked = 0;
    // Without a window manager the windows of programs are children of the root.
    for window in x.query_tree(x.setup().roots[screen].root)?.reply()?.children {
        let spoken = x
            .get_property(false, window, protocols, AtomEnum::ATOM, 0, 32)?
            .reply()?;
        let speaks = spoken
            .value32()
            .is_some_and(|mut atoms| atoms.any(|atom| atom == delete));
        if speaks && x.get_window_attributes(window)?.reply()?.map_state == x11rb::protocol::xproto::MapState::VIEWABLE
        {
            let message = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
            x.send_event(false, window, EventMask::NO_EVENT, message)?;
            asked += 1;
        }
    }
    x.flush()?;
    Ok(asked)
}
