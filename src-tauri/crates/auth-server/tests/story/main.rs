//! The server as its clients meet it: over a real socket, on a real database, with a clock that the test moves.

mod accounts;
mod bad_input;
mod bad_tokens;
mod bearer;
mod codes;
mod commands;
mod connections;
mod exchange;
mod keys;
mod layer;
mod limits;
mod mail;
mod metrics;
mod openapi;
mod program;
mod public;
mod restart;
mod rotation;
mod schema;
mod seed;
mod service_accounts;
mod service_tokens;
mod sessions;
mod timing;
mod unit;
mod world;
