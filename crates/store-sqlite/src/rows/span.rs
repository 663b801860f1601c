//! Rows of the table `span`.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{SpanUsage, decode_numbers, duration_us, encode_numbers, flag, optional_uuid_at, uuid_at};

/// A row of the table `span`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SpanRow {
    pub(crate) seq: i64,
    pub(crate) id: Uuid,
    pub(crate) workspace: i64,
    pub(crate) project: i64,
    /// `seq` of the trace, 0 as long as it is unknown.
    pub(crate) trace: i64,
    pub(crate) parent: Option<Uuid>,
    pub(crate) flags: i64,
    pub(crate) source: i64,
    /// See [`span_type`].
    pub(crate) span_type: i64,
    pub(crate) name: Option<i64>,
    pub(crate) start_ns: i64,
    pub(crate) end_ns: Option<i64>,
    pub(crate) created_ns: i64,
    pub(crate) updated_us: i64,
    pub(crate) created_by: i64,
    pub(crate) updated_by: i64,
    pub(crate) model: Option<i64>,
    pub(crate) provider: Option<i64>,
    pub(crate) environment: Option<i64>,
    pub(crate) error_type: Option<i64>,
    pub(crate) ttft: Option<f64>,
    pub(crate) tags: Vec<i64>,
    pub(crate) cost: i64,
    pub(crate) usage: SpanUsage,
}

/// The columns, in the order in which [`SpanRow::from_row`] reads them. The table must be called `s`.
pub(crate) const COLUMNS: &str = "s.seq, s.id, s.workspace, s.project, s.trace, s.parent, s.flags, s.source, s.type, \
    s.name, s.start_ns, s.end_ns, s.created_ns, s.updated_us, s.created_by, s.updated_by, s.model, s.provider, \
    s.environment, s.error_type, s.ttft, s.tags, s.cost, s.usage";

/// Numbers of the column `type`.
pub(crate) mod span_type {
    use ferropik_model::SpanType;

    /// A call of a language model.
    pub(crate) const LLM: i64 = 3;
    /// A tool call.
    pub(crate) const TOOL: i64 = 2;

    /// The number of a type; 0 is unknown.
    pub(crate) fn number(span_type: Option<SpanType>) -> i64 {
        match span_type {
            None => 0,
            Some(SpanType::General) => 1,
            Some(SpanType::Tool) => TOOL,
            Some(SpanType::Llm) => LLM,
            Some(SpanType::Guardrail) => 4,
        }
    }

    /// The inverse of [`number`].
    pub(crate) fn from_number(number: i64) -> Option<SpanType> {
        match number {
            1 => Some(SpanType::General),
            TOOL => Some(SpanType::Tool),
            LLM => Some(SpanType::Llm),
            4 => Some(SpanType::Guardrail),
            _ => None,
        }
    }
}

impl SpanRow {
    /// A row that is only referred to.
    pub(crate) fn ghost(seq: i64, id: Uuid, workspace: i64, project: i64, user: i64, now_ns: i64) -> SpanRow {
        SpanRow {
            seq,
            id,
            workspace,
            project,
            trace: 0,
            parent: None,
            flags: flag::GHOST,
            source: super::source::UNKNOWN,
            span_type: 0,
            name: None,
            start_ns: 0,
            end_ns: None,
            created_ns: now_ns,
            updated_us: now_ns / 1_000,
            created_by: user,
            updated_by: user,
            model: None,
            provider: None,
            environment: None,
            error_type: None,
            ttft: None,
            tags: Vec::new(),
            cost: 0,
            usage: SpanUsage::default(),
        }
    }

    /// Whether the span itself has arrived (or an update of it).
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
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<SpanRow> {
        Ok(SpanRow {
            seq: row.get(0)?,
            id: uuid_at(row, 1)?,
            workspace: row.get(2)?,
            project: row.get(3)?,
            trace: row.get(4)?,
            parent: optional_uuid_at(row, 5)?,
            flags: row.get(6)?,
            source: row.get(7)?,
            span_type: row.get(8)?,
            name: row.get(9)?,
            start_ns: row.get(10)?,
            end_ns: row.get(11)?,
            created_ns: row.get(12)?,
            updated_us: row.get(13)?,
            created_by: row.get(14)?,
            updated_by: row.get(15)?,
            model: row.get(16)?,
            provider: row.get(17)?,
            environment: row.get(18)?,
            error_type: row.get(19)?,
            ttft: row.get(20)?,
            tags: decode_numbers(row.get_ref(21)?.as_blob_or_null()?),
            cost: row.get(22)?,
            usage: SpanUsage::decode(row.get_ref(23)?.as_blob_or_null()?),
        })
    }

    /// The row of an id.
    pub(crate) fn find(connection: &Connection, workspace: i64, id: Uuid) -> rusqlite::Result<Option<SpanRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM span s WHERE s.id = ?1 AND s.workspace = ?2"
            ))?
            .query_row(params![id.as_bytes(), workspace], SpanRow::from_row)
            .optional()
    }

    /// The row of a sequence number.
    pub(crate) fn by_seq(connection: &Connection, seq: i64) -> rusqlite::Result<Option<SpanRow>> {
        connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM span s WHERE s.seq = ?1"))?
            .query_row([seq], SpanRow::from_row)
            .optional()
    }

    /// Writes the row, over an earlier one of the same `seq` if `exists`.
    pub(crate) fn write(&self, connection: &Connection, exists: bool) -> rusqlite::Result<()> {
        const INSERT: &str = "INSERT INTO span (seq, id, workspace, project, trace, parent, flags, source, type, name, \
            start_ns, end_ns, created_ns, updated_us, created_by, updated_by, model, provider, environment, \
            error_type, ttft, tags, cost, usage) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
            ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)";
        const UPDATE: &str = "UPDATE span SET id = ?2, workspace = ?3, project = ?4, trace = ?5, parent = ?6, \
            flags = ?7, source = ?8, type = ?9, name = ?10, start_ns = ?11, end_ns = ?12, created_ns = ?13, \
            updated_us = ?14, created_by = ?15, updated_by = ?16, model = ?17, provider = ?18, environment = ?19, \
            error_type = ?20, ttft = ?21, tags = ?22, cost = ?23, usage = ?24 WHERE seq = ?1";
        connection
            .prepare_cached(if exists { UPDATE } else { INSERT })?
            .execute(params![
                self.seq,
                self.id.as_bytes(),
                self.workspace,
                self.project,
                self.trace,
                self.parent.as_ref().map(Uuid::as_bytes),
                self.flags,
                self.source,
                self.span_type,
                self.name,
                self.start_ns,
                self.end_ns,
                self.created_ns,
                self.updated_us,
                self.created_by,
                self.updated_by,
                self.model,
                self.provider,
                self.environment,
                self.error_type,
                self.ttft,
                encode_numbers(&self.tags),
                self.cost,
                self.usage.encode(),
            ])?;
        Ok(())
    }
}
