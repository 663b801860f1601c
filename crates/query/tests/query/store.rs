//! A store for tests: one table with a column per field, the scalar functions registered, and the same rows in memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use ferropik_model::Timestamp;
use ferropik_query::sql::{
    FN_DICTIONARY, FN_FOLD, FN_MAP, FN_TEXT, FN_VALUE, NumberExpr, NumberUnit, SqlBuilder, SqlColumns, SqlValue,
};
use ferropik_query::{
    DictionaryOp, DictionaryTest, Entity, Field, FieldType, JsonValue, MapOp, Needle, NumberValue, Path, Record,
    SearchTarget, SortKind, TextMode, TextOp, dictionary_test, fields, fold, json_value, map_test, search_targets,
    text_test,
};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};
use rust_decimal::Decimal;

type BoxError = Box<dyn Error + Send + Sync>;

/// Registers the functions that lowered conditions call.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(FN_TEXT, 4, flags, |context| {
        let op = TextOp::from_code(context.get(0)?).ok_or_else(|| user_error("text operator"))?;
        let mode = TextMode::from_code(context.get(1)?).ok_or_else(|| user_error("text mode"))?;
        let needle = context.get_or_create_aux(3, |value: ValueRef<'_>| -> Result<Needle, BoxError> {
            Ok(Needle::new(value.as_str()?))
        })?;
        Ok(text_test(op, mode, text(context, 2)?, &needle))
    })?;
    connection.create_scalar_function(FN_DICTIONARY, 4, flags, |context| {
        let op = DictionaryOp::from_code(context.get(0)?).ok_or_else(|| user_error("dictionary operator"))?;
        let path = path_at(context, 2)?;
        let test = context.get_or_create_aux(3, |value: ValueRef<'_>| -> Result<DictionaryTest, BoxError> {
            Ok(DictionaryTest::new(op, value.as_str()?))
        })?;
        Ok(dictionary_test(&test, &path, text(context, 1)?))
    })?;
    connection.create_scalar_function(FN_MAP, 4, flags, |context| {
        let op = MapOp::from_code(context.get(0)?).ok_or_else(|| user_error("map operator"))?;
        let path = path_at(context, 2)?;
        let needle = context.get_or_create_aux(3, |value: ValueRef<'_>| -> Result<Needle, BoxError> {
            Ok(Needle::new(value.as_str()?))
        })?;
        Ok(map_test(op, &path, text(context, 1)?, &needle))
    })?;
    connection.create_scalar_function(FN_VALUE, 2, flags, |context| {
        let path = path_at(context, 1)?;
        let value = text(context, 0)?.and_then(|json| json_value(json, &path));
        Ok(match value {
            None => Value::Null,
            Some(JsonValue::Number(number)) => Value::Real(number),
            Some(JsonValue::Text(text)) => Value::Text(text),
        })
    })?;
    connection.create_scalar_function(FN_FOLD, 1, flags, |context| {
        Ok(text(context, 0)?.map(|text| fold(text).into_owned()))
    })
}

fn path_at(context: &Context<'_>, index: i32) -> rusqlite::Result<Arc<Path>> {
    context.get_or_create_aux(index, |value: ValueRef<'_>| -> Result<Path, BoxError> {
        Ok(Path::new(value.as_str()?))
    })
}

fn text<'a>(context: &'a Context<'_>, index: usize) -> rusqlite::Result<Option<&'a str>> {
    Ok(context.get_raw(index).as_str_or_null()?)
}

fn user_error(what: &str) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(format!("unknown {what}").into())
}

/// What a column holds. One field may have several columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Text,
    Time,
    Number,
    List,
    Scores,
    Keyed,
}

fn kinds(kind: FieldType, any_of: bool) -> &'static [Kind] {
    match kind {
        FieldType::DateTime | FieldType::DateTimeState => &[Kind::Time],
        FieldType::Number => &[Kind::Number],
        FieldType::List => &[Kind::List, Kind::Text],
        FieldType::StringList => &[Kind::List],
        FieldType::FeedbackScoresNumber => &[Kind::Scores, Kind::Keyed],
        _ if any_of => &[Kind::List, Kind::Text],
        _ => &[Kind::Text],
    }
}

/// The columns that the fields of an entity need.
pub(crate) fn columns(entity: Entity) -> Vec<(Field, Kind)> {
    let mut columns: Vec<(Field, Kind)> = Vec::new();
    let mut add = |column| {
        if !columns.contains(&column) {
            columns.push(column);
        }
    };
    for spec in fields(entity) {
        for kind in kinds(spec.kind, spec.any_of) {
            add((spec.field, *kind));
        }
        if spec.sort == SortKind::ByKey {
            add((spec.field, if spec.field.is_json() { Kind::Text } else { Kind::Keyed }));
        }
    }
    for target in search_targets(entity) {
        match *target {
            SearchTarget::Text(field) => add((field, Kind::Text)),
            SearchTarget::AnyOf(field) => add((field, Kind::List)),
        }
    }
    columns
}

fn column_name(field: Field, kind: Kind) -> String {
    let name: String = format!("{kind:?}_{field:?}")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("row.{name}")
}

/// The value of one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    Time(i64),
    Number(NumberValue),
    List(Vec<String>),
    Scores(Vec<(String, Decimal)>),
    /// The number under every key of a map.
    Keyed(NumberValue),
}

/// A row in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row(pub(crate) HashMap<(Field, Kind), Cell>);

impl Record for Row {
    fn text(&self, field: Field) -> Option<Cow<'_, str>> {
        match self.0.get(&(field, Kind::Text))? {
            Cell::Text(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    fn time(&self, field: Field) -> Option<Timestamp> {
        match self.0.get(&(field, Kind::Time))? {
            Cell::Time(nanos) => Some(Timestamp::from_nanos(*nanos)),
            _ => None,
        }
    }

    fn number(&self, field: Field) -> Option<NumberValue> {
        match self.0.get(&(field, Kind::Number))? {
            Cell::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn list(&self, field: Field) -> Vec<Cow<'_, str>> {
        match self.0.get(&(field, Kind::List)) {
            Some(Cell::List(list)) => list.iter().map(|element| Cow::Borrowed(element.as_str())).collect(),
            _ => Vec::new(),
        }
    }

    fn scores(&self, field: Field) -> Vec<(Cow<'_, str>, Decimal)> {
        match self.0.get(&(field, Kind::Scores)) {
            Some(Cell::Scores(scores)) => scores
                .iter()
                .map(|(name, value)| (Cow::Borrowed(name.as_str()), *value))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn keyed_number(&self, field: Field, _key: &str) -> Option<NumberValue> {
        match self.0.get(&(field, Kind::Keyed))? {
            Cell::Keyed(number) => Some(*number),
            _ => None,
        }
    }
}

/// The unit in which the table keeps a number.
pub(crate) fn unit(field: Field) -> NumberUnit {
    match field {
        Field::Ttft => NumberUnit::Real,
        Field::Duration => NumberUnit::Scaled(3),
        Field::TotalEstimatedCost => NumberUnit::Scaled(12),
        Field::FeedbackScores | Field::SpanFeedbackScores | Field::ExperimentScores => NumberUnit::Scaled(9),
        _ => NumberUnit::Scaled(0),
    }
}

fn scaled(number: NumberValue, unit: NumberUnit) -> Value {
    let decimal = match (number, unit) {
        (NumberValue::Real(number), _) => return Value::Real(number),
        (NumberValue::Integer(number), _) => Decimal::from(number),
        (NumberValue::Decimal(number), _) => number,
    };
    let NumberUnit::Scaled(digits) = unit else {
        panic!("a decimal in a column of doubles")
    };
    Value::Integer(ferropik_model::decimal::to_scaled(decimal, digits).expect("test numbers are small"))
}

fn stored(field: Field, cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Time(nanos) => Value::Integer(*nanos),
        Cell::Number(number) | Cell::Keyed(number) => scaled(*number, unit(field)),
        Cell::List(list) => Value::Text(serde_json::to_string(list).expect("a list of texts is JSON")),
        Cell::Scores(scores) => {
            let scores: Vec<_> = scores
                .iter()
                .map(|(name, value)| (name, ferropik_model::decimal::to_scaled(*value, 9)))
                .collect();
            Value::Text(serde_json::to_string(&scores).expect("pairs are JSON"))
        }
    }
}

/// The table's spelling of the fields.
pub(crate) struct Columns;

impl SqlColumns for Columns {
    fn text_expr(&self, field: Field) -> String {
        column_name(field, Kind::Text)
    }

    fn time_expr(&self, field: Field) -> String {
        column_name(field, Kind::Time)
    }

    fn number_expr(&self, field: Field) -> NumberExpr {
        NumberExpr {
            sql: column_name(field, Kind::Number),
            unit: unit(field),
        }
    }

    fn list_any(&self, field: Field, predicate: &str) -> String {
        format!(
            "EXISTS (SELECT 1 FROM json_each({}) WHERE {predicate})",
            column_name(field, Kind::List)
        )
    }

    fn scores_any(&self, field: Field, predicate: &str) -> String {
        let column = column_name(field, Kind::Scores);
        format!(
            "EXISTS (SELECT 1 FROM (SELECT value ->> 0 AS name, value ->> 1 AS value FROM json_each({column})) \
             WHERE {predicate})"
        )
    }

    fn push_keyed_number(&self, field: Field, key: &str, sql: &mut SqlBuilder) {
        // The key does not matter in this table, but it has to be bound.
        sql.push("iif(")
            .bind_text(key)
            .push(" IS NULL, NULL, ")
            .push(&column_name(field, Kind::Keyed))
            .push(")");
    }

    fn is_never_null(&self, _field: Field) -> bool {
        false
    }
}

/// A database with the rows, whose ids count from 0.
pub(crate) fn database(entity: Entity, rows: &[Row]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection).unwrap();
    let columns = columns(entity);
    let plain = |column: &(Field, Kind)| column_name(column.0, column.1).replace("row.", "");
    let names: Vec<String> = columns.iter().map(plain).collect();
    connection
        .execute(
            &format!("CREATE TABLE row (position INTEGER PRIMARY KEY, {})", names.join(", ")),
            (),
        )
        .unwrap();
    let marks = vec!["?"; columns.len() + 1].join(", ");
    let mut insert = connection
        .prepare(&format!("INSERT INTO row VALUES ({marks})"))
        .unwrap();
    for (position, row) in rows.iter().enumerate() {
        let mut values = vec![Value::Integer(i64::try_from(position).unwrap())];
        for (field, kind) in &columns {
            values.push(
                row.0
                    .get(&(*field, *kind))
                    .map_or(Value::Null, |cell| stored(*field, cell)),
            );
        }
        insert.execute(params_from_iter(values)).unwrap();
    }
    drop(insert);
    connection
}

/// The positions of the rows that a statement ending selects, in its order.
pub(crate) fn select(connection: &Connection, ending: SqlBuilder) -> Vec<usize> {
    let (sql, params) = ending.finish();
    let params = params.into_iter().map(|value| match value {
        SqlValue::Integer(value) => Value::Integer(value),
        SqlValue::Real(value) => Value::Real(value),
        SqlValue::Text(value) => Value::Text(value),
        SqlValue::Blob(value) => Value::Blob(value),
    });
    let sql = format!("SELECT position FROM row {sql}");
    let mut statement = connection
        .prepare(&sql)
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    let positions = statement
        .query_map(params_from_iter(params), |row| row.get::<_, isize>(0))
        .unwrap();
    positions
        .map(|position| usize::try_from(position.unwrap_or_else(|error| panic!("{error}: {sql}"))).unwrap())
        .collect()
}
