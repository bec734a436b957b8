//! The shared config file: its typed part, and the document that keeps everything else.

mod document;
mod profile;
mod reconcile;
mod syntax;
#[cfg(test)]
mod tests;
mod view;

pub use document::{ConfigDocument, DocumentError};
pub use profile::{CLIAuthConfig, FlowstateConfig, ServerProfile, StoredAuth};
pub use view::Oddity;
