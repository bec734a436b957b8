//! What a person chose about the app itself and about single servers. None of it is in the shared file.

use serde::{Deserialize, Serialize};

use super::UnixMillis;
use crate::CallKind;

/// The choices about the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct Preferences {
    /// No window opens when the app starts.
    pub start_hidden: bool,
    /// How long a copied token stays on the clipboard.
    pub clipboard_seconds: u16,
    pub theme: Theme,
    /// `null`: the system's.
    pub language: Option<Language>,
    pub log_level: LogLevel,
    pub notifications: NotificationKinds,
    /// When nothing is to pop up; `null`: at no time.
    pub quiet_hours: Option<QuietHours>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            start_hidden: true,
            clipboard_seconds: 30,
            theme: Theme::default(),
            language: None,
            log_level: LogLevel::default(),
            notifications: NotificationKinds::default(),
            quiet_hours: None,
        }
    }
}

impl Preferences {
    /// A copied secret stays for a while that is of use, and goes before it is forgotten.
    pub const CLIPBOARD_SECONDS: std::ops::RangeInclusive<u16> = 5..=300;

    /// With numbers that can be.
    #[must_use]
    pub fn sound(mut self) -> Self {
        let (least, most) = (*Self::CLIPBOARD_SECONDS.start(), *Self::CLIPBOARD_SECONDS.end());
        self.clipboard_seconds = self.clipboard_seconds.clamp(least, most);
        self.quiet_hours = self
            .quiet_hours
            .filter(|hours| hours.from != hours.to)
            .map(|hours| QuietHours {
                from: hours.from % QuietHours::DAY,
                to: hours.to % QuietHours::DAY,
            });
        self
    }

    /// The language that tray and notifications speak: the one that was chosen, else the computer's.
    pub fn spoken(&self, computers: Language) -> Language {
        self.language.unwrap_or(computers)
    }

    /// Whether nothing is to pop up at that minute of the day.
    pub fn is_quiet(&self, minute_of_day: u16) -> bool {
        self.quiet_hours.is_some_and(|hours| hours.hold(minute_of_day))
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Light,
    Dark,
    /// As the system is; also for what another version wrote.
    #[default]
    #[serde(other)]
    System,
}

/// A language that window, tray and notifications speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Language {
    De,
    #[serde(other)]
    En,
}

/// How much is logged, where `FLOWSTATE_LOG` says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Info,
    Debug,
    #[default]
    #[serde(other)]
    Warn,
}

impl LogLevel {
    /// As `FLOWSTATE_LOG` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// What a person wants to be called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct NotificationKinds {
    /// A session ended, and a sign-in is needed.
    pub sign_in: bool,
    /// The keychain or the credential file does not open.
    pub store: bool,
    /// Another program changed the shared file so that something would be lost.
    pub conflict: bool,
}

impl NotificationKinds {
    /// Whether a person wants to be called for that.
    pub fn allow(self, kind: CallKind) -> bool {
        match kind {
            CallKind::SignIn => self.sign_in,
            CallKind::Store => self.store,
            CallKind::Conflict => self.conflict,
        }
    }
}

impl Default for NotificationKinds {
    fn default() -> Self {
        Self {
            sign_in: true,
            store: true,
            conflict: true,
        }
    }
}

/// From one time of the day to another, in minutes after midnight; perhaps past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct QuietHours {
    pub from: u16,
    pub to: u16,
}

impl QuietHours {
    const DAY: u16 = 24 * 60;

    fn hold(self, minute: u16) -> bool {
        match self.from <= self.to {
            true => (self.from..self.to).contains(&minute),
            false => minute >= self.from || minute < self.to,
        }
    }
}

/// How one server looks, and how carefully it is switched to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct ServerLook {
    /// The colour of its environment.
    pub color: Option<EnvironmentColor>,
    /// Switching to it is asked about first.
    pub protected: bool,
    /// So many minutes after a switch to it the server of before is active again; `null`: never.
    pub fall_back_minutes: Option<u16>,
}

/// The colours that tell environments apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentColor {
    Red,
    Orange,
    Green,
    Blue,
    Purple,
    #[serde(other)]
    Gray,
}

/// The switch to a protected server that is taken back by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FallBack {
    /// The protected server.
    pub from: String,
    /// The one of before.
    pub to: String,
    /// When, ms since the epoch.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: UnixMillis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_go_past_midnight() {
        let quiet = |from, to| Preferences {
            quiet_hours: Some(QuietHours { from, to }),
            ..Preferences::default()
        };
        let night = quiet(22 * 60, 7 * 60);
        for (minute, is_quiet) in [
            (22 * 60, true),
            (0, true),
            (7 * 60 - 1, true),
            (7 * 60, false),
            (12 * 60, false),
        ] {
            assert_eq!(night.is_quiet(minute), is_quiet, "{minute}");
        }
        let noon = quiet(12 * 60, 13 * 60);
        assert!(noon.is_quiet(12 * 60) && !noon.is_quiet(13 * 60) && !noon.is_quiet(0));
        assert!(!Preferences::default().is_quiet(0));
    }

    #[test]
    fn numbers_that_cannot_be_become_ones_that_can() {
        let sound = Preferences {
            clipboard_seconds: 0,
            quiet_hours: Some(QuietHours { from: 7, to: 7 }),
            ..Preferences::default()
        }
        .sound();
        assert_eq!((sound.clipboard_seconds, sound.quiet_hours), (5, None));
    }

    #[test]
    fn what_another_version_wrote_is_no_broken_file() {
        let text = r#"{"theme":"sepia","language":"fr","logLevel":"loud","clipboardSeconds":20,"new":1}"#;
        let read: Preferences = serde_json::from_str(text).unwrap();
        assert_eq!(
            (read.theme, read.log_level, read.clipboard_seconds),
            (Theme::System, LogLevel::Warn, 20)
        );
        let look: ServerLook = serde_json::from_str(r#"{"color":"pink"}"#).unwrap();
        assert_eq!(look.color, Some(EnvironmentColor::Gray));
    }
}
