//! The store behind the server, and what can be done to it while the server does not run.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use ferropik_store::SharedStore;
use ferropik_store_sqlite::{SqliteOptions, SqliteStore};

use crate::options::Options;

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
            data_dir: options.data_dir.clone(),
            readers: options.readers,
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

/// Copies a data directory.
///
/// # Errors
/// Either directory cannot be used.
pub(crate) fn backup(_data_dir: &Path, _destination: &Path) -> anyhow::Result<()> {
    bail!("no store is built in")
}

/// Makes a data directory of a backup.
///
/// # Errors
/// Either directory cannot be used.
pub(crate) fn restore(_source: &Path, _data_dir: &Path) -> anyhow::Result<()> {
    bail!("no store is built in")
}

/// What a check of a data directory has found.
pub(crate) struct Report {
    /// For programs.
    pub(crate) json: serde_json::Value,
    /// For people.
    pub(crate) text: String,
    /// Whether there are no problems.
    pub(crate) is_healthy: bool,
}

/// Checks a data directory.
///
/// # Errors
/// The directory cannot be checked.
pub(crate) fn doctor(_data_dir: &Path) -> anyhow::Result<Report> {
    bail!("no store is built in")
}
