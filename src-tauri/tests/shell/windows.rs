//! The window comes, goes, and takes everything with it.

use anyhow::{Context, Result, ensure};
use testbed::{DEADLINE, Desktop, Process, TrayHost, binary, eventually};

use crate::days::start;

/// The web processes among the descendants of `app`: there is one for a window and none without.
fn web_processes(app: &Process) -> Vec<String> {
    let parent = |pid: &str| -> Option<String> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some(stat.rsplit_once(") ")?.1.split(' ').nth(1)?.to_owned())
    };
    let Some(app) = app.pid().map(|pid| pid.to_string()) else {
        return Vec::new();
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|pid| {
            std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("WebKitWebProces"))
        })
        .filter(|pid| std::iter::successors(Some(pid.clone()), |pid| parent(pid)).any(|ancestor| ancestor == app))
        .collect()
}

pub async fn window(app: &Process) -> Result<()> {
    eventually("a window", DEADLINE, async || {
        ensure!(!web_processes(app).is_empty(), "the app wrote:\n{}", app.stderr());
        Ok(())
    })
    .await
}

/// As a person who wants it gone: a second start that is still being served may bring it up once more.
async fn close(desktop: &Desktop, app: &Process) -> Result<()> {
    eventually("the window to be gone", DEADLINE, async || {
        desktop.close_windows().await?;
        let left = web_processes(app);
        ensure!(left.is_empty(), "{left:?} are there; the app wrote:\n{}", app.stderr());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_start_has_no_web_view_until_it_is_asked_for() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let host = TrayHost::start(&desktop).await?;
    let app = start(&desktop, &["--hidden"])?;
    let tray = host.wait_for_item().await?;
    ensure!(web_processes(&app).is_empty(), "a web view nobody asked for");
    tray.click(&["Open FlowState Accounts"]).await?;
    window(&app).await?;
    // A second start brings the window up and ends.
    let mut second = start(&desktop, &[])?;
    ensure!(second.exit().await?.success(), "{}", second.stderr());
    ensure!(host.items().await?.len() == 1, "two trays");
    // Without a window the app lives on; only "Quit" ends it.
    close(&desktop, &app).await?;
    tray.click(&["Open FlowState Accounts"]).await?;
    window(&app).await?;
    let mut app = app;
    tray.click(&["Quit"]).await?;
    ensure!(app.exit().await?.success());
    Ok(())
}

/// An app that says when a page of its window has its listeners.
fn talkative(desktop: &Desktop, argument: &str) -> Result<Process> {
    let mut app = desktop.command(binary("flowstate-tray")?);
    app.arg(argument).env("FLOWSTATE_LOG", "warn,flowstate_tray=debug");
    desktop.spawn("flowstate-tray", app)
}

/// Waits until there have been so many pages.
async fn pages(app: &Process, wanted: usize) -> Result<()> {
    eventually("the page", DEADLINE, async || {
        let pages = app.stderr().matches("the window's page is there").count();
        ensure!(pages == wanted, "{pages} pages; the app wrote:\n{}", app.stderr());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_process_crashed_comes_back() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let app = talkative(&desktop, "--show")?;
    pages(&app, 1).await?;
    for page in web_processes(&app) {
        let killed = std::process::Command::new("kill").args(["-KILL", &page]).status()?;
        ensure!(killed.success(), "process {page} was not there");
    }
    pages(&app, 2).await
}

/// The page is drawn in memory, and what it runs is not compiled. A driver takes tens of MiB, and stays when the window is closed: the
/// page's process cannot do without, the app can.
#[tokio::test(flavor = "multi_thread")]
async fn the_window_does_without_what_it_has_no_use_for() -> Result<()> {
    let desktop = Desktop::with_display().await?;
    let app = talkative(&desktop, "--show")?;
    pages(&app, 1).await?;
    let page = web_processes(&app).pop().context("the page has no process")?;
    let environment = std::fs::read_to_string(format!("/proc/{page}/environ"))?;
    for spared in ["GDK_GL=disable", "WEBKIT_DISABLE_DMABUF_RENDERER=1", "JSC_useJIT=0"] {
        ensure!(
            environment.split('\0').any(|set| set == spared),
            "{spared} is not in force"
        );
    }
    ensure!(!environment.contains("__EGL"), "the page has no driver:\n{environment}");

    let pid = app.pid().context("the app has ended")?;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    ensure!(maps.contains("libwebkit2gtk"), "no web view in\n{maps}");
    let driver = maps.lines().find(|line| {
        ["_dri.so", "libgallium", "libLLVM", "libnvidia"]
            .iter()
            .any(|name| line.contains(name))
    });
    ensure!(driver.is_none(), "{driver:?}");
    Ok(())
}

/// wry leaves a web view behind for each window that is made, with a file descriptor; a thousand of them are all that there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_leaves_nothing_open() -> Result<()> {
    const FIRST: usize = 3;
    let desktop = Desktop::with_display().await?;
    let host = TrayHost::start(&desktop).await?;
    let app = talkative(&desktop, "--hidden")?;
    let tray = host.wait_for_item().await?;
    let opened = format!("/proc/{}/fd", app.pid().context("the app has ended")?);
    // What a page and its process share; the rest comes and goes with the desktop.
    let shared = || -> Result<usize> {
        let links = std::fs::read_dir(&opened)?.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        Ok(links
            .filter(|link| link.to_string_lossy().contains("WebKitSharedMemory"))
            .count())
    };
    let mut before = 0;
    for round in 1..=FIRST + 12 {
        tray.click(&["Open FlowState Accounts"]).await?;
        pages(&app, round).await?;
        close(&desktop, &app).await?;
        if round == FIRST {
            before = shared()?;
        }
    }
    eventually("what the windows held to be closed", DEADLINE, async || {
        let after = shared()?;
        ensure!(after <= before + 1, "{before} pieces of shared memory, then {after}");
        Ok(())
    })
    .await
}
