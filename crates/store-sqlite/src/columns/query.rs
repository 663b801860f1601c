//! Queries that the columns answer, as the reads of traces and spans ask them.

use ferropik_model::Percentiles;
use ferropik_query::{Entity, Field, Sort};
use ferropik_store::{List, Scan, Selection, StoreResult};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::bits::Bits;
use super::change::{Key, Kind};
use super::select::Selector;
use super::table::{Col, half_to_cell};
use super::{series as groups, tally};
use crate::project_metrics::{Cells, Outside, Request};
use crate::read::limit_offset;
use crate::rollup::Tally;
use crate::scan::{self, Reader, Want};

/// Whether columns know the order: payloads and parents are not in any column.
fn is_sortable(sort: Option<&Sort>) -> bool {
    let is_unknown = |field| {
        matches!(
            field,
            Field::Input | Field::Output | Field::Metadata | Field::ErrorInfo | Field::ParentSpanId
        )
    };
    !sort.is_some_and(|sort| is_unknown(sort.field))
}

/// Runs a query on the selected rows; `None` when columns cannot answer.
fn select<T>(
    reader: Reader<'_>,
    key: Key,
    selection: &Selection,
    span_type: Option<i64>,
    answer: impl FnOnce(&Selector<'_>, Bits) -> StoreResult<Option<T>>,
) -> StoreResult<Option<T>> {
    if scan::needs_payload(selection) {
        let Some(seqs) = matching(reader, key, selection, span_type, None, Want::All)? else {
            return Ok(None);
        };
        return with(reader, key, |selector| {
            let table = selector.table;
            let mut rows = Bits::none(table.len());
            for row in seqs
                .iter()
                .filter_map(|seq| table.find(*seq))
                .filter(|row| table.live.get(*row))
            {
                rows.set(row, true);
            }
            answer(selector, rows)
        });
    }
    with(reader, key, |selector| match selector.select(selection, span_type)? {
        Some(rows) => answer(selector, rows),
        None => Ok(None),
    })
}

fn with<T>(
    reader: Reader<'_>,
    key: Key,
    query: impl FnOnce(&Selector<'_>) -> StoreResult<Option<T>>,
) -> StoreResult<Option<T>> {
    let Reader {
        context, connection, ..
    } = reader;
    let answered = context.columns.with(connection, key, |table| {
        query(&Selector {
            context,
            connection,
            project: key.1,
            table,
        })
    })?;
    Ok(answered.flatten())
}

/// `seq` of the rows of a selection that looks into payloads, in descending id order. The columns are not held while
/// payloads are read.
fn matching(
    reader: Reader<'_>,
    key: Key,
    selection: &Selection,
    span_type: Option<i64>,
    before: Option<Uuid>,
    want: Want,
) -> StoreResult<Option<Vec<i64>>> {
    let (narrow, residual) = scan::narrow(selection);
    let candidates = with(reader, key, |selector| {
        let Some(mut rows) = selector.select(&narrow, span_type)? else {
            return Ok(None);
        };
        if let Some(before) = before {
            keep_before(selector, before, &mut rows);
        }
        let found = selector.by_descending_id().page(selector, &rows, 0, rows.count())?;
        let table = selector.table;
        let ids: Option<Vec<Uuid>> =
            scan::is_id_like(selection.search.as_ref()).then(|| found.iter().map(|row| table.id(*row)).collect());
        let seqs: Vec<i64> = found.into_iter().map(|row| table.seq(row)).collect();
        Ok(Some((seqs, ids)))
    })?;
    let Some((candidates, ids)) = candidates else {
        return Ok(None);
    };
    let scan = scan::Scan {
        reader,
        entity: match key.0 {
            Kind::Trace => Entity::Trace,
            Kind::Span => Entity::Span,
        },
        residual: &residual,
        search: selection.search.as_ref(),
        ids: ids.as_deref(),
    };
    let found = scan::matching(&scan, &candidates, want)?;
    Ok(Some(found.into_iter().map(|index| candidates[index]).collect()))
}

/// `seq` of the rows of a page, in order, and the number of all matching rows.
pub(crate) fn page(
    reader: Reader<'_>,
    key: Key,
    selection: &Selection,
    span_type: Option<i64>,
    list: &List,
) -> StoreResult<Option<(Vec<i64>, u64)>> {
    if !is_sortable(list.sort.as_ref()) {
        return Ok(None);
    }
    select(reader, key, selection, span_type, |selector, rows| {
        let Some(order) = selector.order(list.sort.as_ref())? else {
            return Ok(None);
        };
        let (limit, offset) = limit_offset(list.page, list.size);
        let number = |value: i64| usize::try_from(value).unwrap_or(usize::MAX);
        let found = order.page(selector, &rows, number(offset), number(limit))?;
        let seqs = found.into_iter().map(|row| selector.table.seq(row)).collect();
        Ok(Some((seqs, rows.count() as u64)))
    })
}

/// `seq` of the next rows of a stream in descending id order.
pub(crate) fn before(
    reader: Reader<'_>,
    key: Key,
    selection: &Selection,
    span_type: Option<i64>,
    piece: &Scan,
) -> StoreResult<Option<Vec<i64>>> {
    if scan::needs_payload(selection) {
        return matching(
            reader,
            key,
            selection,
            span_type,
            piece.before,
            Want::First(piece.limit),
        );
    }
    select(reader, key, selection, span_type, |selector, mut rows| {
        if let Some(before) = piece.before {
            keep_before(selector, before, &mut rows);
        }
        let order = selector.by_descending_id();
        let found = order.page(selector, &rows, 0, piece.limit)?;
        Ok(Some(found.into_iter().map(|row| selector.table.seq(row)).collect()))
    })
}

fn keep_before(selector: &Selector<'_>, before: Uuid, rows: &mut Bits) {
    let (high, low) = before.as_u64_pair();
    let (high, low) = (half_to_cell(high), half_to_cell(low));
    selector.retain_pairs(Col::High, Col::Low, rows, |a, b| (a, b) < (high, low));
}

/// What the selected rows add up to, with the number of distinct threads (of traces).
pub(crate) fn totals(
    reader: Reader<'_>,
    key: Key,
    selection: &Selection,
    span_type: Option<i64>,
) -> StoreResult<Option<(Tally, u64)>> {
    select(reader, key, selection, span_type, |selector, rows| {
        Ok(tally::tally(selector.table, &rows))
    })
}

/// Percentiles of the durations of the selected rows, with the number of distinct threads (of traces).
pub(crate) fn durations(
    reader: Reader<'_>,
    key: Key,
    selection: &Selection,
    span_type: Option<i64>,
) -> StoreResult<Option<(Percentiles, u64)>> {
    select(reader, key, selection, span_type, |selector, rows| {
        Ok(Some(tally::durations_and_threads(selector.table, &rows)))
    })
}

/// Adds the selected rows up by group and interval; `outside` is usage of traces that does not count. False, with
/// nothing added, when columns cannot answer.
pub(crate) fn series(
    reader: Reader<'_>,
    key: Key,
    selection: &Selection,
    request: &Request,
    outside: &[Outside],
    cells: &mut Cells,
) -> StoreResult<bool> {
    let added = select(reader, key, selection, None, |selector, rows| {
        Ok(groups::add(selector.table, &rows, request, outside, cells).then_some(()))
    })?;
    Ok(added.is_some())
}

/// Usage of the spans of a project outside of a range of milliseconds that their trace lies in.
pub(crate) fn usage_outside(reader: Reader<'_>, project: i64, range: (i64, i64)) -> StoreResult<Option<Vec<Outside>>> {
    with(reader, (Kind::Span, project), |selector| {
        Ok(groups::usage_outside(selector.table, range))
    })
}

/// Adds the costs of the spans of a project that started in a range of nanoseconds (`to` is exclusive) to those of
/// their days. False, with nothing added, when columns cannot answer.
pub(crate) fn costs_by_start(
    reader: Reader<'_>,
    project: i64,
    range: (i64, i64),
    days: &mut FxHashMap<i64, i128>,
) -> StoreResult<bool> {
    let added = with(reader, (Kind::Span, project), |selector| {
        groups::costs_by_start(selector.table, range, days);
        Ok(Some(()))
    })?;
    Ok(added.is_some())
}
