//! Storage engines, real ones, each with a folder and an address of its own.

mod object_store;
mod postgres;
mod rxdb;

pub use object_store::ObjectStore;
pub use postgres::Postgres;
pub use rxdb::RxDB;

use std::net::{SocketAddr, TcpListener};

use anyhow::Result;

/// An address that nobody listens on now. Somebody may before it is used; whoever starts something there tries again.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
