//! One look at everything that is too old. What to delete is read in pieces beside the writer; each piece is deleted in
//! slices that check once more what they delete.

use ferropik_model::{RetentionPeriod, Timestamp, id};
use ferropik_store::{Leftovers, RetentionPass, Scope, StoreResult};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::period_from_number;
use crate::error::translate;
use crate::rows::{SpanRow, ThreadRow, uuid_at};
use crate::scoring::{self, Subject};
use crate::work::Work;
use crate::{DELETE_SLICE, SYSTEM_USER, SqliteStore, cascade};

const DAY_MILLIS: i64 = 86_400_000;

/// Rows that are looked up at a time.
const PIECE: usize = 1_000;

/// What a rule makes too old in a project.
#[derive(Debug, Clone)]
struct Due {
    rule: i64,
    project: i64,
    workspace: Uuid,
    /// Milliseconds: what is older than this is none of the rule's business.
    floor: i64,
    /// Milliseconds: what is older than this is too old.
    cutoff: i64,
}

struct Rule {
    key: i64,
    workspace: i64,
    workspace_id: Uuid,
    project: Option<Uuid>,
    level: i64,
    period: RetentionPeriod,
    past: bool,
    created_us: i64,
}

fn start_of_day(millis: i64) -> i64 {
    millis.div_euclid(DAY_MILLIS) * DAY_MILLIS
}

fn rules(connection: &Connection) -> StoreResult<Vec<Rule>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT r.key, r.workspace, w.id, r.project, r.level, r.retention, r.past, r.created_us \
             FROM retention_rule r JOIN workspace w ON w.key = r.workspace WHERE r.enabled = 1",
        )
        .map_err(translate)?;
    statement
        .query_map([], |row| {
            Ok(Rule {
                key: row.get(0)?,
                workspace: row.get(1)?,
                workspace_id: uuid_at(row, 2)?,
                project: crate::rows::optional_uuid_at(row, 3)?,
                level: row.get(4)?,
                period: period_from_number(row.get(5)?),
                past: row.get(6)?,
                created_us: row.get(7)?,
            })
        })
        .and_then(Iterator::collect)
        .map_err(translate)
}

/// For each project the most special rule, if it is one that deletes.
fn due(connection: &Connection, now: Timestamp) -> StoreResult<Vec<Due>> {
    let rules = rules(connection)?;
    let mut workspaces: Vec<i64> = rules.iter().map(|rule| rule.workspace).collect();
    workspaces.sort_unstable();
    workspaces.dedup();
    let mut projects = connection
        .prepare_cached("SELECT key, id FROM project WHERE workspace = ?1")
        .map_err(translate)?;
    let mut found = Vec::new();
    for workspace in workspaces {
        let mut rows = projects.query([workspace]).map_err(translate)?;
        while let Some(row) = rows.next().map_err(translate)? {
            let project: i64 = row.get(0).map_err(translate)?;
            let project_id = uuid_at(row, 1).map_err(translate)?;
            let rule = rules
                .iter()
                .filter(|rule| rule.workspace == workspace)
                .filter(|rule| rule.project.is_none_or(|of| of == project_id))
                .max_by_key(|rule| (rule.level, rule.key));
            let Some((rule, days)) = rule.and_then(|rule| Some((rule, rule.period.days()?))) else {
                continue;
            };
            let keep = days * DAY_MILLIS;
            let floor = if rule.past {
                0
            } else {
                start_of_day(rule.created_us / 1_000) - keep
            };
            found.push(Due {
                rule: rule.key,
                project,
                workspace: rule.workspace_id,
                floor,
                cutoff: start_of_day(now.as_millis()) - keep,
            });
        }
    }
    Ok(found)
}

/// What is deleted of a project, in this order.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// With all of their spans.
    Traces,
    /// Those whose trace has never been named.
    Spans,
    /// Those without traces.
    Threads,
}

const KINDS: [Kind; 3] = [Kind::Traces, Kind::Spans, Kind::Threads];

/// The next ids after one, in ascending order.
fn candidates(connection: &Connection, due: &Due, kind: Kind, after: Uuid, limit: usize) -> StoreResult<Vec<Uuid>> {
    let sql = match kind {
        Kind::Traces => {
            "SELECT t.id FROM trace t WHERE t.project = ?1 AND t.id > ?2 AND t.id < ?3 AND NOT EXISTS \
             (SELECT 1 FROM experiment_item e WHERE e.trace = t.seq) ORDER BY t.id LIMIT ?4"
        }
        Kind::Spans => {
            "SELECT s.id FROM span s WHERE s.project = ?1 AND s.id > ?2 AND s.id < ?3 AND s.trace = 0 \
             ORDER BY s.id LIMIT ?4"
        }
        Kind::Threads => {
            "SELECT h.model_id FROM thread h WHERE h.project = ?1 AND h.model_id > ?2 AND h.updated_us < ?3 \
             AND h.trace_count = 0 ORDER BY h.model_id LIMIT ?4"
        }
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(translate)?;
    let read = |row: &rusqlite::Row<'_>| uuid_at(row, 0);
    let rows = match kind {
        Kind::Threads => statement.query_map(
            params![due.project, after.as_bytes(), due.cutoff.saturating_mul(1_000), limit],
            read,
        ),
        Kind::Traces | Kind::Spans => {
            let end = id::lowest_at(due.cutoff);
            statement.query_map(params![due.project, after.as_bytes(), end.as_bytes(), limit], read)
        }
    };
    rows.and_then(Iterator::collect).map_err(translate)
}

/// Deletes those of the rows that are still where they were and that nothing refers to.
fn delete(work: &mut Work<'_>, due: &Due, kind: Kind, ids: &[Uuid], leftovers: &mut Leftovers) -> StoreResult<usize> {
    let mut deleted = 0;
    for id in ids {
        match kind {
            Kind::Traces => {
                let Some(row) = work.find_trace(*id)?.map(|trace| trace.now.clone()) else {
                    continue;
                };
                if row.project != due.project || is_in_experiment(work.connection, row.seq)? {
                    continue;
                }
                cascade::delete_trace(work, &row, leftovers)?;
            }
            Kind::Spans => {
                let row = SpanRow::find(work.connection, work.workspace, *id).map_err(translate)?;
                let Some(row) = row.filter(|row| row.project == due.project && row.trace == 0) else {
                    continue;
                };
                cascade::delete_lone_span(work, &row, leftovers)?;
            }
            Kind::Threads => {
                let row = ThreadRow::by_model_id(work.connection, work.workspace, *id).map_err(translate)?;
                let Some(row) = row.filter(|row| row.project == due.project && row.trace_count == 0) else {
                    continue;
                };
                scoring::delete_all(work, &Subject::thread(&row))?;
                cascade::delete_comments(work, scoring::THREAD, row.seq)?;
                work.delete_thread(row.seq)?;
            }
        }
        deleted += 1;
    }
    Ok(deleted)
}

fn is_in_experiment(connection: &Connection, trace: i64) -> StoreResult<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM experiment_item WHERE trace = ?1)")
        .and_then(|mut statement| statement.query_row([trace], |row| row.get(0)))
        .map_err(translate)
}

/// Notes how far rules have come with the past.
async fn note(store: &SqliteStore, rules: Vec<(i64, Option<Uuid>)>) -> StoreResult<()> {
    if rules.is_empty() {
        return Ok(());
    }
    store
        .write(move |connection, _| {
            for (rule, cursor) in &rules {
                connection
                    .prepare_cached(
                        "UPDATE retention_rule SET cursor = ?2, caught_up = ?2 IS NULL WHERE key = ?1 AND caught_up = 0",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![rule, cursor.as_ref().map(Uuid::as_bytes)])
                    })
                    .map_err(translate)?;
            }
            Ok(())
        })
        .await
}

/// Deletes at most about `limit` rows.
pub(super) async fn run(store: &SqliteStore, now: Timestamp, limit: usize) -> StoreResult<RetentionPass> {
    let dues = store.read(move |connection, _| due(connection, now)).await?;
    let mut pass = RetentionPass::default();
    let mut stopped: Option<(i64, Uuid)> = None;
    'all: for due in &dues {
        for kind in KINDS {
            let mut after = id::lowest_at(due.floor);
            loop {
                let room = limit.saturating_sub(pass.deleted);
                if room == 0 {
                    stopped = Some((due.rule, after));
                    break 'all;
                }
                let wanted = due.clone();
                let piece = room.min(PIECE);
                let ids = store
                    .read(move |connection, _| candidates(connection, &wanted, kind, after, piece))
                    .await?;
                let Some(last) = ids.last() else { break };
                after = *last;
                for slice in ids.chunks(DELETE_SLICE) {
                    let (due, slice) = (due.clone(), slice.to_vec());
                    let (deleted, leftovers) = store
                        .write(move |connection, state| {
                            let scope = Scope::new(due.workspace, SYSTEM_USER);
                            let mut work = Work::begin(connection, state, &scope)?;
                            let mut leftovers = Leftovers::default();
                            let deleted = delete(&mut work, &due, kind, &slice, &mut leftovers)?;
                            work.finish()?;
                            Ok((deleted, leftovers))
                        })
                        .await?;
                    pass.deleted += deleted;
                    pass.leftovers.object_keys.extend(leftovers.object_keys);
                }
            }
        }
    }
    pass.is_finished = stopped.is_none();
    let mut rules: Vec<(i64, Option<Uuid>)> = match stopped {
        Some((rule, cursor)) => vec![(rule, Some(cursor))],
        None => dues.iter().map(|due| (due.rule, None)).collect(),
    };
    rules.dedup();
    note(store, rules).await?;
    Ok(pass)
}
