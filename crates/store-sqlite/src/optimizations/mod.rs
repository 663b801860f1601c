//! Optimizations.

mod fields;
mod trials;

use async_trait::async_trait;
use ferropik_model::{Optimization, OptimizationStatus, OptimizationUpdate, RawJson, Timestamp};
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{
    Listed, Listing, NewOptimization, OptimizationChange, OptimizationList, OptimizationStore, Scope, StoreError,
    StoreResult,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use self::fields::OptimizationFields;
use crate::datasets::{self, find};
use crate::error::translate;
use crate::experiments::dataset;
use crate::experiments::summary::Fresh;
use crate::read::listing::{self, Table, push_contains};
use crate::rows::uuid_at;
use crate::state::{project_key, workspace_key};
use crate::work::Work;
use crate::{Context, SqliteStore};

struct OptimizationRow {
    key: i64,
    id: Uuid,
    dataset: i64,
    dataset_name: String,
    project: Option<i64>,
    name: String,
    objective: String,
    status: i64,
    metadata: Option<String>,
    studio: Option<String>,
    error: Option<String>,
    created_us: i64,
    created_by: i64,
    updated_us: i64,
    updated_by: i64,
}

/// The columns, in the order in which [`OptimizationRow::from_row`] reads them. The table must be called `o`.
const COLUMNS: &str = "o.key, o.id, o.dataset, o.dataset_name, o.project, o.name, o.objective, o.status, o.metadata, \
    o.studio, o.error, o.created_us, o.created_by, o.updated_us, o.updated_by";

impl OptimizationRow {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<OptimizationRow> {
        Ok(OptimizationRow {
            key: row.get(0)?,
            id: uuid_at(row, 1)?,
            dataset: row.get(2)?,
            dataset_name: row.get(3)?,
            project: row.get(4)?,
            name: row.get(5)?,
            objective: row.get(6)?,
            status: row.get(7)?,
            metadata: row.get(8)?,
            studio: row.get(9)?,
            error: row.get(10)?,
            created_us: row.get(11)?,
            created_by: row.get(12)?,
            updated_us: row.get(13)?,
            updated_by: row.get(14)?,
        })
    }

    fn find(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<OptimizationRow>> {
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM optimization o WHERE o.id = ?1 AND o.workspace = ?2"
            ))
            .and_then(|mut statement| {
                statement
                    .query_row(params![id.as_bytes(), workspace], OptimizationRow::from_row)
                    .optional()
            })
            .map_err(translate)
    }
}

fn status_number(status: OptimizationStatus) -> i64 {
    status as i64
}

fn status_of(number: i64) -> OptimizationStatus {
    usize::try_from(number)
        .ok()
        .and_then(|index| OptimizationStatus::ALL.get(index))
        .map_or(OptimizationStatus::Completed, |(status, _)| *status)
}

fn json_text(json: Option<&RawJson>) -> Option<&str> {
    json.filter(|json| !json.is_null()).map(RawJson::as_str)
}

fn error_text(error: Option<&ferropik_model::ErrorInfo>) -> StoreResult<Option<String>> {
    error
        .map(serde_json::to_string)
        .transpose()
        .map_err(StoreError::internal)
}

/// Stores an optimization. Answers whether its dataset belongs to another project than the one that was named.
fn put(work: &mut Work<'_>, new: &NewOptimization) -> StoreResult<bool> {
    let connection = work.connection;
    let project = new.project.map(|id| work.project(id)).transpose()?;
    let dataset = dataset::ensure(work, &new.dataset_name, project)?;
    let now = work.now.as_micros();
    let updated_us = new.updated_at.map_or(now, Timestamp::as_micros);
    let known = OptimizationRow::find(connection, work.workspace, new.id)?;
    let error = error_text(new.error.as_ref())?;
    if let Some(known) = &known {
        connection
            .prepare_cached(
                "UPDATE optimization SET dataset = ?2, dataset_name = ?3, project = COALESCE(?4, project), \
                 name = COALESCE(?5, name), objective = ?6, status = ?7, metadata = COALESCE(?8, metadata), \
                 studio = COALESCE(?9, studio), error = COALESCE(?10, error), updated_us = ?11, updated_by = ?12 \
                 WHERE key = ?1",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    known.key,
                    dataset.key,
                    dataset.name,
                    project,
                    new.name,
                    new.objective,
                    status_number(new.status),
                    json_text(new.metadata.as_ref()),
                    json_text(new.studio.as_ref()),
                    error,
                    updated_us,
                    work.user,
                ])
            })
            .map_err(translate)?;
        if known.dataset != dataset.key {
            datasets::note_use(connection, known.dataset)?;
        }
    } else {
        connection
            .prepare_cached(
                "INSERT INTO optimization (workspace, id, dataset, dataset_name, project, name, objective, status, \
                 metadata, studio, error, created_us, created_by, updated_us, updated_by) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?13)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    work.workspace,
                    new.id.as_bytes(),
                    dataset.key,
                    dataset.name,
                    project,
                    new.name.as_ref().unwrap_or(&new.spare_name),
                    new.objective,
                    status_number(new.status),
                    json_text(new.metadata.as_ref()),
                    json_text(new.studio.as_ref()),
                    error,
                    now,
                    work.user,
                    updated_us,
                ])
            })
            .map_err(translate)?;
    }
    datasets::note_use(connection, dataset.key)?;
    Ok(project.is_some() && dataset.project != project)
}

fn update(work: &Work<'_>, id: Uuid, update: &OptimizationUpdate) -> StoreResult<OptimizationChange> {
    let Some(known) = OptimizationRow::find(work.connection, work.workspace, id)? else {
        return Ok(OptimizationChange::Unknown);
    };
    let status = status_of(known.status);
    let is_active = matches!(status, OptimizationStatus::Running | OptimizationStatus::Initialized);
    if update.status == Some(OptimizationStatus::Cancelled) && known.studio.is_some() && !is_active {
        return Ok(OptimizationChange::NotCancellable(status));
    }
    work.connection
        .prepare_cached(
            "UPDATE optimization SET name = COALESCE(?2, name), status = COALESCE(?3, status), \
             error = COALESCE(?4, error), metadata = COALESCE(?5, metadata), updated_us = ?6, updated_by = ?7 \
             WHERE key = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                known.key,
                update.name.as_deref().filter(|name| !name.trim().is_empty()),
                update.status.map(status_number),
                error_text(update.error_info.as_ref()).map_err(|error| {
                    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
                })?,
                json_text(update.metadata.as_ref()),
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(OptimizationChange::Changed)
}

fn delete(work: &Work<'_>, ids: &[Uuid]) -> StoreResult<Vec<i64>> {
    let mut datasets = Vec::new();
    for id in ids {
        let dataset: Option<i64> = work
            .connection
            .prepare_cached("DELETE FROM optimization WHERE id = ?1 AND workspace = ?2 RETURNING dataset")
            .and_then(|mut statement| {
                statement
                    .query_row(params![id.as_bytes(), work.workspace], |row| row.get(0))
                    .optional()
            })
            .map_err(translate)?;
        let Some(dataset) = dataset else { continue };
        datasets::note_use(work.connection, dataset)?;
        if !datasets.contains(&dataset) {
            datasets.push(dataset);
        }
    }
    Ok(datasets)
}

fn assemble(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    row: &OptimizationRow,
    fresh: &mut Vec<Fresh>,
) -> StoreResult<Optimization> {
    let text = |number| -> StoreResult<String> {
        context
            .strings
            .text(connection, number)
            .map(|text| text.to_string())
            .map_err(translate)
    };
    let dataset = find::by_key(connection, row.dataset)?;
    let current_name = dataset
        .as_ref()
        .filter(|dataset| !dataset.is_deleted)
        .map(|dataset| dataset.name.clone());
    let project_id = match row.project {
        Some(project) => crate::projects::id_of(connection, project).map_err(translate)?,
        None => None,
    };
    let error_info = row
        .error
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(StoreError::internal)?;
    let trials = trials::trials_of(context, connection, workspace, row.id, fresh)?;
    let outcome = trials::outcome(&trials, &row.objective);
    Ok(Optimization {
        id: row.id,
        name: row.name.clone(),
        dataset_id: dataset.map(|dataset| dataset.id).unwrap_or_default(),
        dataset_name: current_name.unwrap_or_else(|| row.dataset_name.clone()),
        project_id,
        objective_name: row.objective.clone(),
        status: status_of(row.status),
        metadata: row.metadata.as_deref().map(RawJson::from_stored),
        studio_config: row.studio.as_deref().map(RawJson::from_stored),
        error_info,
        num_trials: outcome.num_trials,
        feedback_scores: outcome.feedback_scores,
        experiment_scores: outcome.experiment_scores,
        total_optimization_cost: outcome.cost,
        baseline: outcome.baseline,
        best: outcome.best,
        created_at: Timestamp::from_micros(row.created_us),
        last_updated_at: Timestamp::from_micros(row.updated_us),
        created_by: text(row.created_by)?,
        last_updated_by: text(row.updated_by)?,
    })
}

fn page(
    context: &Context,
    connection: &Connection,
    workspace: i64,
    list: &OptimizationList,
) -> StoreResult<(Listed<Optimization>, Vec<Fresh>)> {
    let mut condition = SqlBuilder::default();
    condition.push("o.workspace = ").bind(SqlValue::Integer(workspace));
    push_contains("o.name", list.name.as_deref(), &mut condition);
    push_contains(
        "CASE WHEN d.folded_name IS NULL THEN o.dataset_name ELSE d.name END",
        list.dataset_name.as_deref(),
        &mut condition,
    );
    if let Some(id) = list.dataset {
        let dataset = find::by_id_even_deleted(connection, workspace, id)?;
        // No dataset has the key 0.
        condition
            .push(" AND o.dataset = ")
            .bind(SqlValue::Integer(dataset.map_or(0, |dataset| dataset.key)));
    }
    if list.dataset_deleted {
        condition.push(" AND d.folded_name IS NULL");
    }
    if let Some(id) = list.project {
        let key = match project_key(connection, workspace, id) {
            Err(StoreError::ProjectNotFound(_)) => -1,
            other => other?,
        };
        condition.push(" AND o.project = ").bind(SqlValue::Integer(key));
    }
    let table = Table {
        from: "optimization o LEFT JOIN dataset d ON d.key = o.dataset",
        selected: COLUMNS,
        order: "o.id DESC",
        columns: &OptimizationFields,
    };
    let listing = Listing {
        page: list.page,
        size: list.size,
        filter: list.filter.clone(),
        ..Listing::default()
    };
    let listed = listing::page(connection, &table, condition, &listing, OptimizationRow::from_row)?;
    let mut fresh = Vec::new();
    let rows = listed
        .rows
        .iter()
        .map(|row| assemble(context, connection, workspace, row, &mut fresh))
        .collect::<StoreResult<_>>()?;
    let total = listed.total;
    Ok((Listed { rows, total }, fresh))
}

#[async_trait]
impl OptimizationStore for SqliteStore {
    async fn put_optimization(&self, scope: &Scope, optimization: NewOptimization) -> StoreResult<bool> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let is_elsewhere = put(&mut work, &optimization)?;
            work.finish()?;
            Ok(is_elsewhere)
        })
        .await
    }

    async fn optimization(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Optimization>> {
        let (scope, context) = (scope.clone(), self.context());
        let (optimization, fresh) = self
            .read(move |connection, _| {
                let workspace = workspace_key(connection, &scope)?;
                let mut fresh = Vec::new();
                let optimization = OptimizationRow::find(connection, workspace, id)?
                    .map(|row| assemble(&context, connection, workspace, &row, &mut fresh))
                    .transpose()?;
                Ok((optimization, fresh))
            })
            .await?;
        self.keep_summaries(fresh).await;
        Ok(optimization)
    }

    async fn optimizations(&self, scope: &Scope, list: OptimizationList) -> StoreResult<Listed<Optimization>> {
        let (scope, context) = (scope.clone(), self.context());
        let (listed, fresh) = self
            .read(move |connection, _| {
                let workspace = workspace_key(connection, &scope)?;
                page(&context, connection, workspace, &list)
            })
            .await?;
        self.keep_summaries(fresh).await;
        Ok(listed)
    }

    async fn update_optimization(
        &self,
        scope: &Scope,
        id: Uuid,
        change: OptimizationUpdate,
    ) -> StoreResult<OptimizationChange> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let outcome = update(&work, id, &change)?;
            work.finish()?;
            Ok(outcome)
        })
        .await
    }

    async fn delete_optimizations(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        let writing = scope.clone();
        let datasets = self
            .write(move |connection, state| {
                let work = Work::begin(connection, state, &writing)?;
                let datasets = delete(&work, &ids)?;
                work.finish()?;
                Ok(datasets)
            })
            .await?;
        for dataset in datasets {
            self.purge_dataset(dataset).await?;
        }
        Ok(())
    }
}
