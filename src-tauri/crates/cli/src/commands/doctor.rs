//! `doctor`: what does not hold on this computer, why that matters and what to do.

use std::sync::Arc;

use accounts::FailureKind;
use machine::{Check, Doctor, Surroundings, SystemClock};
use serde_json::{Value, json};

use crate::arguments::DoctorArguments;
use crate::environment::Environment;
use crate::error::CliError;
use crate::exit::Exit;
use crate::{door, output};

pub(super) fn run(typed: &DoctorArguments, environment: &Environment, json: bool) -> Result<Exit, CliError> {
    let paths = &environment.paths;
    let doctor = Doctor::new(paths.clone(), Surroundings::look(paths), Arc::new(SystemClock));
    let checks = door::block_on(environment.log, async {
        let checks = doctor.examine().await;
        Ok(if typed.fix { doctor.repair(checks).await } else { checks })
    })?;
    if let Some(file) = &typed.bundle {
        doctor
            .bundle(&checks, file)
            .map_err(|source| CliError::Bundle { source })?;
        output::line(&format!(
            "The report is in {}. Look at it before you send it.",
            file.display()
        ));
    }
    if json {
        let checks: Vec<Value> = checks.iter().map(Check::to_json).collect();
        output::json(&json!({"checks": checks}))?;
    } else {
        output::table(&checks.iter().map(as_text).collect::<String>())?;
        output::line(&summary(&checks, typed.fix));
    }
    Ok(exit(&checks))
}

fn as_text(check: &Check) -> String {
    let mark = match (check.ok, check.fixed) {
        (true, true) => "fixed ",
        (true, false) => "ok    ",
        (false, _) => "FAILED",
    };
    let mut text = format!("{mark}  {}: {}\n", check.id, check.detail);
    if let Some(why) = check.why {
        text += &format!("        why: {why}\n");
    }
    if let Some(fix) = &check.fix {
        let by_itself = if check.can_be_repaired() {
            " (--fix does it)"
        } else {
            ""
        };
        text += &format!("        fix: {fix}{by_itself}\n");
    }
    text
}

fn summary(checks: &[Check], fix: bool) -> String {
    let failed = checks.iter().filter(|check| !check.ok).count();
    let repairable = checks.iter().filter(|check| check.can_be_repaired()).count();
    match (failed, repairable) {
        (0, _) => format!("All {} checks hold.", checks.len()),
        (failed, repairable) if repairable > 0 && !fix => {
            format!(
                "{failed} of {} checks fail; `flowstate-auth doctor --fix` mends {repairable} of them.",
                checks.len()
            )
        }
        (1, _) => format!("1 of {} checks fails.", checks.len()),
        (failed, _) => format!("{failed} of {} checks fail.", checks.len()),
    }
}

/// That of the first check that does not hold.
fn exit(checks: &[Check]) -> Exit {
    checks
        .iter()
        .find(|check| !check.ok)
        .map_or(Exit::Done, |check| match check.kind {
            Some(kind @ (FailureKind::Configuration | FailureKind::Network | FailureKind::Store)) => kind.into(),
            _ => Exit::OurFault,
        })
}
