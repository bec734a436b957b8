//! The agent socket (protocol.md §3): the running tray app is the one refresher, and every tool of this person may ask it.

mod answers;
mod claim;
mod client;
mod conversation;
mod exchanges;
mod failure;
mod place;
mod server;
mod wire;

pub use claim::AgentError;
pub(crate) use claim::clear_stale_socket;
pub use client::AgentClient;
pub use failure::{AgentFailure, AgentRefusal};
pub use place::AgentPlace;
pub use server::Agent;
pub use wire::{AgentServer, AgentStatus, AgentToken};
