//! WebKitGTK under the window.

use std::cell::Cell;
use std::time::{Duration, Instant};

use tauri::window::Color;
use tauri::{Webview, WebviewWindow, WindowEvent};
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebProcessTerminationReason, WebView, WebViewExt};

/// A page that ends sooner than that after it was begun anew is left alone.
const STEADY: Duration = Duration::from_secs(10);

/// Makes a new window ready; `on_close` is called whenever a person closes it.
///
/// The window is then kept, and only its page and the page's process go: wry's handler of the page's messages holds its web view and
/// is held by it, so that a window that is made anew each time leaves 95 KiB and a file descriptor behind, until there are none left.
pub fn prepare(window: &WebviewWindow, on_close: impl Fn() + Send + 'static) -> tauri::Result<()> {
    window.with_webview(|webview| {
        draw_in_memory(&webview.inner());
        begin_anew_after_a_crash(&webview.inner());
    })?;
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

/// Begins a new page in a window that rests, on that ground.
pub fn wake(window: &WebviewWindow, canvas: Color) -> tauri::Result<()> {
    AsRef::<Webview>::as_ref(window).set_background_color(Some(canvas))?;
    window.reload()
}

/// A page of text has no use for OpenGL: its driver takes 50 MiB and a part of the time to open, and is what leaves the windows of other
/// programs blank on some machines.
fn draw_in_memory(webview: &WebView) {
    if let Some(settings) = WebViewExt::settings(webview) {
        settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
    }
}

/// Where the page's process ends by itself, the window would stay, and stay blank.
fn begin_anew_after_a_crash(webview: &WebView) {
    let last = Cell::new(None::<Instant>);
    webview.connect_web_process_terminated(move |webview, reason| {
        if reason == WebProcessTerminationReason::TerminatedByApi {
            return;
        }
        let steady = last
            .replace(Some(Instant::now()))
            .is_none_or(|last| last.elapsed() > STEADY);
        tracing::warn!(?reason, steady, "the page's process ended by itself");
        if steady {
            webview.reload();
        }
    });
}
