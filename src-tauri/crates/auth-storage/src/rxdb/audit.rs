//! Looking for fields that are not what the documents say, and for lost and useless claims.

use auth_core::storage::{Damage, Document, Fault, Kind, Place, StorageError};

use super::RxDBStorage;
use super::adapter::{PART, entries_of};
use super::board::{VALUES, entry};
use super::rows::{self, text_of};
use super::server::Row;
use crate::claims::{self, State};
use crate::columns;

impl RxDBStorage {
    pub(super) async fn audit_all(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            let mut after = None;
            loop {
                let part = self.rows(kind.collection(), after.as_deref(), PART).await?;
                let Some(last) = part.last() else { break };
                after = text_of(last, "id").map(str::to_owned);
                for row in part {
                    let place = text_of(&row, "id").unwrap_or_default().to_owned();
                    // One that cannot be read is told by whoever lists the records.
                    let Ok(stored) = rows::stored(kind, &row) else { continue };
                    let told = self.look_at(&row, &stored.document, mend).await?;
                    found.extend(told.map(|(fault, mended)| Damage {
                        kind: Some(kind),
                        place: Place(place),
                        fault,
                        mended,
                    }));
                }
            }
        }
        self.values(mend, &mut found).await?;
        Ok(found)
    }

    async fn look_at(&self, row: &Row, document: &Document, mend: bool) -> Result<Option<(Fault, bool)>, StorageError> {
        let kind = document.kind;
        let Ok(should) = rows::fields(document).map(Row::from_iter) else {
            return Ok(None);
        };
        let is = columns::names(kind).into_iter();
        let is = Row::from_iter(is.filter_map(|name| Some((name.to_owned(), row.get(name)?.clone()))));
        let mut told = None;
        if is != should {
            if mend {
                let right = rows::row(&self.server.domain, document, rows::version_of(row) + 1)?;
                let conflict = self
                    .server
                    .push(kind.collection(), &right, Some(&rows::state(row.clone())))
                    .await?;
                told = Some((Fault::NotIndexed, conflict.is_none()));
            } else {
                told = Some((Fault::NotIndexed, false));
            }
        }
        let entries = entries_of(document)?;
        let Some((key, index, value)) = entries.unique() else {
            return Ok(told);
        };
        match claims::owner(self, kind, index, value).await? {
            Some(owner) if owner.document.id != document.id => Ok(Some((Fault::Shared { key }, false))),
            Some(_) => Ok(told),
            None if mend => {
                let claim = self.claim(document, None).await?;
                let held = match claim {
                    Some(claim) => claim.confirm(self).await?,
                    None => false,
                };
                Ok(Some((Fault::NotIndexed, held)))
            }
            None => Ok(Some((Fault::NotIndexed, false))),
        }
    }

    /// Every claim has its record.
    async fn values(&self, mend: bool, found: &mut Vec<Damage>) -> Result<(), StorageError> {
        let mut after = None;
        loop {
            let part = self.rows(VALUES, after.as_deref(), PART).await?;
            let Some(last) = part.last() else { return Ok(()) };
            after = text_of(last, "id").map(str::to_owned);
            for row in part {
                if entry(&row).is_some_and(|entry| entry.state == State::Free) {
                    continue;
                }
                let text = |name: &str| text_of(&row, name).unwrap_or_default();
                let kind = Kind::ALL.into_iter().find(|kind| kind.collection() == text("kind"));
                let index = kind.and_then(|kind| kind.indexes().find(|index| index.name == text("index")));
                let held = match (kind, index) {
                    (Some(kind), Some(index)) => match claims::owner(self, kind, index, text("value")).await {
                        Ok(owner) => owner.is_some(),
                        // Its record may come back from a backup.
                        Err(StorageError::Corrupt { .. }) => true,
                        Err(error) => return Err(error),
                    },
                    _ => false,
                };
                if held {
                    continue;
                }
                let mut gone = row.clone();
                gone.insert("_deleted".to_owned(), serde_json::Value::Bool(true));
                let mended = mend
                    && self
                        .server
                        .push(VALUES, &gone, Some(&rows::state(row.clone())))
                        .await?
                        .is_none();
                found.push(Damage {
                    kind,
                    place: Place(format!("{VALUES}, {}", text("id"))),
                    fault: Fault::Leftover,
                    mended,
                });
            }
        }
    }
}
