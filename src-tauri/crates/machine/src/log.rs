use std::io::IsTerminal as _;

use tracing_subscriber::filter::{EnvFilter, LevelFilter};

/// Libraries that would log what they send and receive. Their noise is cut here, whatever is asked for.
const TALKATIVE: [&str; 6] = [
    "h2=info",
    "hyper=info",
    "hyper_util=info",
    "reqwest=info",
    "rustls=info",
    "zbus=info",
];

/// Writes logs to stderr: what `FLOWSTATE_LOG` asks for (`debug`, `machine=trace,warn`, …), warnings and errors without it.
/// The first call in a process counts.
pub fn init_logging() {
    // Colours are for people; a journal or a file gets plain text.
    let logs = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match std::env::var("FLOWSTATE_LOG") {
        Ok(wish) if !wish.is_empty() => logs.with_env_filter(filter(&wish)).try_init(),
        // Without the filter's parser: the command line is to be quick.
        _ => logs.with_max_level(LevelFilter::WARN).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(error, "logging had been started before");
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
        assert!(filter("machine=debug").to_string().contains("machine=debug"));
    }
}
