//! PostgreSQL: a schema of its own, one table a kind, any number of servers.

mod adapter;
mod open;
mod pool;
mod statements;

pub use adapter::PostgresStorage;
pub use open::{OpenError, PostgresConfig};
