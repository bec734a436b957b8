use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

/// A small file system of its own.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this test may not mount.
    pub fn mount(folder: &Path, options: &str, flags: MountFlags) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let options = CString::new(options).unwrap();
        match mount("tmpfs", folder, "tmpfs", flags, Some(options.as_c_str())) {
            Ok(()) => Some(Self(folder.to_owned())),
            Err(error) => {
                eprintln!("SKIPPED: this test may not mount a small disk ({error})");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0, UnmountFlags::DETACH).unwrap();
    }
}
