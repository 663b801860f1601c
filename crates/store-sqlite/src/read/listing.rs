//! Pages of the smaller things: conditions, order, count and one page of rows in two statements.

use ferropik_query::sql::{self, FN_FOLD, FN_TEXT, NumberExpr, NumberUnit, SqlBuilder, SqlColumns, SqlValue};
use ferropik_query::{Field, TextMode, TextOp};
use ferropik_store::{Listed, Listing, StoreResult};
use rusqlite::{Connection, Row};

use super::limit_offset;
use super::statement::{number, push_order, query};
use crate::functions::FN_UUID;

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

/// Fields of a table of which each is one expression: texts, and instants in nanoseconds.
pub(crate) struct PlainColumns {
    /// The column of 16 bytes with the id.
    pub(crate) id: &'static str,
    /// Whether texts sort without regard to case.
    pub(crate) folds: bool,
    /// Texts other than the id.
    pub(crate) texts: &'static [(Field, &'static str)],
    /// Instants.
    pub(crate) times: &'static [(Field, &'static str)],
    /// Lists, as text columns with a JSON array of texts.
    pub(crate) lists: &'static [(Field, &'static str)],
}

impl PlainColumns {
    /// No fields at all, for lists without filters.
    pub(crate) const NONE: PlainColumns = PlainColumns {
        id: "NULL",
        folds: false,
        texts: &[],
        times: &[],
        lists: &[],
    };
}

fn expression(fields: &[(Field, &'static str)], field: Field) -> &'static str {
    fields
        .iter()
        .find(|(known, _)| *known == field)
        .map_or("NULL", |(_, expression)| expression)
}

impl SqlColumns for PlainColumns {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}({})", self.id),
            _ => expression(self.texts, field).to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        expression(self.times, field).to_owned()
    }

    fn number_expr(&self, _field: Field) -> NumberExpr {
        NumberExpr {
            sql: "NULL".to_owned(),
            unit: NumberUnit::Scaled(0),
        }
    }

    fn list_any(&self, field: Field, predicate: &str) -> String {
        let list = expression(self.lists, field);
        format!("EXISTS (SELECT 1 FROM json_each({list}) WHERE {predicate})")
    }

    fn scores_any(&self, _field: Field, predicate: &str) -> String {
        format!("EXISTS (SELECT 1 FROM (SELECT NULL AS name, NULL AS value WHERE 0) WHERE {predicate})")
    }

    fn push_keyed_number(&self, _field: Field, _key: &str, sql: &mut SqlBuilder) {
        sql.push("NULL");
    }

    fn sort_text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => self.id.to_owned(),
            _ if self.folds => format!("{FN_FOLD}({})", self.text_expr(field)),
            _ => self.text_expr(field),
        }
    }
}

/// Where the rows of a list are.
pub(crate) struct Table<'a> {
    /// A `FROM` clause with its joins.
    pub(crate) from: &'a str,
    /// What to read of each row.
    pub(crate) selected: &'a str,
    /// Default order, and what breaks ties.
    pub(crate) order: &'a str,
    /// How fields are spelled.
    pub(crate) columns: &'a dyn SqlColumns,
}

/// One page of a table. `condition` is a complete first condition with its parameters; what the listing says of name and
/// project is the caller's to put into it, its filter and sort are lowered here.
pub(crate) fn page<T>(
    connection: &Connection,
    table: &Table<'_>,
    condition: SqlBuilder,
    listing: &Listing,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> StoreResult<Listed<T>> {
    let mut conditions = SqlBuilder::default();
    conditions.push(" FROM ").push(table.from).push(" WHERE ");
    conditions.append(condition);
    sql::lower(&listing.filter, table.columns, &mut conditions);

    let mut counting = SqlBuilder::default();
    counting.push("SELECT COUNT(*)").append(conditions.clone());
    let total = number(connection, counting)?;

    let mut reading = SqlBuilder::default();
    reading.push("SELECT ").push(table.selected).append(conditions);
    push_order(listing.sort.as_ref(), table.columns, table.order, &mut reading);
    let (limit, offset) = limit_offset(listing.page, listing.size);
    reading.push(" LIMIT ").bind(SqlValue::Integer(limit));
    reading.push(" OFFSET ").bind(SqlValue::Integer(offset));
    let rows = query(connection, reading, read)?;
    Ok(Listed { rows, total })
}
