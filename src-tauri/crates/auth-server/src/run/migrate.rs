//! `storage migrate`

use std::io::IsTerminal;

use auth_core::storage::{AuthStorageAdapter, Document, Kind, Place, StorageError};
use futures_util::stream::{StreamExt, iter};
use indicatif::{ProgressBar, ProgressStyle};

use super::command::MigrateOptions;
use super::{OptionsError, RunError, output, place};

/// Records that are read at a time.
const PAGE: u32 = 200;
/// Records that are written at once.
const AT_ONCE: usize = 16;

/// What became of the records of a kind.
#[derive(Debug, Default)]
struct Counts {
    copied: u64,
    there: u64,
    /// Read back from where they were written and found the same, by their every byte.
    proved: u64,
    left: u64,
}

/// What became of a record.
enum Outcome {
    Copied,
    There,
    Left(String),
}

/// Copies everything once; what is there already is not written again, so that it can be run again after it broke off.
pub async fn run(options: MigrateOptions) -> Result<(), RunError> {
    let url = |option, text: &str| place::parse(text).map_err(|source| OptionsError::BadMigration { option, source });
    let (from, to) = (url("--from", &options.from)?, url("--to", &options.to)?);
    if from == to {
        return Err(OptionsError::SamePlace.into());
    }
    let (from, to) = (place::open_existing(&from).await?, place::open(&to).await?);
    let copied = copy(&*from, &*to, options.overwrite).await;
    from.close().await;
    to.close().await;
    copied
}

async fn copy(from: &dyn AuthStorageAdapter, to: &dyn AuthStorageAdapter, overwrite: bool) -> Result<(), RunError> {
    let (mut proved, mut left) = (0, 0);
    for kind in Kind::ALL {
        let bar = bar(kind, from.count(kind).await?);
        let counts = copy_kind(from, to, kind, overwrite, &bar).await;
        bar.finish_and_clear();
        let counts = counts?;
        let name = kind.collection();
        output::line(&format!(
            "{name}: {} copied, {} there already, {} proved, {} left",
            counts.copied, counts.there, counts.proved, counts.left
        ))?;
        proved += counts.proved;
        left += counts.left;
    }
    if left > 0 {
        return Err(RunError::NotCopied { left });
    }
    output::line(&format!("{proved} records are there and were read back"))
}

async fn copy_kind(
    from: &dyn AuthStorageAdapter,
    to: &dyn AuthStorageAdapter,
    kind: Kind,
    overwrite: bool,
    bar: &ProgressBar,
) -> Result<Counts, RunError> {
    let (mut counts, mut after): (Counts, Option<Place>) = (Counts::default(), None);
    loop {
        let page = from.list(kind, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(counts) };
        after = Some(last.place.clone());
        let copies = page.into_iter().map(|listed| async move {
            let outcome = match listed.stored {
                Ok(stored) => copy_one(to, &stored.document, overwrite).await,
                Err(error @ StorageError::Unavailable { .. }) => Err(error),
                Err(error) => Ok(Outcome::Left(error.to_string())),
            };
            (listed.place, outcome)
        });
        let mut copies = iter(copies).buffer_unordered(AT_ONCE);
        while let Some((place, outcome)) = copies.next().await {
            bar.inc(1);
            match outcome? {
                Outcome::Copied => counts.copied += 1,
                Outcome::There => counts.there += 1,
                Outcome::Left(why) => {
                    counts.left += 1;
                    bar.suspend(|| output::line(&format!("{}, {}: {why}", kind.collection(), place.0)))?;
                    continue;
                }
            }
            counts.proved += 1;
        }
    }
}

async fn copy_one(to: &dyn AuthStorageAdapter, document: &Document, overwrite: bool) -> Result<Outcome, StorageError> {
    let outcome = match to.get(document.kind, &document.id).await {
        Ok(Some(stored)) if stored.document == *document => return Ok(Outcome::There),
        Ok(Some(_)) if !overwrite => {
            return Ok(Outcome::Left("another is there; --overwrite writes over it".to_owned()));
        }
        Ok(Some(stored)) => to.replace(document, &stored.version).await,
        Ok(None) => to.insert(document).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => {}
        Err(error @ StorageError::Unavailable { .. }) => return Err(error),
        Err(error) => return Ok(Outcome::Left(error.to_string())),
    }
    Ok(match to.get(document.kind, &document.id).await? {
        Some(stored) if stored.document == *document => Outcome::Copied,
        _ => Outcome::Left("it was written and does not come back as it was".to_owned()),
    })
}

/// On a terminal; elsewhere the lines say enough.
fn bar(kind: Kind, records: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix:20} [{bar:40}] {pos}/{len} {per_sec}, {eta} left");
    let bar = ProgressBar::new(records).with_prefix(kind.collection());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
