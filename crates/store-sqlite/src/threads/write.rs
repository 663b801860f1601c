//! Changes of threads.

use ferropik_model::{ThreadUpdate, Timestamp};
use ferropik_store::merge::TagChange;
use ferropik_store::{ClosedThread, Leftovers, StoreError, StoreResult};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::cascade;
use crate::error::translate;
use crate::rows::{THREAD_COLUMNS, TRACE_COLUMNS, ThreadRow, TraceRow, uuid_at};
use crate::scoring::{self, Subject};
use crate::work::Work;

/// Closes threads of a project.
pub(crate) fn close(
    work: &mut Work<'_>,
    project: i64,
    project_id: Uuid,
    workspace: Uuid,
    thread_ids: &[String],
) -> StoreResult<Vec<ClosedThread>> {
    let mut any_known = false;
    let mut closed = Vec::new();
    let (user, now) = (work.user, work.now);
    for thread_id in thread_ids {
        if ThreadRow::find(work.connection, project, thread_id)
            .map_err(translate)?
            .is_none()
        {
            continue;
        }
        any_known = true;
        let thread = work.thread(project, thread_id, None)?;
        if !thread.inactive {
            closed.push(ClosedThread {
                workspace,
                project: project_id,
                thread_id: thread_id.clone(),
                thread_model_id: thread.model_id,
            });
        }
        thread.inactive = true;
        thread.updated_us = now.as_micros();
        thread.updated_by = user;
    }
    if any_known {
        Ok(closed)
    } else {
        Err(StoreError::NotFound)
    }
}

/// A thread whose time-out has passed.
#[derive(Clone)]
pub(crate) struct Due {
    seq: i64,
    closed: ClosedThread,
}

fn timeouts(connection: &Connection, default_timeout_secs: u64) -> StoreResult<Vec<(i64, Uuid, u64)>> {
    let mut statement = connection
        .prepare_cached("SELECT key, id, configuration FROM workspace")
        .map_err(translate)?;
    let rows = statement
        .query_map([], |row| {
            let configuration: Option<String> = row.get(2)?;
            let timeout = configuration
                .and_then(|text| crate::workspaces::read_configuration(&text))
                .and_then(|configuration| configuration.timeout_to_mark_thread_as_inactive);
            Ok((row.get(0)?, uuid_at(row, 1)?, timeout.unwrap_or(default_timeout_secs)))
        })
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

fn cutoff(timeout_secs: u64) -> i64 {
    let micros = i64::try_from(timeout_secs)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000_000);
    Timestamp::now().as_micros().saturating_sub(micros)
}

/// Open threads whose last update is older than the time-out of their workspace.
pub(crate) fn due(connection: &Connection, default_timeout_secs: u64, limit: usize) -> StoreResult<Vec<Due>> {
    let mut found = Vec::new();
    for (workspace, workspace_id, timeout) in timeouts(connection, default_timeout_secs)? {
        let mut statement = connection
            .prepare_cached(
                "SELECT h.seq, h.thread_id, h.model_id, p.id FROM thread h INDEXED BY thread_open \
                 JOIN project p ON p.key = h.project \
                 WHERE h.inactive = 0 AND h.updated_us < ?1 AND h.workspace = ?2 ORDER BY h.updated_us LIMIT ?3",
            )
            .map_err(translate)?;
        let limit = i64::try_from(limit.saturating_sub(found.len())).unwrap_or(i64::MAX);
        let rows = statement
            .query_map(params![cutoff(timeout), workspace, limit], |row| {
                Ok(Due {
                    seq: row.get(0)?,
                    closed: ClosedThread {
                        workspace: workspace_id,
                        project: uuid_at(row, 3)?,
                        thread_id: row.get(1)?,
                        thread_model_id: uuid_at(row, 2)?,
                    },
                })
            })
            .map_err(translate)?;
        for row in rows {
            found.push(row.map_err(translate)?);
        }
    }
    Ok(found)
}

/// Closes those of the due threads that nothing has happened to in the meantime.
pub(crate) fn close_due(
    connection: &Connection,
    due: &[Due],
    default_timeout_secs: u64,
) -> StoreResult<Vec<ClosedThread>> {
    let timeouts = timeouts(connection, default_timeout_secs)?;
    let mut closed = Vec::with_capacity(due.len());
    for thread in due {
        let timeout = timeouts
            .iter()
            .find(|(_, id, _)| *id == thread.closed.workspace)
            .map_or(default_timeout_secs, |(_, _, timeout)| *timeout);
        let changed = connection
            .prepare_cached("UPDATE thread SET inactive = 1 WHERE seq = ?1 AND inactive = 0 AND updated_us < ?2")
            .and_then(|mut statement| statement.execute([thread.seq, cutoff(timeout)]))
            .map_err(translate)?;
        if changed > 0 {
            closed.push(thread.closed.clone());
        }
    }
    Ok(closed)
}

/// Deletes some traces of a thread, and the thread itself with the last of them. Answers whether that was all.
pub(crate) fn delete_slice(
    work: &mut Work<'_>,
    project: i64,
    thread_id: &str,
    leftovers: &mut Leftovers,
) -> StoreResult<bool> {
    let Some(thread) = ThreadRow::find(work.connection, project, thread_id).map_err(translate)? else {
        return Ok(true);
    };
    let slice = i64::try_from(crate::DELETE_SLICE).unwrap_or(100);
    let traces: Vec<TraceRow> = {
        let mut statement = work
            .connection
            .prepare_cached(&format!(
                "SELECT {TRACE_COLUMNS} FROM trace t WHERE t.thread = ?1 LIMIT ?2"
            ))
            .map_err(translate)?;
        let rows = statement
            .query_map([thread.seq, slice], TraceRow::from_row)
            .map_err(translate)?;
        rows.collect::<rusqlite::Result<_>>().map_err(translate)?
    };
    for trace in &traces {
        // Loads the row into the unit of work, where the deletion marks it.
        work.find_trace(trace.id)?;
        cascade::delete_trace(work, trace, leftovers)?;
    }
    if traces.len() == crate::DELETE_SLICE {
        return Ok(false);
    }
    scoring::delete_all(work, &Subject::thread(&thread))?;
    cascade::delete_comments(work, scoring::THREAD, thread.seq)?;
    work.delete_thread(thread.seq)?;
    Ok(true)
}

/// Changes the tags of threads; answers how many there are. All tags are worked out before anything changes.
pub(crate) fn update(
    work: &mut Work<'_>,
    model_ids: &[Uuid],
    update: &ThreadUpdate,
    merge: bool,
) -> StoreResult<usize> {
    let change = TagChange {
        tags: update.tags.clone(),
        add: update.tags_to_add.clone(),
        remove: update.tags_to_remove.clone(),
        merge,
    };
    let mut changes = Vec::with_capacity(model_ids.len());
    for id in model_ids {
        let Some(row) = ThreadRow::by_model_id(work.connection, work.workspace, *id).map_err(translate)? else {
            continue;
        };
        let tags = crate::tags::apply(work, &row.tags, &change)?;
        changes.push((row.seq, tags));
    }
    let (user, now) = (work.user, work.now);
    let count = changes.len();
    for (seq, tags) in changes {
        if let (Some(thread), Some(tags)) = (work.thread_by_seq(seq)?, tags) {
            thread.tags = tags;
            thread.updated_us = now.as_micros();
            thread.updated_by = user;
        }
    }
    Ok(count)
}

/// All threads of a project that have no traces left, for the purge of a deleted project.
pub(crate) fn rows_of_project(connection: &Connection, project: i64, limit: i64) -> StoreResult<Vec<ThreadRow>> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {THREAD_COLUMNS} FROM thread h WHERE h.project = ?1 LIMIT ?2"
        ))
        .map_err(translate)?;
    let rows = statement
        .query_map([project, limit], ThreadRow::from_row)
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}
