//! Copies of a data directory.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{ATTACHMENTS_DIRECTORY, AdminError, copy, database_error, file_error, integrity, open_database};
use crate::engine::migrations;
use crate::lock::{DirectoryLock, LockError};
use crate::open::DATABASE_FILE;

/// What a copy holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Copied {
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Traces in it.
    pub traces: u64,
    /// Spans in it.
    pub spans: u64,
    /// Files of attachments.
    pub attachment_files: u64,
    /// Their bytes.
    pub attachment_bytes: u64,
}

/// Copies a data directory into a new directory. A server may work on it meanwhile: the database in the copy is as it
/// was at one moment, and the files of all its attachments are there (and possibly some that it does not know).
///
/// The destination appears when it is complete.
///
/// # Errors
/// There is no database, the destination is not empty or lies among the attachments, or a file cannot be used.
pub fn backup(data_dir: &Path, destination: &Path) -> Result<Copied, AdminError> {
    let (path, source) = open_database(data_dir)?;
    if !copy::is_vacant(destination)? {
        return Err(AdminError::NotEmpty {
            path: destination.to_owned(),
        });
    }
    let parent = match destination.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(file_error(&parent))?;
    let attachments = data_dir.join(ATTACHMENTS_DIRECTORY);
    if lies_in(&parent, &attachments)? {
        return Err(AdminError::Inside {
            path: destination.to_owned(),
        });
    }
    let partial = partial_of(destination);
    clear(&partial)?;
    fs::create_dir(&partial).map_err(file_error(&partial))?;
    let result = fill(&path, &source, &attachments, &partial);
    let copied = match result {
        Ok(copied) => copied,
        Err(error) => {
            clear(&partial)?;
            return Err(error);
        }
    };
    if destination.exists() {
        fs::remove_dir(destination).map_err(file_error(destination))?;
    }
    fs::rename(&partial, destination).map_err(file_error(destination))?;
    copy::sync_directory(&parent)?;
    Ok(copied)
}

fn fill(path: &Path, source: &Connection, attachments: &Path, into: &Path) -> Result<Copied, AdminError> {
    let target = into.join(ATTACHMENTS_DIRECTORY);
    // Files are copied before and after the database: one that the database knows may be deleted right after its copy.
    let early = copy::directory(attachments, &target)?;
    let database = into.join(DATABASE_FILE);
    copy_database(path, source, &database)?;
    fs::File::options()
        .write(true)
        .open(&database)
        .and_then(|file| file.sync_all())
        .map_err(file_error(&database))?;
    let late = copy::directory(attachments, &target)?;
    copy::sync_directory(into)?;
    let mut copied = describe(&database)?;
    copied.attachment_files = early.files + late.files;
    copied.attachment_bytes = early.bytes + late.bytes;
    Ok(copied)
}

/// Makes a data directory of a backup. The directory may exist, without a database.
///
/// # Errors
/// The backup is damaged or from a newer version, the data directory has a database or is in use, or a file cannot be
/// used.
pub fn restore(source: &Path, data_dir: &Path) -> Result<Copied, AdminError> {
    let (path, connection) = open_backup(source)?;
    migrations::check(&connection)?;
    let problems = integrity(&connection, false).map_err(database_error(&path))?;
    if let Some(problem) = problems.into_iter().next() {
        return Err(AdminError::Damaged { path, problem });
    }
    fs::create_dir_all(data_dir).map_err(file_error(data_dir))?;
    let _lock = DirectoryLock::take(data_dir).map_err(|error| match error {
        LockError::Held(owner) => AdminError::InUse {
            directory: data_dir.to_owned(),
            owner,
        },
        LockError::Io(error) => file_error(data_dir)(error),
    })?;
    let database = data_dir.join(DATABASE_FILE);
    // A log without its database would be taken for the log of the new one.
    for taken in [
        database.clone(),
        with_suffix(&database, "-wal"),
        with_suffix(&database, "-journal"),
    ] {
        if taken.exists() {
            return Err(AdminError::NotEmpty { path: taken });
        }
    }
    let attachments = source.join(ATTACHMENTS_DIRECTORY);
    if lies_in(data_dir, &attachments)? {
        return Err(AdminError::Inside {
            path: data_dir.to_owned(),
        });
    }
    let volume = copy::directory(&attachments, &data_dir.join(ATTACHMENTS_DIRECTORY))?;
    let partial = partial_of(&database);
    clear(&partial)?;
    if let Err(error) = copy_database(&path, &connection, &partial) {
        clear(&partial)?;
        return Err(error);
    }
    copy::finish(&partial, &database)?;
    copy::sync_directory(data_dir)?;
    let mut copied = describe(&database)?;
    copied.attachment_files = volume.files;
    copied.attachment_bytes = volume.bytes;
    Ok(copied)
}

/// Opens the database of a backup. One without a log is opened without locks, as it may lie on a read-only disk.
fn open_backup(directory: &Path) -> Result<(PathBuf, Connection), AdminError> {
    let path = directory.join(DATABASE_FILE);
    if with_suffix(&path, "-wal").exists() || !path.is_file() {
        return open_database(directory);
    }
    let connection = open_immutable(&path).map_err(database_error(&path))?;
    Ok((path, connection))
}

fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let text = path.to_string_lossy();
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
}

/// Copies a database, as it is at this moment, into a new file.
fn copy_database(path: &Path, source: &Connection, destination: &Path) -> Result<(), AdminError> {
    let failed = database_error(path);
    let copy = || -> rusqlite::Result<()> {
        let mut target = Connection::open(destination)?;
        // In one step, so that writes of a server do not make the copy start anew.
        let finished = Backup::new(source, &mut target)?.step(-1)?;
        if finished != StepResult::Done {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                Some("the database is locked".to_owned()),
            ));
        }
        target.close().map_err(|(_, error)| error)
    };
    copy().map_err(failed)
}

fn describe(path: &Path) -> Result<Copied, AdminError> {
    let connection = open_immutable(path).map_err(database_error(path))?;
    let count = |table: &str| {
        connection
            .query_row(
                &format!("SELECT COUNT(*) FROM {table} WHERE flags & 1 = 0"),
                [],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(database_error(path))
    };
    Ok(Copied {
        database_bytes: fs::metadata(path).map_err(file_error(path))?.len(),
        traces: count("trace")?,
        spans: count("span")?,
        ..Copied::default()
    })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn partial_of(path: &Path) -> PathBuf {
    with_suffix(path, &format!(".{}", copy::PARTIAL))
}

/// Removes what an interrupted copy has left.
fn clear(path: &Path) -> Result<(), AdminError> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(path)(error)),
        _ => Ok(()),
    }
}

/// Whether an existing path is a directory or below it.
fn lies_in(path: &Path, directory: &Path) -> Result<bool, AdminError> {
    let Ok(directory) = fs::canonicalize(directory) else {
        return Ok(false);
    };
    Ok(fs::canonicalize(path).map_err(file_error(path))?.starts_with(directory))
}
