use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::reload;

/// Libraries that would log what they send and receive. Their noise is cut here, whatever is asked for.
const TALKATIVE: [&str; 6] = [
    "h2=info",
    "hyper=info",
    "hyper_util=info",
    "reqwest=info",
    "rustls=info",
    "zbus=info",
];

/// Colours are for people; a journal or a file gets plain text.
macro_rules! start {
    () => {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
    };
}

/// Changes what is logged while the program runs; empty where that is fixed.
static ADJUST: OnceLock<Adjust> = OnceLock::new();

type Adjust = Box<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>;

/// Writes logs to stderr: what `FLOWSTATE_LOG` asks for (`debug`, `machine=trace,warn`, …), warnings and errors without it.
/// The first call in a process counts.
pub fn init_logging() {
    let started = match wish() {
        Some(wish) => start!().with_env_filter(filter(&wish)).try_init(),
        // Without the filter's parser: the command line is to be quick.
        None => start!().with_max_level(LevelFilter::WARN).try_init(),
    };
    report(started);
}

/// The same for a program that runs on: without `FLOWSTATE_LOG`, [`log_at`] says how much is logged from then on.
pub fn init_adjustable_logging() {
    let Some(wish) = wish() else {
        let logs = start!().with_env_filter(at("warn")).with_filter_reloading();
        let handle = logs.reload_handle();
        let adjust: Adjust = Box::new(move |filter| handle.reload(filter));
        report(logs.try_init());
        if ADJUST.set(adjust).is_err() {
            tracing::debug!("logging had been started before");
        }
        return;
    };
    report(start!().with_env_filter(filter(&wish)).try_init());
}

/// Logs as much as that from now on: "error", "warn", "info" or "debug". Where `FLOWSTATE_LOG` asked for something, that stays.
pub fn log_at(level: &str) {
    if let Some(adjust) = ADJUST.get()
        && let Err(error) = adjust(at(level))
    {
        tracing::warn!(%error, "the log level was not changed");
    }
}

/// Whether `FLOWSTATE_LOG` says how much is logged.
pub fn log_is_fixed() -> bool {
    wish().is_some()
}

fn wish() -> Option<String> {
    std::env::var("FLOWSTATE_LOG").ok().filter(|wish| !wish.is_empty())
}

fn report(started: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = started {
        tracing::debug!(error, "logging had been started before");
    }
}

/// That level, with what is talkative below it cut.
fn at(level: &str) -> EnvFilter {
    match level {
        "error" | "warn" => EnvFilter::new(level),
        level => filter(level),
    }
}

fn filter(wish: &str) -> EnvFilter {
    let wished = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .parse_lossy(wish);
    TALKATIVE
        .iter()
        .filter_map(|cap| cap.parse().ok())
        .fold(wished, EnvFilter::add_directive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_never_logged() {
        for wish in ["trace", "trace,hyper=trace", "zbus=trace"] {
            let filter = filter(wish).to_string();
            let talkative = TALKATIVE
                .iter()
                .all(|cap| filter.split(',').any(|directive| directive == *cap));
            assert!(
                talkative && !filter.contains("hyper=trace") && !filter.contains("zbus=trace"),
                "{wish}: {filter}"
            );
        }
        assert_eq!(at("warn").to_string(), "warn");
        assert!(at("debug").to_string().contains("hyper=info"));
        assert!(filter("machine=debug").to_string().contains("machine=debug"));
    }
}
