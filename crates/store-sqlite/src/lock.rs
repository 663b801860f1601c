//! One server per data directory: an advisory lock on a file beside the database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// Name of the file that is locked. It holds the process id of the owner.
const LOCK_FILE: &str = "ferropik.lock";

/// Held as long as a store is open; the operating system releases it when the process ends in whatever way.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Another process has it; its id, if the file says so.
    Held(Option<u32>),
    /// The file cannot be opened or locked.
    Io(io::Error),
}

impl DirectoryLock {
    /// Takes the lock of a directory without waiting.
    pub(crate) fn take(directory: &Path) -> Result<DirectoryLock, LockError> {
        let path = directory.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(owner(&mut file))),
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        let write = |file: &mut File| -> io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())
        };
        // The number only helps people; without space for it the lock is as good.
        if let Err(error) = write(&mut file) {
            tracing::debug!(%error, "could not write the process id into the lock file");
        }
        Ok(DirectoryLock { _file: file })
    }
}

fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
