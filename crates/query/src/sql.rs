//! Lowering of filters, searches and sorts to SQL.
//!
//! A store implements [`SqlColumns`], which says how its tables spell the fields, and registers these scalar functions:
//!
//! | Call | Body |
//! |---|---|
//! | [`FN_TEXT`]`(op, mode, text, value)` | [`crate::text_test`] with [`crate::TextOp::from_code`], [`crate::TextMode::from_code`] and a [`crate::Needle`] of `value` |
//! | [`FN_DICTIONARY`]`(op, json, key, value)` | [`crate::dictionary_test`] with [`crate::DictionaryOp::from_code`], a [`crate::Path`] of `key` and a [`crate::DictionaryTest`] of `value` |
//! | [`FN_MAP`]`(op, json, key, value)` | [`crate::map_test`] with [`crate::MapOp::from_code`], a [`crate::Path`] of `key` and a [`crate::Needle`] of `value` |
//! | [`FN_VALUE`]`(json, key)` | [`crate::json_value`] with a [`crate::Path`] of `key`: a double or a text |
//! | [`FN_FOLD`]`(text)` | [`crate::fold`] |
//!
//! All are deterministic and answer 0 or 1 (the last two: a value, NULL when there is none). `op`, `mode`, `key` and `value` are bound
//! parameters that stay the same for all rows of a statement, so what is prepared from them should be kept between calls.
//!
//! Text of clients only ever becomes a parameter. Conditions are true, or false or NULL, which is the same in `WHERE`.

use rust_decimal::Decimal;

use crate::field::{Entity, Field, FieldType};
use crate::filter::{Condition, EnumTest, Filter, ListTest, ScoreName, ScoreTest, Test};
use crate::operator::{Compare, TextMode, TextOp};
use crate::path::Path;
use crate::search::{SearchTarget, TermSearch, TextSearch, search_targets};
use crate::sort::Sort;
use crate::text::Needle;
use crate::value::{Number, NumberValue};

/// Name of the scalar function for text tests.
pub const FN_TEXT: &str = "fq_text";

/// Name of the scalar function for tests of values inside JSON.
pub const FN_DICTIONARY: &str = "fq_dictionary";

/// Name of the scalar function for tests of whole values inside JSON.
pub const FN_MAP: &str = "fq_map";

/// Name of the scalar function for values inside JSON that are sorted by.
pub const FN_VALUE: &str = "fq_value";

/// Name of the scalar function that folds case.
pub const FN_FOLD: &str = "fq_fold";

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// An integer.
    Integer(i64),
    /// A double.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// SQL text with `?` placeholders, and the parameters in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SqlBuilder {
    sql: String,
    params: Vec<SqlValue>,
}

impl SqlBuilder {
    /// Appends SQL text that holds no placeholders.
    pub fn push(&mut self, sql: &str) -> &mut SqlBuilder {
        self.sql.push_str(sql);
        self
    }

    /// Appends a placeholder with its parameter.
    pub fn bind(&mut self, value: SqlValue) -> &mut SqlBuilder {
        self.sql.push('?');
        self.params.push(value);
        self
    }

    /// Appends a placeholder with a text parameter.
    pub fn bind_text(&mut self, text: &str) -> &mut SqlBuilder {
        self.bind(SqlValue::Text(text.to_owned()))
    }

    /// Appends another builder's text and parameters.
    pub fn append(&mut self, other: SqlBuilder) -> &mut SqlBuilder {
        self.sql.push_str(&other.sql);
        self.params.extend(other.params);
        self
    }

    /// The text so far.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The parameters so far.
    pub fn params(&self) -> &[SqlValue] {
        &self.params
    }

    /// Text and parameters.
    pub fn finish(self) -> (String, Vec<SqlValue>) {
        (self.sql, self.params)
    }
}

/// The unit of a number expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberUnit {
    /// A double.
    Real,
    /// An integer count of `10^-digits`; with 0 digits a plain integer.
    Scaled(u32),
}

/// An SQL expression for a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberExpr {
    /// The expression; NULL when the value is missing.
    pub sql: String,
    /// What its value means.
    pub unit: NumberUnit,
}

/// How a store spells fields.
///
/// Expressions are used in `WHERE` and `ORDER BY` of a statement over the entity's rows. They hold no placeholders,
/// may occur several times and bind tighter than any operator (columns, calls, or text in parentheses). Fields that the
/// store does not know are `NULL` (expressions) or `0` (`list_any`, `scores_any`).
pub trait SqlColumns {
    /// Text of a field with byte order (`BINARY` collation), NULL when missing; of JSON fields, their compact JSON text.
    fn text_expr(&self, field: Field) -> String;

    /// An instant as integer nanoseconds since the epoch, NULL when missing.
    fn time_expr(&self, field: Field) -> String;

    /// A number, NULL when missing: durations in milliseconds, costs in US dollars (both in the given unit).
    fn number_expr(&self, field: Field) -> NumberExpr;

    /// A condition that is 1 when some element of a list field satisfies the predicate, else 0. The predicate is SQL
    /// over a text column `value`, for example `EXISTS (SELECT 1 FROM json_each(t.tags) WHERE <predicate>)`. It occurs
    /// exactly once in the result, as it may hold placeholders.
    fn list_any(&self, field: Field, predicate: &str) -> String;

    /// A condition that is 1 when some aggregated feedback score satisfies the predicate, else 0. The predicate is SQL
    /// over a text column `name` and a number column `value` in the unit of [`SqlColumns::score_unit`]. It occurs
    /// exactly once in the result.
    fn scores_any(&self, field: Field, predicate: &str) -> String;

    /// The unit of feedback score values.
    fn score_unit(&self) -> NumberUnit {
        NumberUnit::Scaled(ferropik_model::decimal::SCORE_SCALE)
    }

    /// The text that sorting by a text or list field compares, NULL when missing: of [`Field::ExperimentId`] the
    /// experiment's name, of [`Field::Tags`] the stored list.
    fn sort_text_expr(&self, field: Field) -> String {
        self.text_expr(field)
    }

    /// Appends an expression for the number under one key of a map field (`usage`, `feedback_scores`), NULL when
    /// missing. The key is bound as a parameter.
    fn push_keyed_number(&self, field: Field, key: &str, sql: &mut SqlBuilder);

    /// Appends an expression for the value at a path inside a JSON field, NULL when missing; numbers order before
    /// texts. A store whose rows stand for several records puts an aggregate here. Occurs once per sort.
    fn push_json_value(&self, field: Field, path: &Path, sql: &mut SqlBuilder) {
        sql.push(FN_VALUE).push("(").push(&self.text_expr(field)).push(", ");
        sql.bind_text(path.as_str()).push(")");
    }

    /// Whether the text, time or number expression is never NULL, so that sorting may use an index in both directions.
    fn is_never_null(&self, field: Field) -> bool {
        matches!(field, Field::Id | Field::TraceId)
    }

    /// Lowers a condition in the store's own way, for example by an index that knows more than columns. Appends a
    /// complete condition and answers true, or appends nothing and answers false. It must accept the same rows as
    /// [`Condition::matches`].
    fn push_condition(&self, _condition: &Condition, _sql: &mut SqlBuilder) -> bool {
        false
    }
}

/// Appends ` AND (<condition>)` for every condition of a filter, to follow a first condition of the statement.
pub fn lower(filter: &Filter, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    for condition in filter.conditions() {
        sql.push(" AND (");
        lower_condition(condition, columns, sql);
        sql.push(")");
    }
}

/// Appends one condition, without parentheses around it.
pub fn lower_condition(condition: &Condition, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    if columns.push_condition(condition, sql) {
        return;
    }
    let field = condition.field;
    match &condition.test {
        Test::Text { op, mode, needle } => push_text(*op, *mode, &columns.text_expr(field), needle, sql),
        Test::Time { op, value } => {
            sql.push(&columns.time_expr(field))
                .push(" ")
                .push(op.sql())
                .push(" ")
                .bind(SqlValue::Integer(value.as_nanos()));
        }
        Test::Number { op, value } => push_number(field, *op, value, &columns.number_expr(field), sql),
        Test::List(test) => push_list(field, test, columns, sql),
        Test::Enum { test, any_of: false } => push_word(test, &columns.text_expr(field), sql),
        Test::Enum { test, any_of: true } => {
            let mut predicate = SqlBuilder::default();
            push_word(test, ELEMENT, &mut predicate);
            push_any(field, predicate, columns, sql);
        }
        Test::Dictionary { path, test } => {
            sql.push(FN_DICTIONARY)
                .push("(")
                .bind(SqlValue::Integer(test.op.code()))
                .push(", ");
            sql.push(&columns.text_expr(field))
                .push(", ")
                .bind_text(path.as_str())
                .push(", ");
            sql.bind_text(test.needle.as_str()).push(")");
        }
        Test::Map { path, op, needle } => {
            sql.push(FN_MAP).push("(").bind(SqlValue::Integer(op.code())).push(", ");
            sql.push(&columns.text_expr(field))
                .push(", ")
                .bind_text(path.as_str())
                .push(", ");
            sql.bind_text(needle.as_str()).push(")");
        }
        Test::Score { name, test } => push_score(field, name, test, columns, sql),
        Test::Presence { present } => {
            sql.push("COALESCE(")
                .push(&columns.text_expr(field))
                .push(", '') ")
                .push(if *present { "<>" } else { "=" });
            sql.push(" ''");
        }
    }
}

/// Appends ` AND (<condition>)` for a search.
pub fn lower_search(search: &TextSearch, entity: Entity, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    push_search(std::slice::from_ref(search.needle()), entity, columns, sql);
}

/// Appends ` AND (<condition>)` for a search of terms.
pub fn lower_term_search(search: &TermSearch, entity: Entity, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    push_search(search.needles(), entity, columns, sql);
}

/// Any needle in any place that the search of the entity looks at.
fn push_search(needles: &[Needle], entity: Entity, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    sql.push(" AND (");
    let targets = search_targets(entity);
    let places = targets
        .iter()
        .flat_map(|target| needles.iter().map(move |needle| (target, needle)));
    for (index, (target, needle)) in places.enumerate() {
        if index > 0 {
            sql.push(" OR ");
        }
        match *target {
            SearchTarget::Text(field) => {
                push_call(
                    TextOp::Contains,
                    field.folding_mode(),
                    &columns.text_expr(field),
                    needle,
                    sql,
                );
            }
            SearchTarget::AnyOf(field) => {
                let mut predicate = SqlBuilder::default();
                push_call(TextOp::Contains, field.folding_mode(), ELEMENT, needle, &mut predicate);
                push_any(field, predicate, columns, sql);
            }
        }
    }
    sql.push(")");
}

/// Appends the terms of an `ORDER BY`, without the words and without the tie-breaks that should follow.
pub fn lower_sort(sort: &Sort, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    let direction = sort.direction.sql();
    if let Some(path) = sort.path() {
        columns.push_json_value(sort.field, &path, sql);
        sql.push(" ").push(direction).push(" NULLS LAST");
        return;
    }
    if let Some(key) = &sort.key {
        sql.push("COALESCE(");
        columns.push_keyed_number(sort.field, key, sql);
        sql.push(", 0) ").push(direction).push(", (");
        columns.push_keyed_number(sort.field, key, sql);
        sql.push(") IS NOT NULL ").push(direction);
        return;
    }
    let expression = match sort.kind {
        FieldType::DateTime | FieldType::DateTimeState => columns.time_expr(sort.field),
        FieldType::Number => columns.number_expr(sort.field).sql,
        _ => columns.sort_text_expr(sort.field),
    };
    sql.push(&expression).push(" ").push(direction);
    if !columns.is_never_null(sort.field) {
        sql.push(" NULLS LAST");
    }
}

/// The column that predicates over list elements and score values read.
const ELEMENT: &str = "value";

fn push_text(op: TextOp, mode: TextMode, expression: &str, needle: &Needle, sql: &mut SqlBuilder) {
    let comparison = match op {
        _ if mode != TextMode::Sensitive => None,
        TextOp::Equal => Some("="),
        TextOp::NotEqual => Some("<>"),
        TextOp::Greater => Some(">"),
        TextOp::Less => Some("<"),
        _ => None,
    };
    let Some(comparison) = comparison else {
        return push_call(op, mode, expression, needle, sql);
    };
    // Where the empty text, which a missing one counts as, fails anyway, the bare column allows the use of an index.
    let missing_fails = match op {
        TextOp::Greater => true,
        TextOp::Equal => !needle.as_str().is_empty(),
        _ => false,
    };
    if missing_fails {
        sql.push(expression);
    } else {
        sql.push("COALESCE(").push(expression).push(", '')");
    }
    sql.push(" ").push(comparison).push(" ").bind_text(needle.as_str());
}

fn push_call(op: TextOp, mode: TextMode, expression: &str, needle: &Needle, sql: &mut SqlBuilder) {
    sql.push(FN_TEXT)
        .push("(")
        .bind(SqlValue::Integer(op.code()))
        .push(", ")
        .bind(SqlValue::Integer(mode.code()));
    sql.push(", ")
        .push(expression)
        .push(", ")
        .bind_text(needle.as_str())
        .push(")");
}

fn push_number(field: Field, op: Compare, value: &Number, expression: &NumberExpr, sql: &mut SqlBuilder) {
    let zero_passes = op.accepts(NumberValue::Integer(0).compare(value));
    // Where zero, which a missing number counts as, fails anyway, the bare column allows the use of an index.
    if field.missing_is_zero() && zero_passes {
        push_comparison(
            &format!("COALESCE({}, 0)", expression.sql),
            op,
            value,
            expression.unit,
            sql,
        );
    } else {
        push_comparison(&expression.sql, op, value, expression.unit, sql);
    }
}

fn push_comparison(expression: &str, op: Compare, value: &Number, unit: NumberUnit, sql: &mut SqlBuilder) {
    let (op, parameter) = match unit {
        NumberUnit::Real => (op, SqlValue::Real(value.float)),
        NumberUnit::Scaled(digits) => {
            let (below, is_exact) = scaled_floor(value.decimal, digits);
            // A value between two counts equals none, and is passed by those above the lower one.
            let op = match op {
                op if is_exact => op,
                Compare::Equal => {
                    sql.push("0");
                    return;
                }
                Compare::NotEqual => {
                    sql.push(expression).push(" IS NOT NULL");
                    return;
                }
                Compare::Greater | Compare::GreaterEqual => Compare::Greater,
                Compare::Less | Compare::LessEqual => Compare::LessEqual,
            };
            (op, SqlValue::Integer(below))
        }
    };
    sql.push(expression).push(" ").push(op.sql()).push(" ").bind(parameter);
}

/// The greatest count of `10^-digits` that is not above the value, and whether it is the value.
fn scaled_floor(value: Decimal, digits: u32) -> (i64, bool) {
    let is_exact = value.normalize().scale() <= digits;
    let is_negative = value.is_sign_negative();
    match ferropik_model::decimal::to_scaled(value, digits) {
        Some(cut) if is_exact => (cut, true),
        Some(cut) => (cut - i64::from(is_negative), false),
        None => (if is_negative { i64::MIN } else { i64::MAX }, false),
    }
}

fn push_word(test: &EnumTest, expression: &str, sql: &mut SqlBuilder) {
    let (words, negated) = match test {
        EnumTest::OneOf(words) => (words, false),
        EnumTest::NoneOf(words) => (words, true),
        EnumTest::IsEmpty | EnumTest::IsNotEmpty => {
            let comparison = if *test == EnumTest::IsEmpty {
                ", '') = ''"
            } else {
                ", '') <> ''"
            };
            sql.push("COALESCE(").push(expression).push(comparison);
            return;
        }
    };
    if words.is_empty() {
        sql.push(if negated { "1" } else { "0" });
        return;
    }
    if negated || words.iter().any(String::is_empty) {
        sql.push("COALESCE(").push(expression).push(", '')");
    } else {
        sql.push(expression);
    }
    sql.push(if negated { " NOT IN (" } else { " IN (" });
    push_words(words, sql);
}

fn push_words(words: &[String], sql: &mut SqlBuilder) {
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        sql.bind_text(word);
    }
    sql.push(")");
}

fn push_list(field: Field, test: &ListTest, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    let mut predicate = SqlBuilder::default();
    let negated = match test {
        ListTest::Contains(needle) | ListTest::NotContains(needle) => {
            push_call(TextOp::Contains, TextMode::Insensitive, ELEMENT, needle, &mut predicate);
            matches!(test, ListTest::NotContains(_))
        }
        ListTest::HasAny(words) | ListTest::HasNone(words) => {
            push_word(&EnumTest::OneOf(words.clone()), ELEMENT, &mut predicate);
            matches!(test, ListTest::HasNone(_))
        }
        ListTest::IsEmpty | ListTest::IsNotEmpty => {
            predicate.push("1");
            *test == ListTest::IsEmpty
        }
    };
    if negated {
        sql.push("NOT ");
    }
    push_any(field, predicate, columns, sql);
}

fn push_any(field: Field, predicate: SqlBuilder, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    let condition = columns.list_any(field, predicate.sql());
    sql.push(&condition).params.extend(predicate.params);
}

fn push_scores_any(field: Field, predicate: SqlBuilder, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    let condition = columns.scores_any(field, predicate.sql());
    sql.push(&condition).params.extend(predicate.params);
}

fn push_score(field: Field, name: &ScoreName, test: &ScoreTest, columns: &dyn SqlColumns, sql: &mut SqlBuilder) {
    let mut predicate = SqlBuilder::default();
    predicate.push(FN_FOLD).push("(name) = ").bind_text(name.folded());
    match test {
        ScoreTest::IsEmpty => {
            sql.push("NOT ");
        }
        ScoreTest::IsNotEmpty => {}
        ScoreTest::Compare { op, value } => {
            let negated = *op == Compare::NotEqual;
            let comparison = if negated { Compare::Equal } else { *op };
            predicate.push(" AND ");
            push_comparison(ELEMENT, comparison, value, columns.score_unit(), &mut predicate);
            if negated {
                let mut any_score = SqlBuilder::default();
                any_score.push("1");
                push_scores_any(field, any_score, columns, sql);
                sql.push(" AND NOT ");
            }
        }
    }
    push_scores_any(field, predicate, columns, sql);
}
