//! Which experiments: pages, streams, and what groups are made of.

use ferropik_model::{EvaluationMethod, Experiment, ExperimentScoreKind, ExperimentScoreName, Timestamp, decimal};
use ferropik_query::dictionary_text;
use ferropik_query::sql::{self, SqlBuilder, SqlValue};
use ferropik_store::{
    ExperimentList, ExperimentSelection, GroupBy, GroupValue, GroupedExperiment, Listed, Listing, StoreError,
    StoreResult,
};
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::codes;
use super::fields::{ExperimentFields, need_summaries};
use super::read::{Assembler, named};
use super::rows::{COLUMNS, ExperimentRow};
use super::summary::{self, Fresh, Summary};
use crate::Context;
use crate::datasets::find;
use crate::error::translate;
use crate::read::listing::{self, Table, push_contains};
use crate::read::statement;
use crate::state::project_key;

/// Where experiments are with what they add up to.
pub(super) const FROM: &str = "experiment e LEFT JOIN experiment_summary s ON s.experiment = e.key";

/// Experiments whose summaries one step of a refresh works out.
const REFRESH_SLICE: i64 = 100;

/// Whether the summaries have to be up to date for a selection.
pub(super) fn depends_on_summaries(selection: &ExperimentSelection, sort: Option<&ferropik_query::Sort>) -> bool {
    selection.project.is_some() || selection.project_deleted || need_summaries(&selection.filter, sort)
}

/// Works out summaries of a workspace that are out of date, by ascending key from `after` on. Answers them and where to
/// go on; none when that was all.
pub(super) fn refresh(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    after: i64,
) -> StoreResult<(Vec<Fresh>, Option<i64>)> {
    let rows: Vec<ExperimentRow> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM experiment e INDEXED BY experiment_stale \
             WHERE e.workspace = ?1 AND e.summarized <> e.revision AND e.key > ?2 ORDER BY e.key LIMIT ?3"
        ))
        .and_then(|mut statement| {
            statement
                .query_map([workspace, after, REFRESH_SLICE], ExperimentRow::from_row)?
                .collect()
        })
        .map_err(translate)?;
    let mut fresh = Vec::new();
    for row in &rows {
        summary::current(connection, &context.strings, row, &mut fresh)?;
    }
    Ok((fresh, rows.last().map(|row| row.key)))
}

/// The condition of a selection, all but its filter.
fn condition(connection: &Connection, workspace: i64, selection: &ExperimentSelection) -> StoreResult<SqlBuilder> {
    let mut sql = SqlBuilder::default();
    sql.push("e.workspace = ").bind(SqlValue::Integer(workspace));
    push_contains("e.name", selection.name.as_deref(), &mut sql);
    if let Some(id) = selection.dataset {
        let dataset = find::by_id_even_deleted(connection, workspace, id)?;
        // No dataset has the key 0.
        let key = dataset.map_or(0, |dataset| dataset.key);
        sql.push(" AND e.dataset = ").bind(SqlValue::Integer(key));
    }
    if let Some(types) = &selection.types {
        sql.push(" AND e.type IN (");
        for (index, kind) in types.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" });
            sql.bind(SqlValue::Integer(codes::type_number(*kind)));
        }
        sql.push(")");
    }
    if let Some(optimization) = selection.optimization {
        sql.push(" AND e.optimization = ")
            .bind(statement::id_value(optimization));
    }
    if let Some(prompt) = selection.prompt {
        sql.push(" AND EXISTS (SELECT 1 FROM experiment_prompt x WHERE x.experiment = e.key AND x.prompt = ")
            .bind(statement::id_value(prompt))
            .push(")");
    }
    if let Some(ids) = &selection.ids {
        sql.push(" AND e.id IN (");
        for (index, id) in ids.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" });
            sql.bind(statement::id_value(*id));
        }
        sql.push(")");
    }
    if selection.dataset_deleted {
        sql.push(" AND NOT EXISTS (SELECT 1 FROM dataset d WHERE d.key = e.dataset AND d.folded_name IS NOT NULL)");
    }
    if let Some(id) = selection.project {
        let key = match project_key(connection, workspace, id) {
            Err(StoreError::ProjectNotFound(_)) => -1,
            other => other?,
        };
        sql.push(" AND (e.project = ")
            .bind(SqlValue::Integer(key))
            .push(" OR instr(s.projects, ")
            .bind(SqlValue::Text(format!(",{key},")))
            .push(") > 0)");
    }
    if selection.project_deleted {
        sql.push(
            " AND NOT EXISTS (SELECT 1 FROM project p WHERE p.key = e.project) AND NOT EXISTS (SELECT 1 FROM \
             json_each('[' || trim(COALESCE(s.projects, ''), ',') || ']') j JOIN project p ON p.key = j.value)",
        );
    }
    Ok(sql)
}

/// One page.
pub(super) fn page(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    list: &ExperimentList,
) -> StoreResult<(Listed<Experiment>, Vec<Fresh>)> {
    let table = Table {
        from: FROM,
        selected: COLUMNS,
        order: "e.id DESC",
        columns: &ExperimentFields,
    };
    let listing = Listing {
        page: list.page,
        size: list.size,
        filter: list.selection.filter.clone(),
        sort: list.sort.clone(),
        ..Listing::default()
    };
    let condition = condition(connection, workspace, &list.selection)?;
    let listed = listing::page(connection, &table, condition, &listing, ExperimentRow::from_row)?;
    let mut assembler = Assembler::new(connection, context);
    let rows = listed
        .rows
        .iter()
        .map(|row| assembler.experiment(row))
        .collect::<StoreResult<_>>()?;
    let total = listed.total;
    Ok((Listed { rows, total }, assembler.fresh))
}

/// A statement over the experiments of a selection.
fn select(
    what: &str,
    connection: &Connection,
    workspace: i64,
    selection: &ExperimentSelection,
) -> StoreResult<SqlBuilder> {
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ").push(what).push(" FROM ").push(FROM).push(" WHERE ");
    sql.append(condition(connection, workspace, selection)?);
    sql::lower(&selection.filter, &ExperimentFields, &mut sql);
    Ok(sql)
}

/// The next experiments of a stream.
pub(super) fn scan(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    selection: &ExperimentSelection,
    before: Option<Uuid>,
    limit: usize,
) -> StoreResult<(Vec<Experiment>, Vec<Fresh>)> {
    let mut sql = select(COLUMNS, connection, workspace, selection)?;
    if let Some(before) = before {
        sql.push(" AND e.id < ").bind(statement::id_value(before));
    }
    sql.push(" ORDER BY e.id DESC LIMIT ")
        .bind(SqlValue::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let rows = statement::query(connection, sql, ExperimentRow::from_row)?;
    let mut assembler = Assembler::new(connection, context);
    let experiments = rows
        .iter()
        .map(|row| assembler.experiment(row))
        .collect::<StoreResult<_>>()?;
    Ok((experiments, assembler.fresh))
}

/// Ids and names by key, each looked up once.
struct Names<'a> {
    connection: &'a Connection,
    datasets: FxHashMap<i64, GroupValue>,
    projects: FxHashMap<i64, GroupValue>,
}

impl Names<'_> {
    fn dataset(&mut self, key: i64) -> StoreResult<GroupValue> {
        if let Some(known) = self.datasets.get(&key) {
            return Ok(known.clone());
        }
        let value = match find::by_key(self.connection, key)? {
            Some(dataset) => GroupValue::Entity(Some(dataset.id), (!dataset.is_deleted).then_some(dataset.name)),
            None => GroupValue::Entity(None, None),
        };
        self.datasets.insert(key, value.clone());
        Ok(value)
    }

    fn project(&mut self, own: Option<i64>, of_traces: &[i64]) -> StoreResult<GroupValue> {
        let Some(key) = own.or(of_traces.first().copied()) else {
            return Ok(GroupValue::Entity(None, None));
        };
        if let Some(known) = self.projects.get(&key) {
            return Ok(known.clone());
        }
        let value = match crate::projects::id_and_name_of(self.connection, key).map_err(translate)? {
            Some((id, name)) => GroupValue::Entity(Some(id), Some(name)),
            None => GroupValue::Entity(None, None),
        };
        self.projects.insert(key, value.clone());
        Ok(value)
    }
}

/// The experiments of a selection as groups see them, newest first.
pub(super) fn grouped(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    selection: &ExperimentSelection,
    levels: &[GroupBy],
) -> StoreResult<Vec<GroupedExperiment>> {
    let what = format!("{COLUMNS}, {}", summary::COLUMNS);
    let mut sql = select(&what, connection, workspace, selection)?;
    sql.push(" ORDER BY e.id DESC");
    let columns = COLUMNS.split(',').count();
    let rows = statement::query(connection, sql, |row| {
        let summary = Summary::from_row(row, columns)?.unwrap_or_default();
        Ok((ExperimentRow::from_row(row)?, summary))
    })?;
    let mut names = Names {
        connection,
        datasets: FxHashMap::default(),
        projects: FxHashMap::default(),
    };
    let reads_metadata = levels.iter().any(|level| matches!(level, GroupBy::Metadata(_)));
    let mut grouped = Vec::with_capacity(rows.len());
    for (row, summary) in rows {
        let metadata = match &row.metadata {
            Some(frame) if reads_metadata => Some(context.codec.decode(frame).map_err(StoreError::internal)?),
            _ => None,
        };
        let mut values = Vec::with_capacity(levels.len());
        for level in levels {
            values.push(match level {
                GroupBy::Dataset => vec![names.dataset(row.dataset)?],
                GroupBy::Project => vec![names.project(row.project, &summary.projects)?],
                GroupBy::Tags => tag_values(row.tags.as_deref())?,
                GroupBy::Metadata(path) => {
                    let text = metadata.as_deref().and_then(|json| dictionary_text(json, path));
                    let text = text.as_deref().filter(|text| *text != "null").unwrap_or_default();
                    vec![GroupValue::Text(text.to_owned())]
                }
            });
        }
        grouped.push(grouped_row(&row, &summary, values)?);
    }
    Ok(grouped)
}

fn tag_values(tags: Option<&str>) -> StoreResult<Vec<GroupValue>> {
    let tags = codes::tags_from(tags)?;
    if tags.is_empty() {
        return Ok(vec![GroupValue::Text(String::new())]);
    }
    Ok(tags.into_iter().map(GroupValue::Text).collect())
}

fn grouped_row(row: &ExperimentRow, summary: &Summary, values: Vec<Vec<GroupValue>>) -> StoreResult<GroupedExperiment> {
    let is_suite = codes::method_from(row.method) == EvaluationMethod::EvaluationSuite;
    Ok(GroupedExperiment {
        values,
        created_at: Timestamp::from_micros(row.created_us),
        trace_count: summary.traces.unsigned_abs(),
        cost: decimal::from_scaled(summary.cost, decimal::COST_SCALE),
        cost_avg: decimal::from_scaled(summary.cost_avg, decimal::COST_SCALE),
        duration: summary.duration,
        feedback_scores: named(&summary.scores),
        experiment_scores: codes::scores_from(row.scores.as_deref())?,
        passes: is_suite.then(|| (summary.passed.unsigned_abs(), summary.judged.unsigned_abs())),
    })
}

/// Names of the scores of the experiments of a selection, sorted.
pub(super) fn score_names(
    connection: &Connection,
    workspace: i64,
    selection: &ExperimentSelection,
    with_own: bool,
) -> StoreResult<Vec<ExperimentScoreName>> {
    let mut names = std::collections::BTreeSet::new();
    let sql = select("s.scores, e.scores", connection, workspace, selection)?;
    let mut failure = None;
    statement::for_each(connection, sql, |row| {
        let mut add = |text: Option<&str>, own: Option<&str>| -> StoreResult<()> {
            if let Some(text) = text {
                let scores: std::collections::BTreeMap<String, i64> =
                    serde_json::from_str(text).map_err(StoreError::internal)?;
                names.extend(scores.into_keys().map(|name| ExperimentScoreName {
                    name,
                    r#type: ExperimentScoreKind::FeedbackScores,
                }));
            }
            if with_own {
                names.extend(codes::scores_from(own)?.into_iter().map(|score| ExperimentScoreName {
                    name: score.name,
                    r#type: ExperimentScoreKind::ExperimentScores,
                }));
            }
            Ok(())
        };
        let outcome = add(row.get_ref(0)?.as_str_or_null()?, row.get_ref(1)?.as_str_or_null()?);
        failure = outcome.err();
        Ok(failure.is_none())
    })?;
    match failure {
        Some(error) => Err(error),
        None => Ok(names.into_iter().collect()),
    }
}

/// Takes a deleted project off the experiments, items and optimizations that name it: at most `limit` of them. Answers
/// how many there were.
pub(crate) fn leave_project(connection: &Connection, project: i64, limit: usize) -> StoreResult<usize> {
    for table in ["experiment", "optimization", "experiment_item"] {
        let changed = connection
            .prepare_cached(&format!(
                "UPDATE {table} SET project = NULL WHERE rowid IN \
                 (SELECT rowid FROM {table} WHERE project = ?1 LIMIT ?2)"
            ))
            .and_then(|mut statement| statement.execute(params![project, i64::try_from(limit).unwrap_or(i64::MAX)]))
            .map_err(translate)?;
        if changed > 0 {
            return Ok(changed);
        }
    }
    Ok(0)
}

/// Keys of the experiments of exactly that name, or else of those whose name contains it in any case.
pub(super) fn keys_by_name(
    connection: &Connection,
    workspace: i64,
    name: &str,
    project: Option<Uuid>,
) -> StoreResult<Vec<i64>> {
    let selection = ExperimentSelection {
        project,
        ..ExperimentSelection::default()
    };
    let mut exact = select("e.key", connection, workspace, &selection)?;
    exact.push(" AND e.name = ").bind_text(name);
    let keys = statement::query(connection, exact, |row| row.get(0))?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    let selection = ExperimentSelection {
        name: Some(name.to_owned()),
        ..selection
    };
    let part = select("e.key", connection, workspace, &selection)?;
    statement::query(connection, part, |row| row.get(0))
}

/// Whether an experiment has more items than one step of a deletion handles.
pub(super) fn has_items(connection: &Connection, id: Uuid) -> StoreResult<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT e.key FROM experiment e WHERE e.id = ?1 \
             AND EXISTS (SELECT 1 FROM experiment_item i WHERE i.experiment = e.key)",
        )
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)).optional())
        .map_err(translate)
}
