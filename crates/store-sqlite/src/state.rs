//! What the writer keeps between transactions.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use ferropik_store::{Scope, StoreError, StoreResult};

use crate::columns::{Change, Columns, Key, RowChange};
use crate::engine::strings::Interner;
use crate::engine::writer::WriterState;
use crate::error::translate;
use crate::scan::Sealing;

/// Caches and counters of the writer.
pub(crate) struct State {
    /// Interned strings.
    pub(crate) strings: Interner,
    next_trace: Option<i64>,
    next_span: Option<i64>,
    next_thread: Option<i64>,
    workspaces: FxHashMap<Uuid, i64>,
    projects: FxHashMap<(i64, Uuid), i64>,
    /// Changes of rows that the columns in memory learn of after the commit.
    changes: Vec<RowChange>,
    /// Whether the transaction has changed rows.
    has_changed: bool,
    columns: Arc<Columns>,
    /// Which changes of traces the signatures for searches have to know of.
    pub(crate) sealing: Sealing,
}

impl State {
    /// A state that knows nothing yet.
    pub(crate) fn new(columns: Arc<Columns>, sealing: Sealing) -> State {
        State {
            strings: Interner::default(),
            next_trace: None,
            next_span: None,
            next_thread: None,
            workspaces: FxHashMap::default(),
            projects: FxHashMap::default(),
            changes: Vec::new(),
            has_changed: false,
            columns,
            sealing,
        }
    }

    /// The number for a new trace.
    pub(crate) fn next_trace(&mut self, connection: &Connection) -> rusqlite::Result<i64> {
        next(connection, &mut self.next_trace, "trace")
    }

    /// The number for a new span.
    pub(crate) fn next_span(&mut self, connection: &Connection) -> rusqlite::Result<i64> {
        next(connection, &mut self.next_span, "span")
    }

    /// The number for a new thread.
    pub(crate) fn next_thread(&mut self, connection: &Connection) -> rusqlite::Result<i64> {
        next(connection, &mut self.next_thread, "thread")
    }

    /// The key of a workspace.
    pub(crate) fn workspace(&mut self, connection: &Connection, scope: &Scope) -> StoreResult<i64> {
        if let Some(key) = self.workspaces.get(&scope.workspace) {
            return Ok(*key);
        }
        let key = workspace_key(connection, scope)?;
        self.workspaces.insert(scope.workspace, key);
        Ok(key)
    }

    /// The key of an existing project.
    pub(crate) fn project(&mut self, connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<i64> {
        if let Some(key) = self.projects.get(&(workspace, id)) {
            return Ok(*key);
        }
        let key = project_key(connection, workspace, id)?;
        if self.projects.len() > 10_000 {
            self.projects.clear();
        }
        self.projects.insert((workspace, id), key);
        Ok(key)
    }

    /// Notes a change of a row for the columns in memory, if they are interested.
    pub(crate) fn note(&mut self, key: Key, change: impl FnOnce() -> Change) {
        if !self.has_changed {
            self.has_changed = true;
            self.columns.begin();
        }
        if self.columns.wants(key) {
            self.changes.push(RowChange { key, change: change() });
        }
    }

    fn end_changes(&mut self) {
        if std::mem::take(&mut self.has_changed) {
            self.columns.end();
        }
    }

    /// Forgets the keys of projects, after some were deleted.
    pub(crate) fn forget_projects(&mut self) {
        self.projects.clear();
    }
}

impl WriterState for State {
    fn rolled_back(&mut self) {
        self.strings.clear();
        self.workspaces.clear();
        self.projects.clear();
        self.next_trace = None;
        self.next_span = None;
        self.next_thread = None;
        self.changes.clear();
        self.end_changes();
    }

    fn committed(&mut self) {
        if !self.changes.is_empty() {
            self.columns.apply(std::mem::take(&mut self.changes));
        }
        self.end_changes();
    }
}

fn next(connection: &Connection, counter: &mut Option<i64>, table: &str) -> rusqlite::Result<i64> {
    let value = match *counter {
        Some(value) => value,
        None => connection.query_row(&format!("SELECT COALESCE(MAX(seq), 0) + 1 FROM {table}"), [], |row| {
            row.get(0)
        })?,
    };
    *counter = Some(value + 1);
    Ok(value)
}

/// The key of a workspace.
pub(crate) fn workspace_key(connection: &Connection, scope: &Scope) -> StoreResult<i64> {
    connection
        .prepare_cached("SELECT key FROM workspace WHERE id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([scope.workspace.as_bytes()], |row| row.get(0))
                .optional()
        })
        .map_err(translate)?
        .ok_or(StoreError::NotFound)
}

/// The key of an existing project.
pub(crate) fn project_key(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<i64> {
    connection
        .prepare_cached("SELECT key FROM project WHERE id = ?1 AND workspace = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], |row| row.get(0))
                .optional()
        })
        .map_err(translate)?
        .ok_or(StoreError::ProjectNotFound(id))
}
