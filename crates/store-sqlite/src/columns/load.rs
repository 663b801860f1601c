//! Reading the rows of a project into columns.

use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::Columns;
use super::change::{Cells, Key, Kind};
use super::table::Table;
use crate::engine::connection::open_reader;
use crate::rollup;
use crate::rows::{SPAN_COLUMNS, SpanRow, TRACE_COLUMNS, TraceRow, uuid_at};
use crate::scoring;

/// Rows between two looks at the budget and at whether the store is being closed.
const ROWS_BETWEEN_CHECKS: usize = 16_384;

/// A project has to fill this part of the table (one in so many rows) for reading the table from end to end.
const SCAN_SHARE: i64 = 4;

/// Why columns cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The database says no.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// The columns exceed the memory budget or the range of numbers.
    #[error("too many rows for columns in memory")]
    TooLarge,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
}

impl LoadError {
    /// Whether another try would end the same.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, LoadError::TooLarge)
    }
}

/// Number of rows of a table, according to the rollups.
pub(crate) fn stored_rows(connection: &Connection, (kind, project): Key) -> rusqlite::Result<i64> {
    let rollups = match kind {
        Kind::Trace => rollup::TRACES,
        Kind::Span => rollup::SPANS,
    };
    connection
        .prepare_cached("SELECT COALESCE(SUM(rows), 0) FROM rollup WHERE kind = ?1 AND project = ?2")?
        .query_row(params![rollups, project], |row| row.get(0))
}

/// Reads all rows of a project, with a connection of its own.
pub(crate) fn read(columns: &Columns, key: Key) -> Result<Table, LoadError> {
    let connection = open_reader(&columns.path)?;
    let transaction = connection.unchecked_transaction()?;
    let started = std::time::Instant::now();
    let mut loader = Loader {
        connection: &transaction,
        columns,
        key,
        table: Table::new(key.0),
        trace_ids: FxHashMap::default(),
        pieces: 0,
    };
    loader.rows()?;
    loader.scores()?;
    let mut table = loader.table;
    table.finish_load();
    tracing::debug!(?key, rows = table.len(), bytes = table.bytes(), elapsed = ?started.elapsed(), "read columns");
    Ok(table)
}

struct Loader<'a> {
    connection: &'a Connection,
    columns: &'a Columns,
    key: Key,
    table: Table,
    /// Ids of the traces of the last spans, which mostly share them.
    trace_ids: FxHashMap<i64, Uuid>,
    pieces: usize,
}

impl Loader<'_> {
    fn rows(&mut self) -> Result<(), LoadError> {
        let (table, project) = (self.table_name(), self.key.1);
        let rows = stored_rows(self.connection, self.key)?;
        let last: i64 =
            self.connection
                .query_row(&format!("SELECT COALESCE(MAX(seq), 0) FROM {table}"), [], |row| {
                    row.get(0)
                })?;
        if u32::try_from(last).is_err() {
            return Err(LoadError::TooLarge);
        }
        if rows.saturating_mul(SCAN_SHARE) >= last {
            return self.scan(project);
        }
        let mut seqs: Vec<u32> = {
            let mut statement = self.connection.prepare(&format!(
                "SELECT seq FROM {table} INDEXED BY {table}_by_project WHERE project = ?1"
            ))?;
            statement
                .query_map([project], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?
        };
        seqs.sort_unstable();
        for seq in seqs {
            let cells = match self.key.0 {
                Kind::Trace => TraceRow::by_seq(self.connection, i64::from(seq))?.map(|row| Cells::of_trace(&row)),
                Kind::Span => match SpanRow::by_seq(self.connection, i64::from(seq))? {
                    Some(row) => Some(Cells::of_span(&row, self.trace_id(row.trace)?)),
                    None => None,
                },
            };
            if let Some(cells) = cells {
                self.put(&cells)?;
            }
        }
        Ok(())
    }

    /// Reads the whole table from end to end.
    fn scan(&mut self, project: i64) -> Result<(), LoadError> {
        let connection = self.connection;
        let (columns, from) = match self.key.0 {
            Kind::Trace => (TRACE_COLUMNS, "trace t"),
            Kind::Span => (SPAN_COLUMNS, "span s"),
        };
        let mut statement = connection.prepare(&format!(
            "SELECT {columns} FROM {from} NOT INDEXED WHERE project = ?1 ORDER BY seq"
        ))?;
        let mut rows = statement.query([project])?;
        while let Some(row) = rows.next()? {
            let cells = match self.key.0 {
                Kind::Trace => Cells::of_trace(&TraceRow::from_row(row)?),
                Kind::Span => {
                    let row = SpanRow::from_row(row)?;
                    Cells::of_span(&row, self.trace_id(row.trace)?)
                }
            };
            self.put(&cells)?;
        }
        Ok(())
    }

    fn put(&mut self, cells: &Cells) -> Result<(), LoadError> {
        self.table.put(cells);
        if self.table.len() / ROWS_BETWEEN_CHECKS > self.pieces {
            self.pieces = self.table.len() / ROWS_BETWEEN_CHECKS;
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), LoadError> {
        if self.columns.is_closed() {
            return Err(LoadError::Closed);
        }
        if self.table.bytes() > self.columns.budget() {
            return Err(LoadError::TooLarge);
        }
        Ok(())
    }

    fn scores(&mut self) -> Result<(), LoadError> {
        let kinds: &[i64] = match self.key.0 {
            Kind::Trace => &[scoring::TRACE, scoring::SPANS_OF_TRACE],
            Kind::Span => &[scoring::SPAN],
        };
        for kind in kinds {
            let mut statement = self
                .connection
                .prepare("SELECT entity, name, value FROM score_value WHERE kind = ?1 AND project = ?2")?;
            let mut rows = statement.query([*kind, self.key.1])?;
            let mut count = 0_usize;
            while let Some(row) = rows.next()? {
                self.table.load_score(*kind, row.get(0)?, row.get(1)?, row.get(2)?);
                count += 1;
                if count.is_multiple_of(ROWS_BETWEEN_CHECKS) {
                    self.check()?;
                }
            }
        }
        Ok(())
    }

    fn trace_id(&mut self, seq: i64) -> rusqlite::Result<Uuid> {
        const REMEMBERED: usize = 4_096;
        if let Some(id) = self.trace_ids.get(&seq) {
            return Ok(*id);
        }
        let id: Option<Uuid> = self
            .connection
            .prepare_cached("SELECT id FROM trace WHERE seq = ?1")?
            .query_row([seq], |row| uuid_at(row, 0))
            .optional()?;
        if self.trace_ids.len() >= REMEMBERED {
            self.trace_ids.clear();
        }
        let id = id.unwrap_or_default();
        self.trace_ids.insert(seq, id);
        Ok(id)
    }

    fn table_name(&self) -> &'static str {
        match self.key.0 {
            Kind::Trace => "trace",
            Kind::Span => "span",
        }
    }
}
