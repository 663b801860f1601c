//! Selections that look into payloads, resolved to the rows that they hold, with candidates from the tables.

use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_query::{Entity, Filter};
use ferropik_store::{Selection, StoreResult};
use uuid::Uuid;

use super::parallel::{Reader, Scan, Want, matching};
use super::plan::{is_residual, split};
use crate::read::statement;
use crate::rows::uuid_at;

/// Candidates of the first step of a search for the first matches; later steps are longer.
const FIRST_STEP: usize = 4_096;

/// How much longer each step is.
const STEP_GROWTH: usize = 4;

/// Whether rows of a selection can only be told by their payloads.
pub(crate) fn needs_payload(selection: &Selection) -> bool {
    selection.search.is_some() || selection.filter.conditions().iter().any(is_residual)
}

/// A selection without what needs a look into payloads (the search and some conditions), and these conditions.
pub(crate) fn narrow(selection: &Selection) -> (Selection, Filter) {
    let (hot, residual) = split(&selection.filter);
    (
        Selection {
            filter: hot,
            search: None,
            ..selection.clone()
        },
        residual,
    )
}

/// Numbers of the rows of a selection that needs a look into payloads, in descending order of the ids; `None` when it
/// needs none.
///
/// `select` begins a statement (`SELECT … FROM … WHERE …`) over the visible rows of a selection without search and
/// without conditions on payloads. `alias` is what it calls the table of the rows.
pub(crate) fn resolve(
    reader: Reader<'_>,
    entity: Entity,
    selection: &Selection,
    before: Option<Uuid>,
    want: Want,
    select: impl Fn(&str, &Selection) -> SqlBuilder,
) -> StoreResult<Option<Vec<i64>>> {
    if !needs_payload(selection) {
        return Ok(None);
    }
    let alias = match entity {
        Entity::Trace => "t",
        Entity::Span => "s",
        // Nothing else has payloads of its own.
        _ => return Ok(None),
    };
    let (narrow, residual) = narrow(selection);
    let scan = Scan {
        reader,
        entity,
        residual: &residual,
        search: selection.search.as_ref(),
        ids: None,
    };
    let mut found = Vec::new();
    let mut below = before;
    let mut step = match want {
        Want::All => None,
        Want::First(_) => Some(FIRST_STEP),
    };
    loop {
        let mut sql = select(&format!("{alias}.seq, {alias}.id"), &narrow);
        if let Some(below) = below {
            sql.push(&format!(" AND {alias}.id < "))
                .bind(statement::id_value(below));
        }
        sql.push(&format!(" ORDER BY {alias}.id DESC"));
        if let Some(step) = step {
            sql.push(" LIMIT ")
                .bind(SqlValue::Integer(i64::try_from(step).unwrap_or(i64::MAX)));
        }
        let mut candidates = Vec::new();
        statement::for_each(reader.connection, sql, |row| {
            candidates.push(row.get(0)?);
            if step.is_some() {
                below = Some(uuid_at(row, 1)?);
            }
            Ok(true)
        })?;
        let rest = match want {
            Want::All => Want::All,
            Want::First(limit) => Want::First(limit - found.len()),
        };
        let indexes = matching(&scan, &candidates, rest)?;
        found.extend(indexes.into_iter().map(|index| candidates[index]));
        let is_enough = matches!(want, Want::First(limit) if found.len() >= limit);
        match step {
            Some(length) if !is_enough && candidates.len() == length => step = Some(length * STEP_GROWTH),
            _ => return Ok(Some(found)),
        }
    }
}

/// The beginning of a statement over rows by their numbers, which `column` holds.
pub(crate) fn select_rows(what: &str, from: &str, column: &str, rows: &[i64]) -> SqlBuilder {
    let mut list = String::with_capacity(rows.len() * 8 + 2);
    list.push('[');
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            list.push(',');
        }
        list.push_str(&row.to_string());
    }
    list.push(']');
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ")
        .push(what)
        .push(" FROM ")
        .push(from)
        .push(" WHERE ")
        .push(column);
    sql.push(" IN (SELECT value FROM json_each(")
        .bind_text(&list)
        .push("))");
    sql
}
