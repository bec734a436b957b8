//! The fences of the house, and the desktop app on a real desktop.

mod agent;
mod choices;
mod days;
mod decisions;
mod fences;
#[expect(dead_code, reason = "pictures are taken by `make gallery` alone")]
mod gallery;
mod journey;
mod killed;
mod lessons;
mod licences;
mod page_security;
mod settings;
mod states;
mod story;
mod tray;
mod windows;
