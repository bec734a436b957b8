//! `completions`: what a shell offers at the Tab key, from the same definitions as `--help`.

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::arguments::Arguments;
use crate::error::CliError;
use crate::output;

pub(super) fn run(shell: Shell, json: bool) -> Result<(), CliError> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    // Not straight to stdout: a reader that has left would be a panic there.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete spells the dash of our name in two ways, so that bash finds no command's options (clap issue 6421).
    let script = script.replace("flowstate__subcmd__auth", "flowstate__auth");
    if json {
        return output::json(&json!({"shell": shell.to_string(), "script": script}));
    }
    output::data(&script)
}
