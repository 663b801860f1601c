//! Versions that begin with the items of another version than the one before.

use ferropik_model::id;
use ferropik_store::{CopyFrom, StoreError, StoreResult};
use rusqlite::{Connection, params};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::edit::{self, Editor, share_data};
use super::find;
use super::item::{COLUMNS, ItemState, OPEN};
use super::version::{self, VersionRow};
use crate::error::translate;
use crate::work::Work;

/// Gives a new version, which so far has the items of the one before, the items of an older version of the dataset.
pub(super) fn rebase(connection: &Connection, editor: &mut Editor, base: &VersionRow) -> StoreResult<()> {
    let (dataset, number) = (editor.version.dataset, editor.version.number);
    let closed = connection
        .prepare_cached(&format!(
            "UPDATE dataset_item SET until = ?2 WHERE dataset = ?1 AND until = {OPEN} AND first > ?3"
        ))
        .and_then(|mut statement| statement.execute([dataset, number, base.number]))
        .map_err(translate)?;
    let mut restored = 0_i64;
    let mut statement = connection
        .prepare(&format!(
            "SELECT {COLUMNS} FROM dataset_item i \
             WHERE i.dataset = ?1 AND i.first <= ?2 AND i.until > ?2 AND i.until < {OPEN}"
        ))
        .map_err(translate)?;
    let mut rows = statement.query([dataset, base.number]).map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let state = ItemState::from_row(row).map_err(translate)?;
        share_data(connection, state.data)?;
        edit::insert(
            connection,
            &ItemState {
                first: number,
                until: OPEN,
                ..state
            },
        )?;
        restored += 1;
    }
    let (in_both, changed): (i64, i64) = connection
        .prepare_cached(
            "SELECT COUNT(*), COALESCE(SUM(n.data <> o.data OR n.source <> o.source OR n.description IS NOT o.description \
             OR n.tags IS NOT o.tags OR n.evaluators IS NOT o.evaluators OR n.policy IS NOT o.policy), 0) \
             FROM dataset_item o JOIN dataset_item n ON n.dataset = ?1 AND n.id = o.id AND n.first = ?2 \
             WHERE o.dataset = ?1 AND o.until = ?2",
        )
        .and_then(|mut statement| statement.query_row([dataset, number], |row| Ok((row.get(0)?, row.get(1)?))))
        .map_err(translate)?;
    let closed = i64::try_from(closed).unwrap_or(i64::MAX);
    editor.count(restored - in_both, changed, closed - in_both);
    Ok(())
}

/// The version that a copy begins with.
pub(super) fn source_of_copy(
    connection: &Connection,
    workspace: i64,
    copy: CopyFrom,
) -> StoreResult<Option<VersionRow>> {
    match find::by_id(connection, workspace, copy.dataset)? {
        Some(dataset) => version::by_id(connection, dataset.key, copy.version),
        None => Ok(None),
    }
}

/// What was copied under which new id.
pub(super) type Copied = FxHashMap<Uuid, Uuid>;

/// Gives a new version the items of a version of any dataset, under new ids and sharing their data, but without those
/// in `skipped`. Answers the new ids of those in `wanted`.
pub(super) fn copy(
    work: &Work<'_>,
    editor: &mut Editor,
    source: &VersionRow,
    skipped: &FxHashSet<Uuid>,
    wanted: &FxHashSet<Uuid>,
) -> StoreResult<Copied> {
    let connection = work.connection;
    let (dataset, number) = (editor.version.dataset, editor.version.number);
    let closed = connection
        .prepare_cached(&format!(
            "UPDATE dataset_item SET until = ?2 WHERE dataset = ?1 AND until = {OPEN}"
        ))
        .and_then(|mut statement| statement.execute([dataset, number]))
        .map_err(translate)?;
    editor.count(0, 0, i64::try_from(closed).map_err(StoreError::internal)?);
    let mut copied = Copied::default();
    let mut added = 0_i64;
    // States that are inserted meanwhile begin after the source version even when that is of the same dataset.
    let mut statement = connection
        .prepare(&format!(
            "SELECT {COLUMNS} FROM dataset_item i WHERE i.dataset = ?1 AND i.first <= ?2 AND i.until > ?2 ORDER BY i.id"
        ))
        .map_err(translate)?;
    let mut rows = statement
        .query(params![source.dataset, source.number])
        .map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let state = ItemState::from_row(row).map_err(translate)?;
        if skipped.contains(&state.id) {
            continue;
        }
        let new_id = id::new();
        if wanted.contains(&state.id) {
            copied.insert(state.id, new_id);
        }
        share_data(connection, state.data)?;
        edit::insert(
            connection,
            &ItemState {
                dataset,
                id: new_id,
                first: number,
                until: OPEN,
                created_us: work.now.as_micros(),
                created_by: work.user,
                updated_us: work.now.as_micros(),
                updated_by: work.user,
                ..state
            },
        )?;
        added += 1;
    }
    editor.count(added, 0, 0);
    Ok(copied)
}
