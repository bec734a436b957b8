//! The command line against a real server, a real keyring and real files.

mod addresses;
mod config_files;
mod faults;
mod login;
mod logout;
mod race;
mod selection;
mod servers;
mod status;
mod stores;
mod terminal;
mod token;
mod world;
