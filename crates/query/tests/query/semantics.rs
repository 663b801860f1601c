//! What every operator of every type means.

use ferropik_model::Timestamp;
use ferropik_query::{
    Entity, Field, Filter, NumberValue, Path, RawFilter, Record, TermSearch, TextSearch, UsageKey, dictionary_text,
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
            type_name: None,
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

fn item() -> Row {
    let text = |text: &str| Cell::Text(text.to_owned());
    Row([
        (
            (Field::Data, Kind::Text),
            text(
                r#"{"q":"What is \"é\"?","a.b":"dotted","a":{"b":"nested","n":2},"n":1.50,"list":["Red","blue",3],"none":null,"num":"7"}"#,
            ),
        ),
        ((Field::Input, Kind::Text), text(r#"{"a":{"b":"Deep"},"q":"asked"}"#)),
        ((Field::Output, Kind::Text), text(r#"{"answer":"Paris","score":0.9,"o":{"k":"V"}}"#)),
        ((Field::Metadata, Kind::Text), text(r#"{"model":"m-1"}"#)),
        ((Field::Tags, Kind::Text), text(r#"["Prod","v\u00e9"]"#)),
    ]
    .into_iter()
    .collect())
}

#[test]
fn columns_of_dataset_items() {
    check_on(
        &item(),
        Entity::DatasetItem,
        &[
            ("data", "=", "q", "what is \"é\"?", true),
            ("data", "contains", "q", "IS \"É", true),
            ("data", "=", "a.b", "dotted", true),
            ("data", "contains", "a", "NESTED", true),
            ("data", "=", "a", r#"{"b":"nested","n":2}"#, true),
            ("data", "=", "a.n", "2", false),
            ("data", "=", "n", "1.50", true),
            ("data", "starts_with", "list", "[", true),
            ("data", "ends_with", "list", "3]", true),
            ("data", "=", "missing", "", true),
            ("data", "!=", "missing", "x", true),
            ("data", "not_contains", "missing", "x", true),
            ("data", "contains", "missing", "x", false),
            ("full_data", "contains", "", "is \"é", true),
            ("full_data", "contains", "", "DOTTED", true),
        ],
    );
}

#[test]
fn tags_as_text() {
    for entity in [Entity::Dataset, Entity::Prompt, Entity::PromptVersion] {
        check_on(
            &item(),
            entity,
            &[
                ("tags", "contains", "", "pro", true),
                ("tags", "contains", "", "VÉ", true),
                ("tags", "not_contains", "", "dev", true),
                ("tags", "=", "", "Prod", false),
            ],
        );
    }
}

#[test]
fn values_inside_compared_items() {
    for (field, type_name, operator, key, value, expected) in [
        ("data.q", "string", "contains", "", "WHAT", true),
        ("q", "string", "ends_with", "", "?", true),
        ("a.b", "string", "=", "", "dotted", true),
        ("data.a", "string", "contains", "", "nested", true),
        ("data.q", "string", ">", "", "v", true),
        ("data.missing", "string", "!=", "", "x", true),
        ("n", "number", "=", "", "1.5", true),
        ("n", "number", "!=", "", "1.500", false),
        ("n", "number", ">=", "", "1.49", true),
        ("num", "number", "<", "", "10", true),
        ("q", "number", "!=", "", "1", false),
        ("missing", "number", "<", "", "1", false),
        ("data.a", "dictionary", "=", "b", "NESTED", true),
        ("data.a", "dictionary", ">", "n", "1", true),
        ("data.a", "dictionary", "is_empty", "x", "", true),
        ("data.a", "dictionary", "contains", "", "nested", true),
        ("data.a", "dictionary", "is_empty", "", "", false),
        ("data.none", "dictionary", "is_empty", "", "", true),
        ("data.missing", "dictionary", "is_not_empty", "", "", false),
        ("data.list", "list", "contains", "", "RE", true),
        ("data.list", "list", "not_contains", "", "green", true),
        ("data.list", "list", "=", "", "red", false),
        ("data.list", "list", "=", "", "3", true),
        ("data.list", "list", "!=", "", "blue", false),
        ("data.list", "list", "is_not_empty", "", "", true),
        ("data.none", "list", "is_empty", "", "", true),
        ("data.q", "list", "contains", "", "what", true),
        ("input.a.b", "string", "=", "", "deep", true),
        ("output.answer", "string", "=", "", "paris", true),
        ("output.score", "number", ">", "", "0.5", true),
        ("output.o", "dictionary", "=", "k", "v", true),
        ("metadata.model", "string", "starts_with", "", "M-", true),
        ("output", "string", "contains", "", "answer", true),
    ] {
        let raw = RawFilter {
            field: field.to_owned(),
            operator: operator.to_owned(),
            key: Some(key.to_owned()),
            value: value.to_owned(),
            type_name: Some(type_name.to_owned()),
        };
        let filter = Filter::from_values(Entity::ExperimentItem, vec![raw]).unwrap();
        assert_eq!(
            filter.matches(&item()),
            expected,
            "{field} {type_name} {operator} {key} {value}"
        );
    }
}

#[test]
fn searches_of_terms() {
    assert_eq!(TermSearch::new(" \n "), None);
    let needles = |text: &str| TermSearch::new(text).unwrap().needles().len();
    assert_eq!(needles(" Paris  PARIS rome "), 2);
    for (text, expected) in [
        ("paris", true),
        ("nowhere PARIS", true),
        ("asked", true),
        ("\"é\"?", true),
        ("m-1", false),
        ("nowhere", false),
    ] {
        let search = TermSearch::new(text).unwrap();
        assert_eq!(
            search.matches_record(Entity::ExperimentItem, &item()),
            expected,
            "{text}"
        );
        let texts = [Field::Data, Field::Input, Field::Output].map(|field| item().text(field).unwrap().into_owned());
        assert_eq!(search.matches(texts.iter().map(String::as_str)), expected, "{text}");
    }
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
