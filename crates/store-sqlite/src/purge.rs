//! Deletion of the contents of deleted projects, in small batches that leave the writer free in between. What is left
//! to delete is in the table `purge`, so that a restart goes on.

use std::sync::Arc;
use std::time::Duration;

use ferropik_store::{Leftovers, Scope, StoreResult};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::engine::writer::Writer;
use crate::error::translate;
use crate::rows::{SPAN_COLUMNS, SpanRow, TRACE_COLUMNS, TraceRow, optional_uuid_at, uuid_at};
use crate::scoring::{self, Subject};
use crate::state::State;
use crate::threads_of_project;
use crate::work::Work;
use crate::{agent_configs, annotation_queues, cascade, dashboards, datasets, experiments, prompts};

/// Rows of datasets, prompts and the like that one write deletes.
const BELONGINGS_SLICE: usize = 500;

/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Deletes until nothing is left, then waits to be woken.
pub(crate) async fn run(writer: Arc<Writer<State>>, wake: Arc<tokio::sync::Notify>, leftovers: LeftoverSink) {
    loop {
        match writer.write(delete_slice).await {
            Ok(Some(part)) => leftovers(part),
            Ok(None) => wake.notified().await,
            Err(ferropik_store::StoreError::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "could not delete the contents of a deleted project");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

/// Takes the keys of objects that nothing refers to any more.
pub(crate) type LeftoverSink = Box<dyn Fn(Leftovers) + Send + Sync>;

/// Deletes a few rows of a deleted project; none when there is nothing to do.
fn delete_slice(connection: &Connection, state: &mut State) -> StoreResult<Option<Leftovers>> {
    let project: Option<i64> = connection
        .query_row("SELECT project FROM purge LIMIT 1", [], |row| row.get(0))
        .optional()
        .map_err(translate)?;
    let Some(project) = project else { return Ok(None) };
    let mut leftovers = Leftovers::default();
    if delete_belongings(connection, state, project)? > 0 {
        return Ok(Some(leftovers));
    }
    let traces = traces_of(connection, project)?;
    if let Some(first) = traces.first() {
        let scope = scope_of(connection, first.workspace)?;
        let mut work = Work::begin(connection, state, &scope)?;
        for trace in &traces {
            work.find_trace(trace.id)?;
            cascade::delete_trace(&mut work, trace, &mut leftovers)?;
        }
        work.finish()?;
        return Ok(Some(leftovers));
    }
    let spans = spans_of(connection, project)?;
    if let Some(first) = spans.first() {
        // Those in traces of other projects, and those that only have scores.
        let scope = scope_of(connection, first.workspace)?;
        let mut work = Work::begin(connection, state, &scope)?;
        for span in &spans {
            cascade::delete_lone_span(&mut work, span, &mut leftovers)?;
        }
        work.finish()?;
        return Ok(Some(leftovers));
    }
    let threads = threads_of_project(connection, project)?;
    if let Some(first) = threads.first() {
        let scope = scope_of(connection, first.workspace)?;
        let mut work = Work::begin(connection, state, &scope)?;
        for thread in &threads {
            scoring::delete_all(&mut work, &Subject::thread(thread))?;
            cascade::delete_comments(&work, scoring::THREAD, thread.seq)?;
            work.delete_thread(thread.seq)?;
        }
        work.finish()?;
        return Ok(Some(leftovers));
    }
    connection
        .execute("DELETE FROM otel_trace WHERE project = ?1", [project])
        .map_err(translate)?;
    // Files whose traces and spans have never arrived.
    leftovers.object_keys = connection
        .prepare("DELETE FROM attachment WHERE project = ?1 RETURNING object_key")
        .and_then(|mut statement| statement.query_map([project], |row| row.get(0))?.collect())
        .map_err(translate)?;
    connection
        .execute("DELETE FROM purge WHERE project = ?1", [project])
        .map_err(translate)?;
    Ok(Some(leftovers))
}

/// Deletes a slice of what a deleted project held besides traces: datasets, prompts, agent configurations, dashboards,
/// annotation queues, rules and reports. Experiments and optimizations stay and leave the project. Answers how many rows
/// were removed or changed; 0 means that nothing is left to do.
pub(crate) fn delete_belongings(connection: &Connection, state: &mut State, project: i64) -> StoreResult<usize> {
    for delete in [
        datasets::delete_of_project,
        prompts::delete_of_project,
        agent_configs::delete_of_project,
        experiments::delete_of_project,
    ] {
        let done = delete(connection, state, project, BELONGINGS_SLICE)?;
        if done > 0 {
            return Ok(done);
        }
    }
    let id: Option<Uuid> = connection
        .prepare_cached("SELECT id FROM purge WHERE project = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([project], |row| optional_uuid_at(row, 0))
                .optional()
        })
        .map(Option::flatten)
        .map_err(translate)?;
    // Deletions that began before ids were kept have nothing of this.
    let Some(id) = id else { return Ok(0) };
    let done = dashboards::delete_of_project(connection, id, BELONGINGS_SLICE)?;
    if done > 0 {
        return Ok(done);
    }
    annotation_queues::delete_of_project(connection, id, BELONGINGS_SLICE)
}

fn traces_of(connection: &Connection, project: i64) -> StoreResult<Vec<TraceRow>> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {TRACE_COLUMNS} FROM trace t WHERE t.project = ?1 LIMIT ?2"
        ))
        .map_err(translate)?;
    let slice = i64::try_from(crate::DELETE_SLICE).unwrap_or(100);
    let rows = statement
        .query_map([project, slice], TraceRow::from_row)
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

fn spans_of(connection: &Connection, project: i64) -> StoreResult<Vec<SpanRow>> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {SPAN_COLUMNS} FROM span s WHERE s.project = ?1 LIMIT ?2"
        ))
        .map_err(translate)?;
    let slice = i64::try_from(crate::DELETE_SLICE).unwrap_or(100);
    let rows = statement
        .query_map([project, slice], SpanRow::from_row)
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

fn scope_of(connection: &Connection, workspace: i64) -> StoreResult<Scope> {
    let id = connection
        .query_row("SELECT id FROM workspace WHERE key = ?1", [workspace], |row| {
            uuid_at(row, 0)
        })
        .map_err(translate)?;
    Ok(Scope::new(id, crate::SYSTEM_USER))
}
