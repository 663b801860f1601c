//! Which ids the traces of OpenTelemetry have.

use async_trait::async_trait;
use ferropik_model::Timestamp;
use ferropik_store::{OTEL_TRACE_LIFETIME, OtelStore, Scope, StoreResult, WantedOtelTrace};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::translate;
use crate::rows::uuid_at;
use crate::state::{project_key, workspace_key};
use crate::work::Work;

/// How old the time of the last use may become before it is written anew, in microseconds. Until then exports of a known
/// trace are reads.
const REFRESH_AFTER_US: i64 = 10 * 60 * 1_000_000;

/// Expired ids that a write deletes beyond twice the number that it writes.
const PRUNED_AT_LEAST: usize = 100;

fn lifetime_us() -> i64 {
    i64::try_from(OTEL_TRACE_LIFETIME.as_micros()).unwrap_or(i64::MAX)
}

/// The id of a trace, and when it was asked for last.
fn find(connection: &Connection, project: i64, otel_id: &[u8]) -> rusqlite::Result<Option<(Uuid, i64)>> {
    connection
        .prepare_cached("SELECT trace, used_us FROM otel_trace WHERE project = ?1 AND otel_id = ?2")?
        .query_row(params![project, otel_id], |row| Ok((uuid_at(row, 0)?, row.get(1)?)))
        .optional()
}

/// The ids of traces that all have one which was used lately; none when something has to be written.
fn known(
    connection: &Connection,
    project: i64,
    traces: &[WantedOtelTrace],
    now_us: i64,
) -> rusqlite::Result<Option<Vec<Uuid>>> {
    let mut ids = Vec::with_capacity(traces.len());
    for trace in traces {
        match find(connection, project, &trace.otel_id)? {
            Some((id, used_us)) if now_us - used_us < REFRESH_AFTER_US => ids.push(id),
            _ => return Ok(None),
        }
    }
    Ok(Some(ids))
}

/// The ids of traces; those without one get the proposed one.
fn assign(
    connection: &Connection,
    project: i64,
    traces: &[WantedOtelTrace],
    now_us: i64,
) -> rusqlite::Result<Vec<Uuid>> {
    let oldest_us = now_us - lifetime_us();
    let mut ids = Vec::with_capacity(traces.len());
    for trace in traces {
        let id = match find(connection, project, &trace.otel_id)? {
            Some((id, used_us)) if used_us >= oldest_us => id,
            _ => trace.proposed_id,
        };
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO otel_trace (project, otel_id, trace, used_us) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![project, trace.otel_id, id.as_bytes(), now_us])?;
        ids.push(id);
    }
    let limit = i64::try_from(PRUNED_AT_LEAST + 2 * traces.len()).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "DELETE FROM otel_trace WHERE (project, otel_id) IN \
             (SELECT project, otel_id FROM otel_trace WHERE used_us < ?1 ORDER BY used_us LIMIT ?2)",
        )?
        .execute(params![oldest_us, limit])?;
    Ok(ids)
}

#[async_trait]
impl OtelStore for SqliteStore {
    async fn otel_trace_ids(
        &self,
        scope: &Scope,
        project: Uuid,
        traces: Vec<WantedOtelTrace>,
    ) -> StoreResult<Vec<Uuid>> {
        let read_scope = scope.clone();
        let (traces, found) = self
            .read(move |connection, _| {
                let workspace = workspace_key(connection, &read_scope)?;
                let project = project_key(connection, workspace, project)?;
                let now_us = Timestamp::now().as_micros();
                let found = known(connection, project, &traces, now_us).map_err(translate)?;
                Ok((traces, found))
            })
            .await?;
        if let Some(ids) = found {
            return Ok(ids);
        }
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let project = work.project(project)?;
            let ids = assign(connection, project, &traces, work.now.as_micros()).map_err(translate)?;
            work.finish()?;
            Ok(ids)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::migrations::migrate;

    const HOUR_US: i64 = 3_600_000_000;
    const NOW_US: i64 = 1_000 * HOUR_US;

    fn wanted(otel: u8, proposed: u128) -> WantedOtelTrace {
        WantedOtelTrace {
            otel_id: vec![otel; 16],
            proposed_id: Uuid::from_u128(proposed),
        }
    }

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection).unwrap();
        connection
    }

    #[test]
    fn ids_stay_as_long_as_they_are_used() {
        let connection = database();
        let ask =
            |proposed, hours| assign(&connection, 1, &[wanted(1, proposed)], NOW_US + hours * HOUR_US).unwrap()[0];
        assert_eq!(ask(10, 0).as_u128(), 10);
        assert_eq!(ask(11, 3).as_u128(), 10);
        assert_eq!(ask(12, 6).as_u128(), 10);
        assert_eq!(ask(13, 10).as_u128(), 13);
        let other_project = assign(&connection, 2, &[wanted(1, 14)], NOW_US).unwrap();
        assert_eq!(other_project[0].as_u128(), 14);
    }

    #[test]
    fn ids_that_were_used_lately_are_only_read() {
        let connection = database();
        let both = [wanted(1, 10), wanted(2, 20)];
        assign(&connection, 1, &both[..1], NOW_US).unwrap();
        assert_eq!(known(&connection, 1, &both, NOW_US).unwrap(), None);
        assign(&connection, 1, &both, NOW_US).unwrap();
        let ids = vec![Uuid::from_u128(10), Uuid::from_u128(20)];
        assert_eq!(known(&connection, 1, &both, NOW_US + 1).unwrap(), Some(ids));
        assert_eq!(known(&connection, 1, &both, NOW_US + REFRESH_AFTER_US).unwrap(), None);
        assert_eq!(known(&connection, 1, &[], NOW_US).unwrap(), Some(vec![]));
    }

    #[test]
    fn expired_ids_are_deleted() {
        let connection = database();
        let many: Vec<WantedOtelTrace> = (0..150).map(|number| wanted(number, 1)).collect();
        assign(&connection, 1, &many, NOW_US).unwrap();
        let count = || -> i64 {
            let count = connection.query_row("SELECT COUNT(*) FROM otel_trace", [], |row| row.get(0));
            count.unwrap()
        };
        assign(&connection, 1, &[wanted(200, 1)], NOW_US + 4 * HOUR_US).unwrap();
        assert_eq!(count(), 151 - 102);
        assign(&connection, 1, &[wanted(200, 1)], NOW_US + 4 * HOUR_US).unwrap();
        assert_eq!(count(), 1);
    }
}
