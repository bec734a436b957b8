//! WebKit's process for the network, for which our page has no use: all that it shows and asks for comes from this app. It would stay, with
//! its 11 MiB, until the app ends. It is left to the page all the same, because a page without one cannot be driven by WebDriver (2.50.6);
//! WebKit begins a new one with the next page.

use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

/// As the kernel has it: 15 letters.
const NAME: &str = "WebKitNetworkPr";

/// How long it may take to end.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Ends it, if it is there, and waits until it is gone: the next page is not to be connected with one that ends.
pub fn end() -> io::Result<()> {
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(pid) = Pid::from_raw(pid).filter(|pid| is_it(*pid)) {
            end_that(pid)?;
        }
    }
    Ok(())
}

fn end_that(pid: Pid) -> io::Result<()> {
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    // Its number may have become another process's before it was opened.
    if is_it(pid) {
        pidfd_send_signal(&process, Signal::TERM)?;
        poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&PATIENCE))?;
    }
    Ok(())
}

/// Whether that is a process for the network, and ours.
fn is_it(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.is_ok_and(|stat| is_ours(&stat, getpid()))
}

/// `stat` is "number (name) state parent …".
fn is_ours(stat: &str, app: Pid) -> bool {
    let Some((before, after)) = stat.rsplit_once(") ") else {
        return false;
    };
    let name = before.split_once(" (").map(|(_, name)| name);
    let parent = after.split(' ').nth(1).and_then(|parent| parent.parse().ok());
    name == Some(NAME) && parent == Some(app.as_raw_nonzero().get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_process_for_the_network_is_taken() {
        let app = Pid::from_raw(100).unwrap_or_else(getpid);
        assert!(is_ours("7 (WebKitNetworkPr) S 100 7 7 0", app));
        for other in [
            "7 (WebKitNetworkPr) S 1 7 7 0",
            "7 (WebKitWebProces) S 100 7 7 0",
            "7 (WebKitNetworkPr) x) S 100 7 7 0",
            "7 (a) S 100 (WebKitNetworkPr) S 1",
            "7 (WebKitNetworkPr) S",
            "",
        ] {
            assert!(!is_ours(other, app), "{other}");
        }
    }
}
