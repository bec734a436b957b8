//! The tray app: tray, window, commands and notifications over the rules in `accounts`.

#![cfg_attr(windows, windows_subsystem = "windows")]

mod about;
mod agent;
mod arguments;
mod clipboard;
mod commands;
mod desktop;
mod keeping;
mod notifications;
mod places;
mod start;
mod tray;
mod window;

use clap::Parser;

fn main() -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    window::spare();
    let arguments = arguments::Arguments::parse();
    machine::init_adjustable_logging();
    start::run(arguments)
}
