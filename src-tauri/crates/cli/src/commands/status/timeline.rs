//! `status --timeline`: what happened to the sessions of this machine.

use accounts::Sharing;
use accounts::ports::Clock;
use accounts::ports::{Event, TimelineEntry, UnixMillis};
use auth_core::ServerId;
use auth_core::config::FlowstateConfig;
use auth_core::wire::GrantReason;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use machine::SystemClock;
use serde_json::{Value, json};

use super::text;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{door, output, selection};

/// Looks back and asks nobody, so it always ends well.
pub(super) fn run(
    flag: Option<&str>,
    environment: &Environment,
    config: &FlowstateConfig,
    json: bool,
) -> Result<(), CliError> {
    let ids = match flag {
        // A server that was taken off the list has its timeline still.
        Some(id) => vec![ServerId::existing(id)],
        None => config
            .servers
            .iter()
            .map(|profile| ServerId::existing(&profile.id))
            .collect(),
    };
    door::open(environment, async |accounts| {
        let mut timelines = Vec::new();
        for id in ids {
            let events = accounts.timeline(&id).await;
            timelines.push((id, events));
        }
        if let Some(id) = flag.filter(|_| timelines.iter().all(|(_, events)| events.is_empty())) {
            selection::choose(Some(id), environment, config)?;
        }
        if json {
            let mut all: Vec<Value> = timelines
                .iter()
                .map(|(id, events)| json!({"server": id, "events": events}))
                .collect();
            return match all.pop() {
                Some(one) if flag.is_some() => output::json(&one),
                last => {
                    all.extend(last);
                    output::json(&json!({"servers": all}))
                }
            };
        }
        let (now, zone) = (SystemClock.now(), TimeZone::system());
        let tables = timelines.iter().map(|(id, events)| table(id, events, now, &zone));
        output::table(&tables.collect::<Vec<String>>().join("\n"))
    })
}

/// How far the server's clock was ahead, seconds, when somebody last had tokens from it: that is noted just before them.
pub(super) fn last_skew(events: &[TimelineEntry]) -> Option<i64> {
    let had_tokens = |entry: &TimelineEntry| matches!(entry.event, Event::SignedIn | Event::Refreshed);
    let last = events.iter().rposition(had_tokens)?;
    let just_before = events[..last].iter().rev();
    let of_last = just_before.take_while(|entry| entry.by == events[last].by && !had_tokens(entry));
    of_last.filter_map(skew).next()
}

fn skew(entry: &TimelineEntry) -> Option<i64> {
    match entry.event {
        Event::ClockSkew { seconds } => Some(seconds),
        _ => None,
    }
}

fn table(id: &ServerId, events: &[TimelineEntry], now: UnixMillis, zone: &TimeZone) -> String {
    let mut table = format!("{id}\n");
    if events.is_empty() {
        table += "  nothing has happened yet\n";
    }
    let rows: Vec<[String; 3]> = events
        .iter()
        .map(|entry| [when(entry.at, now, zone), what(&entry.event), entry.by.clone()])
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for [when, what, by] in &rows {
        table += &format!("  {when:first$}  {what:second$}  {by}\n");
    }
    table
}

/// A time as people here say it.
fn when(at: UnixMillis, now: UnixMillis, zone: &TimeZone) -> String {
    let local = |millis: UnixMillis| {
        let stamp = i64::try_from(millis)
            .ok()
            .and_then(|millis| Timestamp::from_millisecond(millis).ok());
        stamp.map(|stamp| stamp.to_zoned_datetime(zone.clone()))
    };
    let (Some(then), Some(now)) = (local(at), local(now)) else {
        return "at no known time".to_owned();
    };
    let time = then.strftime("%H:%M");
    if then.date() == now.date() {
        format!("today {time}")
    } else if now.date().yesterday().is_ok_and(|yesterday| yesterday == then.date()) {
        format!("yesterday {time}")
    } else if then.year() == now.year() {
        then.strftime("%a %-d %b, %H:%M").to_string()
    } else {
        then.strftime("%-d %b %Y, %H:%M").to_string()
    }
}

fn what(event: &Event) -> String {
    match event {
        Event::SignedIn => "signed in".to_owned(),
        Event::SignedOut { everywhere: true } => "signed out".to_owned(),
        Event::SignedOut { everywhere: false } => "signed out here, but the server was not told".to_owned(),
        Event::SignOutDone => "the server heard of the sign-out".to_owned(),
        Event::Refreshed => "refreshed".to_owned(),
        Event::Adopted => "took over another program's newer session".to_owned(),
        Event::Offline { code } => format!("could not be refreshed ({code})"),
        Event::Online => "the server answers again".to_owned(),
        Event::Revoked { reason } => format!("the server ended the session: {}", why(*reason)),
        Event::SharingChanged { from, to } => format!("shares {} now, {} before", shared(*to), shared(*from)),
        Event::StoreChanged { from, to } => {
            format!("refresh token {} now, {} before", text::store(*to), text::store(*from))
        }
        Event::Vanished => "another program took the server out of the shared file".to_owned(),
        Event::Replaced => "another program put somebody else's session into the shared file".to_owned(),
        Event::Settled { ours: true } => "decided: ours was kept".to_owned(),
        Event::Settled { ours: false } => "decided: theirs stands".to_owned(),
        Event::ClockSkew { seconds } => text::clock(*seconds),
    }
}

fn why(reason: GrantReason) -> &'static str {
    match reason {
        GrantReason::Expired => "it had reached its end",
        GrantReason::Revoked => "somebody signed it out",
        GrantReason::Reused => "an old token of it was used",
        GrantReason::Unknown => "it did not know it",
    }
}

fn shared(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Access => "its access token",
        Sharing::Full => "both its tokens",
        Sharing::None => "nothing",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_clock_that_was_set_right_is_no_longer_wrong() {
        let entry = |by: &str, event: Event| TimelineEntry {
            at: 0,
            by: by.to_owned(),
            event,
        };
        let skew = || Event::ClockSkew { seconds: 300 };
        let mut events = vec![
            entry("a 1", Event::Online),
            entry("a 1", skew()),
            entry("a 1", Event::Refreshed),
        ];
        assert_eq!(last_skew(&events), Some(300));
        events.push(entry("b 2", Event::Offline { code: String::new() }));
        assert_eq!(last_skew(&events), Some(300), "it had no tokens");
        events.push(entry("a 1", Event::Refreshed));
        assert_eq!(last_skew(&events), None, "the same program found nothing wrong");
        assert_eq!(last_skew(&[]), None);
    }

    fn at(zone: &TimeZone, year: i16, month: i8, day: i8, hour: i8) -> UnixMillis {
        let zoned = date(year, month, day)
            .at(hour, 5, 0, 0)
            .to_zoned_datetime(zone.clone())
            .unwrap();
        u64::try_from(zoned.timestamp().as_millisecond()).unwrap()
    }

    #[test]
    fn a_time_is_said_as_people_here_say_it() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let now = at(&zone, 2026, 3, 29, 14);
        let said = |month, day, hour| when(at(&zone, 2026, month, day, hour), now, &zone);
        assert_eq!(said(3, 29, 14), "today 14:05");
        // The night in which an hour was left out lies between.
        assert_eq!(said(3, 29, 0), "today 00:05");
        assert_eq!(said(3, 28, 23), "yesterday 23:05");
        assert_eq!(said(1, 2, 9), "Fri 2 Jan, 09:05");
        assert_eq!(when(at(&zone, 2025, 11, 24, 9), now, &zone), "24 Nov 2025, 09:05");
        assert_eq!(when(u64::MAX, now, &zone), "at no known time");
    }
}
