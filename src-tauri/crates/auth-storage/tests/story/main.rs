//! What every engine promises, told once, and what each adds to it.

mod conformance;
mod files;
mod full_disk;
mod postgres;
mod processes;
mod rxdb;
mod s3;
mod samples;
mod sqlite;
