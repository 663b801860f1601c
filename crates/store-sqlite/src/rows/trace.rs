//! Rows of the table `trace`.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Totals, decode_numbers, duration_us, encode_numbers, flag, uuid_at};

/// A row of the table `trace`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TraceRow {
    pub(crate) seq: i64,
    pub(crate) id: Uuid,
    pub(crate) workspace: i64,
    pub(crate) project: i64,
    pub(crate) flags: i64,
    pub(crate) source: i64,
    pub(crate) name: Option<i64>,
    pub(crate) start_ns: i64,
    pub(crate) end_ns: Option<i64>,
    pub(crate) created_ns: i64,
    pub(crate) updated_us: i64,
    pub(crate) created_by: i64,
    pub(crate) updated_by: i64,
    pub(crate) thread: Option<i64>,
    pub(crate) environment: Option<i64>,
    pub(crate) error_type: Option<i64>,
    pub(crate) ttft: Option<f64>,
    pub(crate) tags: Vec<i64>,
    pub(crate) span_count: i64,
    pub(crate) llm_span_count: i64,
    pub(crate) tool_span_count: i64,
    pub(crate) cost: i64,
    pub(crate) totals: Totals,
    pub(crate) failed_guardrails: i64,
}

/// The columns, in the order in which [`TraceRow::from_row`] reads them. The table must be called `t`.
pub(crate) const COLUMNS: &str = "t.seq, t.id, t.workspace, t.project, t.flags, t.source, t.name, t.start_ns, \
    t.end_ns, t.created_ns, t.updated_us, t.created_by, t.updated_by, t.thread, t.environment, t.error_type, t.ttft, \
    t.tags, t.span_count, t.llm_span_count, t.tool_span_count, t.cost, t.totals, t.failed_guardrails";

impl TraceRow {
    /// A row that is only referred to.
    pub(crate) fn ghost(seq: i64, id: Uuid, workspace: i64, project: i64, user: i64, now_ns: i64) -> TraceRow {
        TraceRow {
            seq,
            id,
            workspace,
            project,
            flags: flag::GHOST,
            source: super::source::UNKNOWN,
            name: None,
            start_ns: 0,
            end_ns: None,
            created_ns: now_ns,
            updated_us: now_ns / 1_000,
            created_by: user,
            updated_by: user,
            thread: None,
            environment: None,
            error_type: None,
            ttft: None,
            tags: Vec::new(),
            span_count: 0,
            llm_span_count: 0,
            tool_span_count: 0,
            cost: 0,
            totals: Totals::default(),
            failed_guardrails: 0,
        }
    }

    /// Whether the trace itself has arrived (or an update of it).
    pub(crate) fn is_visible(&self) -> bool {
        self.flags & flag::GHOST == 0
    }

    /// Whether only updates have arrived.
    pub(crate) fn is_partial(&self) -> bool {
        self.is_visible() && self.start_ns == 0
    }

    /// Whether a bit of `flags` is set.
    pub(crate) fn has(&self, bit: i64) -> bool {
        self.flags & bit != 0
    }

    /// Sets or clears a bit of `flags`.
    pub(crate) fn set(&mut self, bit: i64, on: bool) {
        if on { self.flags |= bit } else { self.flags &= !bit }
    }

    /// Whole microseconds from start to end.
    pub(crate) fn duration_us(&self) -> Option<i64> {
        duration_us(self.start_ns, self.end_ns)
    }

    /// Reads the columns of [`COLUMNS`].
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<TraceRow> {
        Ok(TraceRow {
            seq: row.get(0)?,
            id: uuid_at(row, 1)?,
            workspace: row.get(2)?,
            project: row.get(3)?,
            flags: row.get(4)?,
            source: row.get(5)?,
            name: row.get(6)?,
            start_ns: row.get(7)?,
            end_ns: row.get(8)?,
            created_ns: row.get(9)?,
            updated_us: row.get(10)?,
            created_by: row.get(11)?,
            updated_by: row.get(12)?,
            thread: row.get(13)?,
            environment: row.get(14)?,
            error_type: row.get(15)?,
            ttft: row.get(16)?,
            tags: decode_numbers(row.get_ref(17)?.as_blob_or_null()?),
            span_count: row.get(18)?,
            llm_span_count: row.get(19)?,
            tool_span_count: row.get(20)?,
            cost: row.get(21)?,
            totals: Totals::decode(row.get_ref(22)?.as_blob_or_null()?),
            failed_guardrails: row.get(23)?,
        })
    }

    /// The row of an id.
    pub(crate) fn find(connection: &Connection, workspace: i64, id: Uuid) -> rusqlite::Result<Option<TraceRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM trace t WHERE t.id = ?1 AND t.workspace = ?2"
            ))?
            .query_row(params![id.as_bytes(), workspace], TraceRow::from_row)
            .optional()
    }

    /// The row of a sequence number.
    pub(crate) fn by_seq(connection: &Connection, seq: i64) -> rusqlite::Result<Option<TraceRow>> {
        connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM trace t WHERE t.seq = ?1"))?
            .query_row([seq], TraceRow::from_row)
            .optional()
    }

    /// Writes the row, over an earlier one of the same `seq` if `exists`.
    pub(crate) fn write(&self, connection: &Connection, exists: bool) -> rusqlite::Result<()> {
        const INSERT: &str = "INSERT INTO trace (seq, id, workspace, project, flags, source, name, start_ns, end_ns, \
            created_ns, updated_us, created_by, updated_by, thread, environment, error_type, ttft, tags, span_count, \
            llm_span_count, tool_span_count, cost, totals, failed_guardrails) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
            ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)";
        const UPDATE: &str = "UPDATE trace SET id = ?2, workspace = ?3, project = ?4, flags = ?5, source = ?6, \
            name = ?7, start_ns = ?8, end_ns = ?9, created_ns = ?10, updated_us = ?11, created_by = ?12, \
            updated_by = ?13, thread = ?14, environment = ?15, error_type = ?16, ttft = ?17, tags = ?18, \
            span_count = ?19, llm_span_count = ?20, tool_span_count = ?21, cost = ?22, totals = ?23, \
            failed_guardrails = ?24 WHERE seq = ?1";
        connection
            .prepare_cached(if exists { UPDATE } else { INSERT })?
            .execute(params![
                self.seq,
                self.id.as_bytes(),
                self.workspace,
                self.project,
                self.flags,
                self.source,
                self.name,
                self.start_ns,
                self.end_ns,
                self.created_ns,
                self.updated_us,
                self.created_by,
                self.updated_by,
                self.thread,
                self.environment,
                self.error_type,
                self.ttft,
                encode_numbers(&self.tags),
                self.span_count,
                self.llm_span_count,
                self.tool_span_count,
                self.cost,
                self.totals.encode(),
                self.failed_guardrails,
            ])?;
        Ok(())
    }

    /// Writes only what spans change, which leaves the indexes alone.
    pub(crate) fn write_span_sums(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "UPDATE trace SET flags = ?2, span_count = ?3, llm_span_count = ?4, tool_span_count = ?5, cost = ?6, \
                 totals = ?7, failed_guardrails = ?8 WHERE seq = ?1",
            )?
            .execute(params![
                self.seq,
                self.flags,
                self.span_count,
                self.llm_span_count,
                self.tool_span_count,
                self.cost,
                self.totals.encode(),
                self.failed_guardrails,
            ])?;
        Ok(())
    }

    /// Whether the rows differ at most in what [`TraceRow::write_span_sums`] writes.
    pub(crate) fn differs_only_in_span_sums(&self, other: &TraceRow) -> bool {
        self.seq == other.seq
            && self.project == other.project
            && self.source == other.source
            && self.name == other.name
            && self.start_ns == other.start_ns
            && self.end_ns == other.end_ns
            && self.created_ns == other.created_ns
            && self.updated_us == other.updated_us
            && self.created_by == other.created_by
            && self.updated_by == other.updated_by
            && self.thread == other.thread
            && self.environment == other.environment
            && self.error_type == other.error_type
            && self.ttft == other.ttft
            && self.tags == other.tags
    }
}
