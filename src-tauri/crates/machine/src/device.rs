use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use auth_core::wire::Device;
use uuid::Uuid;

use crate::{new_file, platform};

/// Why this machine has no id.
#[derive(Debug, thiserror::Error)]
#[error("{} could not be read or made; check the permissions of its folder", .path.display())]
pub struct DeviceError {
    pub path: PathBuf,
    #[source]
    pub source: io::Error,
}

/// What a server is told of this machine at sign-in. The id is random, made once and kept in `data_dir`; it says nothing of the machine.
///
/// # Errors
/// [`DeviceError`]. A sign-in is possible without.
pub fn device(data_dir: &Path) -> Result<Device, DeviceError> {
    let path = data_dir.join("device-id");
    let id = device_id(&path).map_err(|source| DeviceError { path, source })?;
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    Ok(Device {
        device_id: id.to_string(),
        platform: Some(system.to_owned()),
        user_agent: Some(format!(
            "flowstate-accounts/{} ({system}; {machine})",
            env!("CARGO_PKG_VERSION")
        )),
    })
}

fn device_id(path: &Path) -> io::Result<Uuid> {
    if let Some(id) = kept(path)? {
        return Ok(id);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    platform::create_folder(folder)?;
    let id = Uuid::new_v4();
    let mut file = new_file::temporary(folder)?;
    file.write_all(id.to_string().as_bytes())?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(id),
        // Another was first, or the file holds no id: then a new one replaces it.
        Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => match kept(path)? {
            Some(theirs) => Ok(theirs),
            None => taken.file.persist(path).map(|_| id).map_err(|error| error.error),
        },
        Err(failed) => Err(failed.error),
    }
}

fn kept(path: &Path) -> io::Result<Option<Uuid>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Uuid::try_parse_ascii(bytes.trim_ascii()).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_made_once_and_a_broken_one_again() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        let first = device(&data).unwrap();
        assert_eq!(device(&data).unwrap(), first);
        assert!(first.user_agent.unwrap().starts_with("flowstate-accounts/"));
        assert_ne!(device(&root.path().join("other")).unwrap().device_id, first.device_id);
        fs::write(data.join("device-id"), "?").unwrap();
        let again = device(&data).unwrap();
        assert_ne!(again.device_id, first.device_id);
        assert_eq!(device(&data).unwrap(), again);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_this_person_alone() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        device(&root.path().join("data")).unwrap();
        let mode = |path: &str| fs::metadata(root.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("data"), mode("data/device-id")), (0o700, 0o600));
    }
}
