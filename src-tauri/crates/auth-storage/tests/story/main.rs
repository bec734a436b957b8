//! What every engine promises, told once, and what SQLite adds to it.

mod conformance;
mod files;
mod postgres;
mod processes;
mod samples;
mod sqlite;
