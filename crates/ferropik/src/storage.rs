//! The store behind the server, and what can be done to it while the server does not run.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use ferropik_store::SharedStore;

use crate::options::Options;

/// An open store.
pub(crate) struct Storage {
    pub(crate) store: SharedStore,
}

impl Storage {
    /// Opens the store in the data directory, which is created when missing.
    ///
    /// # Errors
    /// The directory cannot be used, for example because another process has it open.
    pub(crate) fn open(_options: &Options) -> anyhow::Result<Storage> {
        bail!("no store is built in")
    }

    /// Ends all writes and closes the files.
    pub(crate) fn close(self) {
        drop(Arc::clone(&self.store));
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
