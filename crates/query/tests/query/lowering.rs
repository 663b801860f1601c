//! The SQL of conditions and sorts: plain comparisons of bare columns wherever an index could help.

use ferropik_query::sql::{NumberExpr, NumberUnit};
use ferropik_query::sql::{SqlBuilder, SqlColumns, SqlValue, lower, lower_condition, lower_sort};
use ferropik_query::{Condition, Entity, Field, Filter, RawFilter, Sorting, Test};

struct Short;

impl SqlColumns for Short {
    fn text_expr(&self, _field: Field) -> String {
        "t".to_owned()
    }

    fn time_expr(&self, _field: Field) -> String {
        "i".to_owned()
    }

    fn number_expr(&self, field: Field) -> NumberExpr {
        let unit = if field == Field::TotalEstimatedCost {
            NumberUnit::Scaled(12)
        } else {
            NumberUnit::Real
        };
        NumberExpr {
            sql: "n".to_owned(),
            unit,
        }
    }

    fn list_any(&self, _field: Field, predicate: &str) -> String {
        format!("any({predicate})")
    }

    fn scores_any(&self, _field: Field, predicate: &str) -> String {
        format!("score({predicate})")
    }

    fn sort_text_expr(&self, field: Field) -> String {
        if field == Field::ExperimentId {
            "experiment_name".to_owned()
        } else {
            self.text_expr(field)
        }
    }

    fn push_keyed_number(&self, _field: Field, key: &str, sql: &mut SqlBuilder) {
        sql.push("at(").bind_text(key).push(")");
    }

    fn push_condition(&self, condition: &Condition, sql: &mut SqlBuilder) -> bool {
        if condition.field == Field::ThreadId && matches!(condition.test, Test::Text { .. }) {
            sql.push("own");
            return true;
        }
        false
    }
}

fn text(text: &str) -> SqlValue {
    SqlValue::Text(text.to_owned())
}

#[test]
fn values_inside_json() {
    let lowered = |entity: Entity, json: &str| {
        let filter = Filter::from_query_param(entity, json).unwrap();
        let mut sql = SqlBuilder::default();
        lower_condition(&filter.conditions()[0], &Short, &mut sql);
        sql.finish()
    };
    assert_eq!(
        lowered(
            Entity::DatasetItem,
            r#"[{"field":"data","operator":"=","key":"it's","value":"x"}]"#
        ),
        (
            "fq_map(?, t, ?, ?)".to_owned(),
            vec![SqlValue::Integer(4), text(r"['it\'s']"), text("x")]
        )
    );
    assert_eq!(
        lowered(
            Entity::ExperimentItem,
            r#"[{"field":"output.n","type":"number","operator":"=","value":"1.5"}]"#
        ),
        (
            "fq_dictionary(?, t, ?, ?)".to_owned(),
            vec![SqlValue::Integer(14), text("n"), text("1.5")]
        )
    );
}

#[track_caller]
fn check(field: &str, operator: &str, value: &str, sql: &str, params: &[SqlValue]) {
    let raw = RawFilter {
        field: field.to_owned(),
        operator: operator.to_owned(),
        key: Some("Key".to_owned()),
        value: value.to_owned(),
        type_name: None,
    };
    let filter = Filter::from_values(Entity::Trace, vec![raw]).unwrap();
    let mut builder = SqlBuilder::default();
    lower_condition(&filter.conditions()[0], &Short, &mut builder);
    assert_eq!(
        builder.finish(),
        (sql.to_owned(), params.to_vec()),
        "{field} {operator} {value}"
    );
}

#[test]
fn plain_comparisons_of_bare_columns() {
    check("id", "=", "x", "t = ?", &[text("x")]);
    check("id", ">", "x", "t > ?", &[text("x")]);
    check("id", "=", "", "COALESCE(t, '') = ?", &[text("")]);
    check("id", "!=", "x", "COALESCE(t, '') <> ?", &[text("x")]);
    check(
        "start_time",
        ">=",
        "1970-01-01T00:00:01Z",
        "i >= ?",
        &[SqlValue::Integer(1_000_000_000)],
    );
    check("duration", ">", "1.5", "n > ?", &[SqlValue::Real(1.5)]);
    check("duration", "<", "1.5", "COALESCE(n, 0) < ?", &[SqlValue::Real(1.5)]);
    check("ttft", "<", "1.5", "n < ?", &[SqlValue::Real(1.5)]);
    check("environment", "=", "x", "t IN (?)", &[text("x")]);
    check(
        "environment",
        "not_in",
        "x,y",
        "COALESCE(t, '') NOT IN (?, ?)",
        &[text("x"), text("y")],
    );
    check("environment", "in", " , ", "0", &[]);
    check("environment", "is_empty", "", "COALESCE(t, '') = ''", &[]);
    check(
        "source",
        "=",
        "sdk",
        "COALESCE(t, '') IN (?, ?, ?)",
        &[text("sdk"), text("unknown"), text("")],
    );
    check("error_info", "is_not_empty", "", "COALESCE(t, '') <> ''", &[]);
}

#[test]
fn scaled_numbers_compare_exactly() {
    let cost = |operator, value, sql, param: Option<i64>| {
        let params: Vec<_> = param.map(SqlValue::Integer).into_iter().collect();
        check("total_estimated_cost", operator, value, sql, &params);
    };
    cost("=", "0.5", "n = ?", Some(500_000_000_000));
    cost(">", "0.0000000000015", "n > ?", Some(1));
    cost(">=", "0.0000000000015", "n > ?", Some(1));
    cost("<", "0.0000000000015", "COALESCE(n, 0) <= ?", Some(1));
    cost("<", "-0.0000000000015", "n <= ?", Some(-2));
    cost("=", "0.0000000000015", "0", None);
    cost("!=", "0.0000000000015", "COALESCE(n, 0) IS NOT NULL", None);
    cost(">", "1e30", "n > ?", Some(i64::MAX));
    cost("<=", "1e30", "COALESCE(n, 0) <= ?", Some(i64::MAX));
    cost(">", "-1e30", "COALESCE(n, 0) > ?", Some(i64::MIN));
    cost("=", "1e30", "0", None);
}

#[test]
fn calls_for_everything_else() {
    check(
        "name",
        "=",
        "x",
        "fq_text(?, ?, t, ?)",
        &[SqlValue::Integer(4), SqlValue::Integer(0), text("x")],
    );
    check(
        "input",
        "contains",
        "x",
        "fq_text(?, ?, t, ?)",
        &[SqlValue::Integer(0), SqlValue::Integer(2), text("x")],
    );
    check("tags", "=", "x", "any(value IN (?))", &[text("x")]);
    check("tags", "is_empty", "", "NOT any(1)", &[]);
    check(
        "tags",
        "not_contains",
        "x",
        "NOT any(fq_text(?, ?, value, ?))",
        &[SqlValue::Integer(0), SqlValue::Integer(0), text("x")],
    );
    check(
        "metadata",
        "is_empty",
        "",
        "fq_dictionary(?, t, ?, ?)",
        &[SqlValue::Integer(10), text("Key"), text("")],
    );
    check(
        "feedback_scores",
        ">=",
        "0.5",
        "score(fq_fold(name) = ? AND value >= ?)",
        &[text("key"), SqlValue::Integer(500_000_000)],
    );
    check(
        "feedback_scores",
        "!=",
        "0.5",
        "score(1) AND NOT score(fq_fold(name) = ? AND value = ?)",
        &[text("key"), SqlValue::Integer(500_000_000)],
    );
    check(
        "feedback_scores",
        "is_empty",
        "",
        "NOT score(fq_fold(name) = ?)",
        &[text("key")],
    );
}

#[test]
fn stores_may_lower_themselves() {
    check("thread_id", "=", "x", "own", &[]);
}

#[test]
fn conditions_are_joined() {
    let json = r#"[{"field":"id","operator":"=","value":"a"},{"field":"ttft","operator":">","value":"1"}]"#;
    let filter = Filter::from_query_param(Entity::Span, json).unwrap();
    let mut sql = SqlBuilder::default();
    sql.push("project = ").bind(SqlValue::Integer(7));
    lower(&filter, &Short, &mut sql);
    assert_eq!(sql.sql(), "project = ? AND (t = ?) AND (n > ?)");
    assert_eq!(sql.params(), [SqlValue::Integer(7), text("a"), SqlValue::Real(1.0)]);
}

#[test]
fn sorts() {
    for (field, expected) in [
        ("id", "t DESC"),
        ("start_time", "i DESC NULLS LAST"),
        ("duration", "n DESC NULLS LAST"),
        ("experiment_id", "experiment_name DESC NULLS LAST"),
        (
            "feedback_scores.acc",
            "COALESCE(at(?), 0) DESC, (at(?)) IS NOT NULL DESC",
        ),
    ] {
        let json = format!(r#"[{{"field":"{field}","direction":"DESC"}}]"#);
        let sort = Sorting::from_query_param(Entity::Trace, &json).unwrap().unwrap();
        let mut sql = SqlBuilder::default();
        lower_sort(&sort, &Short, &mut sql);
        assert_eq!(sql.sql(), expected);
        assert_eq!(sql.sql().matches('?').count(), sql.params().len());
    }
    let json = r#"[{"field":"data.a.b"}]"#;
    let sort = Sorting::from_query_param(Entity::ExperimentItem, json)
        .unwrap()
        .unwrap();
    let mut sql = SqlBuilder::default();
    lower_sort(&sort, &Short, &mut sql);
    assert_eq!(
        sql.finish(),
        ("fq_value(t, ?) ASC NULLS LAST".to_owned(), vec![text("['a.b']")])
    );
}
