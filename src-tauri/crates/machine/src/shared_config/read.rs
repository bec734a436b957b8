use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use accounts::ports::ConfigError;
use auth_core::config::{ConfigDocument, DocumentError};

use super::backup;

/// A config of a thousand profiles has one megabyte; what is longer than this was not meant as one.
const LIMIT: u64 = 8 * 1024 * 1024;

/// A document with what the disk knows of its file.
type OnDisk = (Arc<ConfigDocument>, Metadata);

/// What `file` holds; `None` where there is no file. Errors speak of `path`, as the person knows it. Where it holds just the text of `known`,
/// that is it: to parse a thousand profiles takes milliseconds.
pub(super) fn document(
    path: &Path,
    file: &Path,
    known: Option<Arc<ConfigDocument>>,
) -> Result<Option<OnDisk>, ConfigError> {
    let fault = |source| ConfigError::Io {
        path: path.to_owned(),
        doing: "read",
        source,
    };
    let (bytes, metadata) = match bytes(file) {
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    let size = metadata.len().max(bytes.len() as u64);
    if size > LIMIT {
        return Err(ConfigError::TooBig {
            path: path.to_owned(),
            size,
            limit: LIMIT,
        });
    }
    if let Some(known) = known.filter(|known| known.text().as_bytes() == bytes) {
        return Ok(Some((known, metadata)));
    }
    match parse(bytes) {
        Ok(document) => Ok(Some((Arc::new(document), metadata))),
        Err(source) => Err(ConfigError::Broken {
            path: path.to_owned(),
            backup: backup::last_good(path).map_err(fault)?,
            source,
        }),
    }
}

/// Reads text as a document, bytes that are no UTF-8 being an error with a place.
pub(super) fn parse(bytes: Vec<u8>) -> Result<ConfigDocument, DocumentError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line_start = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        DocumentError::Syntax {
            line: good.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: String::from_utf8_lossy(&good[line_start..]).chars().count() + 1,
            what: "this is not UTF-8 text".to_owned(),
        }
    })?;
    ConfigDocument::parse(text)
}

/// One byte more than the limit at most. Looked at before it is opened: opening a named pipe would wait for its writer.
pub(super) fn bytes(file: &Path) -> io::Result<(Vec<u8>, Metadata)> {
    let metadata = fs::metadata(file)?;
    if metadata.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder, not a file"));
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is a pipe or a device, not a file"));
    }
    let file = File::open(file)?;
    // Again, of what was opened: it may have been replaced meanwhile.
    let metadata = file.metadata()?;
    let mut bytes = Vec::with_capacity(metadata.len().min(LIMIT) as usize + 1);
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok((bytes, metadata))
}
