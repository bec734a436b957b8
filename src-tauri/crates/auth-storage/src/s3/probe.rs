//! Whether writes are as conditional as they say. Many services that call themselves compatible take the conditions and do not
//! look at them.

use aws_lc_rs::rand;
use futures_util::future::try_join_all;
use object_store::{Error, PutMode, UpdateVersion};

use super::objects::{Objects, Tag};

/// Where it is tried out.
pub const FOLDER: &str = "probes";
/// So many writers at once are tried.
pub const MOST_AT_ONCE: usize = 8;
/// No object has contents with this tag.
const NO_TAG: &str = "\"00000000000000000000000000000000\"";

/// What was promised and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("it writes over an object although it was told to make a new one (If-None-Match is ignored)")]
    IfNoneMatch,
    #[error("it writes over an object that is not as it was told it must be (If-Match is ignored)")]
    IfMatch,
    #[error("of several that make the same object at once more than one is told that it did")]
    Together,
    #[error("it refuses a write whose condition holds")]
    Refused,
    #[error("what it reads is not what was written last")]
    OldContents,
}

/// Tries each promise on an object of its own, and takes it away again.
pub async fn probe(objects: &Objects) -> Result<Option<Broken>, Error> {
    let mut bytes = [0; 12];
    let unspecified = |_| Error::Generic {
        store: "S3",
        source: "no randomness".into(),
    };
    rand::fill(&mut bytes).map_err(unspecified)?;
    let unique: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{FOLDER}/{unique}");
    let tried = on(objects, &name).await;
    // What is left of it does no harm.
    objects.remove(&name).await.ok();
    tried
}

async fn on(objects: &Objects, name: &str) -> Result<Option<Broken>, Error> {
    let create = |number: usize| objects.send(name, format!("{{\"first\":{number}}}").into_bytes(), PutMode::Create);
    let made: Vec<Tag> = try_join_all((0..MOST_AT_ONCE).map(create))
        .await?
        .into_iter()
        .flatten()
        .collect();
    let [first] = made.as_slice() else {
        return Ok(Some(if made.is_empty() {
            Broken::Refused
        } else {
            Broken::Together
        }));
    };
    if create(MOST_AT_ONCE).await?.is_some() {
        return Ok(Some(Broken::IfNoneMatch));
    }
    let swap = |tag: &str, text: &str| {
        let expected = UpdateVersion {
            e_tag: Some(tag.to_owned()),
            version: None,
        };
        objects.send(name, text.as_bytes().to_vec(), PutMode::Update(expected))
    };
    if swap(NO_TAG, "{\"second\":0}").await?.is_some() {
        return Ok(Some(Broken::IfMatch));
    }
    let Some(second) = swap(first, "{\"second\":1}").await? else {
        return Ok(Some(Broken::Refused));
    };
    if swap(first, "{\"second\":2}").await?.is_some() {
        return Ok(Some(Broken::IfMatch));
    }
    match objects.try_get(name).await? {
        Some((bytes, tag)) if bytes == b"{\"second\":1}" && tag == second => Ok(None),
        _ => Ok(Some(Broken::OldContents)),
    }
}
