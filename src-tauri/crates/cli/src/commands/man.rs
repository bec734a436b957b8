//! `man`: the manual, from the same definitions as `--help`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use serde_json::json;

use crate::arguments::{Arguments, MORE, ManArguments};
use crate::error::CliError;
use crate::output;

pub(super) fn run(typed: &ManArguments, json: bool) -> Result<(), CliError> {
    let mut command = Arguments::command();
    command.build();
    let Some(folder) = &typed.out else {
        let page = page(&command).map_err(|source| CliError::Output { source })?;
        return if json {
            output::json(&json!({"page": page}))
        } else {
            output::data(&page)
        };
    };
    let failed = |path: &Path, source| CliError::Write {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut files: Vec<PathBuf> = Vec::new();
    for command in family(&command) {
        let file = folder.join(Man::new(command.clone()).get_filename());
        let written = page(command).and_then(|page| fs::write(&file, page));
        written.map_err(|error| failed(&file, error))?;
        files.push(file);
    }
    output::line(&format!("{} pages are in {}.", files.len(), folder.display()));
    if json {
        output::json(&json!({"files": files}))?;
    }
    Ok(())
}

/// A command and all below it.
fn family(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().flat_map(family);
    std::iter::once(command).chain(below).collect()
}

fn page(command: &Command) -> io::Result<String> {
    let root = command.get_subcommands().next().is_some() && command.get_version().is_some();
    let man = Man::new(command.clone())
        .source(concat!("flowstate-auth ", env!("CARGO_PKG_VERSION")))
        .manual("FlowState Accounts");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if root {
        more().to_writer(&mut page)?;
    } else {
        see_also().to_writer(&mut page)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// What stands below `--help`, a section a paragraph: its name comes before the first colon.
fn more() -> Roff {
    let mut roff = Roff::new();
    for paragraph in MORE.split("\n\n") {
        let (name, text) = paragraph.split_once(':').unwrap_or(("", paragraph));
        roff.control("SH", [name.to_uppercase().as_str()]);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match line.trim().split_once("  ") {
                // A word and what it means, in two columns.
                Some((word, meaning)) if line.starts_with("  ") => {
                    roff.control("TP", []);
                    roff.text([bold(word)]);
                    roff.text([roman(meaning.trim_start())]);
                }
                _ => {
                    roff.text([roman(line.trim())]);
                }
            }
        }
    }
    roff
}

fn see_also() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    let root: [Inline; 2] = [
        bold("flowstate-auth"),
        roman("(1), for exit codes, variables and files"),
    ];
    roff.text(root);
    roff
}
