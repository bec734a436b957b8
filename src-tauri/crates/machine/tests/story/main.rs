//! This computer's adapters against the real things: the file system, the keyring, servers.

mod agent;
mod appearance;
mod credential_store;
mod hints;
mod http;
mod keychain;
mod session_lock;
mod shared_config;
mod small_disk;
mod watch;
