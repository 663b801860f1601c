//! Opening connections with the settings that the store relies on.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Bytes of one database page. Larger pages than the default suit the compressed payloads of about a kilobyte.
pub(crate) const PAGE_SIZE: u32 = 8192;

/// Pages in the log after which the writer copies them into the database.
const CHECKPOINT_PAGES: u32 = 4_000;

/// Page cache of the writer, KiB.
const WRITER_CACHE_KIB: i64 = 48 * 1024;

/// Page cache of one reader, KiB. The operating system caches the file as well.
const READER_CACHE_KIB: i64 = 8 * 1024;

/// Prepared statements that a connection keeps.
const STATEMENT_CACHE: usize = 256;

/// How long a connection waits for a lock. Only opening, closing and backups ever hold one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the one connection that writes, creating the database when missing.
pub(crate) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_SIZE};
         PRAGMA auto_vacuum = INCREMENTAL;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -{WRITER_CACHE_KIB};
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
         PRAGMA journal_size_limit = 268435456;"
    ))?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    connection.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -{READER_CACHE_KIB};
         PRAGMA query_only = ON;"
    ))?;
    Ok(connection)
}
