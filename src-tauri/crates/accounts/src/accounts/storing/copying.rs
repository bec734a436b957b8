//! Copying secrets from one store to another, and deleting them.

use auth_core::Secret;

use super::concerned::Concerned;
use crate::error::AccountsError;
use crate::ports::{Vault, VaultError, VaultKey};

/// Copies what there is; `copied` names it, and what may have been copied when it fails.
pub(super) async fn copy_all(
    from: &dyn Vault,
    to: &dyn Vault,
    concerned: &Concerned,
    copied: &mut Vec<VaultKey>,
) -> Result<(), AccountsError> {
    for key in &concerned.keys {
        match from.read(key).await {
            Ok(Some(secret)) => {
                copied.push(key.clone());
                put(to, key, &secret).await?;
            }
            Ok(None) => {}
            // A machine without that store has nothing in it, unless it is merely out of reach from here.
            Err(VaultError::Absent) if copied.is_empty() => {
                if concerned.missed.contains(key) && to.read(key).await?.is_none() {
                    return Err(out_of_reach(from, VaultError::Absent));
                }
            }
            Err(error) => return Err(out_of_reach(from, error)),
        }
    }
    if let (true, Some(any)) = (copied.is_empty(), concerned.keys.iter().next()) {
        // Nothing to prove it with, but a store that does not open is none to move to.
        to.read(any).await?;
    }
    Ok(())
}

/// What helps with such a store otherwise is to move away from it, which is what just failed.
fn out_of_reach(from: &dyn Vault, source: VaultError) -> AccountsError {
    match source {
        VaultError::Locked | VaultError::Absent | VaultError::TimedOut { .. } => AccountsError::StoreOutOfReach {
            kind: from.kind(),
            source,
        },
        source => source.into(),
    }
}

/// Keeps a secret and proves it. A write that timed out may have been done all the same: only reading tells.
pub(super) async fn put(to: &dyn Vault, key: &VaultKey, secret: &Secret) -> Result<(), AccountsError> {
    let written = to.write(key, secret).await;
    if let Err(error) = &written
        && !matches!(error, VaultError::TimedOut { .. })
    {
        return Err(error.clone().into());
    }
    match to.read(key).await? {
        Some(found) if found == *secret => Ok(()),
        _ => Err(written
            .err()
            .map_or(AccountsError::StoreUnproven { kind: to.kind() }, Into::into)),
    }
}

/// Deletes as much as can be deleted; the first thing that could not is the error.
pub(super) async fn delete_all(
    store: &dyn Vault,
    keys: impl IntoIterator<Item = &VaultKey>,
) -> Result<(), AccountsError> {
    let mut first = Ok(());
    for key in keys {
        let deleted = store.delete(key).await;
        // Whoever does not answer once would be waited for at each item.
        let silent = matches!(deleted, Err(VaultError::TimedOut { .. }));
        first = first.and(deleted);
        if silent {
            break;
        }
    }
    Ok(first?)
}
