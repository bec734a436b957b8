//! WebKitGTK under the window.

use tauri::{WebviewWindow, WindowEvent};
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebView, WebViewExt};

/// Makes a new window ready; `on_close` is called whenever a person closes it.
///
/// The window is then kept, and only its page and the page's process go: wry's handler of the page's messages holds its web view and
/// is held by it, so that a window that is made anew each time leaves 95 KiB and a file descriptor behind, until there are none left.
pub fn prepare(window: &WebviewWindow, on_close: impl Fn() + Send + 'static) -> tauri::Result<()> {
    window.with_webview(|webview| draw_in_memory(&webview.inner()))?;
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            on_close();
        }
    });
    Ok(())
}

/// Hides the window and ends the process of its page.
pub fn rest(window: &WebviewWindow) {
    for step in [
        window.hide(),
        window.with_webview(|webview| webview.inner().terminate_web_process()),
    ] {
        if let Err(error) = step {
            tracing::warn!(%error, "the window was not closed");
        }
    }
}

/// A page of text has no use for OpenGL: its driver takes 50 MiB and a part of the time to open, and is what leaves the windows of other
/// programs blank on some machines.
fn draw_in_memory(webview: &WebView) {
    if let Some(settings) = WebViewExt::settings(webview) {
        settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
    }
}
