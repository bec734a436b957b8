//! Objects, one request a verb.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use auth_core::storage::StorageError;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{Error, GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::obstacle::Obstacle;

/// The object that says whose the prefix is.
pub const FORMAT: &str = "flowstate-auth.json";
/// For so long it is taken to be there still.
const TRUSTED: Duration = Duration::from_secs(1);

/// What an object's contents are known by.
pub type Tag = String;

/// The objects under a prefix.
#[derive(Debug)]
pub struct Objects {
    reads: AmazonS3,
    writes: AmazonS3,
    prefix: String,
    seen: Mutex<Option<Instant>>,
}

impl Objects {
    pub fn new(reads: AmazonS3, writes: AmazonS3, prefix: &str) -> Self {
        Self {
            reads,
            writes,
            prefix: prefix.to_owned(),
            seen: Mutex::new(None),
        }
    }

    fn path(&self, name: &str) -> Result<Path, Error> {
        Ok(Path::parse(format!("{}/{name}", self.prefix))?)
    }

    /// The object of that name.
    pub async fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Tag)>, StorageError> {
        let found = self.try_get(name).await.map_err(failure)?;
        if found.is_none() {
            self.check_there().await?;
        }
        Ok(found)
    }

    pub async fn try_get(&self, name: &str) -> Result<Option<(Vec<u8>, Tag)>, Error> {
        let result = match self.reads.get_opts(&self.path(name)?, GetOptions::default()).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            result => result?,
        };
        let tag = tagged(result.meta.e_tag.clone())?;
        Ok(Some((result.bytes().await?.to_vec(), tag)))
    }

    /// The same, as what it was written from; none in place of what cannot be read.
    pub async fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<(Option<T>, Tag)>, StorageError> {
        let found = self.get(name).await?;
        Ok(found.map(|(bytes, tag)| (serde_json::from_slice(&bytes).ok(), tag)))
    }

    /// Something was not found: is that because the bucket is not there? "No such record" would sign people out.
    pub async fn check_there(&self) -> Result<(), StorageError> {
        let seen = || self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen().is_some_and(|seen| seen.elapsed() < TRUSTED) {
            return Ok(());
        }
        let Some(_) = self.try_get(FORMAT).await.map_err(failure)? else {
            return Err(Obstacle::BucketAway.unavailable());
        };
        *seen() = Some(Instant::now());
        Ok(())
    }

    /// Makes an object where there is none; none where there is.
    pub async fn create(&self, name: &str, bytes: Vec<u8>) -> Result<Option<Tag>, StorageError> {
        self.send(name, bytes, PutMode::Create).await.map_err(failure)
    }

    /// Writes over an object that has those contents; none where it has others, or is gone.
    pub async fn swap(&self, name: &str, bytes: Vec<u8>, tag: &str) -> Result<Option<Tag>, StorageError> {
        let expected = UpdateVersion {
            e_tag: Some(tag.to_owned()),
            version: None,
        };
        self.send(name, bytes, PutMode::Update(expected)).await.map_err(failure)
    }

    /// Writes an object whatever is there.
    pub async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        let written = self.send(name, bytes, PutMode::Overwrite).await;
        written.map(drop).map_err(failure)
    }

    pub async fn send(&self, name: &str, bytes: Vec<u8>, mode: PutMode) -> Result<Option<Tag>, Error> {
        let path = self.path(name)?;
        match self.writes.put_opts(&path, bytes.into(), PutOptions::from(mode)).await {
            // A conflict means that somebody else is writing there just now.
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. }) => Ok(None),
            put => tagged(put?.e_tag).map(Some),
        }
    }

    /// Removes an object, if it is there.
    pub async fn remove(&self, name: &str) -> Result<(), StorageError> {
        match self.writes.delete(&self.path(name).map_err(failure)?).await {
            Err(Error::NotFound { .. }) => Ok(()),
            done => done.map_err(failure),
        }
    }

    /// The names under a folder in their order, after that one, at most so many. A list may lag behind.
    pub async fn names(&self, folder: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        self.try_names(folder, after, limit).await.map_err(failure)
    }

    pub async fn try_names(&self, folder: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        let root = self.path(folder)?;
        let mut stream = match after {
            Some(after) => {
                let offset = self.path(&format!("{folder}/{after}"))?;
                self.reads.list_with_offset(Some(&root), &offset)
            }
            None => self.reads.list(Some(&root)),
        };
        let (mut names, above) = (Vec::new(), format!("{root}/"));
        while names.len() < limit {
            let Some(object) = stream.try_next().await? else { break };
            names.extend(object.location.as_ref().strip_prefix(&above).map(str::to_owned));
        }
        Ok(names)
    }
}

/// The text of an object.
pub fn text<T: Serialize>(contents: &T) -> Result<Vec<u8>, StorageError> {
    let source = |source: serde_json::Error| StorageError::Unavailable { source: source.into() };
    serde_json::to_vec(contents).map_err(source)
}

fn tagged(tag: Option<Tag>) -> Result<Tag, Error> {
    tag.ok_or_else(|| Error::Generic {
        store: "S3",
        source: Box::new(Obstacle::NoTags),
    })
}

/// Sorts what the store says. Its own words may repeat the name of an object, and so an address.
#[expect(clippy::needless_pass_by_value, reason = "it is what a result is mapped by")]
pub fn failure(error: Error) -> StorageError {
    obstacle(&error).unavailable()
}

pub fn obstacle(error: &Error) -> Obstacle {
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => return Obstacle::NoEntry,
        Error::NotFound { .. } => return Obstacle::BucketAway,
        _ => {}
    }
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return match http.kind() {
                HttpErrorKind::Connect | HttpErrorKind::Timeout => Obstacle::Unreachable,
                _ => Obstacle::BrokenOff,
            };
        }
        if let Some(Obstacle::NoTags) = error.downcast_ref::<Obstacle>() {
            return Obstacle::NoTags;
        }
        source = error.source();
    }
    Obstacle::ServiceFails
}
