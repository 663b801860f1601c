//! Projects.

use async_trait::async_trait;
use ferropik_model::{
    ErrorCount, NamedScore, Project, ProjectStats, ProjectUpdate, Timestamp, Visibility, decimal, id,
};
use ferropik_query::Filter;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{Access, Conflict, Listed, ProjectList, ProjectStore, Scope, Selection, StoreError, StoreResult};
use indexmap::IndexMap;
use rusqlite::{Connection, OptionalExtension, Row, params};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::engine::strings::Strings;
use crate::error::translate;
use crate::read::{limit_offset, statement};
use crate::rollup;
use crate::rows::uuid_at;
use crate::scan::Reader;
use crate::scoring::mean;
use crate::state::{State, project_key, workspace_key};
use crate::traces::{TraceTotals, project_totals};
use crate::work::Work;
use crate::{Context, SqliteStore, purge};

const COLUMNS: &str =
    "id, name, visibility, description, created_us, created_by, updated_us, updated_by, last_trace_us";

/// The key that rows of no project have: traces that are only referred to.
pub(crate) const NO_PROJECT: i64 = 0;

/// A name as it is compared: without case and trailing blanks.
pub(crate) fn folded(name: &str) -> String {
    ferropik_query::fold(name.trim_end()).into_owned()
}

fn from_row(connection: &Connection, strings: &Strings, row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: uuid_at(row, 0)?,
        name: row.get(1)?,
        visibility: if row.get::<_, i64>(2)? == 1 {
            Visibility::Public
        } else {
            Visibility::Private
        },
        description: row.get(3)?,
        created_at: Timestamp::from_micros(row.get(4)?),
        created_by: strings.text(connection, row.get(5)?)?.to_string(),
        last_updated_at: Timestamp::from_micros(row.get(6)?),
        last_updated_by: strings.text(connection, row.get(7)?)?.to_string(),
        last_updated_trace_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_micros),
    })
}

/// The id of a project by its key; none when it was deleted.
pub(crate) fn id_of(connection: &Connection, key: i64) -> rusqlite::Result<Option<Uuid>> {
    connection
        .prepare_cached("SELECT id FROM project WHERE key = ?1")?
        .query_row([key], |row| uuid_at(row, 0))
        .optional()
}

/// The id and the name of a project by its key.
pub(crate) fn id_and_name_of(connection: &Connection, key: i64) -> rusqlite::Result<Option<(Uuid, String)>> {
    connection
        .prepare_cached("SELECT id, name FROM project WHERE key = ?1")?
        .query_row([key], |row| Ok((uuid_at(row, 0)?, row.get(1)?)))
        .optional()
}

/// The key of the default project of a workspace; [`NO_PROJECT`] when it was deleted.
pub(crate) fn default_key(connection: &Connection, workspace: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT key FROM project WHERE workspace = ?1 AND folded_name = ?2")?
        .query_row(params![workspace, folded(crate::DEFAULT_PROJECT)], |row| row.get(0))
        .optional()
        .map(|key| key.unwrap_or(NO_PROJECT))
}

/// Whether a span of the project is in a trace of another one.
pub(crate) fn has_foreign_spans(connection: &Connection, key: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT has_foreign_spans FROM project WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
}

/// The keys of all projects of a workspace.
pub(crate) fn keys_of(connection: &Connection, workspace: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT key FROM project WHERE workspace = ?1")?
        .query_map([workspace], |row| row.get(0))?
        .collect()
}

fn find_by_name(connection: &Connection, workspace: i64, name: &str) -> rusqlite::Result<Option<Uuid>> {
    connection
        .prepare_cached("SELECT id FROM project WHERE workspace = ?1 AND folded_name = ?2")?
        .query_row(params![workspace, folded(name)], |row| uuid_at(row, 0))
        .optional()
}

/// Inserts a project under a key that no project has whose contents are still being deleted.
fn insert(work: &Work<'_>, id: Uuid, name: &str, visibility: Visibility, description: Option<&str>) -> StoreResult<()> {
    work.connection
        .prepare_cached(
            "INSERT INTO project (key, workspace, id, name, folded_name, visibility, description, created_us, \
             created_by, updated_us, updated_by) \
             VALUES ((SELECT 1 + MAX(COALESCE((SELECT MAX(key) FROM project), 0), \
             COALESCE((SELECT MAX(project) FROM purge), 0))), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?8)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                id.as_bytes(),
                name,
                folded(name),
                i64::from(visibility == Visibility::Public),
                description,
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

fn visible(scope: &Scope, project: &Project) -> bool {
    scope.access == Access::Workspace || project.visibility == Visibility::Public
}

/// The order of a list, by the wire name of a field.
fn order_of(sort: Option<&(String, bool)>) -> String {
    let Some((field, descending)) = sort else {
        return "id DESC".to_owned();
    };
    let column = match field.as_str() {
        "id" => "id",
        "name" => "name",
        "last_updated_at" => "updated_us",
        "created_at" => "created_us",
        "last_updated_trace_at" => "COALESCE(last_trace_us, updated_us)",
        _ => return "id DESC".to_owned(),
    };
    format!("{column} {}, id DESC", if *descending { "DESC" } else { "ASC" })
}

fn list(context: &Context, connection: &Connection, scope: &Scope, list: &ProjectList) -> StoreResult<Listed<Project>> {
    let workspace = workspace_key(connection, scope)?;
    let select = |what: &str| {
        let mut sql = SqlBuilder::default();
        sql.push("SELECT ")
            .push(what)
            .push(" FROM project WHERE workspace = ")
            .bind(SqlValue::Integer(workspace));
        if let Some(name) = list.name.as_deref().filter(|name| !name.is_empty()) {
            sql.push(" AND instr(folded_name, ")
                .bind(SqlValue::Text(folded(name)))
                .push(") > 0");
        }
        if scope.access == Access::PublicOnly {
            sql.push(" AND visibility = 1");
        }
        sql
    };
    let total = statement::number(connection, select("COUNT(*)"))?;
    let mut sql = select(COLUMNS);
    sql.push(" ORDER BY ").push(&order_of(list.sort.as_ref()));
    let (limit, offset) = limit_offset(list.page, list.size);
    sql.push(" LIMIT ")
        .bind(SqlValue::Integer(limit))
        .push(" OFFSET ")
        .bind(SqlValue::Integer(offset));
    let rows = statement::query(connection, sql, |row| from_row(connection, &context.strings, row))?;
    Ok(Listed { rows, total })
}

fn stats_of(
    reader: Reader<'_>,
    workspace: i64,
    project_id: Uuid,
    filter: &Filter,
    range: (Option<Timestamp>, Option<Timestamp>),
) -> StoreResult<ProjectStats> {
    let Reader {
        context, connection, ..
    } = reader;
    let only_id = ProjectStats {
        project_id: Some(project_id),
        ..ProjectStats::default()
    };
    let project = match project_key(connection, workspace, project_id) {
        Err(StoreError::ProjectNotFound(_)) => return Ok(only_id),
        other => other?,
    };
    let selection = Selection {
        filter: filter.clone(),
        from: range.0,
        to: range.1,
        ..Selection::all(project_id)
    };
    let TraceTotals { mut tally, threads } = project_totals(reader, project, &selection)?;
    if tally.sums.rows == 0 {
        return Ok(only_id);
    }
    let percentiles = tally.percentiles();
    let sums = &tally.sums;
    let cost_sum = decimal::from_scaled(sums.cost, decimal::COST_SCALE);
    let cost = if sums.costs > 0 {
        cost_sum / Decimal::from(sums.costs)
    } else {
        Decimal::ZERO
    };
    Ok(ProjectStats {
        project_id: Some(project_id),
        trace_count: Some(sums.rows.unsigned_abs()),
        thread_count: Some(threads),
        duration: Some(percentiles),
        total_estimated_cost: Some(cost.round_dp(decimal::COST_SCALE)),
        total_estimated_cost_sum: Some(cost_sum),
        usage: Some(mean_usage(context, connection, &tally.usage)?),
        feedback_scores: Some(mean_scores(context, connection, &tally.scores)?),
        guardrails_failed_count: Some(sums.failed_guardrails.unsigned_abs()),
        error_count: Some(errors(reader, project, &selection, sums.errors)?),
    })
}

fn mean_usage(
    context: &Context,
    connection: &Connection,
    usage: &rustc_hash::FxHashMap<i64, (i64, i128)>,
) -> StoreResult<IndexMap<String, f64>> {
    let named = crate::traces::stats_lines::named(&context.strings, connection, usage)?;
    Ok(named
        .into_iter()
        .filter(|(_, rows, _)| *rows > 0)
        .map(|(name, rows, total)| (name, total as f64 / rows as f64))
        .collect())
}

fn mean_scores(
    context: &Context,
    connection: &Connection,
    scores: &rustc_hash::FxHashMap<i64, (i64, i128)>,
) -> StoreResult<Vec<NamedScore>> {
    let named = crate::traces::stats_lines::named(&context.strings, connection, scores)?;
    Ok(named
        .into_iter()
        .filter(|(_, rows, _)| *rows > 0)
        .map(|(name, rows, total)| NamedScore {
            name,
            value: decimal::from_scaled(mean(total, i128::from(rows)), decimal::SCORE_SCALE),
        })
        .collect())
}

/// Days that errors count as recent.
const RECENT_DAYS: i64 = 7;

/// Errors since the start of the day seven days ago against those before.
fn errors(reader: Reader<'_>, project: i64, selection: &Selection, count: i64) -> StoreResult<ErrorCount> {
    const DAY_MILLIS: i64 = 86_400_000;
    let now = Timestamp::now().as_millis();
    let boundary = (now / DAY_MILLIS - RECENT_DAYS) * DAY_MILLIS;
    let from = Timestamp::from_millis(boundary).max(selection.from.unwrap_or(Timestamp::EPOCH));
    let recent_selection = Selection {
        from: Some(from),
        ..selection.clone()
    };
    let recent = match rollup::plain_sources(&recent_selection) {
        _ if count == 0 => 0,
        Some(sources) => {
            let found = rollup::error_count(reader.connection, project, &recent_selection, &sources)?;
            i64::try_from(found).unwrap_or(i64::MAX)
        }
        None => project_totals(reader, project, &recent_selection)?.tally.sums.errors,
    };
    let past = count - recent;
    Ok(ErrorCount {
        count: count.unsigned_abs(),
        deviation: recent.unsigned_abs(),
        deviation_percentage: (past > 0).then(|| (recent / past * 100).unsigned_abs()),
    })
}

/// Keys of the usage of a kind of rows of a project with a total above 0, by skipping through the index.
pub(crate) fn usage_names(context: &Context, connection: &Connection, project: i64) -> StoreResult<Vec<String>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT name FROM usage_rollup WHERE kind = ?1 AND project = ?2 GROUP BY name HAVING SUM(total) > 0",
        )
        .map_err(translate)?;
    let rows = statement
        .query_map([crate::rollup::SPANS, project], |row| {
            context
                .strings
                .text(connection, row.get(0)?)
                .map(|text| text.to_string())
        })
        .map_err(translate)?;
    let mut names: Vec<String> = rows.collect::<rusqlite::Result<_>>().map_err(translate)?;
    names.sort();
    Ok(names)
}

#[async_trait]
impl ProjectStore for SqliteStore {
    async fn create_project(
        &self,
        scope: &Scope,
        name: &str,
        visibility: Visibility,
        description: Option<String>,
    ) -> StoreResult<Project> {
        let (scope, context, name) = (scope.clone(), self.context(), name.to_owned());
        let project = id::new();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            if find_by_name(connection, work.workspace, &name)
                .map_err(translate)?
                .is_some()
            {
                return Err(StoreError::Conflict(Conflict::NameTaken));
            }
            insert(&work, project, &name, visibility, description.as_deref())?;
            work.finish()?;
            connection
                .query_row(
                    &format!("SELECT {COLUMNS} FROM project WHERE id = ?1"),
                    [project.as_bytes()],
                    |row| from_row(connection, &context.strings, row),
                )
                .map_err(translate)
        })
        .await
    }

    async fn ensure_projects(&self, scope: &Scope, names: &[&str]) -> StoreResult<Vec<Uuid>> {
        let cached: Option<Vec<Uuid>> = names
            .iter()
            .map(|name| self.known_project(scope.workspace, &folded(name)))
            .collect();
        if let Some(ids) = cached {
            return Ok(ids);
        }
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let (reading, wanted) = (scope.clone(), names.clone());
        let found: Option<Vec<Uuid>> = self
            .read(move |connection, _| {
                let workspace = workspace_key(connection, &reading)?;
                wanted
                    .iter()
                    .map(|name| find_by_name(connection, workspace, name).map_err(translate))
                    .collect::<StoreResult<Option<Vec<_>>>>()
            })
            .await?;
        let ids = match found {
            Some(ids) => ids,
            None => {
                let (writing, wanted) = (scope.clone(), names.clone());
                self.write(move |connection, state| {
                    let work = Work::begin(connection, state, &writing)?;
                    let mut ids = Vec::with_capacity(wanted.len());
                    for name in &wanted {
                        let known = find_by_name(connection, work.workspace, name).map_err(translate)?;
                        let id = match known {
                            Some(id) => id,
                            None => {
                                let is_default = folded(name) == folded(crate::DEFAULT_PROJECT);
                                let id = fresh_id(connection, is_default)?;
                                insert(&work, id, name, Visibility::Private, None)?;
                                id
                            }
                        };
                        ids.push(id);
                    }
                    work.finish()?;
                    Ok(ids)
                })
                .await?
            }
        };
        for (name, id) in names.iter().zip(&ids) {
            self.remember_project(scope.workspace, folded(name), *id);
        }
        Ok(ids)
    }

    async fn project(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Project>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let project = connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM project WHERE id = ?1 AND workspace = ?2"
                ))
                .and_then(|mut statement| {
                    statement
                        .query_row(params![id.as_bytes(), workspace], |row| {
                            from_row(connection, &context.strings, row)
                        })
                        .optional()
                })
                .map_err(translate)?;
            Ok(project.filter(|project| visible(&scope, project)))
        })
        .await
    }

    async fn project_by_name(&self, scope: &Scope, name: &str) -> StoreResult<Option<Project>> {
        let (scope, context, name) = (scope.clone(), self.context(), folded(name));
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let project = connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM project WHERE workspace = ?1 AND folded_name = ?2"
                ))
                .and_then(|mut statement| {
                    statement
                        .query_row(params![workspace, name], |row| {
                            from_row(connection, &context.strings, row)
                        })
                        .optional()
                })
                .map_err(translate)?;
            Ok(project.filter(|project| visible(&scope, project)))
        })
        .await
    }

    async fn projects(&self, scope: &Scope, page: ProjectList) -> StoreResult<Listed<Project>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| list(&context, connection, &scope, &page))
            .await
    }

    async fn update_project(&self, scope: &Scope, id: Uuid, update: ProjectUpdate) -> StoreResult<()> {
        let writing = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &writing)?;
            let known: Option<i64> = connection
                .query_row(
                    "SELECT key FROM project WHERE id = ?1 AND workspace = ?2",
                    params![id.as_bytes(), work.workspace],
                    |row| row.get(0),
                )
                .optional()
                .map_err(translate)?;
            let key = known.ok_or(StoreError::NotFound)?;
            if let Some(name) = &update.name {
                let other = find_by_name(connection, work.workspace, name).map_err(translate)?;
                if other.is_some_and(|other| other != id) {
                    return Err(StoreError::Conflict(Conflict::NameTaken));
                }
                connection
                    .execute(
                        "UPDATE project SET name = ?2, folded_name = ?3 WHERE key = ?1",
                        params![key, name, folded(name)],
                    )
                    .map_err(translate)?;
            }
            connection
                .execute(
                    "UPDATE project SET description = COALESCE(?2, description), visibility = COALESCE(?3, visibility), \
                     updated_us = ?4, updated_by = ?5 WHERE key = ?1",
                    params![
                        key,
                        update.description,
                        update.visibility.map(|visibility| i64::from(visibility == Visibility::Public)),
                        work.now.as_micros(),
                        work.user,
                    ],
                )
                .map_err(translate)?;
            work.finish()
        })
        .await?;
        self.forget_projects();
        Ok(())
    }

    async fn delete_projects(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        let writing = scope.clone();
        self.write(move |connection, state| {
            let workspace = state.workspace(connection, &writing)?;
            for id in &ids {
                connection
                    .execute(
                        "INSERT OR IGNORE INTO purge (project, id) SELECT key, id FROM project \
                         WHERE id = ?1 AND workspace = ?2",
                        params![id.as_bytes(), workspace],
                    )
                    .and_then(|_| {
                        connection.execute(
                            "DELETE FROM project WHERE id = ?1 AND workspace = ?2",
                            params![id.as_bytes(), workspace],
                        )
                    })
                    .map_err(translate)?;
            }
            state.forget_projects();
            Ok(())
        })
        .await?;
        self.forget_projects();
        while self.write(delete_belongings_of_any).await? {}
        self.wake_purge();
        Ok(())
    }

    async fn project_stats(
        &self,
        scope: &Scope,
        projects: Vec<Uuid>,
        filter: Filter,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> StoreResult<Vec<ProjectStats>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            let workspace = workspace_key(connection, &scope)?;
            projects
                .into_iter()
                .map(|project| stats_of(reader, workspace, project, &filter, (from, to)))
                .collect()
        })
        .await
    }

    async fn token_usage_names(&self, scope: &Scope, project: Uuid) -> StoreResult<Vec<String>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let project = project_key(connection, workspace, project)?;
            usage_names(&context, connection, project)
        })
        .await
    }
}

/// Deletes a slice of what deleted projects held besides traces. Answers whether there was any.
fn delete_belongings_of_any(connection: &Connection, state: &mut State) -> StoreResult<bool> {
    let projects: Vec<i64> = connection
        .prepare_cached("SELECT project FROM purge")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(translate)?;
    for project in projects {
        if purge::delete_belongings(connection, state, project)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An id for a new project: the default project gets the well-known one when that is free.
fn fresh_id(connection: &Connection, is_default: bool) -> StoreResult<Uuid> {
    if is_default {
        let well_known = id::DEFAULT_WORKSPACE_ID;
        let taken: bool = connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM project WHERE id = ?1)",
                [well_known.as_bytes()],
                |row| row.get(0),
            )
            .map_err(translate)?;
        if !taken {
            return Ok(well_known);
        }
    }
    Ok(id::new())
}
