//! The auth server's program: options, signals, exit codes.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use auth_server::{Arguments, LogFormat, RunError, run};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// The options were wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    if let Some(serve) = arguments.serving_mut()
        && serve.admin_email_domains.is_empty()
    {
        // The name that the rest of the stack uses.
        let domains = std::env::var("ADMIN_EMAIL_DOMAINS").unwrap_or_default();
        serve.admin_email_domains = domains.split(',').map(str::to_owned).collect();
    }
    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flowstate-auth-server: {error:#}");
            let usage = matches!(error.downcast_ref(), Some(RunError::Options { .. }));
            ExitCode::from(if usage { USAGE } else { 1 })
        }
    }
}

#[tokio::main]
async fn start(arguments: Arguments) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .with_env_var("FLOWSTATE_LOG")
        .from_env()
        .context("FLOWSTATE_LOG cannot be read; use a level like info, or auth_server=debug")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match arguments.serving().map(|serve| serve.log_format) {
        Some(LogFormat::Json) => log.json().flatten_event(true).init(),
        Some(LogFormat::Text) | None => log.init(),
    }
    // What does not serve has nothing to drain: a signal ends it as it ends any program.
    if arguments.serving().is_some() {
        run(arguments, stop_signal().context("signals cannot be listened to")?).await?;
    } else {
        run(arguments, std::future::pending()).await?;
    }
    Ok(())
}

/// Ready when the process is asked to end.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// Ready when the process is asked to end.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!("signals cannot be listened to: {error}");
            std::future::pending::<()>().await;
        }
    })
}
