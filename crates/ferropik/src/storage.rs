//! The store behind the server, and what can be done to it while the server does not run.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use ferropik_store::SharedStore;
use ferropik_store_sqlite::admin::{self, Copied, DoctorOptions, DoctorReport};
use ferropik_store_sqlite::{SqliteOptions, SqliteStore};

use crate::options::Options;

/// File in a data directory that a running server holds a lock on.
const LOCK_FILE: &str = "ferropik.lock";

/// An open store. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Storage(Arc<SqliteStore>);

impl Storage {
    /// Opens the store in the data directory, which is created when missing. Must be called inside of a runtime.
    ///
    /// # Errors
    /// The directory cannot be used, for example because another process has it open.
    pub(crate) fn open(options: &Options) -> anyhow::Result<Storage> {
        let options = SqliteOptions {
            readers: options.readers,
            column_budget: options.column_budget_bytes.in_memory(),
            ..SqliteOptions::new(&options.data_dir)
        };
        Ok(Storage(Arc::new(SqliteStore::open(&options)?)))
    }

    /// As the server wants it.
    pub(crate) fn shared(&self) -> SharedStore {
        self.0.clone()
    }

    /// Keys of files that nothing refers to any more since work in the background has deleted their owners.
    pub(crate) fn take_orphans(&self) -> Vec<String> {
        self.0.take_orphans()
    }

    /// Lets waiting writes finish and closes the files. Blocks meanwhile.
    pub(crate) fn close(&self) {
        self.0.close();
    }
}

/// Copies a data directory; a server may work on it meanwhile.
///
/// # Errors
/// There is no store, or the destination is not empty.
pub(crate) fn backup(data_dir: &Path, destination: &Path) -> anyhow::Result<Copied> {
    Ok(admin::backup(data_dir, destination)?)
}

/// Makes a data directory of a backup.
///
/// # Errors
/// The backup is damaged, or the data directory holds a store already.
pub(crate) fn restore(source: &Path, data_dir: &Path) -> anyhow::Result<Copied> {
    Ok(admin::restore(source, data_dir)?)
}

/// Checks a data directory.
///
/// # Errors
/// There is no store, or a server works on it and `live` does not allow that.
pub(crate) fn doctor(data_dir: &Path, live: bool, deep: bool) -> anyhow::Result<DoctorReport> {
    let _lock = if live { None } else { lock(data_dir)? };
    let options = DoctorOptions {
        deep,
        ..DoctorOptions::default()
    };
    Ok(admin::doctor(data_dir, options)?)
}

/// Keeps servers away while the lock is held; there is nothing to lock where none has ever been.
fn lock(data_dir: &Path) -> anyhow::Result<Option<File>> {
    let path = data_dir.join(LOCK_FILE);
    let file = match File::options().read(true).write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot use {}", path.display())),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "the data directory {} is in use by a running server; stop it, or check it as it is with --live",
            data_dir.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}
