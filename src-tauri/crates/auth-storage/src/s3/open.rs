use auth_core::storage::Kind;
use object_store::PutMode;
use serde::{Deserialize, Serialize};

use super::objects::{self, FORMAT, Objects};
use super::probe::{self, Broken};
use super::{S3Config, S3Storage};
use crate::obstacle::Obstacle;

/// The format that this code reads and writes.
const CURRENT: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Format {
    format: u64,
}

/// Why the bucket did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no client for {place} can be made; check the endpoint, and AWS_REGION and the other AWS_… variables")]
    Client {
        place: String,
        #[source]
        source: object_store::Error,
    },
    #[error("{place} cannot be used: {obstacle}")]
    Place {
        place: String,
        #[source]
        obstacle: Obstacle,
    },
    #[error(
        "{place} breaks its word: {broken}. Several servers would overwrite what others have just written; use a service that honours conditional writes"
    )]
    Unconditional { place: String, broken: Broken },
    #[error("{place} holds objects that are not of this server; nothing there was changed: choose another prefix")]
    Foreign { place: String },
    #[error("{place} was written by a newer version of this server; run that version, or choose another prefix")]
    Newer { place: String },
    #[error("{place} says that it is of this server, but not of which format; restore {FORMAT} from a backup")]
    Damaged { place: String },
}

impl S3Storage {
    /// Opens the prefix in the bucket, once it has been seen that writes there are as conditional as they say.
    ///
    /// # Errors
    /// [`OpenError`]; a prefix of somebody else's is refused before anything of it is changed.
    pub async fn open(config: &S3Config) -> Result<Self, OpenError> {
        let place = config.shown();
        let client = |source| OpenError::Client {
            place: place.clone(),
            source,
        };
        let failed = |source: object_store::Error| OpenError::Place {
            place: place.clone(),
            obstacle: objects::obstacle(&source),
        };
        let (reads, writes) = config.clients().map_err(client)?;
        let objects = Objects::new(reads, writes, config.prefix());
        let found = match objects.try_get(FORMAT).await.map_err(failed)? {
            Some(found) => Some(found),
            None => {
                let names = objects.try_names("", None, probe::MOST_AT_ONCE).await.map_err(failed)?;
                let ours = |name: &String| {
                    let first = name.split('/').next().unwrap_or_default();
                    first == FORMAT || first == probe::FOLDER || Kind::ALL.iter().any(|kind| kind.collection() == first)
                };
                if !names.iter().all(ours) {
                    return Err(OpenError::Foreign { place });
                }
                None
            }
        };
        if let Some(broken) = probe::probe(&objects).await.map_err(failed)? {
            return Err(OpenError::Unconditional { place, broken });
        }
        let bytes = match found {
            Some((bytes, _)) => bytes,
            None => {
                let format = format!("{{\"format\":{CURRENT}}}");
                // Where another server has been faster it has written the same.
                objects
                    .send(FORMAT, format.clone().into_bytes(), PutMode::Create)
                    .await
                    .map_err(failed)?;
                format.into_bytes()
            }
        };
        match serde_json::from_slice::<Format>(&bytes) {
            Ok(Format { format: CURRENT }) => Ok(Self::over(objects)),
            Ok(_) => Err(OpenError::Newer { place }),
            Err(_) => Err(OpenError::Damaged { place }),
        }
    }
}
