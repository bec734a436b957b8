//! `storage check`

use auth_core::models::{ApiTokenModel, AuthAccountModel, AuthUserModel, ServiceAccountModel};
use auth_core::storage::{
    AuthStorageAdapter, CodeRecord, Kind, LimitRecord, Listed, SessionRecord, SigningKeyRecord, StorageError,
};
use serde::de::DeserializeOwned;

use super::command::CheckOptions;
use super::{RunError, output, place};

/// Records that are read at a time.
const PAGE: u32 = 500;

/// Reads everything once; an error where something is damaged and was not mended.
pub async fn run(options: CheckOptions) -> Result<(), RunError> {
    let storage = place::open_existing(&options.place.database()?).await?;
    let found = check(&*storage, options.mend).await;
    storage.close().await;
    match found? {
        0 => output::line("nothing is damaged"),
        damaged => Err(RunError::Damaged { damaged }),
    }
}

async fn check(storage: &dyn AuthStorageAdapter, mend: bool) -> Result<u64, RunError> {
    let mut damaged = 0;
    for damage in storage.audit(mend).await? {
        let kind = damage.kind.map_or("storage", Kind::collection);
        let mended = if damage.mended { " (mended)" } else { "" };
        output::line(&format!("{kind}, {}: {}{mended}", damage.place.0, damage.fault))?;
        damaged += u64::from(!damage.mended);
    }
    for kind in Kind::ALL {
        let (mut read, mut broken, mut after) = (0_u64, 0_u64, None);
        loop {
            let page = storage.list(kind, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.place.clone());
            for listed in page {
                let place = listed.place.0.clone();
                match fault(kind, listed) {
                    None => read += 1,
                    Some(fault) => {
                        broken += 1;
                        output::line(&format!("{}, {place}: {fault}", kind.collection()))?;
                    }
                }
            }
        }
        output::line(&format!("{}: {read} whole, {broken} damaged", kind.collection()))?;
        damaged += broken;
    }
    Ok(damaged)
}

/// What is wrong with what lies there.
fn fault(kind: Kind, listed: Listed) -> Option<StorageError> {
    let stored = match listed.stored {
        Ok(stored) => stored,
        Err(error) => return Some(error),
    };
    let json = stored.document.json.as_str();
    let read = match kind {
        Kind::User => reads::<AuthUserModel>(json),
        Kind::Session => reads::<SessionRecord>(json),
        Kind::Code => reads::<CodeRecord>(json),
        Kind::Account => reads::<AuthAccountModel>(json),
        Kind::ServiceAccount => reads::<ServiceAccountModel>(json),
        Kind::ApiToken => reads::<ApiTokenModel>(json),
        Kind::SigningKey => reads::<SigningKeyRecord>(json),
        Kind::Limit => reads::<LimitRecord>(json),
    };
    // What the reader says may quote the record.
    read.err().map(|_| StorageError::Corrupt {
        kind,
        source: "a field is missing or has the wrong type".into(),
    })
}

fn reads<T: DeserializeOwned>(json: &str) -> serde_json::Result<()> {
    serde_json::from_str::<T>(json).map(drop)
}
