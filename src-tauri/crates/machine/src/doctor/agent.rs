//! The tray app as an agent: whether it answers, is of this version, is alone, and is nobody else's.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Instant;

use super::check::{Advice, Check, Room, finding};
use super::repair::Repair;
use crate::platform;
use crate::{AgentClient, AgentFailure, AgentPlace, AgentStatus};

const WHY: &str =
    "Through the running app tools get a token in milliseconds; without it each of them refreshes by itself.";

pub(super) fn checks(place: &AgentPlace, places: &[(&str, Option<OsString>)]) -> Vec<Check> {
    let begin = Instant::now();
    let asked = AgentClient::new(place.clone()).status();
    let mut checks = vec![answers(place, &asked, begin.elapsed().as_millis())];
    checks.extend(socket(place));
    checks.extend(single(platform::programs("flowstate-tray", places)));
    checks
}

fn holds(id: &str, detail: String) -> Check {
    Check::holds(Room::Agent, id, detail)
}

fn fails(id: &str, detail: String, why: &'static str, fix: &str) -> Check {
    Check::fails(Room::Agent, id, detail, Advice::other(why, fix))
}

fn answers(place: &AgentPlace, asked: &Result<AgentStatus, AgentFailure>, millis: u128) -> Check {
    const ID: &str = "agent";
    let (ours, socket) = (env!("CARGO_PKG_VERSION"), place.socket().display());
    match asked {
        Ok(status) if status.version == ours => holds(
            ID,
            format!(
                "flowstate-tray {ours}, process {}, answered in {millis} ms.",
                status.pid
            ),
        ),
        Ok(status) => {
            let (theirs, pid) = (&status.version, status.pid);
            let detail = format!("flowstate-tray runs in version {theirs:.20}, process {pid}; this is version {ours}.");
            fails(
                ID,
                detail,
                "Two versions may mean different things by the same files.",
                "Restart flowstate-tray.",
            )
        }
        Err(AgentFailure::NoAgent { source, .. }) => match source.kind() {
            ErrorKind::NotFound => holds(
                ID,
                "flowstate-tray does not run; each tool refreshes by itself.".to_owned(),
            ),
            ErrorKind::ConnectionRefused => {
                let check = fails(
                    ID,
                    format!("Nobody listens at the socket {socket} any more."),
                    WHY,
                    "Remove it, or start flowstate-tray.",
                );
                check.with_repair(Some(Repair::ClearSocket { place: place.clone() }))
            }
            ErrorKind::TimedOut => fails(
                ID,
                format!("The program at {socket} does not answer."),
                WHY,
                "End flowstate-tray and start it again.",
            ),
            _ => {
                let fix = "See who made it, or name another place in FLOWSTATE_AGENT_SOCK.";
                fails(
                    ID,
                    format!("Whoever is at {socket} is not trusted: {source}."),
                    WHY,
                    fix,
                )
            }
        },
        Err(AgentFailure::OtherConfig { .. }) => holds(
            ID,
            format!(
                "flowstate-tray at {socket} serves another config folder; tools of this one refresh by themselves."
            ),
        ),
        Err(error) => fails(ID, format!("{}.", finding(error)), WHY, "Restart flowstate-tray."),
    }
}

/// Only where there is one.
fn socket(place: &AgentPlace) -> Option<Check> {
    const ID: &str = "agent_socket";
    let socket = place.socket();
    let folder = socket.parent().unwrap_or(Path::new("/"));
    let there: Vec<_> = [folder, socket]
        .into_iter()
        .filter_map(|path| Some((path, fs::symlink_metadata(path).ok()?)))
        .collect();
    if there.len() < 2 {
        return None;
    }
    let why = "Whoever reaches the socket gets your tokens.";
    let foreign = there
        .iter()
        .any(|(_, metadata)| metadata.is_symlink() || !platform::belongs_to_us(metadata));
    if foreign {
        let detail = format!(
            "{} or its folder is a link, or belongs to somebody else.",
            socket.display()
        );
        return Some(fails(
            ID,
            detail,
            why,
            "See who made it, or name another place in FLOWSTATE_AGENT_SOCK.",
        ));
    }
    let open = there
        .iter()
        .filter(|(_, metadata)| platform::is_open_to_others(metadata));
    let open: Vec<_> = open.map(|(path, _)| (*path).to_owned()).collect();
    if open.is_empty() {
        return Some(holds(ID, format!("{}, for you alone.", socket.display())));
    }
    let names: Vec<String> = open.iter().map(|path| path.display().to_string()).collect();
    let check = fails(
        ID,
        format!("Others may use {}.", names.join(" and ")),
        why,
        "Take the rights of others away: chmod go=.",
    );
    Some(check.with_repair(Some(Repair::Close { paths: open })))
}

/// `None` where the programs that run cannot be listed.
fn single(pids: Option<Vec<u32>>) -> Option<Check> {
    const ID: &str = "agent_single";
    let pids = pids?;
    match pids[..] {
        [] => return Some(holds(ID, "flowstate-tray does not run here.".to_owned())),
        [pid] => return Some(holds(ID, format!("flowstate-tray runs once, as process {pid}."))),
        _ => {}
    }
    let names: Vec<String> = pids.iter().map(ToString::to_string).collect();
    let detail = format!(
        "flowstate-tray runs {} times here, as the processes {}.",
        pids.len(),
        names.join(", ")
    );
    let why = "Only one of them is the refresher; the other shows what it believes.";
    Some(fails(ID, detail, why, "End all but one of them."))
}
