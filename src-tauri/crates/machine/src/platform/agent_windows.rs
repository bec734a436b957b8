use std::io;
use std::path::{Path, PathBuf};

use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, PeerCreds, ToFsName};
use interprocess::os::windows::local_socket::ListenerOptionsExt;
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use uuid::Uuid;
use widestring::u16cstr;

use crate::Paths;

/// Why a pipe is not used: fits behind its path.
type Doubt = &'static str;

/// Where the agent of this person listens. Pipes have no folders: the name says whose it is.
pub(crate) fn socket_place(paths: &Paths, _runtime_dir: Option<PathBuf>) -> PathBuf {
    let person = Uuid::new_v5(&Uuid::NAMESPACE_OID, paths.data_dir().as_os_str().as_encoded_bytes());
    PathBuf::from(format!(r"\\.\pipe\flowstate-agent-{person}"))
}

/// What is locked while an agent lives: a pipe has no place for a file beside it.
pub(crate) fn agent_lock(paths: &Paths, _socket: &Path) -> PathBuf {
    paths.data_dir().join("agent.lock")
}

pub(crate) fn socket_name(socket: &Path) -> io::Result<Name<'_>> {
    socket.to_fs_name::<GenericFilePath>()
}

/// A pipe that its owner alone may open ("owner rights: all", and nobody else's).
pub(crate) fn listener_options(name: Name<'_>) -> io::Result<ListenerOptions<'_>> {
    let owner_alone = SecurityDescriptor::deserialize(u16cstr!("D:P(A;;GA;;;OW)"))?;
    Ok(ListenerOptions::new().name(name).security_descriptor(owner_alone))
}

/// [`listener_options`] has done it.
pub(crate) fn seal_socket(_socket: &Path) -> io::Result<()> {
    Ok(())
}

/// A pipe goes with its last end; there is nothing to remove.
pub(crate) fn socket_number(_socket: &Path) -> Option<u64> {
    None
}

/// A pipe lies in no folder.
pub(crate) fn doubt_folder(_folder: &Path) -> io::Result<Option<Doubt>> {
    Ok(None)
}

/// There is nothing to see of a pipe before it is opened.
pub(crate) fn doubt_socket(_socket: &Path) -> io::Result<Option<Doubt>> {
    Ok(None)
}

/// The pipe's access list has let in nobody else.
pub(crate) fn is_ours(_peer: &PeerCreds) -> io::Result<()> {
    Ok(())
}
