//! One page of a comparison.

use std::sync::Arc;

use ferropik_query::{Direction, Field};
use ferropik_store::{ComparedPage, Comparison, StoreResult};
use uuid::Uuid;

use super::assemble::Rows;
use super::merge::for_each_item;
use super::scope::{Compared, Watch};
use super::{columns, select};

/// What there is to see of an unknown dataset.
pub(super) fn empty() -> ComparedPage {
    ComparedPage {
        rows: Vec::new(),
        total: 0,
        columns: Vec::new(),
    }
}

/// The page with its columns.
pub(super) fn page(watch: &Watch<'_>, compared: &Compared, comparison: &Comparison) -> StoreResult<ComparedPage> {
    if compared.experiments.is_empty() {
        return Ok(empty());
    }
    let all = all_items(watch, compared)?;
    let (ids, total) = if has_default_order(comparison) {
        (slice(&all, comparison, is_reversed(comparison)), all.len())
    } else {
        let matching = select::matching_items(watch, compared, comparison)?;
        (slice(&matching, comparison, false), matching.len())
    };
    let rows = Rows::new(watch, compared, comparison);
    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        watch.check()?;
        items.extend(rows.item(id)?);
    }
    Ok(ComparedPage {
        rows: items,
        total: total as u64,
        columns: columns::of_data(watch, compared, &all)?,
    })
}

/// Whether the ids of all items, in one direction or the other, are what is asked for.
fn has_default_order(comparison: &Comparison) -> bool {
    comparison.filter.is_empty()
        && comparison.search.is_none()
        && comparison.sort.as_ref().is_none_or(|sort| sort.field == Field::Id)
}

fn is_reversed(comparison: &Comparison) -> bool {
    comparison
        .sort
        .as_ref()
        .is_some_and(|sort| sort.direction == Direction::Ascending)
}

/// The ids of all items that have runs, in descending order.
fn all_items(watch: &Watch<'_>, compared: &Compared) -> StoreResult<Arc<[Uuid]>> {
    let cache = &watch.context.comparisons;
    let key = compared.fingerprint();
    if let Some(ids) = cache.ids(&key) {
        return Ok(ids);
    }
    let mut ids = Vec::new();
    for_each_item(watch, compared, |item, _| {
        ids.push(item);
        Ok(())
    })?;
    let ids: Arc<[Uuid]> = ids.into();
    cache.keep_ids(key, Arc::clone(&ids));
    Ok(ids)
}

fn slice(ids: &[Uuid], comparison: &Comparison, reversed: bool) -> Vec<Uuid> {
    let size = usize::try_from(comparison.size).unwrap_or(usize::MAX);
    let before = usize::try_from(comparison.page.saturating_sub(1)).unwrap_or(usize::MAX);
    let skipped = before.saturating_mul(size);
    if reversed {
        ids.iter().rev().skip(skipped).take(size).copied().collect()
    } else {
        ids.iter().skip(skipped).take(size).copied().collect()
    }
}
