//! What experiments need to know of datasets.

use ferropik_store::StoreResult;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::error::translate;
use crate::projects::folded;
use crate::rows::uuid_at;
use crate::work::Work;

/// A dataset as experiments see it.
#[derive(Debug, Clone)]
pub(crate) struct DatasetRef {
    pub(crate) key: i64,
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) project: Option<i64>,
    /// Number of the latest version, 0 when there is none.
    pub(crate) latest: i64,
    pub(crate) is_deleted: bool,
}

/// The columns, in the order in which [`DatasetRef::from_row`] reads them.
const COLUMNS: &str = "key, id, name, project, latest, folded_name IS NULL";

impl DatasetRef {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<DatasetRef> {
        Ok(DatasetRef {
            key: row.get(0)?,
            id: uuid_at(row, 1)?,
            name: row.get(2)?,
            project: row.get(3)?,
            latest: row.get(4)?,
            is_deleted: row.get(5)?,
        })
    }

    /// The dataset of a key, also a deleted one.
    pub(crate) fn by_key(connection: &Connection, key: i64) -> StoreResult<Option<DatasetRef>> {
        connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM dataset WHERE key = ?1"))
            .and_then(|mut statement| statement.query_row([key], DatasetRef::from_row).optional())
            .map_err(translate)
    }

    /// The dataset of a name.
    pub(crate) fn by_name(connection: &Connection, workspace: i64, name: &str) -> StoreResult<Option<DatasetRef>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM dataset WHERE workspace = ?1 AND folded_name = ?2"
            ))
            .and_then(|mut statement| {
                statement
                    .query_row(params![workspace, folded(name)], DatasetRef::from_row)
                    .optional()
            })
            .map_err(translate)
    }

    /// The key of a dataset, also of a deleted one.
    pub(crate) fn key_of(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<i64>> {
        connection
            .prepare_cached("SELECT key FROM dataset WHERE id = ?1 AND workspace = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![id.as_bytes(), workspace], |row| row.get(0))
                    .optional()
            })
            .map_err(translate)
    }
}

/// The dataset of a name, created in the project when the workspace has none.
pub(crate) fn ensure(work: &Work<'_>, name: &str, project: Option<i64>) -> StoreResult<DatasetRef> {
    if let Some(dataset) = DatasetRef::by_name(work.connection, work.workspace, name)? {
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
    Ok(DatasetRef {
        key: work.connection.last_insert_rowid(),
        id,
        name: name.to_owned(),
        project,
        latest: 0,
        is_deleted: false,
    })
}

/// A version of a dataset as experiments see it.
#[derive(Debug, Clone)]
pub(crate) struct VersionRef {
    pub(crate) key: i64,
    pub(crate) number: i64,
    pub(crate) policy: Option<String>,
}

impl VersionRef {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<VersionRef> {
        Ok(VersionRef {
            key: row.get(0)?,
            number: row.get(1)?,
            policy: row.get(2)?,
        })
    }

    /// The version of an id, if it is one of the dataset.
    pub(crate) fn by_id(connection: &Connection, dataset: i64, id: Uuid) -> StoreResult<Option<VersionRef>> {
        connection
            .prepare_cached("SELECT key, number, policy FROM dataset_version WHERE id = ?1 AND dataset = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![id.as_bytes(), dataset], VersionRef::from_row)
                    .optional()
            })
            .map_err(translate)
    }

    /// The version of a number.
    pub(crate) fn by_number(connection: &Connection, dataset: i64, number: i64) -> StoreResult<Option<VersionRef>> {
        connection
            .prepare_cached("SELECT key, number, policy FROM dataset_version WHERE dataset = ?1 AND number = ?2")
            .and_then(|mut statement| statement.query_row([dataset, number], VersionRef::from_row).optional())
            .map_err(translate)
    }

    /// The number of the version of a key.
    pub(crate) fn number_of(connection: &Connection, key: i64) -> StoreResult<Option<i64>> {
        connection
            .prepare_cached("SELECT number FROM dataset_version WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
            .map_err(translate)
    }
}

/// The policy of an item in a version of a dataset.
pub(crate) fn item_policy(
    connection: &Connection,
    dataset: i64,
    item: Uuid,
    version: i64,
) -> StoreResult<Option<String>> {
    connection
        .prepare_cached(
            "SELECT policy FROM dataset_item WHERE dataset = ?1 AND id = ?2 AND first <= ?3 AND until > ?3",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![dataset, item.as_bytes(), version], |row| row.get(0))
                .optional()
        })
        .map(Option::flatten)
        .map_err(translate)
}

/// Whether a dataset item exists, but only in other workspaces.
pub(crate) fn is_foreign_item(connection: &Connection, workspace: i64, item: Uuid) -> StoreResult<bool> {
    connection
        .prepare_cached(
            "SELECT COALESCE(MAX(d.workspace = ?2) = 0, 0) FROM dataset_item i JOIN dataset d ON d.key = i.dataset \
             WHERE i.id = ?1",
        )
        .and_then(|mut statement| statement.query_row(params![item.as_bytes(), workspace], |row| row.get(0)))
        .map_err(translate)
}
