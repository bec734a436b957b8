use std::fs::File;
use std::io::Read;
use std::path::Path;

use accounts::ports::VaultError;
use auth_core::Secret;
use zeroize::Zeroizing;

use crate::platform;

/// Longer than anybody types.
const LONGEST: u64 = 4096;

/// The first line of the file, without its end.
///
/// One that others may read is used all the same: secrets that are mounted into a container usually are readable by everybody in it.
/// The log says so.
pub(super) fn from_file(path: &Path) -> Result<Secret, VaultError> {
    let fault = |what: String| VaultError::PassphraseFile {
        path: path.to_owned(),
        what,
    };
    let io = |error: std::io::Error| {
        fault(format!(
            "could not be read: {error}; see whether it is there and who may read it"
        ))
    };
    let metadata = std::fs::metadata(path).map_err(io)?;
    // What a shell puts in the place of <(command) has its writer; any other pipe would be waited for, perhaps for ever.
    if !metadata.is_file() && !path.starts_with("/dev/fd") && !path.starts_with("/proc") {
        return Err(fault("is no plain file; name one that holds the passphrase".to_owned()));
    }
    let file = File::open(path).map_err(io)?;
    if metadata.is_file() && platform::others_may_read(&metadata) {
        tracing::warn!(path = %path.display(), "others may read the passphrase file; chmod 600 keeps it private");
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(io)?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() as u64 > LONGEST {
        return Err(fault(format!(
            "begins with a line of more than {LONGEST} bytes; write the passphrase there alone"
        )));
    }
    if line.is_empty() {
        return Err(fault(
            "begins with an empty line; write the passphrase there".to_owned(),
        ));
    }
    match std::str::from_utf8(line) {
        Ok(text) => Ok(Secret::new(text)),
        Err(_) => Err(fault(
            "holds something that is no text; write the passphrase there as UTF-8".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_without_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        for (content, passphrase) in [
            ("correct horse", "correct horse"),
            ("correct horse\n", "correct horse"),
            ("correct horse\r\n", "correct horse"),
            (" two  spaces \nand a note", " two  spaces "),
            ("süß\n", "süß"),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(from_file(&path).unwrap(), Secret::new(passphrase), "{content:?}");
        }
    }

    #[test]
    fn a_file_that_holds_none_is_named_and_never_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        let missing = from_file(&path).unwrap_err().to_string();
        assert!(
            missing.contains("passphrase") && missing.contains("could not be read"),
            "{missing}"
        );
        assert!(
            from_file(folder.path())
                .unwrap_err()
                .to_string()
                .contains("no plain file")
        );
        let long = "hunter2".repeat(1000);
        for content in ["".as_bytes(), b"\nhunter2", b"hunter2\xff", long.as_bytes()] {
            std::fs::write(&path, content).unwrap();
            let error = from_file(&path).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
