//! What has happened in a project lately, from all that keeps the time of its making.

use ferropik_model::{Activity, ActivityType, Timestamp, id};
use ferropik_store::{Scope, StoreError, StoreResult};
use rusqlite::{Connection, Row, params, params_from_iter};
use uuid::Uuid;

use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rollup;
use crate::rows::{HOUR_MILLIS, optional_uuid_at, uuid_at};
use crate::state::{project_key, workspace_key};

const DAY_MILLIS: i64 = 86_400_000;

/// Days that traces and datasets are told of.
const RECENT_DAYS: i64 = 30;

/// What all sources need.
struct Source<'a> {
    connection: &'a Connection,
    strings: &'a Strings,
    project: i64,
    now: Timestamp,
    limit: i64,
}

/// Everything, newest first.
pub(super) fn of_project(
    connection: &Connection,
    strings: &Strings,
    scope: &Scope,
    project: Uuid,
    now: Timestamp,
    limit: usize,
) -> StoreResult<Vec<Activity>> {
    let workspace = workspace_key(connection, scope)?;
    let project = match project_key(connection, workspace, project) {
        Err(StoreError::ProjectNotFound(_)) => return Ok(Vec::new()),
        key => key?,
    };
    let source = Source {
        connection,
        strings,
        project,
        now,
        limit: i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let mut found = Vec::new();
    for events in [
        source.traces(),
        source.experiments(),
        source.datasets(),
        source.dataset_versions(),
        source.optimizations(),
        source.prompt_versions(),
    ] {
        match events {
            Ok(events) => found.extend(events),
            Err(StoreError::Internal(error)) => tracing::warn!(%error, "activities of a project are left out"),
            Err(error) => return Err(error),
        }
    }
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.id.cmp(&a.id)));
    Ok(found)
}

impl Source<'_> {
    /// The traces of each day, from rollups.
    fn traces(&self) -> StoreResult<Vec<Activity>> {
        const HOURS: i64 = DAY_MILLIS / HOUR_MILLIS;
        let today = self.now.as_millis() / DAY_MILLIS;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT hour / ?4, SUM(rows) FROM rollup WHERE kind = ?1 AND project = ?2 AND hour >= ?3 AND hour < ?5 \
                 GROUP BY hour / ?4 HAVING SUM(rows) > 0 ORDER BY 1 DESC LIMIT ?6",
            )
            .map_err(translate)?;
        let first = (today - RECENT_DAYS + 1) * HOURS;
        statement
            .query_map(
                params![
                    rollup::TRACES,
                    self.project,
                    first,
                    HOURS,
                    (today + 1) * HOURS,
                    self.limit
                ],
                |row| {
                    let day: i64 = row.get(0)?;
                    let noon = Timestamp::from_millis(day * DAY_MILLIS + DAY_MILLIS / 2);
                    Ok(Activity {
                        r#type: ActivityType::TraceDaily,
                        id: id::lowest_at(day * DAY_MILLIS),
                        name: row.get::<_, i64>(1)?.to_string(),
                        resource_id: None,
                        created_by: None,
                        created_at: if day == today { self.now } else { noon },
                    })
                },
            )
            .and_then(Iterator::collect)
            .map_err(translate)
    }

    /// Runs a statement that answers id, name, resource, creator and time, and maybe more. Its parameters are the
    /// project, the limit and, if it wants only what is recent, the earliest time.
    fn events(
        &self,
        sql: &str,
        is_recent: bool,
        kind: impl Fn(&Row<'_>) -> rusqlite::Result<ActivityType>,
    ) -> StoreResult<Vec<Activity>> {
        let since = self.now.as_micros() - RECENT_DAYS * DAY_MILLIS * 1_000;
        let parameters = [self.project, self.limit, since];
        let parameters = if is_recent { &parameters[..] } else { &parameters[..2] };
        let mut statement = self.connection.prepare_cached(sql).map_err(translate)?;
        statement
            .query_map(params_from_iter(parameters), |row| {
                Ok(Activity {
                    r#type: kind(row)?,
                    id: uuid_at(row, 0)?,
                    name: row.get(1)?,
                    resource_id: optional_uuid_at(row, 2)?,
                    created_by: Some(self.strings.text(self.connection, row.get(3)?)?.to_string()),
                    created_at: Timestamp::from_micros(row.get(4)?),
                })
            })
            .and_then(Iterator::collect)
            .map_err(translate)
    }

    fn experiments(&self) -> StoreResult<Vec<Activity>> {
        self.events(
            "SELECT e.id, e.name, d.id, e.created_by, e.created_us FROM experiment e \
             LEFT JOIN dataset d ON d.key = e.dataset WHERE e.project = ?1 AND e.type = 0 \
             ORDER BY e.id DESC LIMIT ?2",
            false,
            |_| Ok(ActivityType::Experiment),
        )
    }

    fn datasets(&self) -> StoreResult<Vec<Activity>> {
        self.events(
            "SELECT d.id, d.name, d.id, d.created_by, d.created_us, d.type FROM dataset d \
             WHERE d.project = ?1 AND d.folded_name IS NOT NULL AND d.created_us >= ?3 \
             ORDER BY d.created_us DESC LIMIT ?2",
            true,
            dataset_type,
        )
    }

    /// Versions that hold anything, without those that came with their datasets.
    fn dataset_versions(&self) -> StoreResult<Vec<Activity>> {
        self.events(
            "SELECT v.id, d.name, d.id, v.created_by, v.created_us, d.type FROM dataset d \
             JOIN dataset_version v ON v.dataset = d.key WHERE d.project = ?1 AND d.folded_name IS NOT NULL \
             AND v.items > 0 AND v.created_us > d.created_us AND v.created_us >= ?3 \
             ORDER BY v.created_us DESC LIMIT ?2",
            true,
            dataset_type,
        )
    }

    fn optimizations(&self) -> StoreResult<Vec<Activity>> {
        self.events(
            "SELECT o.id, o.dataset_name, o.id, o.created_by, o.created_us FROM optimization o \
             WHERE o.project = ?1 ORDER BY o.id DESC LIMIT ?2",
            false,
            |_| Ok(ActivityType::Optimization),
        )
    }

    fn prompt_versions(&self) -> StoreResult<Vec<Activity>> {
        self.events(
            "SELECT v.id, p.name || ' v' || v.number, p.id, v.created_by, v.created_us FROM prompt p \
             JOIN prompt_version v ON v.prompt = p.key WHERE p.project = ?1 AND v.number IS NOT NULL \
             ORDER BY v.created_us DESC LIMIT ?2",
            false,
            |_| Ok(ActivityType::PromptVersion),
        )
    }
}

fn dataset_type(row: &Row<'_>) -> rusqlite::Result<ActivityType> {
    Ok(match row.get::<_, i64>(5)? {
        1 => ActivityType::TestSuiteVersion,
        _ => ActivityType::DatasetVersion,
    })
}
