//! Looking for lost and useless entries.

use auth_core::storage::{Damage, Fault, Index, Kind, Place, StorageError};

use super::S3Storage;
use super::adapter::{mark, mark_text};
use super::records::{self, Found};
use super::sweep::marks;
use super::{members, probe};
use crate::claims::{self, Claim, Entry, State};

/// Records read at a time.
const PART: usize = 500;

struct Audit<'a> {
    storage: &'a S3Storage,
    mend: bool,
    found: Vec<Damage>,
}

impl S3Storage {
    pub(super) async fn audit_all(&self, mend: bool) -> Result<Vec<Damage>, StorageError> {
        self.objects.check_there().await?;
        let mut audit = Audit {
            storage: self,
            mend,
            found: Vec::new(),
        };
        for kind in Kind::ALL {
            audit.records(kind).await?;
            for index in kind.indexes() {
                audit.entries(kind, index).await?;
            }
            audit.marks(kind).await?;
        }
        if mend {
            for name in self.objects.names(probe::FOLDER, None, usize::MAX).await? {
                self.objects.remove(&format!("{}/{name}", probe::FOLDER)).await?;
            }
        }
        Ok(audit.found)
    }
}

impl Audit<'_> {
    fn tell(&mut self, kind: Kind, place: String, fault: Fault, mended: bool) {
        self.found.push(Damage {
            kind: Some(kind),
            place: Place(place),
            fault,
            mended,
        });
    }

    /// Every record has its entries.
    async fn records(&mut self, kind: Kind) -> Result<(), StorageError> {
        let (storage, mut after) = (self.storage, None);
        loop {
            let names = storage
                .objects
                .names(&records::folder(kind), after.as_deref(), PART)
                .await?;
            let Some(last) = names.last() else { return Ok(()) };
            after = Some(last.clone());
            for name in names {
                match records::read(&storage.objects, kind, &name).await {
                    Ok(Some(found)) if found.sheet.gone => {
                        if self.mend {
                            storage.finish(kind, &found).await?;
                        }
                        self.tell(kind, name, Fault::Leftover, self.mend);
                    }
                    Ok(Some(found)) => self.record(kind, &name, &found).await?,
                    Ok(None) | Err(StorageError::Corrupt { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn record(&mut self, kind: Kind, place: &str, found: &Found) -> Result<(), StorageError> {
        let (storage, id) = (self.storage, found.sheet.id.as_str());
        let Ok(entries) = found.sheet.entries(kind) else {
            return Ok(());
        };
        for key in &entries.keys {
            let (index, value) = (key.0, key.1.as_str());
            let name = records::value(kind, index, value);
            let entered = match index.unique {
                // An entry that cannot be read is as good as none.
                Some(unique) => match claims::owner(&storage.objects, kind, index, value).await {
                    Ok(Some(owner)) if owner.document.id != id => {
                        self.tell(kind, place.to_owned(), Fault::Shared { key: unique }, false);
                        continue;
                    }
                    Ok(owner) => owner.is_some(),
                    Err(StorageError::Corrupt { .. }) => self.clear(&name).await?,
                    Err(error) => return Err(error),
                },
                None => match members::ids(&storage.objects, kind, &name).await {
                    Ok(ids) => ids.iter().any(|other| other == id),
                    Err(StorageError::Corrupt { .. }) => self.clear(&name).await?,
                    Err(error) => return Err(error),
                },
            };
            if entered {
                continue;
            }
            if self.mend {
                if let Some(unique) = index.unique {
                    let claim = Claim::make(&storage.objects, kind, (unique, index, value), id).await?;
                    claim.confirm(&storage.objects).await?;
                }
                storage.enter(kind, id, std::iter::once(key), None).await?;
            }
            self.tell(kind, place.to_owned(), Fault::NotIndexed, self.mend);
        }
        let Some(end) = found.sheet.marked else { return Ok(()) };
        let name = mark(kind, end, id);
        if storage.objects.get(&name).await?.is_none() {
            if self.mend {
                storage.objects.write(&name, mark_text(id)?).await?;
            }
            self.tell(kind, place.to_owned(), Fault::NotIndexed, self.mend);
        }
        Ok(())
    }

    /// Makes room for an entry that can be read; it is not there then.
    async fn clear(&self, name: &str) -> Result<bool, StorageError> {
        if self.mend {
            self.storage.objects.remove(name).await?;
        }
        Ok(false)
    }

    /// Every entry has its record.
    async fn entries(&mut self, kind: Kind, index: &'static Index) -> Result<(), StorageError> {
        let objects = &self.storage.objects;
        let folder = format!("{}/{}", kind.collection(), index.name);
        for value in objects.names(&folder, None, usize::MAX).await? {
            let name = format!("{folder}/{value}");
            if index.unique.is_some() {
                let Some((entry, _)) = objects.read::<Entry>(&name).await? else {
                    continue;
                };
                let free = entry.is_some_and(|entry| entry.state == State::Free);
                let held = free
                    || match claims::owner(objects, kind, index, &value).await {
                        Ok(owner) => owner.is_some(),
                        // Its record may come back from a backup.
                        Err(StorageError::Corrupt { .. }) => true,
                        Err(error) => return Err(error),
                    };
                if !held {
                    if self.mend {
                        objects.remove(&name).await?;
                    }
                    self.tell(kind, name, Fault::Leftover, self.mend);
                }
                continue;
            }
            let ids = match members::ids(objects, kind, &name).await {
                Err(StorageError::Corrupt { .. }) => continue,
                ids => ids?,
            };
            for id in ids {
                let has = match records::live(objects, kind, &id).await {
                    Ok(found) => found.is_some_and(|found| {
                        let entries = found.sheet.entries(kind);
                        entries.is_ok_and(|entries| entries.has(index, &value))
                    }),
                    Err(StorageError::Corrupt { .. }) => true,
                    Err(error) => return Err(error),
                };
                if !has {
                    if self.mend {
                        members::leave(objects, kind, &name, &id).await?;
                    }
                    self.tell(kind, name.clone(), Fault::Leftover, self.mend);
                }
            }
        }
        Ok(())
    }

    /// Every mark of an end has its record. The record has said already which mark is its own.
    async fn marks(&mut self, kind: Kind) -> Result<(), StorageError> {
        let storage = self.storage;
        for mark_name in storage.objects.names(&marks(kind), None, usize::MAX).await? {
            let whole = format!("{}/{mark_name}", marks(kind));
            let own = match storage.marked(kind, &mark_name).await? {
                Some(id) => match records::live(&storage.objects, kind, &id).await {
                    Ok(found) => found
                        .and_then(|found| found.sheet.marked)
                        .is_some_and(|end| mark(kind, end, &id) == whole),
                    Err(StorageError::Corrupt { .. }) => true,
                    Err(error) => return Err(error),
                },
                None => false,
            };
            if !own {
                if self.mend {
                    storage.objects.remove(&whole).await?;
                }
                self.tell(kind, whole, Fault::Leftover, self.mend);
            }
        }
        Ok(())
    }
}
