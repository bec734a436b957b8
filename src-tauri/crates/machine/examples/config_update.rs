//! Measures one update of a shared file with 1,000 profiles: `cargo run --release -p machine --example config_update [ROUNDS]`.

use std::time::{Duration, Instant};

use auth_core::Secret;
use auth_core::config::{DocumentError, ServerProfile, StoredAuth};
use machine::SharedConfigFile;

const PROFILES: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = std::env::args().nth(1).map_or(Ok(200), |rounds| rounds.parse())?;
    let folder = tempfile::tempdir()?;
    let file = SharedConfigFile::new(folder.path());
    file.update_blocking(|document| (0..PROFILES).try_for_each(|number| document.add_server(&profile(number))))?;
    println!(
        "{PROFILES} profiles, {} bytes, {rounds} rounds",
        std::fs::metadata(folder.path().join("config.json"))?.len()
    );
    measure("without fsync", &file.clone().without_sync(), rounds)?;
    measure("with fsync", &file, rounds)?;
    Ok(())
}

/// Each round writes a new session into the profile in the middle, as a refresh does.
fn measure(name: &str, file: &SharedConfigFile, rounds: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut times = Vec::new();
    for round in 0..rounds.max(1) {
        let begin = Instant::now();
        file.update_blocking(|document| renew(document, round))?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "{name}: min {:.2} ms, median {:.2} ms",
        millis(times[0]),
        millis(times[times.len() / 2])
    );
    Ok(())
}

fn renew(document: &mut auth_core::config::ConfigDocument, round: u64) -> Result<(), DocumentError> {
    document.set_auth(&format!("server-{}", PROFILES / 2), &auth(round))
}

fn profile(number: usize) -> ServerProfile {
    ServerProfile {
        id: format!("server-{number}"),
        name: format!("Server {number}"),
        url: format!("https://auth-{number}.example.com"),
        domain_id: "default".to_owned(),
        auth: Some(auth(0)),
    }
}

/// An access token of our server has about 700 characters.
fn auth(round: u64) -> StoredAuth {
    StoredAuth {
        access_token: Secret::new(format!("{round:0>700}")),
        refresh_token: Secret::new(""),
        expires_at: 1_790_000_000_000 + round,
        user_id: "0199a6f2-0000-7000-8000-000000000000".to_owned(),
        email: "ada@example.com".to_owned(),
    }
}
