//! Taking away what has ended. There is no conditional way to remove an object, so a record is first written over as gone, which is;
//! from there on nobody writes to it until it has been removed.

use auth_core::models::Timestamp;
use auth_core::storage::{Kind, StorageError};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use super::S3Storage;
use super::adapter::{AT_ONCE, mark, mark_text};
use super::records::{self, Found, Sheet};
use crate::entries::{BY_END, marker};
use crate::names::text_of;

#[derive(Deserialize)]
struct Mark {
    id: String,
}

impl S3Storage {
    pub(super) async fn sweep_kind(&self, kind: Kind, before: Timestamp) -> Result<u64, StorageError> {
        let (day, time) = marker(before, "");
        let end = format!("{day}/{}", time.split(',').next().unwrap_or_default());
        let names = self.objects.names(&marks(kind), None, usize::MAX).await?;
        let ended = names.into_iter().take_while(|name| *name < end);
        let swept = ended.map(|name| async move {
            match self.look_at(kind, &name, before).await {
                // A record that cannot be read keeps nobody else from being swept.
                Err(StorageError::Corrupt { .. }) => Ok(false),
                done => done,
            }
        });
        let swept = stream::iter(swept).buffer_unordered(AT_ONCE);
        swept
            .try_fold(0, |count, gone| async move { Ok(count + u64::from(gone)) })
            .await
    }

    /// Takes the record away if it has ended, or marks its new end; says whether it is gone.
    async fn look_at(&self, kind: Kind, name: &str, before: Timestamp) -> Result<bool, StorageError> {
        let whole = format!("{}/{name}", marks(kind));
        let Some(id) = self.marked(kind, name).await? else {
            return Ok(false);
        };
        let mut gone = false;
        if let Some(found) = records::find(&self.objects, kind, &id).await? {
            let end = found.sheet.entries(kind)?.end;
            let ours = |at| mark(kind, at, &id) == whole;
            match end {
                _ if found.sheet.gone => self.finish(kind, &found).await?,
                Some(end) if end < before => {
                    gone = self.end_now(kind, &found).await?;
                    if !gone {
                        return Ok(false);
                    }
                }
                Some(end) if found.sheet.marked.is_some_and(ours) => {
                    self.objects.write(&mark(kind, end, &id), mark_text(&id)?).await?;
                    let marked = Some(end);
                    let sheet = Sheet::new(found.sheet.version + 1, marked, &found.sheet.document(kind))?;
                    if found.swap(&self.objects, kind, &sheet).await?.is_none() {
                        return Ok(false);
                    }
                }
                _ => {}
            }
        }
        self.objects.remove(&whole).await?;
        Ok(gone)
    }

    /// The record that a mark names.
    pub(super) async fn marked(&self, kind: Kind, name: &str) -> Result<Option<String>, StorageError> {
        if let Some(id) = name.split_once(',').and_then(|(_, id)| text_of(id)) {
            return Ok(Some(id));
        }
        let found = self.objects.read::<Mark>(&format!("{}/{name}", marks(kind))).await?;
        Ok(found.and_then(|(mark, _)| mark).map(|mark| mark.id))
    }

    /// Writes over a record that it is gone, and removes it; whether it was still as it was found.
    pub(super) async fn end_now(&self, kind: Kind, found: &Found) -> Result<bool, StorageError> {
        let mut sheet = Sheet::new(found.sheet.version + 1, found.sheet.marked, &found.sheet.document(kind))?;
        sheet.gone = true;
        let Some(tag) = found.swap(&self.objects, kind, &sheet).await? else {
            return Ok(false);
        };
        self.finish(kind, &Found { sheet, tag }).await?;
        Ok(true)
    }

    /// Removes a record that is gone, and what led to it.
    pub(super) async fn finish(&self, kind: Kind, found: &Found) -> Result<(), StorageError> {
        let id = &found.sheet.id;
        let entries = found.sheet.entries(kind)?;
        self.leave(kind, id, entries.keys.iter()).await?;
        if let Some(end) = found.sheet.marked {
            self.objects.remove(&mark(kind, end, id)).await?;
        }
        self.objects.remove(&records::record(kind, id)).await
    }
}

/// The folder of the marks of a kind.
pub fn marks(kind: Kind) -> String {
    format!("{}/{BY_END}", kind.collection())
}
