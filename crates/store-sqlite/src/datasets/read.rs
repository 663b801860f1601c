//! Pages and streams of the items of a version, and its columns.

use std::collections::BTreeMap;

use ferropik_model::{Column, DatasetItem};
use ferropik_query::Filter;
use ferropik_query::sql::{self, SqlBuilder, SqlValue};
use ferropik_store::{DatasetItemList, DatasetItemStream, ListedItems, Scope, StoreError, StoreResult, VersionRef};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::fields::ItemFields;
use super::find::{self, DatasetRow};
use super::item::{COLUMNS, ItemState, OPEN};
use super::version::{self, VersionRow};
use crate::Context;
use crate::error::translate;
use crate::read::limit_offset;
use crate::read::statement::{for_each, id_value, query};
use crate::rows::uuid_at;

/// Most different shapes of data that columns are taken from.
const MAX_SHAPES: usize = 2_000;

/// Most columns.
const MAX_COLUMNS: usize = 2_000;

/// Bytes of data after which a read of a stream ends early.
const MAX_STREAM_BYTES: usize = 8 << 20;

/// What stands before the name of a column in filters of other views.
const COLUMN_PREFIX: &str = "data";

/// A dataset and one of its versions; none when the dataset is unknown or has no version at all.
///
/// # Errors
/// [`StoreError::NotFound`] for the version.
fn place(
    connection: &Connection,
    scope: &Scope,
    dataset: Uuid,
    reference: &VersionRef,
) -> StoreResult<Option<(DatasetRow, VersionRow)>> {
    let Some(dataset) = find::visible(connection, scope, dataset)? else {
        return Ok(None);
    };
    match version::resolve(connection, &dataset, reference)? {
        Some(version) => Ok(Some((dataset, version))),
        None if *reference == VersionRef::Latest => Ok(None),
        None => Err(StoreError::NotFound),
    }
}

/// Appends the conditions that pick the items of a version. Of the latest version an index has only these items.
fn push_version(dataset: &DatasetRow, number: i64, sql: &mut SqlBuilder) {
    sql.push("i.dataset = ").bind(SqlValue::Integer(dataset.key));
    if number == dataset.latest {
        sql.push(&format!(" AND i.until = {OPEN}"));
    } else {
        sql.push(" AND i.first <= ").bind(SqlValue::Integer(number));
        sql.push(" AND i.until > ").bind(SqlValue::Integer(number));
    }
}

/// `SELECT … FROM … WHERE …` over the items of a version that a filter leaves.
fn select(what: &str, dataset: &DatasetRow, number: i64, filter: &Filter) -> SqlBuilder {
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ").push(what).push(" FROM dataset_item i ");
    if !filter.conditions().is_empty() {
        sql.push("CROSS JOIN dataset_item_data p ON p.key = i.data ");
    }
    sql.push("WHERE ");
    push_version(dataset, number, &mut sql);
    sql::lower(filter, &ItemFields, &mut sql);
    sql
}

/// One page of items.
pub(super) fn page(
    connection: &Connection,
    context: &Context,
    scope: &Scope,
    dataset: Uuid,
    list: &DatasetItemList,
) -> StoreResult<ListedItems> {
    let Some((dataset, version)) = place(connection, scope, dataset, &list.version)? else {
        return Ok(ListedItems::default());
    };
    let number = version.number;
    let (limit, offset) = limit_offset(list.page, list.size);
    let (states, total) = if list.filter.conditions().is_empty() {
        (
            unfiltered(connection, &dataset, &version, limit, offset)?,
            u64::try_from(version.items).unwrap_or(0),
        )
    } else {
        // Every item has to be looked at to count, so that one pass finds the page as well.
        let mut sql = select(COLUMNS, &dataset, number, &list.filter);
        sql.push(" ORDER BY i.id DESC");
        let (mut states, mut total) = (Vec::new(), 0_i64);
        for_each(connection, sql, |row| {
            if total >= offset && total - offset < limit {
                states.push(ItemState::from_row(row)?);
            }
            total += 1;
            Ok(true)
        })?;
        (states, total.unsigned_abs())
    };
    let rows = states
        .iter()
        .map(|state| state.to_wire(connection, context, dataset.id, list.truncate))
        .collect::<StoreResult<_>>()?;
    Ok(ListedItems {
        rows,
        total,
        columns: columns_of(connection, context, dataset.key, number)?,
    })
}

/// One page of all items of a version. Items before a page are walked past, so that pages in the second half are read
/// from the end.
fn unfiltered(
    connection: &Connection,
    dataset: &DatasetRow,
    version: &VersionRow,
    limit: i64,
    offset: i64,
) -> StoreResult<Vec<ItemState>> {
    let rest = version.items.saturating_sub(offset);
    if rest <= 0 {
        return Ok(Vec::new());
    }
    let count = limit.min(rest);
    let is_backward = offset > version.items / 2;
    let mut sql = select(COLUMNS, dataset, version.number, &Filter::default());
    sql.push(if is_backward {
        " ORDER BY i.id LIMIT "
    } else {
        " ORDER BY i.id DESC LIMIT "
    });
    sql.bind(SqlValue::Integer(count));
    sql.push(" OFFSET ");
    sql.bind(SqlValue::Integer(if is_backward { rest - count } else { offset }));
    let mut states = query(connection, sql, ItemState::from_row)?;
    if is_backward {
        states.reverse();
    }
    Ok(states)
}

/// The next items of a stream.
pub(super) fn stream(
    connection: &Connection,
    context: &Context,
    scope: &Scope,
    stream: &DatasetItemStream,
) -> StoreResult<Vec<DatasetItem>> {
    let Some((dataset, version)) = place(connection, scope, stream.dataset, &stream.version)? else {
        return Ok(Vec::new());
    };
    let mut sql = select(COLUMNS, &dataset, version.number, &stream.filter);
    if let Some(before) = stream.before {
        sql.push(" AND i.id < ").bind(id_value(before));
    }
    sql.push(" ORDER BY i.id DESC LIMIT ");
    sql.bind(SqlValue::Integer(i64::try_from(stream.limit).unwrap_or(i64::MAX)));
    let states = query(connection, sql, ItemState::from_row)?;
    let (mut items, mut bytes) = (Vec::with_capacity(states.len()), 0);
    for state in &states {
        let item = state.to_wire(connection, context, dataset.id, false)?;
        bytes += item.data.as_str().len();
        items.push(item);
        if bytes > MAX_STREAM_BYTES {
            break;
        }
    }
    Ok(items)
}

/// The ids of all items of the latest version that a filter leaves, and the key of the dataset.
///
/// # Errors
/// [`StoreError::NotFound`] for the dataset.
pub(super) fn matching_ids(
    connection: &Connection,
    scope: &Scope,
    dataset: Uuid,
    filter: &Filter,
) -> StoreResult<(i64, Vec<Uuid>)> {
    let dataset = find::visible(connection, scope, dataset)?.ok_or(StoreError::NotFound)?;
    let sql = select("i.id", &dataset, dataset.latest, filter);
    let ids = query(connection, sql, |row| uuid_at(row, 0))?;
    Ok((dataset.key, ids))
}

/// The newest state of an item of any dataset that is not deleted.
pub(super) fn newest(
    connection: &Connection,
    context: &Context,
    scope: &Scope,
    workspace: i64,
    id: Uuid,
) -> StoreResult<Option<DatasetItem>> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset_item i WHERE i.id = ?1 \
             ORDER BY i.until = {OPEN} DESC, i.updated_us DESC, i.seq DESC"
        ))
        .map_err(translate)?;
    let mut rows = statement.query([id.as_bytes()]).map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let state = ItemState::from_row(row).map_err(translate)?;
        let dataset = find::by_key(connection, state.dataset)?;
        let dataset = dataset.filter(|dataset| dataset.workspace == workspace && !dataset.is_deleted);
        if let Some(dataset) = dataset.filter(|dataset| dataset.is_visible(scope)) {
            return state.to_wire(connection, context, dataset.id, false).map(Some);
        }
    }
    Ok(None)
}

/// The datasets of items that latest versions have: every known id goes to the dataset that has most of them.
/// A dataset of which a version was made by `group` goes first. The largest comes first.
pub(super) fn datasets_of(
    connection: &Connection,
    scope: &Scope,
    workspace: i64,
    ids: &[Uuid],
    group: Option<Uuid>,
) -> StoreResult<Vec<(i64, Vec<Uuid>)>> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT dataset FROM dataset_item WHERE id = ?1 AND until = {OPEN}"
        ))
        .map_err(translate)?;
    let mut by_dataset: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
    let distinct: rustc_hash::FxHashSet<&Uuid> = ids.iter().collect();
    for id in distinct {
        let keys: Vec<i64> = statement
            .query_map([id.as_bytes()], |row| row.get(0))
            .and_then(Iterator::collect)
            .map_err(translate)?;
        for key in keys {
            by_dataset.entry(key).or_default().push(*id);
        }
    }
    let mut candidates = Vec::new();
    for (key, ids) in by_dataset {
        let dataset = find::by_key(connection, key)?;
        let dataset = dataset.filter(|dataset| dataset.workspace == workspace && !dataset.is_deleted);
        if dataset.is_none_or(|dataset| !dataset.is_visible(scope)) {
            continue;
        }
        let is_of_group = match group {
            Some(group) => version::by_group(connection, key, group)?.is_some(),
            None => false,
        };
        candidates.push((is_of_group, key, ids));
    }
    candidates.sort_by_key(|(is_of_group, key, ids)| std::cmp::Reverse((*is_of_group, ids.len(), *key)));
    let mut taken = rustc_hash::FxHashSet::default();
    let mut assigned = Vec::new();
    for (_, key, ids) in candidates {
        let ids: Vec<Uuid> = ids.into_iter().filter(|id| taken.insert(*id)).collect();
        if !ids.is_empty() {
            assigned.push((key, ids));
        }
    }
    Ok(assigned)
}

/// The columns of the data of a version, by name. Different items mostly have the same shape, so that the index is
/// skipped through from shape to shape.
pub(crate) fn columns_of(
    connection: &Connection,
    context: &Context,
    dataset: i64,
    number: i64,
) -> StoreResult<Vec<Column>> {
    let mut next = connection
        .prepare_cached("SELECT MIN(shape) FROM dataset_item WHERE dataset = ?1 AND shape > ?2")
        .map_err(translate)?;
    let mut occurs = connection
        .prepare_cached(
            "SELECT 1 FROM dataset_item WHERE dataset = ?1 AND shape = ?2 AND until > ?3 AND first <= ?3 LIMIT 1",
        )
        .map_err(translate)?;
    let mut types: BTreeMap<String, u8> = BTreeMap::new();
    let mut last = i64::MIN;
    for _ in 0..MAX_SHAPES {
        let shape: Option<i64> = next
            .query_row(params![dataset, last], |row| row.get(0))
            .map_err(translate)?;
        let Some(shape) = shape else { break };
        last = shape;
        let found = occurs
            .query_row(params![dataset, shape, number], |_| Ok(()))
            .optional()
            .map_err(translate)?;
        if found.is_none() {
            continue;
        }
        let text = context.strings.text(connection, shape).map_err(translate)?;
        let pairs: Vec<(String, u8)> = serde_json::from_str(&text).unwrap_or_default();
        for (key, bit) in pairs {
            if types.len() < MAX_COLUMNS || types.contains_key(&key) {
                *types.entry(key).or_default() |= bit;
            }
        }
    }
    Ok(types
        .iter()
        .map(|(name, types)| Column::new(COLUMN_PREFIX, name, *types))
        .collect())
}
