//! What every engine promises, told once, and what SQLite adds to it.

mod conformance;
mod full_disk;
mod samples;
mod sqlite;
