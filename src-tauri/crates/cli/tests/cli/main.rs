//! The command line against a real server, a real keyring and real files.

mod addresses;
mod agent;
mod clock;
mod completions;
mod config_files;
mod environment;
mod exec;
mod faults;
mod headers;
mod issuer;
mod login;
mod logout;
mod man;
mod race;
mod refresh;
mod selection;
mod servers;
mod settle;
mod sharing;
mod sign_outs;
mod status;
mod terminal;
mod timeline;
mod token;
mod which;
mod world;
