//! Puts the parts together, and takes them apart again.

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::Clock;
use accounts::{Accounts, Hint, Ports, tray_view};
use anyhow::Context;
use machine::{
    AgentPlace, CliAuthService, ConfigWatch, CredentialStore, Hints, Paths, SessionLocks, SettingsFile,
    SharedConfigFile, SleepDelay, StoreOptions, SystemClock, TimelineFiles, Told, WatchError,
};
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager, RunEvent};

use crate::agent::{self, Start};
use crate::arguments::Arguments;
use crate::clipboard::SecretClipboard;
use crate::commands;
use crate::desktop::{Desktop, follow_snapshot, on_tray};
use crate::notifications::Notifications;
use crate::tray::Tray;
use crate::window::Windows;

/// How long to wait for a tray host before the window shows itself: without either, nobody could reach the app.
const TRAY_HOST_WAIT: Duration = Duration::from_secs(5);

/// How long the end of the app, or the computer's sleep, may be held up for a server's reply.
const LAST_REPLY: Duration = Duration::from_secs(5);

/// How long the end may be held up for whoever owns the clipboard.
const LAST_CLEARING: Duration = Duration::from_secs(2);

/// A computer that is awake so long after it was let sleep does not sleep, and nobody has said so.
const STILL_AWAKE: Duration = Duration::from_secs(10);

/// Runs the app until the person quits it.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    machine::require_display()?;
    let paths = Paths::from_env()?;
    let place = AgentPlace::from_env(&paths);
    let server = arguments.shown_server();
    // Before there is anything to take apart: a process that ends while GTK's threads still begin has crashed.
    if agent::shows(place.clone(), server.as_deref()).is_ok() {
        return Ok(());
    }
    // Tauri would panic where the display named does not answer.
    #[cfg(target_os = "linux")]
    gtk::init()
        .context("the display could not be opened; check DISPLAY and WAYLAND_DISPLAY, or use flowstate-auth here")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = CredentialStore::open(&paths, StoreOptions::from_env()?);
    let config = SharedConfigFile::new(paths.config_dir()).shown_as(paths.config_file_shown());
    tidy(config.clone());
    let ports = Ports {
        vault: Arc::new(store.clone()),
        config: Arc::new(config),
        api: Arc::new(auth_service(&paths, clock.clone())),
        clock: clock.clone(),
        lock: Arc::new(SessionLocks::new(paths.config_dir())),
        settings: Arc::new(SettingsFile::new(&paths)),
        timeline: Arc::new(TimelineFiles::new(&paths)),
    };
    // Watched before it is read: what happens in between would otherwise be missed.
    let watch = ConfigWatch::start(&paths);
    let accounts = tauri::async_runtime::block_on(Accounts::open(ports));
    let for_agent = accounts.clone();
    let for_set_up = clock.clone();
    let app = tauri::Builder::default()
        // The first plugin, so that a second start ends before it has done anything.
        .plugin(tauri_plugin_single_instance::init(|app, argv, _| {
            // One that comes while the first is still being set up finds its window soon enough.
            if let Some(desktop) = app.try_state::<Desktop>() {
                desktop.windows.show(Arguments::of_second_start(argv).shown_server());
            }
        }))
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_autostart::Builder::new().arg("--autostart").build())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            Ok(set_up(
                app.handle(),
                &arguments,
                Parts { accounts, store, paths },
                &for_set_up,
                watch,
            )?)
        })
        .build(tauri::generate_context!())
        .context("the desktop could not be used; see the message above")?;
    #[cfg(unix)]
    leave_when_told(app.handle().clone());
    let mut agent = agent::start(app.handle(), place, for_agent, clock, server.as_deref());
    if matches!(agent, Start::ShownElsewhere) {
        return Ok(());
    }
    app.run(move |app, event| match event {
        // Closing the window leaves the tray; only "Quit" (which has a code) ends the app.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::Exit => {
            agent.end();
            finish(&app.state::<Desktop>().accounts);
        }
        _ => {}
    });
    Ok(())
}

/// Ends the app. A copied token goes before: when the app's own end begins, its clipboard is gone.
pub async fn leave(app: &AppHandle) {
    let on = app.clone();
    let cleared = tauri::async_runtime::spawn_blocking(move || on.state::<Desktop>().clipboard.clear(&on));
    if tokio::time::timeout(LAST_CLEARING, cleared).await.is_err() {
        tracing::warn!("whoever owns the clipboard did not answer, so it was not cleared");
    }
    app.exit(0);
}

/// Waits for what a server has been asked for: a reply that nobody keeps could end the session.
fn finish(accounts: &Accounts) {
    let pausing = async { tokio::time::timeout(LAST_REPLY, accounts.pause()).await };
    match tauri::async_runtime::block_on(pausing) {
        // Until the process ends.
        Ok(paused) => std::mem::forget(paused),
        Err(_) => tracing::warn!("a server has not answered; its answer is asked for again at the next start"),
    }
}

/// What a program that was killed left half done goes; nobody waits for it.
fn tidy(config: SharedConfigFile) {
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = config.tidy_blocking() {
            tracing::info!(%error, "what a killed program may have left stays for now");
        }
    });
}

/// A machine that cannot keep a device id signs in without one.
fn auth_service(paths: &Paths, clock: Arc<dyn Clock>) -> CliAuthService {
    let service = CliAuthService::new(clock);
    match machine::device(paths.data_dir()) {
        Ok(device) => service.with_device(device),
        Err(error) => {
            tracing::warn!(%error, "servers are not told which machine this is");
            service
        }
    }
}

/// What was made before there was an app.
struct Parts {
    accounts: Arc<Accounts>,
    store: CredentialStore,
    paths: Paths,
}

fn set_up(
    app: &AppHandle,
    arguments: &Arguments,
    Parts { accounts, store, paths }: Parts,
    clock: &Arc<dyn Clock>,
    watch: Result<ConfigWatch, WatchError>,
) -> anyhow::Result<()> {
    let windows = Windows::new(app.clone(), clock.clone());
    app.manage(Desktop {
        accounts: accounts.clone(),
        paths,
        store,
        clock: clock.clone(),
        clipboard: SecretClipboard::default(),
        notifications: Notifications::new(windows.clone()),
        windows: windows.clone(),
    });
    app.manage(Tray::new(
        app,
        &tray_view(&accounts.snapshot(), clock.now(), machine::language()),
    )?);
    app.state::<Desktop>().apply_preferences();
    let first_run = accounts.snapshot().servers.is_empty() && !arguments.autostart;
    let wanted = first_run || !accounts.preferences().start_hidden;
    let wanted = wanted || arguments.server.is_some();
    if arguments.show || arguments.link.is_some() || (wanted && !arguments.hidden) {
        windows.show(arguments.shown_server());
    }
    follow_config(accounts.clone(), watch);
    tauri::async_runtime::spawn(follow_hints(accounts.clone()));
    tauri::async_runtime::spawn(accounts.clone().keep_fresh());
    tauri::async_runtime::spawn(follow_snapshot(app.clone(), accounts));
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(TRAY_HOST_WAIT).await;
        // Some panels that come up with the session miss the labels of the first menu.
        on_tray(&app, |tray, _| tray.publish_again());
        if !machine::tray_host_present().await {
            tracing::warn!("no tray host was found; the window is shown instead");
            windows.show(None);
        }
    });
    Ok(())
}

/// Reads the shared file again when somebody changes it. Without a watch it is still read before every use.
fn follow_config(accounts: Arc<Accounts>, watch: Result<ConfigWatch, WatchError>) {
    match watch {
        Ok(mut watch) => {
            tauri::async_runtime::spawn(async move {
                while watch.changed().await.is_some() {
                    accounts.reload().await;
                }
            });
        }
        Err(error) => tracing::warn!(%error, "the shared file cannot be watched; changes show with the next refresh"),
    }
}

/// Looks at all sessions when the computer wakes and when the network comes back; asks for nothing while it goes to sleep.
async fn follow_hints(accounts: Arc<Accounts>) {
    let mut hints = Hints::listen().await;
    let mut falling_asleep: Option<JoinHandle<()>> = None;
    while let Some(told) = hints.next().await {
        match told {
            Told::Sleeps(delay) => {
                let pausing = tauri::async_runtime::spawn(fall_asleep(accounts.clone(), delay));
                if let Some(former) = falling_asleep.replace(pausing) {
                    former.abort();
                }
            }
            Told::Look(hint) => {
                if hint == Hint::Woke
                    && let Some(pausing) = falling_asleep.take()
                {
                    pausing.abort();
                }
                accounts.hint(hint);
            }
        }
    }
}

/// The computer waits for what a server has been asked for: the reply would be lost, and the session with it after the grace.
async fn fall_asleep(accounts: Arc<Accounts>, delay: SleepDelay) {
    let paused = tokio::time::timeout(LAST_REPLY, accounts.pause()).await;
    if paused.is_err() {
        tracing::warn!("a server has not answered; its answer is asked for again when the computer wakes");
    }
    drop(delay);
    // It does not count the time asleep.
    tokio::time::sleep(STILL_AWAKE).await;
    drop(paused);
}

/// The end of a person's session, or Ctrl-C, is "Quit" too: no copied token and no socket is left behind.
#[cfg(unix)]
fn leave_when_told(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = || Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?));
    let signals: std::io::Result<_> = tauri::async_runtime::block_on(async { listen() });
    match signals {
        Ok((mut terminate, mut interrupt)) => {
            tauri::async_runtime::spawn(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                leave(&app).await;
            });
        }
        Err(error) => tracing::warn!(%error, "signals are not listened to; one ends the app as a crash does"),
    }
}
