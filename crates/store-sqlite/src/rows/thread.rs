//! Rows of the table `thread`.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Totals, decode_numbers, encode_numbers, uuid_at};

/// A row of the table `thread`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ThreadRow {
    pub(crate) seq: i64,
    pub(crate) workspace: i64,
    pub(crate) project: i64,
    pub(crate) thread_id: String,
    pub(crate) model_id: Uuid,
    pub(crate) inactive: bool,
    pub(crate) flags: i64,
    pub(crate) created_ns: i64,
    pub(crate) updated_us: i64,
    pub(crate) created_by: i64,
    pub(crate) updated_by: i64,
    pub(crate) environment: Option<i64>,
    pub(crate) tags: Vec<i64>,
    pub(crate) trace_count: i64,
    pub(crate) start_ns: Option<i64>,
    pub(crate) end_ns: Option<i64>,
    pub(crate) first_trace: Option<i64>,
    pub(crate) last_trace: Option<i64>,
    pub(crate) cost: i64,
    pub(crate) totals: Totals,
}

/// The columns, in the order in which [`ThreadRow::from_row`] reads them. The table must be called `h`.
pub(crate) const COLUMNS: &str = "h.seq, h.workspace, h.project, h.thread_id, h.model_id, h.inactive, h.flags, \
    h.created_ns, h.updated_us, h.created_by, h.updated_by, h.environment, h.tags, h.trace_count, h.start_ns, \
    h.end_ns, h.first_trace, h.last_trace, h.cost, h.totals";

impl ThreadRow {
    /// Reads the columns of [`COLUMNS`].
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<ThreadRow> {
        Ok(ThreadRow {
            seq: row.get(0)?,
            workspace: row.get(1)?,
            project: row.get(2)?,
            thread_id: row.get(3)?,
            model_id: uuid_at(row, 4)?,
            inactive: row.get(5)?,
            flags: row.get(6)?,
            created_ns: row.get(7)?,
            updated_us: row.get(8)?,
            created_by: row.get(9)?,
            updated_by: row.get(10)?,
            environment: row.get(11)?,
            tags: decode_numbers(row.get_ref(12)?.as_blob_or_null()?),
            trace_count: row.get(13)?,
            start_ns: row.get(14)?,
            end_ns: row.get(15)?,
            first_trace: row.get(16)?,
            last_trace: row.get(17)?,
            cost: row.get(18)?,
            totals: Totals::decode(row.get_ref(19)?.as_blob_or_null()?),
        })
    }

    /// The row of a thread's text id.
    pub(crate) fn find(connection: &Connection, project: i64, thread_id: &str) -> rusqlite::Result<Option<ThreadRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM thread h WHERE h.project = ?1 AND h.thread_id = ?2"
            ))?
            .query_row(params![project, thread_id], ThreadRow::from_row)
            .optional()
    }

    /// The row of a sequence number.
    pub(crate) fn by_seq(connection: &Connection, seq: i64) -> rusqlite::Result<Option<ThreadRow>> {
        connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM thread h WHERE h.seq = ?1"))?
            .query_row([seq], ThreadRow::from_row)
            .optional()
    }

    /// The row of the id of the record.
    pub(crate) fn by_model_id(
        connection: &Connection,
        workspace: i64,
        model_id: Uuid,
    ) -> rusqlite::Result<Option<ThreadRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM thread h WHERE h.model_id = ?1 AND h.workspace = ?2"
            ))?
            .query_row(params![model_id.as_bytes(), workspace], ThreadRow::from_row)
            .optional()
    }

    /// Writes the row, over an earlier one of the same `seq` if `exists`.
    pub(crate) fn write(&self, connection: &Connection, exists: bool) -> rusqlite::Result<()> {
        const INSERT: &str = "INSERT INTO thread (seq, workspace, project, thread_id, model_id, inactive, flags, \
            created_ns, updated_us, created_by, updated_by, environment, tags, trace_count, start_ns, end_ns, \
            first_trace, last_trace, cost, totals) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
            ?14, ?15, ?16, ?17, ?18, ?19, ?20)";
        const UPDATE: &str = "UPDATE thread SET workspace = ?2, project = ?3, thread_id = ?4, model_id = ?5, \
            inactive = ?6, flags = ?7, created_ns = ?8, updated_us = ?9, created_by = ?10, updated_by = ?11, \
            environment = ?12, tags = ?13, trace_count = ?14, start_ns = ?15, end_ns = ?16, first_trace = ?17, \
            last_trace = ?18, cost = ?19, totals = ?20 WHERE seq = ?1";
        connection
            .prepare_cached(if exists { UPDATE } else { INSERT })?
            .execute(params![
                self.seq,
                self.workspace,
                self.project,
                self.thread_id,
                self.model_id.as_bytes(),
                self.inactive,
                self.flags,
                self.created_ns,
                self.updated_us,
                self.created_by,
                self.updated_by,
                self.environment,
                encode_numbers(&self.tags),
                self.trace_count,
                self.start_ns,
                self.end_ns,
                self.first_trace,
                self.last_trace,
                self.cost,
                self.totals.encode(),
            ])?;
        Ok(())
    }
}
