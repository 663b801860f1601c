//! Deployment names that traces carry.

use async_trait::async_trait;
use ferropik_store::{EnvironmentStore, StoreResult};
use rusqlite::{OptionalExtension, params};

use crate::SqliteStore;
use crate::error::translate;
use crate::work::Work;

/// Environments that a workspace may have; further names are not registered.
const MAX_ENVIRONMENTS: i64 = 100;

/// Registers a name that a trace carries, unless it is no valid name or there are too many.
pub(crate) fn ensure(work: &mut Work<'_>, name: &str) -> StoreResult<()> {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > 150 || !name.chars().all(valid) {
        return Ok(());
    }
    let folded = name.to_lowercase();
    let known: Option<i64> = work
        .connection
        .prepare_cached("SELECT 1 FROM environment WHERE workspace = ?1 AND folded_name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![work.workspace, folded], |row| row.get(0))
                .optional()
        })
        .map_err(translate)?;
    if known.is_some() {
        return Ok(());
    }
    let count: i64 = work
        .connection
        .query_row(
            "SELECT COUNT(*) FROM environment WHERE workspace = ?1",
            [work.workspace],
            |row| row.get(0),
        )
        .map_err(translate)?;
    if count >= MAX_ENVIRONMENTS {
        return Ok(());
    }
    let id = ferropik_model::id::new();
    work.connection
        .execute(
            "INSERT INTO environment (id, workspace, name, folded_name, created_ns, created_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                id.as_bytes(),
                work.workspace,
                name,
                folded,
                work.now.as_nanos(),
                work.user
            ],
        )
        .map_err(translate)?;
    Ok(())
}

#[async_trait]
impl EnvironmentStore for SqliteStore {}
