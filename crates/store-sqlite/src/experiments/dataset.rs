//! What experiments and optimizations need to know of datasets.

use ferropik_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::datasets::find::{self, DatasetRow};
use crate::error::translate;
use crate::projects::folded;
use crate::work::Work;

/// The dataset of a name, created in the project when the workspace has none.
pub(crate) fn ensure(work: &Work<'_>, name: &str, project: Option<i64>) -> StoreResult<DatasetRow> {
    if let Some(dataset) = find::by_name(work.connection, work.workspace, name)? {
        return Ok(dataset);
    }
    let id = ferropik_model::id::new();
    work.connection
        .prepare_cached(
            "INSERT INTO dataset (workspace, project, id, name, folded_name, type, visibility, status, created_us, \
             created_by, updated_us, updated_by) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?6, ?7, ?6, ?7)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                project,
                id.as_bytes(),
                name,
                folded(name),
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    find::by_name(work.connection, work.workspace, name)?
        .ok_or_else(|| StoreError::internal("a dataset vanished while it was created"))
}

/// The number of the version of a key.
pub(super) fn number_of_version(connection: &Connection, key: i64) -> StoreResult<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM dataset_version WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .map_err(translate)
}

/// The policy of an item in a version of a dataset.
pub(super) fn item_policy(
    connection: &Connection,
    dataset: i64,
    item: Uuid,
    version: i64,
) -> StoreResult<Option<String>> {
    connection
        .prepare_cached("SELECT policy FROM dataset_item WHERE dataset = ?1 AND id = ?2 AND first <= ?3 AND until > ?3")
        .and_then(|mut statement| {
            statement
                .query_row(params![dataset, item.as_bytes(), version], |row| row.get(0))
                .optional()
        })
        .map(Option::flatten)
        .map_err(translate)
}

/// Whether a dataset item exists, but only in other workspaces.
pub(super) fn is_foreign_item(connection: &Connection, workspace: i64, item: Uuid) -> StoreResult<bool> {
    connection
        .prepare_cached(
            "SELECT COALESCE(MAX(d.workspace = ?2) = 0, 0) FROM dataset_item i JOIN dataset d ON d.key = i.dataset \
             WHERE i.id = ?1",
        )
        .and_then(|mut statement| statement.query_row(params![item.as_bytes(), workspace], |row| row.get(0)))
        .map_err(translate)
}
