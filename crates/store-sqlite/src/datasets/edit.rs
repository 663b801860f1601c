//! Changes of the items of one version, within one write.
//!
//! A version that is changed may be an older one, when a group of writes goes on after somebody else has made a newer
//! version. What is changed then holds for the later versions too, up to the one that changed the item itself.

use std::collections::BTreeMap;

use ferropik_store::StoreResult;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::item::{EncodedData, EncodedItem, ItemState, OPEN, item_in_version};
use super::version::VersionRow;
use crate::error::translate;
use crate::work::Work;

/// Changes the items of a version.
pub(super) struct Editor {
    /// The version.
    pub(super) version: VersionRow,
    /// Whether the same write has made it.
    is_new: bool,
    added: i64,
    modified: i64,
    deleted: i64,
    /// Changes of the number of items, at the numbers of the versions from which on they hold.
    totals: BTreeMap<i64, i64>,
}

impl Editor {
    /// Begins to change a version; `is_new` if the same write has made it.
    pub(super) fn new(version: VersionRow, is_new: bool) -> Editor {
        Editor {
            version,
            is_new,
            added: 0,
            modified: 0,
            deleted: 0,
            totals: BTreeMap::new(),
        }
    }

    /// Counts changes that were made in bulk.
    pub(super) fn count(&mut self, added: i64, modified: i64, deleted: i64) {
        self.added += added;
        self.modified += modified;
        self.deleted += deleted;
        *self.totals.entry(self.version.number).or_default() += added - deleted;
    }

    /// The state of an item in the version.
    pub(super) fn find(&self, connection: &Connection, id: Uuid) -> StoreResult<Option<ItemState>> {
        item_in_version(connection, self.version.dataset, id, self.version.number)
    }

    /// Adds an item, or replaces the one of that id except for who created it and when.
    pub(super) fn put(&mut self, work: &mut Work<'_>, item: &EncodedItem) -> StoreResult<()> {
        let current = self.find(work.connection, item.id)?;
        let (data, shape) = store_data(work, &item.data)?;
        let now_us = work.now.as_micros();
        let state = ItemState {
            seq: 0,
            dataset: self.version.dataset,
            id: item.id,
            first: self.version.number,
            until: OPEN,
            data,
            shape,
            source: item.source,
            trace_id: item.trace_id,
            span_id: item.span_id,
            description: item.description.clone(),
            tags: item.tags.clone(),
            evaluators: item.evaluators.clone(),
            policy: item.policy.clone(),
            created_us: current.as_ref().map_or(now_us, |current| current.created_us),
            created_by: current.as_ref().map_or(work.user, |current| current.created_by),
            updated_us: now_us,
            updated_by: work.user,
        };
        match current {
            Some(current) => self.replace(work, &current, state),
            None => self.add(work.connection, state),
        }
    }

    /// Adds an item that the version does not have. Its data is stored already and counts as used by it.
    pub(super) fn add(&mut self, connection: &Connection, mut state: ItemState) -> StoreResult<()> {
        let later: Option<i64> = connection
            .prepare_cached("SELECT MIN(first) FROM dataset_item WHERE dataset = ?1 AND id = ?2 AND first > ?3")
            .and_then(|mut statement| {
                statement.query_row(params![state.dataset, state.id.as_bytes(), state.first], |row| {
                    row.get(0)
                })
            })
            .map_err(translate)?;
        state.until = later.unwrap_or(OPEN);
        insert(connection, &state)?;
        self.added += 1;
        self.note_total(state.first, state.until, 1);
        Ok(())
    }

    /// Puts a state in the place of another one of the same item. Data that it does not share with it is stored
    /// already and counts as used by it.
    pub(super) fn replace(&mut self, work: &Work<'_>, current: &ItemState, mut state: ItemState) -> StoreResult<()> {
        let connection = work.connection;
        let number = self.version.number;
        state.updated_us = work.now.as_micros();
        state.updated_by = work.user;
        state.until = current.until;
        state.first = number;
        if current.first == number {
            update(connection, current.seq, &state)?;
            if state.data != current.data {
                release_data(connection, current.data)?;
            }
        } else {
            end(connection, current.seq, number)?;
            insert(connection, &state)?;
            if state.data == current.data {
                share_data(connection, state.data)?;
            }
        }
        if !self.is_new || current.first != number {
            self.modified += 1;
        }
        Ok(())
    }

    /// Takes an item out of the version.
    pub(super) fn remove(&mut self, connection: &Connection, current: &ItemState) -> StoreResult<()> {
        let number = self.version.number;
        let mut was_there_before = true;
        if current.first == number {
            delete(connection, current)?;
            was_there_before =
                !self.is_new || item_in_version(connection, current.dataset, current.id, number - 1)?.is_some();
        } else {
            end(connection, current.seq, number)?;
        }
        if was_there_before {
            self.deleted += 1;
        } else {
            self.added -= 1;
        }
        self.note_total(number, current.until, -1);
        Ok(())
    }

    fn note_total(&mut self, from: i64, until: i64, difference: i64) {
        *self.totals.entry(from).or_default() += difference;
        if until != OPEN {
            *self.totals.entry(until).or_default() -= difference;
        }
    }

    /// Writes the counts.
    pub(super) fn finish(self, work: &Work<'_>) -> StoreResult<()> {
        let connection = work.connection;
        connection
            .prepare_cached(
                "UPDATE dataset_version SET added = MAX(added + ?2, 0), modified = modified + ?3, \
                 deleted = deleted + ?4, updated_us = ?5, updated_by = ?6 WHERE key = ?1",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    self.version.key,
                    self.added,
                    self.modified,
                    self.deleted,
                    work.now.as_micros(),
                    work.user
                ])
            })
            .map_err(translate)?;
        let steps: Vec<(i64, i64)> = self.totals.into_iter().collect();
        let mut difference = 0;
        for (index, (from, step)) in steps.iter().enumerate() {
            difference += step;
            if difference == 0 {
                continue;
            }
            let until = steps.get(index + 1).map_or(OPEN, |(until, _)| *until);
            connection
                .prepare_cached(
                    "UPDATE dataset_version SET items = items + ?4 WHERE dataset = ?1 AND number >= ?2 AND number < ?3",
                )
                .and_then(|mut statement| statement.execute(params![self.version.dataset, from, until, difference]))
                .map_err(translate)?;
        }
        Ok(())
    }
}

/// Stores data for one state and answers its key and its interned shape.
pub(super) fn store_data(work: &mut Work<'_>, data: &EncodedData) -> StoreResult<(i64, i64)> {
    let shape = work
        .state
        .strings
        .intern(work.connection, &data.shape)
        .map_err(translate)?;
    work.connection
        .prepare_cached("INSERT INTO dataset_item_data (uses, data) VALUES (1, ?1)")
        .and_then(|mut statement| statement.insert(params![data.frame]))
        .map(|key| (key, shape))
        .map_err(translate)
}

/// Counts one more state that refers to data.
pub(super) fn share_data(connection: &Connection, key: i64) -> StoreResult<()> {
    connection
        .prepare_cached("UPDATE dataset_item_data SET uses = uses + 1 WHERE key = ?1")
        .and_then(|mut statement| statement.execute([key]))
        .map_err(translate)?;
    Ok(())
}

/// Counts one state less, and deletes data that no state refers to any more.
pub(super) fn release_data(connection: &Connection, key: i64) -> StoreResult<()> {
    let uses: Option<i64> = connection
        .prepare_cached("UPDATE dataset_item_data SET uses = uses - 1 WHERE key = ?1 RETURNING uses")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .map_err(translate)?;
    if uses.is_some_and(|uses| uses <= 0) {
        connection
            .prepare_cached("DELETE FROM dataset_item_data WHERE key = ?1")
            .and_then(|mut statement| statement.execute([key]))
            .map_err(translate)?;
    }
    Ok(())
}

/// Ends a state before the version of that number.
fn end(connection: &Connection, seq: i64, number: i64) -> StoreResult<()> {
    connection
        .prepare_cached("UPDATE dataset_item SET until = ?2 WHERE seq = ?1")
        .and_then(|mut statement| statement.execute([seq, number]))
        .map_err(translate)?;
    Ok(())
}

/// Deletes a state that no version has any more, and what only it refers to.
pub(super) fn delete(connection: &Connection, state: &ItemState) -> StoreResult<()> {
    connection
        .prepare_cached("DELETE FROM dataset_item WHERE seq = ?1")
        .and_then(|mut statement| statement.execute([state.seq]))
        .map_err(translate)?;
    release_data(connection, state.data)
}

/// Inserts a state; its number is ignored.
pub(super) fn insert(connection: &Connection, state: &ItemState) -> StoreResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO dataset_item (dataset, id, first, until, data, shape, source, trace_id, span_id, description, \
             tags, evaluators, policy, created_us, created_by, updated_us, updated_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                state.dataset,
                state.id.as_bytes(),
                state.first,
                state.until,
                state.data,
                state.shape,
                state.source,
                state.trace_id.as_ref().map(Uuid::as_bytes),
                state.span_id.as_ref().map(Uuid::as_bytes),
                state.description,
                state.tags,
                state.evaluators,
                state.policy,
                state.created_us,
                state.created_by,
                state.updated_us,
                state.updated_by,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

/// Overwrites everything of a state but its item and its versions.
fn update(connection: &Connection, seq: i64, state: &ItemState) -> StoreResult<()> {
    connection
        .prepare_cached(
            "UPDATE dataset_item SET data = ?2, shape = ?3, source = ?4, trace_id = ?5, span_id = ?6, \
             description = ?7, tags = ?8, evaluators = ?9, policy = ?10, updated_us = ?11, updated_by = ?12 \
             WHERE seq = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                seq,
                state.data,
                state.shape,
                state.source,
                state.trace_id.as_ref().map(Uuid::as_bytes),
                state.span_id.as_ref().map(Uuid::as_bytes),
                state.description,
                state.tags,
                state.evaluators,
                state.policy,
                state.updated_us,
                state.updated_by,
            ])
        })
        .map_err(translate)?;
    Ok(())
}
