//! Items of experiments.

use ferropik_model::{ExecutionPolicy, ExperimentItem, Timestamp};
use ferropik_store::{ItemCreation, NewExperimentItem, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::codes;
use super::dataset;
use super::rows::{ExperimentRow, ItemRow, id_of};
use super::write::next_key;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::read::assemble::trace_id;
use crate::rows::flag;
use crate::work::Work;

/// Items that one step of a deletion handles.
const DELETE_SLICE: i64 = 500;

/// What an item needs to know of its experiment.
#[derive(Debug, Clone)]
struct Target {
    key: i64,
    /// Its row; none as long as it is awaited.
    row: Option<ExperimentRow>,
    /// Number of the version that it is pinned to.
    version: Option<i64>,
}

/// Stores items, all or none.
pub(super) fn put_all(work: &mut Work<'_>, items: &[NewExperimentItem]) -> StoreResult<ItemCreation> {
    let refused = refusal(work.connection, work.workspace, items)?;
    if refused != ItemCreation::Stored {
        return Ok(refused);
    }
    let mut targets: FxHashMap<Uuid, Target> = FxHashMap::default();
    for item in items {
        let target = match targets.get(&item.experiment) {
            Some(target) => target.clone(),
            None => {
                let target = target_of(work, item.experiment)?;
                targets.insert(item.experiment, target.clone());
                target
            }
        };
        put(work, item, &target)?;
    }
    Ok(ItemCreation::Stored)
}

/// Whether items name what belongs to another workspace.
pub(super) fn refusal(
    connection: &Connection,
    workspace: i64,
    items: &[NewExperimentItem],
) -> StoreResult<ItemCreation> {
    let mut experiments: FxHashMap<Uuid, ()> = FxHashMap::default();
    for item in items {
        if experiments.insert(item.experiment, ()).is_none() && is_foreign(connection, workspace, item.experiment)? {
            return Ok(ItemCreation::ForeignExperiment);
        }
        if dataset::is_foreign_item(connection, workspace, item.item)? {
            return Ok(ItemCreation::ForeignDatasetItem);
        }
    }
    Ok(ItemCreation::Stored)
}

fn is_foreign(connection: &Connection, workspace: i64, experiment: Uuid) -> StoreResult<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM experiment WHERE id = ?1 AND workspace <> ?2) \
             OR EXISTS (SELECT 1 FROM experiment_awaited WHERE id = ?1 AND workspace <> ?2)",
        )
        .and_then(|mut statement| statement.query_row(params![experiment.as_bytes(), workspace], |row| row.get(0)))
        .map_err(translate)
}

fn target_of(work: &Work<'_>, id: Uuid) -> StoreResult<Target> {
    let connection = work.connection;
    if let Some(row) = ExperimentRow::find(connection, work.workspace, id).map_err(translate)? {
        let version = row
            .version
            .map(|key| dataset::number_of_version(connection, key))
            .transpose()?;
        return Ok(Target {
            key: row.key,
            version: version.flatten(),
            row: Some(row),
        });
    }
    let awaited: Option<i64> = connection
        .prepare_cached("SELECT key FROM experiment_awaited WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id.as_bytes()], |row| row.get(0)).optional())
        .map_err(translate)?;
    let key = match awaited {
        Some(key) => key,
        None => {
            let key = next_key(connection)?;
            connection
                .prepare_cached("INSERT INTO experiment_awaited (key, workspace, id) VALUES (?1, ?2, ?3)")
                .and_then(|mut statement| statement.execute(params![key, work.workspace, id.as_bytes()]))
                .map_err(translate)?;
            key
        }
    };
    Ok(Target {
        key,
        row: None,
        version: None,
    })
}

fn put(work: &mut Work<'_>, item: &NewExperimentItem, target: &Target) -> StoreResult<()> {
    let connection = work.connection;
    let project = item.project.map(|id| work.project(id)).transpose()?;
    let home = match project.or(target.row.as_ref().and_then(|row| row.project)) {
        Some(project) => project,
        None => crate::projects::default_key(connection, work.workspace).map_err(translate)?,
    };
    let row = &mut work.trace(item.trace, home)?.now;
    row.set(flag::EXPERIMENT, true);
    let trace = row.seq;
    let policy = match item.policy {
        Some(policy) => Some(codes::policy_text(&policy)?),
        None => match &target.row {
            Some(row) => Some(policy_of(connection, row, target.version, item.item)?),
            None => None,
        },
    };
    let known = ItemRow::find(connection, work.workspace, item.id).map_err(translate)?;
    let now = work.now.as_micros();
    if let Some(known) = known {
        connection
            .prepare_cached(
                "UPDATE experiment_item SET experiment = ?2, item = ?3, trace = ?4, project = ?5, policy = ?6, \
                 updated_us = ?7, updated_by = ?8 WHERE seq = ?1",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    known.seq,
                    target.key,
                    item.item.as_bytes(),
                    trace,
                    project,
                    policy,
                    now,
                    work.user
                ])
            })
            .map_err(translate)?;
        work.touch_experiment(known.experiment);
        if known.trace != trace {
            release_trace(work, known.trace)?;
        }
    } else {
        connection
            .prepare_cached(
                "INSERT INTO experiment_item (workspace, id, experiment, item, trace, project, policy, created_us, \
                 created_by, updated_us, updated_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?9)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    work.workspace,
                    item.id.as_bytes(),
                    target.key,
                    item.item.as_bytes(),
                    trace,
                    project,
                    policy,
                    now,
                    work.user
                ])
            })
            .map_err(translate)?;
    }
    work.touch_experiment(target.key);
    Ok(())
}

/// The policy that holds for an item that brings none: that of the dataset item, of the experiment, or one run.
fn policy_of(connection: &Connection, row: &ExperimentRow, version: Option<i64>, item: Uuid) -> StoreResult<String> {
    if let Some(version) = version
        && let Some(text) = dataset::item_policy(connection, row.dataset, item, version)?
        && let Some(policy) = codes::policy_of(Some(&text))
    {
        return codes::policy_text(&policy);
    }
    codes::policy_text(&codes::policy_of(row.policy.as_deref()).unwrap_or(codes::ONE_RUN))
}

/// Gives a policy to the items that have awaited an experiment.
pub(super) fn fill_policies(connection: &Connection, row: &ExperimentRow) -> StoreResult<()> {
    let version = row
        .version
        .map(|key| dataset::number_of_version(connection, key))
        .transpose()?;
    let mut statement = connection
        .prepare_cached("SELECT seq, item FROM experiment_item WHERE experiment = ?1 AND policy IS NULL")
        .map_err(translate)?;
    let items: Vec<(i64, Uuid)> = statement
        .query_map([row.key], |found| Ok((found.get(0)?, crate::rows::uuid_at(found, 1)?)))
        .and_then(Iterator::collect)
        .map_err(translate)?;
    for (seq, item) in items {
        let policy = policy_of(connection, row, version.flatten(), item)?;
        connection
            .prepare_cached("UPDATE experiment_item SET policy = ?2 WHERE seq = ?1")
            .and_then(|mut statement| statement.execute(params![seq, policy]))
            .map_err(translate)?;
    }
    Ok(())
}

/// Deletes items by id.
pub(super) fn delete(work: &mut Work<'_>, ids: &[Uuid]) -> StoreResult<()> {
    for id in ids {
        if let Some(row) = ItemRow::find(work.connection, work.workspace, *id).map_err(translate)? {
            delete_row(work, row.seq, row.trace)?;
            work.touch_experiment(row.experiment);
        }
    }
    Ok(())
}

/// Deletes some items of an experiment and answers how many.
pub(super) fn delete_some(work: &mut Work<'_>, experiment: i64) -> StoreResult<usize> {
    let rows: Vec<(i64, i64)> = work
        .connection
        .prepare_cached("SELECT seq, trace FROM experiment_item WHERE experiment = ?1 LIMIT ?2")
        .and_then(|mut statement| {
            statement
                .query_map([experiment, DELETE_SLICE], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .map_err(translate)?;
    for (seq, trace) in &rows {
        delete_row(work, *seq, *trace)?;
    }
    if !rows.is_empty() {
        work.touch_experiment(experiment);
    }
    Ok(rows.len())
}

fn delete_row(work: &mut Work<'_>, seq: i64, trace: i64) -> StoreResult<()> {
    work.connection
        .prepare_cached("DELETE FROM experiment_item WHERE seq = ?1")
        .and_then(|mut statement| statement.execute([seq]))
        .map_err(translate)?;
    release_trace(work, trace)
}

/// Forgets that items refer to a trace when none does any more. A row that was kept only for them goes.
fn release_trace(work: &mut Work<'_>, trace: i64) -> StoreResult<()> {
    let connection = work.connection;
    let is_used: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM experiment_item WHERE trace = ?1)")
        .and_then(|mut statement| statement.query_row([trace], |row| row.get(0)))
        .map_err(translate)?;
    if is_used {
        return Ok(());
    }
    let has_spans: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM span WHERE trace = ?1)")
        .and_then(|mut statement| statement.query_row([trace], |row| row.get(0)))
        .map_err(translate)?;
    if let Some(work) = work.trace_by_seq(trace)? {
        work.now.set(flag::EXPERIMENT, false);
        if work.now.flags == flag::GHOST && !has_spans {
            work.deleted = true;
        }
    }
    Ok(())
}

/// The item of a row.
pub(crate) fn item_of(connection: &Connection, strings: &Strings, row: &ItemRow) -> StoreResult<ExperimentItem> {
    let project = match row.project {
        Some(project) => Some(project),
        None => connection
            .prepare_cached("SELECT project FROM trace WHERE seq = ?1 AND flags & 1 = 0")
            .and_then(|mut statement| statement.query_row([row.trace], |row| row.get(0)).optional())
            .map_err(translate)?,
    };
    let project_id = match project {
        Some(project) => crate::projects::id_of(connection, project).map_err(translate)?,
        None => None,
    };
    let text = |number| -> StoreResult<String> {
        strings
            .text(connection, number)
            .map(|text| text.to_string())
            .map_err(translate)
    };
    Ok(ExperimentItem {
        id: row.id,
        experiment_id: id_of(connection, row.experiment)
            .map_err(translate)?
            .unwrap_or_default(),
        dataset_item_id: row.item,
        trace_id: trace_id(connection, row.trace)?,
        project_id,
        created_at: Timestamp::from_micros(row.created_us),
        last_updated_at: Timestamp::from_micros(row.updated_us),
        created_by: text(row.created_by)?,
        last_updated_by: text(row.updated_by)?,
    })
}

/// The policy of an item's row.
pub(crate) fn policy_of_row(row: &ItemRow) -> ExecutionPolicy {
    codes::policy_of(row.policy.as_deref()).unwrap_or(codes::ONE_RUN)
}
