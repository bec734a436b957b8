//! What every engine promises, told once, and what SQLite adds to it.

mod conformance;
mod samples;
mod sqlite;
