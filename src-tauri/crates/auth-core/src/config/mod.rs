//! The shared config file: its typed part, and the document that keeps everything else.

mod difference;
mod document;
mod mask;
mod past;
mod profile;
mod reconcile;
mod syntax;
#[cfg(test)]
mod tests;
mod view;
#[cfg(test)]
mod wild_tests;

pub use difference::{Change, Difference};
pub use document::{ConfigDocument, DocumentError};
pub use mask::MASK;
pub use profile::{CLIAuthConfig, FlowstateConfig, ServerProfile, StoredAuth};
pub use view::Oddity;
