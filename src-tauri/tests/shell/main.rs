//! The fences of the house, and the desktop app on a real desktop.

mod agent;
mod days;
mod decisions;
mod fences;
mod journey;
mod killed;
mod lessons;
mod licences;
mod story;
mod tray;
