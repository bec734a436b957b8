//! The server as its clients meet it: over a real socket, on a real database, with a clock that the test moves.

mod bad_input;
mod bearer;
mod codes;
mod exchange;
mod limits;
mod program;
mod public;
mod restart;
mod rotation;
mod service_accounts;
mod service_tokens;
mod sessions;
mod world;
