use accounts::FailureKind;
use serde_json::{Value, json};

use super::repair::{Repair, RepairError};

/// One thing that was looked at.
#[derive(Debug)]
pub struct Check {
    /// A stable name; those of one server end with a colon and its id.
    pub id: String,
    pub ok: bool,
    /// What was found, as a sentence.
    pub detail: String,
    /// Why it matters, for one that does not hold.
    pub why: Option<&'static str>,
    /// What to do, for one that does not hold.
    pub fix: Option<String>,
    /// Did not hold, and does since it was repaired.
    pub fixed: bool,
    /// What kind of failure it is, for exit codes; `None` for this program's own.
    pub kind: Option<FailureKind>,
    pub(super) room: Room,
    pub(super) repair: Option<Repair>,
}

/// What is looked at together, and again after a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Files,
    Store,
    Agent,
    Servers,
    Desktop,
}

impl Room {
    /// A failure to look there at all is a check with this name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Store => "store",
            Self::Agent => "agent",
            Self::Servers => "servers",
            Self::Desktop => "desktop",
        }
    }
}

impl Check {
    pub(super) fn holds(room: Room, id: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ok: true,
            detail: detail.into(),
            why: None,
            fix: None,
            fixed: false,
            kind: None,
            room,
            repair: None,
        }
    }

    pub(super) fn fails(room: Room, id: impl Into<String>, detail: impl Into<String>, advice: Advice) -> Self {
        Self {
            ok: false,
            why: Some(advice.why),
            fix: Some(advice.fix),
            kind: advice.kind,
            ..Self::holds(room, id, detail)
        }
    }

    pub(super) fn with_repair(mut self, repair: Option<Repair>) -> Self {
        self.repair = repair;
        self
    }

    pub(super) fn repair_failed(&mut self, error: &RepairError) {
        self.detail += &format!(" The repair did not succeed: {error}.");
    }

    /// For programs and reports.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id, "ok": self.ok, "detail": self.detail, "why": self.why, "fix": self.fix, "fixed": self.fixed,
            "repairable": self.can_be_repaired(),
        })
    }

    /// Whether [`super::Doctor::repair`] can mend it.
    pub fn can_be_repaired(&self) -> bool {
        self.repair.is_some()
    }
}

/// What is said beside a check that does not hold.
pub(super) struct Advice {
    pub kind: Option<FailureKind>,
    pub why: &'static str,
    pub fix: String,
}

impl Advice {
    pub fn configuration(why: &'static str, fix: impl Into<String>) -> Self {
        Self::of(Some(FailureKind::Configuration), why, fix)
    }

    pub fn network(why: &'static str, fix: impl Into<String>) -> Self {
        Self::of(Some(FailureKind::Network), why, fix)
    }

    pub fn store(why: &'static str, fix: impl Into<String>) -> Self {
        Self::of(Some(FailureKind::Store), why, fix)
    }

    pub fn other(why: &'static str, fix: impl Into<String>) -> Self {
        Self::of(None, why, fix)
    }

    fn of(kind: Option<FailureKind>, why: &'static str, fix: impl Into<String>) -> Self {
        let fix = fix.into();
        Self { kind, why, fix }
    }
}

/// What an error says has happened, begun as a sentence and without its own advice: that stands in its place here.
pub(super) fn finding(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let found = text.split("; ").next().unwrap_or(&text);
    let mut chars = found.chars();
    match chars.next() {
        Some(first) if !found.starts_with("http") => first.to_uppercase().chain(chars).collect(),
        _ => found.to_owned(),
    }
}

/// "1 copy", "2 copies".
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
