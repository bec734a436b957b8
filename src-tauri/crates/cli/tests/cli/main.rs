//! The command line against a real server, a real keyring and real files.

mod addresses;
mod completions;
mod config_copies;
mod config_files;
mod doctor;
mod environment;
mod exec;
mod faults;
mod headers;
mod login;
mod logout;
mod man;
mod person;
mod race;
mod refresh;
mod selection;
mod servers;
mod status;
mod terminal;
mod token;
mod which;
mod world;
