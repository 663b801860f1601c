//! Pages of the smaller things: conditions, order, count and one page of rows in two statements.

use ferropik_query::TextMode;
use ferropik_query::TextOp;
use ferropik_query::sql::{self, FN_TEXT, SqlBuilder, SqlColumns, SqlValue};
use ferropik_store::{Listed, Listing, StoreResult};
use rusqlite::{Connection, Row};

use super::limit_offset;
use super::statement::{number, push_order, query};

/// Appends ` AND <column contains text>` without regard to case.
pub(crate) fn push_contains(column: &str, text: Option<&str>, sql: &mut SqlBuilder) {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return;
    };
    sql.push(" AND ")
        .push(FN_TEXT)
        .push("(")
        .bind(SqlValue::Integer(TextOp::Contains.code()))
        .push(", ")
        .bind(SqlValue::Integer(TextMode::Insensitive.code()))
        .push(", ")
        .push(column)
        .push(", ")
        .bind_text(text)
        .push(")");
}

/// One page of `table` (a `FROM` clause with its joins). `condition` is a complete first condition with its parameters;
/// the filter and the sort of the listing are lowered by `columns`; what the listing says of name and project is the
/// caller's to put into `condition`. Ties and the default order are `tie_breaks`.
pub(crate) fn page<T>(
    connection: &Connection,
    table: &str,
    selected: &str,
    condition: SqlBuilder,
    listing: &Listing,
    columns: &dyn SqlColumns,
    tie_breaks: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> StoreResult<Listed<T>> {
    let mut conditions = SqlBuilder::default();
    conditions.push(" FROM ").push(table).push(" WHERE ");
    conditions.append(condition);
    sql::lower(&listing.filter, columns, &mut conditions);

    let mut counting = SqlBuilder::default();
    counting.push("SELECT COUNT(*)").append(conditions.clone());
    let total = number(connection, counting)?;

    let mut reading = SqlBuilder::default();
    reading.push("SELECT ").push(selected).append(conditions);
    push_order(listing.sort.as_ref(), columns, tie_breaks, &mut reading);
    let (limit, offset) = limit_offset(listing.page, listing.size);
    reading.push(" LIMIT ").bind(SqlValue::Integer(limit));
    reading.push(" OFFSET ").bind(SqlValue::Integer(offset));
    let rows = query(connection, reading, read)?;
    Ok(Listed { rows, total })
}
