//! WebKitGTK under the window.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gtk::glib;
use tauri::window::Color;
use tauri::{Webview, WebviewWindow, WindowEvent};
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebProcessTerminationReason, WebView, WebViewExt};

/// What GDK and WebKit read from the environment, and only from there, when they begin. A page of text has no use for OpenGL: its driver
/// takes tens of MiB of each process that loads it and a part of the time to open, and is what leaves the windows of other programs
/// blank on some machines.
const SPARING: [(&str, &str); 3] = [
    ("GDK_GL", "disable"),
    // Whether a buffer could be shared with a graphics card is not asked for.
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    // Our page is gone before a compiler for it has paid: 9 MiB. Nor is there then memory that is both written and run.
    ("JSC_useJIT", "0"),
];

/// Those of `SPARING` that were not there before.
static OURS: OnceLock<Vec<&str>> = OnceLock::new();

/// A page that ends sooner than that after it was begun anew is left alone.
const STEADY: Duration = Duration::from_secs(10);

/// Has the window do without what it has no use for, as far as the person has not chosen otherwise. To be called before there is a
/// second thread, which could be reading the environment.
pub fn spare() {
    load_no_driver();
    OURS.get_or_init(|| {
        let new = SPARING.into_iter().filter(|(name, _)| std::env::var_os(name).is_none());
        new.filter(|(name, value)| glib::setenv(name, value, false).is_ok())
            .map(|(name, _)| name)
            .collect()
    });
}

/// WebKit asks OpenGL for the graphics card's name, in this process too, for which the card's driver would be loaded and stay. The loader
/// of drivers, GLVND, looks for them when it is first asked for anything, and never again. The page's process cannot do without one:
/// it is begun later, with an environment that says nothing of it.
///
/// With `WEBKIT_WEB_RENDER_DEVICE_FILE` WebKit would not ask, but then it does not look at the desktop's settings either (2.50.6).
fn load_no_driver() {
    const DRIVERS: &str = "__EGL_VENDOR_LIBRARY_FILENAMES";
    if std::env::var_os(DRIVERS).is_some() || glib::setenv(DRIVERS, "/dev/null", false).is_err() {
        return;
    }
    // What it answers is no matter.
    let _ = khronos_egl::Instance::new(khronos_egl::Static).query_string(None, khronos_egl::EXTENSIONS);
    glib::unsetenv(DRIVERS);
}

/// What was added to the environment for this app alone: no program that it starts is to inherit that.
pub fn added_to_environment() -> &'static [&'static str] {
    OURS.get().map_or(&[], Vec::as_slice)
}

/// Makes a new window ready; `on_close` is called whenever a person closes it.
///
/// The window is then kept, and only its page and the page's process go: wry's handler of the page's messages holds its web view and
/// is held by it, so that a window that is made anew each time leaves 95 KiB and a file descriptor behind, until there are none left.
pub fn prepare(window: &WebviewWindow, on_close: impl Fn() + Send + 'static) -> tauri::Result<()> {
    window.with_webview(|webview| {
        paint_without_opengl(&webview.inner());
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

fn paint_without_opengl(webview: &WebView) {
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
