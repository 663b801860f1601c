//! Rows of the tables `experiment` and `experiment_item`.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::rows::{optional_uuid_at, uuid_at};

/// A row of the table `experiment`, without what is large.
#[derive(Debug, Clone)]
pub(crate) struct ExperimentRow {
    pub(crate) key: i64,
    pub(crate) id: Uuid,
    pub(crate) dataset: i64,
    pub(crate) version: Option<i64>,
    pub(crate) project: Option<i64>,
    pub(crate) optimization: Option<Uuid>,
    pub(crate) name: String,
    pub(crate) kind: i64,
    pub(crate) method: i64,
    pub(crate) status: i64,
    pub(crate) metadata: Option<Vec<u8>>,
    pub(crate) tags: Option<String>,
    pub(crate) scores: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) created_us: i64,
    pub(crate) created_by: i64,
    pub(crate) updated_us: i64,
    pub(crate) updated_by: i64,
    pub(crate) finished_us: Option<i64>,
    pub(crate) revision: i64,
    pub(crate) summarized: i64,
}

/// The columns, in the order in which [`ExperimentRow::from_row`] reads them. The table must be called `e`.
pub(crate) const COLUMNS: &str = "e.key, e.id, e.dataset, e.version, e.project, e.optimization, e.name, e.type, \
    e.method, e.status, e.metadata, e.tags, e.scores, e.policy, e.created_us, e.created_by, e.updated_us, \
    e.updated_by, e.finished_us, e.revision, e.summarized";

impl ExperimentRow {
    /// Reads the columns of [`COLUMNS`].
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<ExperimentRow> {
        Ok(ExperimentRow {
            key: row.get(0)?,
            id: uuid_at(row, 1)?,
            dataset: row.get(2)?,
            version: row.get(3)?,
            project: row.get(4)?,
            optimization: optional_uuid_at(row, 5)?,
            name: row.get(6)?,
            kind: row.get(7)?,
            method: row.get(8)?,
            status: row.get(9)?,
            metadata: row.get(10)?,
            tags: row.get(11)?,
            scores: row.get(12)?,
            policy: row.get(13)?,
            created_us: row.get(14)?,
            created_by: row.get(15)?,
            updated_us: row.get(16)?,
            updated_by: row.get(17)?,
            finished_us: row.get(18)?,
            revision: row.get(19)?,
            summarized: row.get(20)?,
        })
    }

    /// The row of an id.
    pub(crate) fn find(connection: &Connection, workspace: i64, id: Uuid) -> rusqlite::Result<Option<ExperimentRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM experiment e WHERE e.id = ?1 AND e.workspace = ?2"
            ))?
            .query_row(params![id.as_bytes(), workspace], ExperimentRow::from_row)
            .optional()
    }
}

/// A row of the table `experiment_item`.
#[derive(Debug, Clone)]
pub(crate) struct ItemRow {
    pub(crate) seq: i64,
    pub(crate) id: Uuid,
    pub(crate) experiment: i64,
    pub(crate) item: Uuid,
    pub(crate) trace: i64,
    pub(crate) project: Option<i64>,
    pub(crate) policy: Option<String>,
    pub(crate) created_us: i64,
    pub(crate) created_by: i64,
    pub(crate) updated_us: i64,
    pub(crate) updated_by: i64,
}

/// The columns, in the order in which [`ItemRow::from_row`] reads them. The table must be called `i`.
pub(crate) const ITEM_COLUMNS: &str = "i.seq, i.id, i.experiment, i.item, i.trace, i.project, i.policy, \
    i.created_us, i.created_by, i.updated_us, i.updated_by";

impl ItemRow {
    /// Reads the columns of [`ITEM_COLUMNS`].
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<ItemRow> {
        Ok(ItemRow {
            seq: row.get(0)?,
            id: uuid_at(row, 1)?,
            experiment: row.get(2)?,
            item: uuid_at(row, 3)?,
            trace: row.get(4)?,
            project: row.get(5)?,
            policy: row.get(6)?,
            created_us: row.get(7)?,
            created_by: row.get(8)?,
            updated_us: row.get(9)?,
            updated_by: row.get(10)?,
        })
    }

    /// The row of an id.
    pub(crate) fn find(connection: &Connection, workspace: i64, id: Uuid) -> rusqlite::Result<Option<ItemRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {ITEM_COLUMNS} FROM experiment_item i WHERE i.id = ?1 AND i.workspace = ?2"
            ))?
            .query_row(params![id.as_bytes(), workspace], ItemRow::from_row)
            .optional()
    }

    /// The row of a number.
    pub(crate) fn by_seq(connection: &Connection, seq: i64) -> rusqlite::Result<Option<ItemRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {ITEM_COLUMNS} FROM experiment_item i WHERE i.seq = ?1"
            ))?
            .query_row([seq], ItemRow::from_row)
            .optional()
    }
}

/// The id of an experiment by its key, also of one that items await.
pub(crate) fn id_of(connection: &Connection, key: i64) -> rusqlite::Result<Option<Uuid>> {
    connection
        .prepare_cached(
            "SELECT id FROM experiment WHERE key = ?1 UNION ALL SELECT id FROM experiment_awaited WHERE key = ?1 LIMIT 1",
        )?
        .query_row([key], |row| uuid_at(row, 0))
        .optional()
}
