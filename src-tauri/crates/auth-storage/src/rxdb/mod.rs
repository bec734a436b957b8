//! An RxDB server, over its HTTP endpoints: `rxdb/collections.json` are the collections it must offer, each by a REST and a
//! replication endpoint of the collection's name.
//!
//! Reads are REST queries. A write is a replication push: it says in which state it takes the document to be, and the server
//! answers with the state that it is in where that is another. Unique values are claimed in a collection of their own.

mod adapter;
mod audit;
mod board;
mod config;
mod open;
mod rows;
mod server;

pub use adapter::RxDBStorage;
pub use config::parse;
pub use open::OpenError;
