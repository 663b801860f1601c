//! What is compared, and whether anybody still waits for it.

use std::time::Instant;

use ferropik_store::{Scope, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::Context;
use crate::datasets::find;
use crate::engine::readers::{Cancelled, QUERY_TIME_LIMIT};
use crate::error::translate;
use crate::rows::uuid_at;
use crate::state::workspace_key;

/// What a query reads with, and when it has to end. Passes over many rows consist of many short statements, which the
/// engine does not interrupt by itself.
pub(super) struct Watch<'a> {
    pub(super) context: &'a Context,
    pub(super) connection: &'a Connection,
    cancelled: &'a Cancelled,
    deadline: Instant,
}

impl<'a> Watch<'a> {
    /// A query that begins now.
    pub(super) fn new(context: &'a Context, connection: &'a Connection, cancelled: &'a Cancelled) -> Watch<'a> {
        Watch {
            context,
            connection,
            cancelled,
            deadline: Instant::now() + QUERY_TIME_LIMIT,
        }
    }

    /// Fails when the query takes too long or nobody waits for it. To be called now and then.
    pub(super) fn check(&self) -> StoreResult<()> {
        if self.cancelled.is_set() || Instant::now() > self.deadline {
            return Err(StoreError::Timeout);
        }
        Ok(())
    }
}

/// One of the experiments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ComparedExperiment {
    pub(super) key: i64,
    pub(super) id: Uuid,
    /// Number of the version of the dataset that it is pinned to.
    pub(super) version: Option<i64>,
    /// Grows with each change of the experiment and its traces.
    pub(super) revision: i64,
}

/// Experiments over one dataset.
pub(super) struct Compared {
    pub(super) dataset: i64,
    pub(super) dataset_id: Uuid,
    /// In the order of the request, each once.
    pub(super) experiments: Vec<ComparedExperiment>,
}

impl Compared {
    /// The experiments of a dataset: those of the ids, or all. `None` when there is no such dataset.
    pub(super) fn find(
        watch: &Watch<'_>,
        scope: &Scope,
        dataset: Uuid,
        ids: Option<&[Uuid]>,
    ) -> StoreResult<Option<Compared>> {
        let connection = watch.connection;
        let workspace = workspace_key(connection, scope)?;
        let found = find::by_id_even_deleted(connection, workspace, dataset)?;
        let Some(key) = found.filter(|row| row.is_visible(scope)).map(|row| row.key) else {
            return Ok(None);
        };
        let experiments = match ids {
            Some(ids) => experiments_by_id(connection, key, ids),
            None => all_experiments(connection, key),
        };
        Ok(Some(Compared {
            dataset: key,
            dataset_id: dataset,
            experiments: experiments.map_err(translate)?,
        }))
    }

    /// Keys and revisions in ascending order: what results may be remembered under.
    pub(super) fn fingerprint(&self) -> Vec<(i64, i64)> {
        let mut pairs: Vec<(i64, i64)> = self
            .experiments
            .iter()
            .map(|experiment| (experiment.key, experiment.revision))
            .collect();
        pairs.sort_unstable();
        pairs
    }
}

const COLUMNS: &str = "SELECT e.key, e.id, v.number, e.revision FROM experiment e \
    LEFT JOIN dataset_version v ON v.key = e.version";

fn experiments_by_id(connection: &Connection, dataset: i64, ids: &[Uuid]) -> rusqlite::Result<Vec<ComparedExperiment>> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE e.id = ?1 AND e.dataset = ?2"))?;
    let mut found: Vec<ComparedExperiment> = Vec::with_capacity(ids.len());
    for id in ids {
        let experiment = statement
            .query_row(params![id.as_bytes(), dataset], from_row)
            .optional()?;
        found.extend(experiment.filter(|new| found.iter().all(|known| known.key != new.key)));
    }
    Ok(found)
}

fn all_experiments(connection: &Connection, dataset: i64) -> rusqlite::Result<Vec<ComparedExperiment>> {
    connection
        .prepare_cached(&format!("{COLUMNS} WHERE e.dataset = ?1 ORDER BY e.id"))?
        .query_map([dataset], from_row)?
        .collect()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ComparedExperiment> {
    Ok(ComparedExperiment {
        key: row.get(0)?,
        id: uuid_at(row, 1)?,
        version: row.get(2)?,
        revision: row.get(3)?,
    })
}
