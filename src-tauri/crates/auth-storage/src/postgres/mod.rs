//! PostgreSQL: a schema of its own, one table a kind, any number of servers.

mod adapter;
mod columns;
mod open;
mod pool;

pub use adapter::PostgresStorage;
pub use open::{OpenError, PostgresConfig};
