//! The tray app: tray, window, commands and notifications over the rules in `accounts`.

#![cfg_attr(windows, windows_subsystem = "windows")]

mod agent;
mod arguments;
mod clipboard;
mod commands;
mod desktop;
mod notifications;
mod tray;
mod window;

use clap::Parser;

fn main() -> anyhow::Result<()> {
    let arguments = arguments::Arguments::parse();
    machine::init_logging();
    desktop::run(arguments)
}
