//! How much is used, for operators, and what has happened in a project lately.

mod activities;

use async_trait::async_trait;
use ferropik_model::{Activity, ProjectUserCount, Timestamp, UserCount, WorkspaceProject, id};
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{ProjectSearch, Scope, StoreResult, UsageKind, UsageStore};
use rusqlite::{Connection, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::read::listing::push_contains;
use crate::read::statement::{id_value, query};
use crate::rollup;
use crate::rows::{HOUR_MILLIS, flag, uuid_at};

/// Projects of all workspaces.
struct Project {
    key: i64,
    id: Uuid,
    name: String,
    workspace: Uuid,
}

fn projects(connection: &Connection) -> StoreResult<Vec<Project>> {
    let mut statement = connection
        .prepare_cached("SELECT p.key, p.id, p.name, w.id FROM project p JOIN workspace w ON w.key = p.workspace")
        .map_err(translate)?;
    statement
        .query_map([], |row| {
            Ok(Project {
                key: row.get(0)?,
                id: uuid_at(row, 1)?,
                name: row.get(2)?,
                workspace: uuid_at(row, 3)?,
            })
        })
        .and_then(Iterator::collect)
        .map_err(translate)
}

/// Rows of a project by their creators. The index of ids leads to the rows of the time.
fn by_creator(
    connection: &Connection,
    kind: UsageKind,
    project: i64,
    start: Timestamp,
    end: Timestamp,
) -> StoreResult<Vec<(i64, u64)>> {
    let table = match kind {
        UsageKind::Spans => "span",
        _ => "trace",
    };
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT created_by, COUNT(*) FROM {table} WHERE project = ?1 AND id >= ?2 AND id < ?3 \
             AND flags & ?4 = 0 GROUP BY created_by"
        ))
        .map_err(translate)?;
    let (lowest, end) = (id::lowest_at(start.as_millis()), id::lowest_at(end.as_millis()));
    statement
        .query_map(
            params![project, lowest.as_bytes(), end.as_bytes(), flag::GHOST],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())),
        )
        .and_then(Iterator::collect)
        .map_err(translate)
}

/// Rows of a table of few rows by workspace and creator.
fn by_creation(
    connection: &Connection,
    strings: &Strings,
    table: &str,
    start: Timestamp,
    end: Timestamp,
) -> StoreResult<Vec<UserCount>> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT w.id, x.created_by, COUNT(*) FROM {table} x JOIN workspace w ON w.key = x.workspace \
             WHERE x.created_us >= ?1 AND x.created_us < ?2 GROUP BY x.workspace, x.created_by"
        ))
        .map_err(translate)?;
    statement
        .query_map([start.as_micros(), end.as_micros()], |row| {
            Ok(UserCount {
                workspace_id: uuid_at(row, 0)?.to_string(),
                user: strings.text(connection, row.get(1)?)?.to_string(),
                count: row.get::<_, i64>(2)?.unsigned_abs(),
            })
        })
        .and_then(Iterator::collect)
        .map_err(translate)
}

#[async_trait]
impl UsageStore for SqliteStore {
    async fn count_by_workspace(
        &self,
        kind: UsageKind,
        start: Timestamp,
        end: Timestamp,
    ) -> StoreResult<Vec<(Uuid, u64)>> {
        let kind = match kind {
            UsageKind::Spans => rollup::SPANS,
            _ => rollup::TRACES,
        };
        let hours = (start.as_millis() / HOUR_MILLIS, end.as_millis() / HOUR_MILLIS);
        self.read(move |connection, _| {
            let mut statement = connection
                .prepare_cached(
                    "SELECT w.id, SUM(r.rows) FROM project p CROSS JOIN workspace w ON w.key = p.workspace \
                     CROSS JOIN rollup r ON r.kind = ?1 AND r.project = p.key AND r.hour >= ?2 AND r.hour < ?3 \
                     GROUP BY w.key HAVING SUM(r.rows) > 0 ORDER BY w.key",
                )
                .map_err(translate)?;
            statement
                .query_map(params![kind, hours.0, hours.1], |row| {
                    Ok((uuid_at(row, 0)?, row.get::<_, i64>(1)?.unsigned_abs()))
                })
                .and_then(Iterator::collect)
                .map_err(translate)
        })
        .await
    }

    async fn count_by_user(&self, kind: UsageKind, start: Timestamp, end: Timestamp) -> StoreResult<Vec<UserCount>> {
        let strings = self.strings();
        self.read(move |connection, _| {
            match kind {
                UsageKind::Experiments => return by_creation(connection, &strings, "experiment", start, end),
                UsageKind::Datasets => return by_creation(connection, &strings, "dataset", start, end),
                UsageKind::Traces | UsageKind::Spans => {}
            }
            let mut counts: FxHashMap<(Uuid, i64), u64> = FxHashMap::default();
            for project in projects(connection)? {
                for (user, count) in by_creator(connection, kind, project.key, start, end)? {
                    *counts.entry((project.workspace, user)).or_default() += count;
                }
            }
            let mut found = Vec::with_capacity(counts.len());
            for ((workspace, user), count) in counts {
                found.push(UserCount {
                    workspace_id: workspace.to_string(),
                    user: strings.text(connection, user).map_err(translate)?.to_string(),
                    count,
                });
            }
            found.sort_by(|a, b| (&a.workspace_id, &a.user).cmp(&(&b.workspace_id, &b.user)));
            Ok(found)
        })
        .await
    }

    async fn count_spans_by_project(&self, start: Timestamp, end: Timestamp) -> StoreResult<Vec<ProjectUserCount>> {
        let strings = self.strings();
        self.read(move |connection, _| {
            let mut found = Vec::new();
            for project in projects(connection)? {
                for (user, count) in by_creator(connection, UsageKind::Spans, project.key, start, end)? {
                    found.push(ProjectUserCount {
                        workspace_id: project.workspace.to_string(),
                        project_id: project.id,
                        project_name: project.name.clone(),
                        user: strings.text(connection, user).map_err(translate)?.to_string(),
                        count,
                    });
                }
            }
            Ok(found)
        })
        .await
    }

    async fn projects_of_workspaces(&self, search: ProjectSearch) -> StoreResult<Vec<WorkspaceProject>> {
        if search.workspaces.is_empty() {
            return Ok(Vec::new());
        }
        self.read(move |connection, _| {
            let mut sql = SqlBuilder::default();
            sql.push(
                "SELECT w.id, p.id, p.name FROM workspace w JOIN project p ON p.workspace = w.key WHERE w.id IN (",
            );
            push_ids(&search.workspaces, &mut sql);
            if let Some(projects) = &search.projects {
                sql.push(" AND p.id IN (");
                push_ids(projects, &mut sql);
            }
            push_contains("p.name", search.name.as_deref(), &mut sql);
            sql.push(" ORDER BY p.folded_name, p.id LIMIT ")
                .bind(SqlValue::Integer(i64::try_from(search.limit).unwrap_or(i64::MAX)));
            query(connection, sql, |row| {
                Ok(WorkspaceProject {
                    workspace_id: uuid_at(row, 0)?.to_string(),
                    project_id: uuid_at(row, 1)?,
                    name: row.get(2)?,
                })
            })
        })
        .await
    }

    async fn activities(
        &self,
        scope: &Scope,
        project: Uuid,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<Activity>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| activities::of_project(connection, &strings, &scope, project, now, limit))
            .await
    }
}

fn push_ids(ids: &[Uuid], sql: &mut SqlBuilder) {
    for (index, id) in ids.iter().enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        sql.bind(id_value(*id));
    }
    sql.push(")");
}
