//! What can be done to a data directory from outside of a store: checking it, copying it, and making one of a copy.

mod backup;
mod copy;
mod datasets;
mod doctor;
mod orphans;
mod recount;
mod report;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::engine::migrations::MigrationError;
use crate::open::{DATABASE_FILE, open_beside};

pub use backup::{Copied, backup, restore};
pub use doctor::{DoctorOptions, doctor};
pub use report::{DoctorReport, Finding, ObjectSize, Sizes};

/// Directory of the bytes of attachments inside of the data directory.
const ATTACHMENTS_DIRECTORY: &str = "attachments";

/// Why a data directory cannot be checked or copied.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The directory holds no database.
    #[error("there is no database in {}", directory.display())]
    NoDatabase {
        /// The directory.
        directory: PathBuf,
    },
    /// Something is there already that would be overwritten.
    #[error("{} is not empty", path.display())]
    NotEmpty {
        /// Where.
        path: PathBuf,
    },
    /// A copy of a directory would become a part of the directory.
    #[error("{} lies inside of what is to be copied", path.display())]
    Inside {
        /// Where the copy should go.
        path: PathBuf,
    },
    /// A server works on the directory.
    #[error("the data directory {} is in use by another ferropik{}; stop that one first",
        directory.display(), owner.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// Process id of the server, if known.
        owner: Option<u32>,
    },
    /// The backup is damaged.
    #[error("the backup {} is damaged: {problem}", path.display())]
    Damaged {
        /// The database of the backup.
        path: PathBuf,
        /// The first thing that the database engine has found.
        problem: String,
    },
    /// The database was written by another program or by a newer version.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// A file or directory cannot be used.
    #[error("cannot use {}: {error}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// The database cannot be read or written.
    #[error("cannot use the database {}: {error}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What the database engine says.
        error: rusqlite::Error,
    },
}

/// Turns an I/O error into one that names the path.
fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> AdminError + use<> {
    let path = path.to_owned();
    move |error| AdminError::File { path, error }
}

/// Turns an error of the database engine into one that names the file.
fn database_error(path: &Path) -> impl FnOnce(rusqlite::Error) -> AdminError + use<> {
    let path = path.to_owned();
    move |error| AdminError::Database { path, error }
}

/// Opens the database of a directory for reading; a server may work on it at the same time.
fn open_database(directory: &Path) -> Result<(PathBuf, Connection), AdminError> {
    let path = directory.join(DATABASE_FILE);
    if !path.is_file() {
        return Err(AdminError::NoDatabase {
            directory: directory.to_owned(),
        });
    }
    let connection = open_beside(&path).map_err(database_error(&path))?;
    Ok((path, connection))
}

/// What the database engine finds wrong with the structure of the file, at most 100 lines. The full check also
/// compares indexes with their tables.
fn integrity(connection: &Connection, full: bool) -> rusqlite::Result<Vec<String>> {
    let check = || -> rusqlite::Result<Vec<String>> {
        let pragma = if full {
            "PRAGMA integrity_check(100)"
        } else {
            "PRAGMA quick_check(100)"
        };
        connection.prepare(pragma)?.query_map([], |row| row.get(0))?.collect()
    };
    match check() {
        Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
        // Damage can be such that the check itself gives up.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt) => {
            Ok(vec![error.to_string()])
        }
        Err(error) => Err(error),
    }
}
