//! Versions of the schema. A database is brought up to date when it is opened, each step in a transaction; one that
//! is newer than this program is refused.

use rusqlite::Connection;

/// Identifies the file as one of ours (`PRAGMA application_id`): "FRPK".
pub(crate) const APPLICATION_ID: i32 = 0x4652_504b;

/// The steps, in order. Never change one that has been released: add another.
const MIGRATIONS: &[&str] = &[
    include_str!("../../schema/0001_spine.sql"),
    include_str!("../../schema/0002_evaluation.sql"),
    include_str!("../../schema/0003_prompts.sql"),
    include_str!("../../schema/0004_management.sql"),
    include_str!("../../schema/0005_otel.sql"),
];

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The file belongs to another program.
    #[error("the database file is not one of ferropik's")]
    ForeignFile,
    /// The file was written by a newer version.
    #[error("the database has schema version {found}, this program knows versions up to {known}: use a newer ferropik")]
    TooNew {
        /// Version of the file.
        found: usize,
        /// Latest version that this program knows.
        known: usize,
    },
    /// The database refuses a step.
    #[error("could not bring the database up to date: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// The latest version that this program knows.
pub(crate) fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Whether the database is empty or one that this program can bring up to date; answers its version.
pub(crate) fn check(connection: &Connection) -> Result<usize, MigrationError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(MigrationError::ForeignFile);
    }
    if version > MIGRATIONS.len() {
        return Err(MigrationError::TooNew {
            found: version,
            known: MIGRATIONS.len(),
        });
    }
    Ok(version)
}

/// Brings the schema up to date.
pub(crate) fn migrate(connection: &Connection) -> Result<(), MigrationError> {
    let version = check(connection)?;
    for (number, step) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
        tracing::info!(version = number + 1, "migrated the database");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrating_twice_changes_nothing_and_strangers_are_refused() {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection).unwrap();
        migrate(&connection).unwrap();
        connection.pragma_update(None, "user_version", 1_000).unwrap();
        assert!(matches!(
            migrate(&connection),
            Err(MigrationError::TooNew { found: 1_000, .. })
        ));

        let stranger = Connection::open_in_memory().unwrap();
        stranger.execute_batch("CREATE TABLE x (y)").unwrap();
        assert!(matches!(migrate(&stranger), Err(MigrationError::ForeignFile)));
    }
}
