//! Experiments, their items and assertion results.

mod bulk;
pub(crate) mod codes;
pub(crate) mod dataset;
pub(crate) mod details;
mod fields;
mod items;
mod list;
mod read;
pub(crate) mod rows;
pub(crate) mod summary;
mod write;

use async_trait::async_trait;
use ferropik_model::{
    Experiment, ExperimentItem, ExperimentItemDetails, ExperimentRef, ExperimentScoreName, ExperimentScoreWrite, ExperimentUpdate,
    NamedScore,
};
use ferropik_store::{
    BulkItem, ExperimentCreation, ExperimentList, ExperimentPlace, ExperimentSelection, ExperimentStore, GroupBy,
    GroupedExperiment, ItemCreation, Leftovers, Listed, NewExperiment, NewExperimentItem, Scan, Scope, StoreError,
    StoreResult,
};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use self::read::Assembler;
use self::rows::{ExperimentRow, ItemRow};
use self::summary::Fresh;
use crate::SqliteStore;
use crate::datasets::{self, find};
use crate::engine::payload::Field;
use crate::error::translate;
use crate::rows::uuid_at;
use crate::state::{State, workspace_key};
use crate::work::Work;

/// Rows of a deleted dataset that one write removes.
const PURGE_SLICE: usize = 500;

/// Takes a deleted project off what names it: at most `limit` rows. Answers how many; 0 means that nothing is left.
pub(crate) fn delete_of_project(
    connection: &Connection,
    _state: &mut State,
    project: i64,
    limit: usize,
) -> StoreResult<usize> {
    list::leave_project(connection, project, limit)
}

/// Keys of the experiments that a trace is in.
pub(crate) fn of_trace(connection: &Connection, trace: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT DISTINCT experiment FROM experiment_item WHERE trace = ?1")?
        .query_map([trace], |row| row.get(0))?
        .collect()
}

/// The newest experiment that has a trace as an item.
pub(crate) fn newest_of_trace(connection: &Connection, trace: i64) -> rusqlite::Result<Option<ExperimentRef>> {
    connection
        .prepare_cached(
            "SELECT e.id, e.name, d.id, i.item FROM experiment_item i JOIN experiment e ON e.key = i.experiment \
             JOIN dataset d ON d.key = e.dataset WHERE i.trace = ?1 ORDER BY i.seq DESC LIMIT 1",
        )?
        .query_row([trace], |row| {
            Ok(ExperimentRef {
                id: uuid_at(row, 0)?,
                name: row.get(1)?,
                dataset_id: uuid_at(row, 2)?,
                dataset_item_id: uuid_at(row, 3)?,
            })
        })
        .optional()
}

impl SqliteStore {
    /// Stores summaries that a read has worked out. The read has its answer already, so that a failure is only noted.
    pub(crate) async fn keep_summaries(&self, fresh: Vec<Fresh>) {
        if fresh.is_empty() {
            return;
        }
        let kept = self.write(move |connection, _| read::keep(connection, &fresh)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "could not keep the summaries of experiments");
        }
    }

    /// Brings all summaries of a workspace up to date.
    pub(crate) async fn refresh_experiments(&self, scope: &Scope) -> StoreResult<()> {
        let mut after = 0;
        loop {
            let (scope, context) = (scope.clone(), self.context());
            let (fresh, next) = self
                .read(move |connection, _| {
                    let workspace = workspace_key(connection, &scope)?;
                    list::refresh(&context, connection, workspace, after)
                })
                .await?;
            self.keep_summaries(fresh).await;
            match next {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    /// Deletes an experiment in small writes.
    async fn delete_experiment(&self, scope: &Scope, id: Uuid) -> StoreResult<()> {
        loop {
            let scope = scope.clone();
            let has_more = self
                .write(move |connection, state| {
                    let mut work = Work::begin(connection, state, &scope)?;
                    let more = match list::has_items(connection, id)? {
                        Some(key) => items::delete_some(&mut work, key)? > 0,
                        None => false,
                    };
                    work.finish()?;
                    Ok(more)
                })
                .await?;
            if !has_more {
                break;
            }
        }
        let writing = scope.clone();
        let dataset = self
            .write(move |connection, state| {
                let mut work = Work::begin(connection, state, &writing)?;
                let dataset = write::delete(&mut work, id)?;
                work.finish()?;
                Ok(dataset)
            })
            .await?;
        match dataset {
            Some(dataset) => self.purge_dataset(dataset).await,
            None => Ok(()),
        }
    }

    /// Removes what nothing needs any more of a dataset that was deleted.
    pub(crate) async fn purge_dataset(&self, dataset: i64) -> StoreResult<()> {
        let purge = move |connection: &Connection, _: &mut State| {
            datasets::purge_if_unreferenced(connection, dataset, PURGE_SLICE)
        };
        while self.write(purge).await? > 0 {}
        Ok(())
    }
}

/// Scores of an update; incomplete ones were refused before.
fn scores_of(scores: &[ExperimentScoreWrite]) -> Vec<NamedScore> {
    scores
        .iter()
        .filter_map(|score| {
            Some(NamedScore {
                name: score.name.clone()?,
                value: score.value?,
            })
        })
        .collect()
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
            let dataset = find::by_key(connection, row.dataset)?.ok_or(StoreError::NotFound)?;
            Ok(Some(ExperimentPlace {
                dataset_id: dataset.id,
                dataset_name: dataset.name,
                project: read::project_of(connection, row.project, &[])?,
            }))
        })
        .await
    }

    async fn experiments(&self, scope: &Scope, list: ExperimentList) -> StoreResult<Listed<Experiment>> {
        if list::depends_on_summaries(&list.selection, list.sort.as_ref()) {
            self.refresh_experiments(scope).await?;
        }
        let (scope, context) = (scope.clone(), self.context());
        let (listed, fresh) = self
            .read(move |connection, _| {
                let workspace = workspace_key(connection, &scope)?;
                list::page(&context, connection, workspace, &list)
            })
            .await?;
        self.keep_summaries(fresh).await;
        Ok(listed)
    }

    async fn scan_experiments(
        &self,
        scope: &Scope,
        selection: ExperimentSelection,
        before: Option<Uuid>,
        limit: usize,
    ) -> StoreResult<Vec<Experiment>> {
        if list::depends_on_summaries(&selection, None) {
            self.refresh_experiments(scope).await?;
        }
        let (scope, context) = (scope.clone(), self.context());
        let (experiments, fresh) = self
            .read(move |connection, _| {
                let workspace = workspace_key(connection, &scope)?;
                list::scan(&context, connection, workspace, &selection, before, limit)
            })
            .await?;
        self.keep_summaries(fresh).await;
        Ok(experiments)
    }

    async fn update_experiments(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        update: ExperimentUpdate,
        merge_tags: bool,
    ) -> StoreResult<usize> {
        let (update, metadata) = self
            .encode(move |encoder| {
                let metadata = encoder.json(Field::Metadata, update.metadata.as_ref());
                Ok((update, metadata))
            })
            .await?;
        let scores = update.experiment_scores.as_deref().map(scores_of);
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let count = write::update(&work, &ids, &update, scores.as_deref(), metadata.as_deref(), merge_tags)?;
            work.finish()?;
            Ok(count)
        })
        .await
    }

    async fn finish_experiments(&self, scope: &Scope, ids: Vec<Uuid>, cancel: bool) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            write::finish(&work, &ids, cancel)?;
            work.finish()
        })
        .await
    }

    async fn delete_experiments(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        for id in ids {
            self.delete_experiment(scope, id).await?;
        }
        Ok(())
    }

    async fn grouped_experiments(
        &self,
        scope: &Scope,
        selection: ExperimentSelection,
        levels: Vec<GroupBy>,
    ) -> StoreResult<Vec<GroupedExperiment>> {
        self.refresh_experiments(scope).await?;
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            list::grouped(&context, connection, workspace, &selection, &levels)
        })
        .await
    }

    async fn experiment_score_names(
        &self,
        scope: &Scope,
        ids: Option<Vec<Uuid>>,
        project: Option<Uuid>,
    ) -> StoreResult<Vec<ExperimentScoreName>> {
        self.refresh_experiments(scope).await?;
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let with_own = ids.is_some();
            let selection = ExperimentSelection {
                ids,
                project,
                ..ExperimentSelection::default()
            };
            list::score_names(connection, workspace, &selection, with_own)
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

    async fn scan_experiment_items(
        &self,
        scope: &Scope,
        experiment_name: String,
        project: Option<Uuid>,
        scan: Scan,
    ) -> StoreResult<Vec<ExperimentItemDetails>> {
        if project.is_some() {
            self.refresh_experiments(scope).await?;
        }
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let experiments = list::keys_by_name(connection, workspace, &experiment_name, project)?;
            details::scan(connection, &context, workspace, &experiments, &scan)
        })
        .await
    }

    async fn record_experiment_items(
        &self,
        scope: &Scope,
        items: Vec<BulkItem>,
    ) -> StoreResult<(ItemCreation, Leftovers)> {
        let upload = self.encode(move |encoder| bulk::prepare(encoder, items)).await?;
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let mut leftovers = Leftovers::default();
            let outcome = bulk::record(&mut work, &upload, &mut leftovers)?;
            work.finish()?;
            Ok((outcome, leftovers))
        })
        .await
    }
}
