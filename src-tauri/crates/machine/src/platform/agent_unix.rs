use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, PeerCreds, ToFsName};
use interprocess::os::unix::local_socket::ListenerOptionsExt;

use super::belongs_to_us;
use crate::Paths;

/// Why a folder or a socket is not used: fits behind its path.
type Doubt = &'static str;

/// Where the agent of this person listens: in the folder of the login where there is one, else in the config folder.
pub(crate) fn socket_place(paths: &Paths, runtime_dir: Option<PathBuf>) -> PathBuf {
    // Set for a login that is not ours, or left over from one, it may name nothing.
    match runtime_dir.filter(|dir| dir.is_absolute() && dir.is_dir()) {
        Some(dir) => dir.join("flowstate").join("agent.sock"),
        None => paths.config_dir_resolved().join("agent.sock"),
    }
}

/// What is locked while an agent lives: a file beside its socket.
pub(crate) fn agent_lock(_paths: &Paths, socket: &Path) -> PathBuf {
    let mut name = socket.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

pub(crate) fn socket_name(socket: &Path) -> io::Result<Name<'_>> {
    socket.to_fs_name::<GenericFilePath>()
}

/// The socket is for this person alone from the moment it is there. Its end is our own business.
pub(crate) fn listener_options(name: Name<'_>) -> io::Result<ListenerOptions<'_>> {
    let options = ListenerOptions::new().name(name).reclaim_name(false);
    // Elsewhere a socket has no mode before it is bound; there the folder alone keeps others out.
    Ok(if cfg!(target_os = "linux") {
        options.mode(0o600)
    } else {
        options
    })
}

/// Closes a socket to others where [`listener_options`] could not.
pub(crate) fn seal_socket(socket: &Path) -> io::Result<()> {
    if cfg!(target_os = "linux") {
        return Ok(());
    }
    fs::set_permissions(socket, Permissions::from_mode(0o600))
}

/// Tells our socket from one that took its name.
pub(crate) fn socket_number(socket: &Path) -> Option<u64> {
    socket.symlink_metadata().ok().map(|metadata| metadata.ino())
}

/// What speaks against the folder of a socket, once it is there.
pub(crate) fn doubt_folder(folder: &Path) -> io::Result<Option<Doubt>> {
    let metadata = folder.symlink_metadata()?;
    Ok(if metadata.is_symlink() {
        Some("is a link")
    } else if !metadata.is_dir() {
        Some("is no folder")
    } else if !belongs_to_us(&metadata) {
        Some("belongs to somebody else")
    } else if metadata.permissions().mode() & 0o022 != 0 {
        Some("can be written by others")
    } else {
        None
    })
}

/// What speaks against asking a socket; that there is none is an error.
pub(crate) fn doubt_socket(socket: &Path) -> io::Result<Option<Doubt>> {
    let metadata = socket.symlink_metadata()?;
    Ok(if !metadata.file_type().is_socket() {
        Some("is no socket")
    } else if !belongs_to_us(&metadata) {
        Some("belongs to somebody else")
    } else {
        None
    })
}

/// Whether the program at the other end runs as this person.
pub(crate) fn is_ours(peer: &PeerCreds) -> io::Result<()> {
    match peer.euid() {
        Some(uid) if uid == rustix::process::geteuid().as_raw() => Ok(()),
        _ => Err(io::Error::new(ErrorKind::PermissionDenied, "it is another person's")),
    }
}
