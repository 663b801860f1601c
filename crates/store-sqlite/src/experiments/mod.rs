//! Experiments, their items and assertion results.

mod codes;
mod dataset;
mod items;
mod read;
mod rows;
mod summary;
mod write;

pub(crate) use items::{item_of, policy_of_row};
pub(crate) use rows::ItemRow;

use async_trait::async_trait;
use ferropik_model::{Experiment, ExperimentItem};
use ferropik_store::{
    ExperimentCreation, ExperimentPlace, ExperimentStore, ItemCreation, NewExperiment, NewExperimentItem, Scope,
    StoreError, StoreResult,
};
use rusqlite::Connection;
use uuid::Uuid;

use self::dataset::DatasetRef;
use self::read::Assembler;
use self::rows::ExperimentRow;
use self::summary::Fresh;
use crate::SqliteStore;
use crate::engine::payload::Field;
use crate::error::translate;
use crate::state::workspace_key;
use crate::work::Work;

/// Keys of the experiments that a trace is in.
pub(crate) fn of_trace(connection: &Connection, trace: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT DISTINCT experiment FROM experiment_item WHERE trace = ?1")?
        .query_map([trace], |row| row.get(0))?
        .collect()
}

impl SqliteStore {
    /// Stores summaries that a read has worked out. The read has its answer already, so that a failure is only noted.
    async fn keep_summaries(&self, fresh: Vec<Fresh>) {
        if fresh.is_empty() {
            return;
        }
        let kept = self.write(move |connection, _| read::keep(connection, &fresh)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "could not keep the summaries of experiments");
        }
    }
}

#[async_trait]
impl ExperimentStore for SqliteStore {
    async fn create_experiment(&self, scope: &Scope, experiment: NewExperiment) -> StoreResult<ExperimentCreation> {
        let (experiment, metadata) = self
            .encode(move |encoder| {
                let metadata = encoder.json(Field::Metadata, experiment.metadata.as_ref());
                Ok((experiment, metadata))
            })
            .await?;
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let outcome = write::create(&mut work, &experiment, metadata.as_deref())?;
            work.finish()?;
            Ok(outcome)
        })
        .await
    }

    async fn experiment(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Experiment>> {
        let (scope, context) = (scope.clone(), self.context());
        let (experiment, fresh) = self
            .read(move |connection, _| {
                let workspace = workspace_key(connection, &scope)?;
                let Some(row) = ExperimentRow::find(connection, workspace, id).map_err(translate)? else {
                    return Ok((None, Vec::new()));
                };
                let mut assembler = Assembler::new(connection, &context);
                let experiment = assembler.experiment(&row)?;
                Ok((Some(experiment), assembler.fresh))
            })
            .await?;
        self.keep_summaries(fresh).await;
        Ok(experiment)
    }

    async fn experiment_place(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<ExperimentPlace>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let Some(row) = ExperimentRow::find(connection, workspace, id).map_err(translate)? else {
                return Ok(None);
            };
            let dataset = DatasetRef::by_key(connection, row.dataset)?.ok_or(StoreError::NotFound)?;
            Ok(Some(ExperimentPlace {
                dataset_id: dataset.id,
                dataset_name: dataset.name,
                project: read::project_of(connection, row.project, &[])?,
            }))
        })
        .await
    }

    async fn put_experiment_items(&self, scope: &Scope, items: Vec<NewExperimentItem>) -> StoreResult<ItemCreation> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let outcome = items::put_all(&mut work, &items)?;
            work.finish()?;
            Ok(outcome)
        })
        .await
    }

    async fn experiment_item(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<ExperimentItem>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            ItemRow::find(connection, workspace, id)
                .map_err(translate)?
                .map(|row| items::item_of(connection, &context.strings, &row))
                .transpose()
        })
        .await
    }

    async fn delete_experiment_items(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            items::delete(&mut work, &ids)?;
            work.finish()
        })
        .await
    }
}
