//! Statements over a selection: the conditions, the order, the parameters.

use ferropik_query::sql::{self, SqlBuilder, SqlColumns, SqlValue};
use ferropik_query::{Condition, Entity, Field, Filter, ListTest, Sort, Test};
use ferropik_store::{Selection, StoreResult};
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, Row, ToSql};
use uuid::Uuid;

use super::columns_sql::id_range;
use crate::error::translate;

/// A parameter of a statement.
pub(crate) struct Parameter(pub(crate) SqlValue);

impl ToSql for Parameter {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match &self.0 {
            SqlValue::Integer(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            SqlValue::Real(value) => ToSqlOutput::Owned(Value::Real(*value)),
            SqlValue::Text(text) => ToSqlOutput::from(text.as_str()),
            SqlValue::Blob(bytes) => ToSqlOutput::from(bytes.as_slice()),
        })
    }
}

/// The condition that an annotation queue holds a row.
pub(crate) fn in_queue(queue: Uuid) -> Condition {
    Condition {
        field: Field::AnnotationQueueIds,
        test: Test::List(ListTest::HasAny(vec![queue.to_string()])),
    }
}

/// The parameter for an id.
pub(crate) fn id_value(id: Uuid) -> SqlValue {
    SqlValue::Blob(id.as_bytes().to_vec())
}

/// Appends the conditions of a selection on the time part of `id_column`, its filter and its search.
pub(crate) fn push_selection(
    selection: &Selection,
    entity: Entity,
    id_column: &str,
    columns: &dyn SqlColumns,
    sql: &mut SqlBuilder,
) {
    let (lowest, highest) = id_range(selection.from, selection.to);
    if let Some(lowest) = lowest {
        sql.push(" AND ").push(id_column).push(" >= ").bind(id_value(lowest));
    }
    if let Some(highest) = highest {
        sql.push(" AND ").push(id_column).push(" <= ").bind(id_value(highest));
    }
    if let Some(queue) = selection.annotation_queue {
        sql::lower(&Filter::new([in_queue(queue)]), columns, sql);
    }
    sql::lower(&selection.filter, columns, sql);
    if let Some(search) = &selection.search {
        sql::lower_search(search, entity, columns, sql);
    }
}

/// Appends ` ORDER BY` with the requested sort first.
pub(crate) fn push_order(sort: Option<&Sort>, columns: &dyn SqlColumns, tie_breaks: &str, sql: &mut SqlBuilder) {
    sql.push(" ORDER BY ");
    if let Some(sort) = sort {
        sql::lower_sort(sort, columns, sql);
        sql.push(", ");
    }
    sql.push(tie_breaks);
}

/// Runs a statement and collects its rows.
pub(crate) fn query<T>(
    connection: &Connection,
    sql: SqlBuilder,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> StoreResult<Vec<T>> {
    let mut found = Vec::new();
    for_each(connection, sql, |row| {
        found.push(read(row)?);
        Ok(true)
    })?;
    Ok(found)
}

/// Runs a statement and calls `visit` for each row until it answers false.
pub(crate) fn for_each(
    connection: &Connection,
    sql: SqlBuilder,
    mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> StoreResult<()> {
    let (text, parameters) = sql.finish();
    let parameters: Vec<Parameter> = parameters.into_iter().map(Parameter).collect();
    let mut statement = connection.prepare_cached(&text).map_err(translate)?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(parameters.iter()))
        .map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        if !visit(row).map_err(translate)? {
            break;
        }
    }
    Ok(())
}

/// Runs a statement that answers one number.
pub(crate) fn number(connection: &Connection, sql: SqlBuilder) -> StoreResult<u64> {
    let numbers = query(connection, sql, |row| row.get::<_, i64>(0))?;
    Ok(numbers.first().copied().unwrap_or(0).unsigned_abs())
}
