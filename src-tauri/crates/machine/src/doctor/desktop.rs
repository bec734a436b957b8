//! What the tray app needs of the desktop. That there is none is fine: over SSH the command line does everything.

use super::check::{Advice, Check, Room};
use super::surroundings::Surroundings;

pub(super) async fn checks(surroundings: &Surroundings) -> Vec<Check> {
    let mut checks = Vec::new();
    match surroundings.display() {
        Some(display) => {
            checks.push(Check::holds(
                Room::Desktop,
                "display",
                format!("Windows can be shown ({display})."),
            ));
            checks.push(tray_host(crate::tray_host_present().await));
        }
        None => {
            let detail =
                "There is no display here, so there is no window and no tray icon; the command line needs none.";
            checks.push(Check::holds(Room::Desktop, "display", detail));
        }
    }
    checks
}

fn tray_host(present: bool) -> Check {
    const ID: &str = "tray_host";
    if present {
        return Check::holds(Room::Desktop, ID, "Tray icons are shown on this desktop.");
    }
    let why = "The app has no icon to click on; it shows its window instead.";
    let fix = "On GNOME install the extension \"AppIndicator and KStatusNotifierItem Support\"; elsewhere add the system tray to the panel.";
    let detail = "Nobody shows tray icons on this desktop.";
    Check::fails(Room::Desktop, ID, detail, Advice::other(why, fix))
}
