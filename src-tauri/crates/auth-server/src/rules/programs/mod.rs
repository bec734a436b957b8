//! Programs that act by themselves: service accounts and their API tokens.

mod accounts;
mod api_tokens;
mod proof;

use std::sync::Arc;

use auth_core::models::Timestamp;
use auth_core::storage::Store;

use super::Bearer;
use crate::hashing::Hashing;
use crate::{Clock, Randomness};

/// Characters of a name.
const NAME: usize = 100;

/// Service accounts and their tokens, over a storage.
#[derive(Debug)]
pub struct Programs {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Randomness>,
    pub hashing: Hashing,
}

/// Who keeps the service accounts of an organisation. An administrator keeps those of their own.
#[derive(Debug, Clone, Copy)]
pub struct Keeper<'a> {
    /// The id of a person or service account, or what else stands for who did it.
    pub id: &'a str,
    pub domain_id: &'a str,
    pub org_id: &'a str,
}

impl Bearer {
    /// An administrator as the keeper of their organisation.
    pub fn keeper(&self) -> Keeper<'_> {
        Keeper {
            id: self.id(),
            domain_id: &self.domain_id,
            org_id: &self.org_id,
        }
    }
}

impl Programs {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
