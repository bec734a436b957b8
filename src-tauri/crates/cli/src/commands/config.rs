//! `config …`: the copies of the shared file, what changed since, and the way back.

use std::sync::Arc;

use accounts::ports::{Clock, Settings, UnixMillis};
use auth_core::config::{Change, Difference};
use machine::{Backup, SettingsFile, SharedConfigFile, SystemClock, UndoError, UndoPlan, Undone, Which};
use serde_json::{Value, json};

use crate::arguments::ConfigCommand;
use crate::environment::Environment;
use crate::error::CliError;
use crate::{output, terminal};

pub(super) fn run(command: &ConfigCommand, environment: &Environment, json: bool) -> Result<(), CliError> {
    let file = SharedConfigFile::new(environment.paths.config_dir());
    match command {
        ConfigCommand::List => list(&file, environment, json),
        ConfigCommand::Diff { meant } => diff(&file, &meant.which(), json),
        ConfigCommand::Undo { meant, yes } => undo(&file, &meant.which(), *yes, environment, json),
    }
}

fn list(file: &SharedConfigFile, environment: &Environment, json: bool) -> Result<(), CliError> {
    let copies = file.backups()?;
    if json {
        let path = environment.paths.config_file().display().to_string();
        let copies = copies.iter().enumerate().map(|(at, copy)| {
            let mut value = as_json(copy);
            value["number"] = (at + 1).into();
            value
        });
        return output::json(&json!({"path": path, "backups": copies.collect::<Vec<Value>>()}));
    }
    if copies.is_empty() {
        output::line("There is no copy yet; the first one is kept before the next change.");
    }
    let now = SystemClock.now();
    let line = |(at, copy): (usize, &Backup)| {
        let servers = match copy.servers {
            Some(1) => "1 server".to_owned(),
            Some(servers) => format!("{servers} servers"),
            None => "cannot be read".to_owned(),
        };
        format!(
            "{:>2}  {}, {servers}  {}\n",
            at + 1,
            age(copy, now),
            copy.path.display()
        )
    };
    output::table(&copies.iter().enumerate().map(line).collect::<String>())
}

fn diff(file: &SharedConfigFile, which: &Which, json: bool) -> Result<(), CliError> {
    let compared = file.compare(which).map_err(not_done)?;
    if json {
        let differences: Vec<Value> = compared.differences.iter().map(difference_as_json).collect();
        return output::json(&json!({"backup": as_json(&compared.backup), "differences": differences}));
    }
    let (copy, age) = (compared.backup.path.display(), age(&compared.backup, SystemClock.now()));
    if compared.differences.is_empty() {
        output::line(&format!("Nothing changed since the copy {copy} ({age})."));
    } else {
        output::line(&format!("Since the copy {copy} ({age}):"));
    }
    output::table(&as_text(&compared.differences))
}

fn undo(
    file: &SharedConfigFile,
    which: &Which,
    yes: bool,
    environment: &Environment,
    json: bool,
) -> Result<(), CliError> {
    if !yes && !terminal::is_there() {
        return Err(CliError::CannotAsk {
            missing: "Undoing changes the shared file.",
            remedy: "look at it with `config diff`, then add --yes",
        });
    }
    let plan = file.plan_undo(which, &settings(environment)).map_err(not_done)?;
    if !yes {
        show(&plan);
        let answer = terminal::ask("Put it back? [y/N] ", "an answer")?;
        if !["y", "yes"].contains(&answer.to_lowercase().as_str()) {
            return Err(CliError::NotConfirmed);
        }
    }
    let undone = file
        .undo(&plan, &SettingsFile::new(&environment.paths))
        .map_err(not_done)?;
    tell(&plan, &undone);
    if json {
        output::json(&json!({
            "backup": as_json(&plan.backup), "kept": undone.kept, "broken": undone.broken,
            "differences": plan.differences.iter().map(difference_as_json).collect::<Vec<Value>>(),
        }))?;
    }
    Ok(())
}

fn not_done(source: UndoError) -> CliError {
    CliError::Undo { source }
}

/// Without them no session comes back; that is no reason to leave a damaged file where it is.
fn settings(environment: &Environment) -> Arc<Settings> {
    SettingsFile::new(&environment.paths)
        .read_blocking()
        .unwrap_or_else(|error| {
            output::warning(&format!(
                "{error}. Sessions that are not in the shared file now will not come back."
            ));
            Arc::default()
        })
}

fn show(plan: &UndoPlan) {
    if let Some(broken) = &plan.broken {
        output::line(&format!("The file of now: {broken}."));
    }
    let (copy, age) = (plan.backup.path.display(), age(&plan.backup, SystemClock.now()));
    output::line(&format!("Going back to {copy} ({age}) changes this:"));
    output::line(as_text(&plan.differences).trim_end());
}

fn tell(plan: &UndoPlan, undone: &Undone) {
    output::line(&format!("The copy {} is back.", plan.backup.path.display()));
    if let Some(kept) = &undone.kept {
        output::line(&format!(
            "What was there is kept as {}; undo once more to have it again.",
            kept.display()
        ));
    }
    if let Some(broken) = &undone.broken {
        output::line(&format!("The broken file is kept as {}.", broken.display()));
    }
}

fn as_json(copy: &Backup) -> Value {
    json!({"path": copy.path, "madeAt": copy.made_at, "servers": copy.servers, "readable": copy.servers.is_some()})
}

fn difference_as_json(difference: &Difference) -> Value {
    let mut value = match &difference.change {
        Change::Added { value } => json!({"change": "added", "to": value}),
        Change::Removed { value } => json!({"change": "removed", "from": value}),
        Change::Changed { from, to } => json!({"change": "changed", "from": from, "to": to}),
        Change::Reordered { order } => json!({"change": "reordered", "order": order}),
        Change::Session { before, after } => json!({"change": "session", "before": before, "after": after}),
    };
    value["path"] = json!(difference.path);
    value
}

fn as_text(differences: &[Difference]) -> String {
    differences.iter().map(difference_as_text).collect()
}

fn difference_as_text(difference: &Difference) -> String {
    let keys = difference.path.iter().map(|key| {
        // A key that holds a dot would read as two.
        if key.contains(['.', ' ']) {
            json!(key).to_string()
        } else {
            key.clone()
        }
    });
    let path = keys.collect::<Vec<_>>().join(".");
    match &difference.change {
        Change::Added { value } => format!("  + {path}: {value}\n"),
        Change::Removed { value } => format!("  - {path}: {value}\n"),
        Change::Changed { from, to } => format!("  ~ {path}: {from} -> {to}\n"),
        Change::Reordered { order } => format!("  ~ {path}: now in the order {}\n", order.join(", ")),
        Change::Session { before, after } => {
            let what = match (before, after) {
                (false, _) => "a session was added",
                (true, false) => "the session is gone",
                (true, true) => "the session is another one or was refreshed",
            };
            format!("  ~ {path}: {what}\n")
        }
    }
}

fn age(copy: &Backup, now: UnixMillis) -> String {
    let minutes = now.saturating_sub(copy.made_at) / 60_000;
    match (minutes / (24 * 60), minutes / 60) {
        (0, 0) => format!("{minutes} min old"),
        (0, hours) => format!("{hours} h old"),
        (days, _) => format!("{days} d old"),
    }
}
