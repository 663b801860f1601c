//! Which dataset is meant.

use ferropik_model::{DatasetItemSource, DatasetStatus, DatasetType, Visibility};
use ferropik_store::{Access, Scope, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::error::translate;
use crate::projects::folded;
use crate::rows::uuid_at;
use crate::state::workspace_key;

/// A dataset, as far as others need it to work with its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatasetRow {
    /// Key of the row, to which experiments and optimizations refer.
    pub(crate) key: i64,
    pub(crate) workspace: i64,
    /// Key of the project.
    pub(crate) project: Option<i64>,
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) kind: DatasetType,
    pub(crate) visibility: Visibility,
    /// Number of the latest version; 0 when there is none.
    pub(crate) latest: i64,
    /// Whether it is deleted and stays only because of experiments or optimizations.
    pub(crate) is_deleted: bool,
}

const COLUMNS: &str = "key, workspace, project, id, name, type, visibility, latest, folded_name IS NULL";

impl DatasetRow {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<DatasetRow> {
        Ok(DatasetRow {
            key: row.get(0)?,
            workspace: row.get(1)?,
            project: row.get(2)?,
            id: uuid_at(row, 3)?,
            name: row.get(4)?,
            kind: kind_of(row.get(5)?),
            visibility: visibility_of(row.get(6)?),
            latest: row.get(7)?,
            is_deleted: row.get(8)?,
        })
    }

    /// Whether whoever asks may see it.
    pub(crate) fn is_visible(&self, scope: &Scope) -> bool {
        scope.access == Access::Workspace || self.visibility == Visibility::Public
    }
}

/// A dataset by key, also a deleted one.
pub(crate) fn by_key(connection: &Connection, key: i64) -> StoreResult<Option<DatasetRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM dataset WHERE key = ?1"))
        .and_then(|mut statement| statement.query_row([key], DatasetRow::from_row).optional())
        .map_err(translate)
}

/// A dataset of a workspace by id, also a deleted one.
pub(crate) fn by_id_even_deleted(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<DatasetRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset WHERE id = ?1 AND workspace = ?2"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], DatasetRow::from_row)
                .optional()
        })
        .map_err(translate)
}

/// A dataset of a workspace by id.
pub(crate) fn by_id(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<DatasetRow>> {
    Ok(by_id_even_deleted(connection, workspace, id)?.filter(|row| !row.is_deleted))
}

/// A dataset of a workspace by name, compared without case.
pub(crate) fn by_name(connection: &Connection, workspace: i64, name: &str) -> StoreResult<Option<DatasetRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset WHERE workspace = ?1 AND folded_name = ?2"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, folded(name)], DatasetRow::from_row)
                .optional()
        })
        .map_err(translate)
}

/// A dataset that the scope may see, by id.
pub(crate) fn visible(connection: &Connection, scope: &Scope, id: Uuid) -> StoreResult<Option<DatasetRow>> {
    let workspace = workspace_key(connection, scope)?;
    Ok(by_id(connection, workspace, id)?.filter(|row| row.is_visible(scope)))
}

/// The number of a type.
pub(crate) fn kind_number(kind: DatasetType) -> i64 {
    i64::from(kind == DatasetType::EvaluationSuite)
}

/// The inverse of [`kind_number`].
pub(crate) fn kind_of(number: i64) -> DatasetType {
    if number == 1 {
        DatasetType::EvaluationSuite
    } else {
        DatasetType::Dataset
    }
}

/// The visibility of a number.
pub(crate) fn visibility_of(number: i64) -> Visibility {
    if number == 1 {
        Visibility::Public
    } else {
        Visibility::Private
    }
}

/// The number of a status.
pub(crate) fn status_number(status: DatasetStatus) -> i64 {
    match status {
        DatasetStatus::Unknown => 0,
        DatasetStatus::Processing => 1,
        DatasetStatus::Completed => 2,
        DatasetStatus::Failed => 3,
    }
}

/// The inverse of [`status_number`].
pub(crate) fn status_of(number: i64) -> DatasetStatus {
    match number {
        1 => DatasetStatus::Processing,
        2 => DatasetStatus::Completed,
        3 => DatasetStatus::Failed,
        _ => DatasetStatus::Unknown,
    }
}

/// The number of the source of an item.
pub(crate) fn source_number(source: DatasetItemSource) -> i64 {
    match source {
        DatasetItemSource::Manual => 0,
        DatasetItemSource::Trace => 1,
        DatasetItemSource::Span => 2,
        DatasetItemSource::Sdk => 3,
    }
}

/// The inverse of [`source_number`].
pub(crate) fn source_of(number: i64) -> DatasetItemSource {
    usize::try_from(number)
        .ok()
        .and_then(|index| DatasetItemSource::ALL.get(index).copied())
        .unwrap_or(DatasetItemSource::Sdk)
}
