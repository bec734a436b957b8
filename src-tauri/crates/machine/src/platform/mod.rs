//! What differs between systems, and nothing else.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::{create_folder, file_number, give_to_owner, is_read_only, others_may_read, private, sync_folder};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::{
    create_folder, file_number, give_to_owner, is_read_only, others_may_read, private, sync_folder,
};

#[cfg(target_os = "macos")]
#[path = "keychain_macos.rs"]
mod keychain;
#[cfg(windows)]
#[path = "keychain_windows.rs"]
mod keychain;
#[cfg(target_os = "linux")]
#[path = "secret_service.rs"]
mod keychain;
pub(crate) use keychain::{ITEM_LIMIT, KeychainStore};

#[cfg(unix)]
#[path = "agent_unix.rs"]
mod agent;
#[cfg(windows)]
#[path = "agent_windows.rs"]
mod agent;
pub(crate) use agent::{
    agent_lock, doubt_folder, doubt_socket, is_ours, listener_options, seal_socket, socket_name, socket_number,
    socket_place,
};

#[cfg(unix)]
#[path = "rights_unix.rs"]
mod rights;
#[cfg(windows)]
#[path = "rights_windows.rs"]
mod rights;
pub(crate) use rights::{belongs_to_us, close_to_others, is_open_to_others};

#[cfg(not(target_os = "linux"))]
#[path = "processes_elsewhere.rs"]
mod processes;
#[cfg(target_os = "linux")]
#[path = "processes_linux.rs"]
mod processes;
pub(crate) use processes::programs;

#[cfg(not(target_os = "linux"))]
#[path = "wait_elsewhere.rs"]
mod wait;
#[cfg(target_os = "linux")]
#[path = "wait_linux.rs"]
mod wait;
pub(crate) use wait::wait;
