//! Each server, step by step: the first step that fails is told, and those behind it are not guessed at.

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::Server;
use accounts::profile::server_of;
use auth_core::config::{ConfigDocument, ServerProfile};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::check::{Advice, Check, Room, finding};
use super::found::Found;
use crate::http::{Prober, Unanswered, Unconnected};

/// For one server, all steps together.
pub(super) const LIMIT: Duration = Duration::from_secs(5);
/// For all of them: with many silent ones the last are not waited for.
const LIMIT_OF_ALL: Duration = Duration::from_secs(8);
/// Connections at once.
const AT_ONCE: usize = 128;

pub(super) async fn checks(document: &ConfigDocument) -> Vec<Check> {
    let prober = Arc::new(Prober::new(LIMIT));
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let profiles = &document.config().servers;
    let mut found: Vec<Option<Vec<Check>>> = profiles.iter().map(|_| None).collect();
    let mut looks = JoinSet::new();
    for (at, profile) in profiles.iter().enumerate() {
        let (prober, turns, profile) = (Arc::clone(&prober), Arc::clone(&turns), profile.clone());
        looks.spawn(async move {
            // Nobody closes it.
            let _turn = turns.acquire().await;
            (at, look(&prober, &profile).await)
        });
    }
    let end = Instant::now() + LIMIT_OF_ALL;
    while let Ok(Some(look)) = timeout_at(end, looks.join_next()).await {
        match look {
            Ok((at, checks)) => found[at] = Some(checks),
            Err(error) => tracing::warn!(%error, "a server was not looked at"),
        }
    }
    let all = profiles.iter().zip(found);
    all.flat_map(|(profile, checks)| checks.unwrap_or_else(|| vec![late(&profile.id)]))
        .collect()
}

fn late(id: &str) -> Check {
    let detail = format!("There was no time to look at it within {} s.", LIMIT_OF_ALL.as_secs());
    let advice = Advice::network(
        "It is not known whether this server works.",
        "Look at fewer servers at once.",
    );
    Check::fails(Room::Servers, format!("server_reachable:{id}"), detail, advice)
}

async fn look(prober: &Prober, profile: &ServerProfile) -> Vec<Check> {
    let mut checks = Found::of(&profile.id);
    let server = match server_of(profile) {
        Ok(server) => server,
        Err(error) => {
            let fix = format!("Correct it: flowstate-auth server edit {}.", profile.id);
            let advice =
                Advice::configuration("Nothing can be asked of a server without an address and a domain.", fix);
            checks.fails("server_address", format!("{}.", finding(&error)), advice);
            return checks.into_list();
        }
    };
    checks.holds(
        "server_address",
        format!("{}, domain {}.", server.url.as_str(), server.domain_id),
    );
    steps(prober, &server, &mut checks).await;
    checks.into_list()
}

/// One deadline over all steps.
async fn steps(prober: &Prober, server: &Server, checks: &mut Found) {
    let end = Instant::now() + LIMIT;
    let route = Prober::route(server);
    let connected = timeout_at(end, prober.connect(server, &route)).await;
    match connected.unwrap_or(Err(Unconnected::Silent)) {
        Ok(connected) => checks.reached(&route, &connected),
        Err(error) => return checks.unreachable(server, &route, &error),
    }
    let asked = timeout_at(end, prober.ask(server)).await;
    match asked.unwrap_or(Err(Unanswered::TimedOut)) {
        Ok(answer) => {
            checks.tls(server);
            checks.answered(&answer);
        }
        Err(error) => checks.unanswered(server, &route, &error),
    }
}
