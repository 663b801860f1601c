//! Deletion of datasets, in small writes that leave the writer free in between.

use ferropik_store::StoreResult;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::edit;
use super::item::{COLUMNS, ItemState};
use crate::error::translate;

/// Takes the name off a dataset, so that nobody finds it any more. Answers its key, none for an unknown dataset.
pub(super) fn hide(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<i64>> {
    let key: Option<i64> = connection
        .prepare_cached(
            "UPDATE dataset SET folded_name = NULL WHERE id = ?1 AND workspace = ?2 AND folded_name IS NOT NULL \
             RETURNING key",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![id.as_bytes(), workspace], |row| row.get(0))
                .optional()
        })
        .map_err(translate)?;
    Ok(key)
}

fn refers(connection: &Connection, table: &str, dataset: i64) -> StoreResult<bool> {
    connection
        .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE dataset = ?1)"))
        .and_then(|mut statement| statement.query_row([dataset], |row| row.get(0)))
        .map_err(translate)
}

/// Removes what nothing needs of a deleted dataset: its items and versions when no experiment refers to it, and its row
/// when no optimization does either. Handles at most `limit` items and answers how many rows it has removed; 0 means
/// that nothing is left to do. Does nothing to a dataset that is not deleted.
pub(crate) fn purge_if_unreferenced(connection: &Connection, dataset: i64, limit: usize) -> StoreResult<usize> {
    let is_deleted: Option<bool> = connection
        .prepare_cached("SELECT folded_name IS NULL FROM dataset WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([dataset], |row| row.get(0)).optional())
        .map_err(translate)?;
    if is_deleted != Some(true) || refers(connection, "experiment", dataset)? {
        return Ok(0);
    }
    let states: Vec<ItemState> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset_item i WHERE i.dataset = ?1 LIMIT ?2"
        ))
        .and_then(|mut statement| {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            statement.query_map([dataset, limit], ItemState::from_row)?.collect()
        })
        .map_err(translate)?;
    for state in &states {
        edit::delete(connection, state)?;
    }
    if !states.is_empty() {
        return Ok(states.len());
    }
    let mut removed = 0;
    for table in ["dataset_version_tag", "dataset_version"] {
        removed += connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE dataset = ?1"))
            .and_then(|mut statement| statement.execute([dataset]))
            .map_err(translate)?;
    }
    if refers(connection, "optimization", dataset)? {
        if removed > 0 {
            connection
                .prepare_cached("UPDATE dataset SET latest = 0 WHERE key = ?1")
                .and_then(|mut statement| statement.execute([dataset]))
                .map_err(translate)?;
        }
        return Ok(removed);
    }
    connection
        .prepare_cached("DELETE FROM dataset WHERE key = ?1")
        .and_then(|mut statement| statement.execute([dataset]))
        .map(|rows| removed + rows)
        .map_err(translate)
}

/// Deleted datasets of a workspace that no experiment refers to any more, such as one whose deletion was cut off.
pub(super) fn unfinished(connection: &Connection, workspace: i64) -> StoreResult<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT key FROM dataset d WHERE workspace = ?1 AND folded_name IS NULL \
             AND NOT EXISTS (SELECT 1 FROM experiment e WHERE e.dataset = d.key) \
             AND (latest > 0 OR NOT EXISTS (SELECT 1 FROM optimization o WHERE o.dataset = d.key))",
        )
        .and_then(|mut statement| statement.query_map([workspace], |row| row.get(0))?.collect())
        .map_err(translate)
}

/// Deletes the datasets of a deleted project: handles at most `limit` items and answers how many rows it has removed or
/// changed; 0 means that nothing is left to do. Datasets that experiments refer to stay hidden and leave the project.
pub(crate) fn delete_of_project(
    connection: &Connection,
    _state: &mut crate::state::State,
    project: i64,
    limit: usize,
) -> StoreResult<usize> {
    let dataset: Option<i64> = connection
        .prepare_cached("SELECT key FROM dataset WHERE project = ?1 LIMIT 1")
        .and_then(|mut statement| statement.query_row([project], |row| row.get(0)).optional())
        .map_err(translate)?;
    let Some(dataset) = dataset else { return Ok(0) };
    connection
        .prepare_cached("UPDATE dataset SET folded_name = NULL WHERE key = ?1")
        .and_then(|mut statement| statement.execute([dataset]))
        .map_err(translate)?;
    let removed = purge_if_unreferenced(connection, dataset, limit)?;
    if removed > 0 {
        return Ok(removed);
    }
    connection
        .prepare_cached("UPDATE dataset SET project = NULL WHERE key = ?1")
        .and_then(|mut statement| statement.execute([dataset]))
        .map_err(translate)
}
