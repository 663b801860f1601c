//! What every operator of every type means.

use ferropik_model::Timestamp;
use ferropik_query::{
    Entity, Field, Filter, NumberValue, Path, RawFilter, Record, TextSearch, UsageKey, dictionary_text,
};
use rust_decimal::Decimal;

use crate::store::{Cell, Kind, Row};

fn trace() -> Row {
    let text = |text: &str| Cell::Text(text.to_owned());
    let list = |list: &[&str]| Cell::List(list.iter().map(|text| (*text).to_owned()).collect());
    let time = |text: &str| Cell::Time(Timestamp::parse(text).unwrap().as_nanos());
    Row([
        ((Field::Id, Kind::Text), text("0190babc-62a0-71d2-832a-0feffa4676eb")),
        ((Field::Name, Kind::Text), text("My Trace")),
        (
            (Field::Input, Kind::Text),
            text(r#"{"q":"What is \"é\"?","n":1.50,"a":{"b":"X"},"a.b":"literal","none":null,"empty":"","list":[3]}"#),
        ),
        ((Field::Output, Kind::Text), text(r#""plain\ntext""#)),
        ((Field::StartTime, Kind::Time), time("2026-01-02T03:04:05.000000001Z")),
        ((Field::Tags, Kind::List), list(&["Prod", "v1 beta"])),
        (
            (Field::Duration, Kind::Number),
            Cell::Number(NumberValue::Decimal(Decimal::new(1500, 3))),
        ),
        (
            (Field::Usage(UsageKey::TotalTokens), Kind::Number),
            Cell::Number(NumberValue::Integer(12)),
        ),
        ((Field::Environment, Kind::Text), text("prod")),
        ((Field::VisibilityMode, Kind::Text), text("default")),
        ((Field::Guardrails, Kind::Text), text("failed")),
        (
            (Field::FeedbackScores, Kind::Scores),
            Cell::Scores(vec![
                ("Acc".to_owned(), Decimal::new(5, 1)),
                ("other".to_owned(), Decimal::ONE),
            ]),
        ),
    ]
    .into_iter()
    .collect())
}

#[track_caller]
fn check_on(row: &Row, entity: Entity, cases: &[(&str, &str, &str, &str, bool)]) {
    for (field, operator, key, value, expected) in cases {
        let raw = RawFilter {
            field: (*field).to_owned(),
            operator: (*operator).to_owned(),
            key: Some((*key).to_owned()),
            value: (*value).to_owned(),
        };
        let filter = Filter::from_values(entity, vec![raw]).unwrap();
        assert_eq!(filter.matches(row), *expected, "{field}.{key} {operator} {value:?}");
    }
}

#[track_caller]
fn check(cases: &[(&str, &str, &str, &str, bool)]) {
    check_on(&trace(), Entity::Trace, cases);
}

#[test]
fn texts() {
    check(&[
        ("name", "contains", "", "TRACE", true),
        ("name", "not_contains", "", "TRACE", false),
        ("name", "starts_with", "", "my ", true),
        ("name", "ends_with", "", "race", true),
        ("name", "=", "", "my trace", true),
        ("name", "!=", "", "my trace", false),
        ("name", ">", "", "A", true),
        ("name", "<", "", "n", true),
        ("id", "=", "", "0190babc-62a0-71d2-832a-0feffa4676eb", true),
        ("id", "contains", "", "BABC", false),
        ("id", ">", "", "0190", true),
        ("thread_id", "=", "", "", true),
        ("thread_id", "!=", "", "x", true),
        ("thread_id", "contains", "", "x", false),
        ("thread_id", "not_contains", "", "x", true),
        ("input", "contains", "", "what is \"É\"", true),
        ("output", "contains", "", "plain\nTEXT", true),
        ("guardrails", "=", "", "failed", true),
        ("error_type", "=", "", "", true),
    ]);
}

#[test]
fn times() {
    check(&[
        ("start_time", "=", "", "2026-01-02T03:04:05.000000001Z", true),
        ("start_time", "!=", "", "2026-01-02T03:04:05Z", true),
        ("start_time", ">", "", "2026-01-02T03:04:05Z", true),
        ("start_time", ">=", "", "2026-01-02T05:04:05.000000001+02:00", true),
        ("start_time", "<", "", "2026-01-02T03:04:05.000000001Z", false),
        ("start_time", "<=", "", "2026-01-02T03:04:05.000000001Z", true),
        ("end_time", "!=", "", "2026-01-02T03:04:05Z", false),
        ("end_time", "<", "", "2026-01-02T03:04:05Z", false),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("duration", "=", "", "1.5", true),
        ("duration", "!=", "", "1.50", false),
        ("duration", ">", "", "1.4999", true),
        ("duration", ">=", "", "1.5", true),
        ("duration", "<", "", "1.5", false),
        ("duration", "<=", "", "1.5001", true),
        ("usage.total_tokens", ">", "", "10", true),
        ("usage.prompt_tokens", "=", "", "0", true),
        ("usage.prompt_tokens", "<", "", "1", true),
        ("total_estimated_cost", "!=", "", "0", false),
        ("llm_span_count", ">=", "", "0", true),
        ("ttft", "=", "", "0", false),
        ("ttft", "!=", "", "5", false),
        ("ttft", "<", "", "5", false),
    ]);
    check_on(
        &Row::default(),
        Entity::Trace,
        &[("duration", "<", "", "1", true), ("duration", ">", "", "0", false)],
    );
}

#[test]
fn lists() {
    check(&[
        ("tags", "contains", "", "BETA", true),
        ("tags", "contains", "", "x", false),
        ("tags", "not_contains", "", "beta", false),
        ("tags", "not_contains", "", "x", true),
        ("tags", "=", "", "Prod", true),
        ("tags", "=", "", "prod", false),
        ("tags", "!=", "", "prod", true),
        ("tags", "!=", "", "Prod", false),
        ("tags", "is_empty", "", "", false),
        ("tags", "is_not_empty", "", "", true),
        ("annotation_queue_ids", "is_empty", "", "", true),
        ("annotation_queue_ids", "!=", "", "x", true),
        ("experiment_ids", "in", "", "a,b", false),
        ("experiment_ids", "not_in", "", "a,b", true),
    ]);
}

#[test]
fn words() {
    check(&[
        ("environment", "=", "", "prod", true),
        ("environment", "=", "", "PROD", false),
        ("environment", "!=", "", "dev", true),
        ("environment", "in", "", "dev, prod", true),
        ("environment", "not_in", "", "dev, prod", false),
        ("environment", "in", "", "", false),
        ("environment", "not_in", "", "", true),
        ("environment", "is_empty", "", "", false),
        ("environment", "is_not_empty", "", "", true),
        ("visibility_mode", "=", "", "default", true),
        ("source", "=", "", "sdk", true),
        ("source", "!=", "", "sdk", false),
        ("source", "=", "", "experiment", false),
        ("source", "!=", "", "experiment", true),
        ("error_info", "is_empty", "", "", true),
        ("error_info", "is_not_empty", "", "", false),
    ]);
}

#[test]
fn dictionaries() {
    check(&[
        ("input_json", "=", "n", "1.5", true),
        ("input_json", ">", "n", "1.49", true),
        ("input_json", ">=", "n", "1.50", true),
        ("input_json", "<", "n", "1.5", false),
        ("input_json", "<=", "n", "x", false),
        ("input_json", ">", "q", "0", false),
        ("input_json", "=", "a.b", "LITERAL", true),
        ("input_json", "=", "$.a.b", "x", true),
        ("input_json", "contains", "q", "\"É\"", true),
        ("input_json", "not_contains", "missing", "x", true),
        ("input_json", "!=", "missing", "x", true),
        ("input_json", "starts_with", "q", "what", true),
        ("input_json", "ends_with", "q", "?", true),
        ("input_json", "=", "list[0]", "3", true),
        ("input_json", "is_empty", "list", "", true),
        ("input_json", "is_empty", "none", "", true),
        ("input_json", "is_empty", "empty", "", true),
        ("input_json", "is_empty", "missing", "", true),
        ("input_json", "is_not_empty", "n", "", true),
        ("output_json", "=", "$", "plain\ntext", true),
        ("metadata", "is_empty", "x", "", true),
        ("metadata", "!=", "x", "y", true),
        ("metadata", ">", "x", "0", false),
        ("custom", "=", "input.a.b", "literal", true),
        ("custom", "contains", "input", "LITERAL", true),
        ("custom", ">", "$.input.list[0]", "2", true),
    ]);
}

#[test]
fn scores() {
    check(&[
        ("feedback_scores", "=", "acc", "0.50", true),
        ("feedback_scores", "=", "ACC", "0.5000000001", true),
        ("feedback_scores", ">", "acc", "0.4", true),
        ("feedback_scores", ">=", "acc", "0.5", true),
        ("feedback_scores", "<", "acc", "0.5", false),
        ("feedback_scores", "<=", "acc", "0.5", true),
        ("feedback_scores", "!=", "acc", "0.5", false),
        ("feedback_scores", "!=", "acc", "0.6", true),
        ("feedback_scores", "!=", "missing", "0.5", true),
        ("feedback_scores", "<", "missing", "0.5", false),
        ("feedback_scores", "is_empty", "acc", "", false),
        ("feedback_scores", "is_empty", "missing", "", true),
        ("feedback_scores", "is_not_empty", "ACC", "", true),
        ("span_feedback_scores", "!=", "acc", "0.5", false),
        ("span_feedback_scores", "is_empty", "acc", "", true),
    ]);
}

#[test]
fn threads_look_at_all_their_traces() {
    let list = |list: &[&str]| Cell::List(list.iter().map(|text| (*text).to_owned()).collect());
    let row = Row([
        ((Field::Environment, Kind::List), list(&["dev", "prod"])),
        ((Field::Source, Kind::List), list(&["playground", "unknown"])),
        ((Field::Status, Kind::Text), Cell::Text("active".to_owned())),
    ]
    .into_iter()
    .collect());
    check_on(
        &row,
        Entity::Thread,
        &[
            ("environment", "=", "", "prod", true),
            ("environment", "!=", "", "prod", true),
            ("environment", "is_empty", "", "", false),
            ("source", "=", "", "sdk", true),
            ("source", "=", "", "experiment", false),
            ("status", "in", "", "active,inactive", true),
        ],
    );
}

#[test]
fn all_conditions_are_required() {
    let text =
        r#"[{"field":"name","operator":"=","value":"my trace"},{"field":"duration","operator":">","value":"9"}]"#;
    assert!(!Filter::from_query_param(Entity::Trace, text).unwrap().matches(&trace()));
    assert!(Filter::default().matches(&trace()));
}

#[test]
fn searches() {
    assert_eq!(TextSearch::new("  "), None);
    for (text, expected) in [
        (" my trace ", true),
        ("BABC-62a0", true),
        ("V1 BETA", true),
        ("What is \"é\"", true),
        ("plain\ntext", true),
        ("failed", false),
        ("m_ trace", false),
    ] {
        let search = TextSearch::new(text).unwrap();
        assert_eq!(search.matches(Entity::Trace, &trace()), expected, "{text}");
    }
}

#[test]
fn dictionary_text_is_public() {
    let json = trace().text(Field::Input).map(std::borrow::Cow::into_owned).unwrap();
    assert_eq!(dictionary_text(&json, &Path::new("n")).as_deref(), Some("1.5"));
    assert_eq!(dictionary_text(&json, &Path::new("list")), None);
}
