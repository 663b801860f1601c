//! Reading filters from what clients send: messages, leniency, limits.

use ferropik_model::Timestamp;
use ferropik_query::{
    Compare, Condition, DictionaryOp, Entity, EnumTest, Field, Filter, ListTest, MAX_CONDITIONS, MAX_FILTER_BYTES,
    MAX_KEY_BYTES, QueryError, RawFilter, Sorting, Test, TextMode, TextOp, UsageKey, fields,
};
use proptest::prelude::*;

fn raw(field: &str, operator: &str, key: Option<&str>, value: &str) -> RawFilter {
    RawFilter {
        field: field.to_owned(),
        operator: operator.to_owned(),
        key: key.map(str::to_owned),
        value: value.to_owned(),
        type_name: None,
    }
}

fn parse(entity: Entity, raw: RawFilter) -> Result<Condition, QueryError> {
    Filter::from_values(entity, vec![raw]).map(|filter| filter.conditions()[0].clone())
}

fn trace(field: &str, operator: &str, key: Option<&str>, value: &str) -> Condition {
    parse(Entity::Trace, raw(field, operator, key, value)).unwrap()
}

fn trace_error(field: &str, operator: &str, key: Option<&str>, value: &str) -> String {
    parse(Entity::Trace, raw(field, operator, key, value))
        .unwrap_err()
        .to_string()
}

#[test]
fn reads_a_query_parameter() {
    let text = r#"[{"field":"name","type":"string","operator":"contains","key":"","value":"x","extra":{"a":[1]}},
                   {"field":"usage.total_tokens","operator":">","value":10},
                   {"field":"name","operator":"contains","value":"x"}]"#;
    let filter = Filter::from_query_param(Entity::Trace, text).unwrap();
    assert_eq!(filter.conditions().len(), 2, "the duplicate is dropped");
    assert_eq!(filter.conditions()[0].field, Field::Name);
    assert_eq!(filter.conditions()[1].field, Field::Usage(UsageKey::TotalTokens));
    assert!(filter.uses(|field| matches!(field, Field::Usage(_))));
    assert!(!filter.uses(|field| field == Field::Tags));
}

#[test]
fn blank_is_no_filter() {
    for text in ["", "  ", "[]", "null"] {
        assert!(
            Filter::from_query_param(Entity::Span, text).unwrap().is_empty(),
            "{text}"
        );
    }
}

#[test]
fn bad_parameters_are_echoed() {
    for text in [
        "x",
        "{}",
        "[1]",
        "[{}]",
        r#"[{"field":"name","operator":"="}]"#,
        r#"[{"field":"name","operator":"=","value":null}]"#,
        r#"[{"field":"name","operator":"=","value":["a"]}]"#,
        r#"[{"field":"nope","operator":"=","value":""}]"#,
        r#"[{"field":"span_count","operator":"=","value":"1"}]"#,
        r#"[{"field":"name","operator":"like","value":""}]"#,
    ] {
        let error = Filter::from_query_param(Entity::Trace, text).unwrap_err();
        assert_eq!(error.to_string(), format!("Invalid filters query parameter '{text}'"));
    }
}

#[test]
fn bodies_report_json_errors() {
    assert_eq!(
        trace_error("nope", "=", None, ""),
        "Unable to process JSON. Unknown field 'nope' for trace filters"
    );
    assert_eq!(
        trace_error("name", "~", None, ""),
        "Unable to process JSON. Unknown operator '~'"
    );
}

#[test]
fn body_objects_are_lenient() {
    let read = |json: &str| serde_json::from_str::<RawFilter>(json);
    assert_eq!(
        read(r#"{"value":true,"field":"a","field":"b","operator":"=","key":null,"type":null}"#).unwrap(),
        raw("b", "=", None, "true")
    );
    assert_eq!(
        read(r#"{"field":"a","operator":"=","key":5,"value":1.5}"#).unwrap(),
        raw("a", "=", Some("5"), "1.5")
    );
    assert_eq!(
        read(r#"{"field":"a","operator":"=","value":-7}"#).unwrap(),
        raw("a", "=", None, "-7")
    );
    let error = read(r#"{"field":"a","operator":"="}"#).unwrap_err();
    assert!(error.to_string().starts_with("missing field `value`"), "{error}");
}

#[test]
fn operators_of_other_types_are_refused() {
    for (field, operator, kind) in [
        ("name", ">=", "STRING"),
        ("id", "in", "STRING_EXACT"),
        ("start_time", "contains", "DATE_TIME"),
        ("duration", "is_empty", "NUMBER"),
        ("tags", ">", "LIST"),
        ("metadata", "in", "DICTIONARY"),
        ("feedback_scores", "contains", "FEEDBACK_SCORES_NUMBER"),
        ("error_info", "=", "ERROR_CONTAINER"),
        ("environment", "contains", "ENUM"),
        ("source", "in", "ENUM_LEGACY"),
        ("experiment_ids", "=", "STRING_LIST"),
    ] {
        assert_eq!(
            trace_error(field, operator, Some("k"), "1"),
            format!("Invalid operator '{operator}' for field '{field}' of type '{kind}'")
        );
    }
}

#[test]
fn every_type_takes_exactly_its_operators() {
    for entity in Entity::ALL {
        for spec in fields(entity)
            .iter()
            .filter(|spec| spec.filterable && spec.name != "custom")
        {
            for operator in ferropik_query::Operator::ALL {
                let value = if spec.kind.as_str().starts_with("DATE_TIME") {
                    "2026-01-01T00:00:00Z"
                } else {
                    "1"
                };
                let result = parse(entity, raw(spec.name, operator.as_str(), Some("k"), value));
                assert_eq!(
                    result.is_ok(),
                    spec.kind.operators().contains(&operator),
                    "{} {operator}",
                    spec.name
                );
            }
        }
    }
}

#[test]
fn values_and_keys_are_checked() {
    for (field, operator, key, value, kind) in [
        ("duration", ">", None, "x", "NUMBER"),
        ("duration", ">", None, "", "NUMBER"),
        ("duration", ">", None, "NaN", "NUMBER"),
        ("start_time", ">", None, "2026-01-01", "DATE_TIME"),
        ("start_time", ">", None, "2026-01-01T00:00:00", "DATE_TIME"),
        ("start_time", ">", Some("k"), "1767225600", "DATE_TIME"),
        ("feedback_scores", ">", Some("acc"), "high", "FEEDBACK_SCORES_NUMBER"),
        ("feedback_scores", ">", None, "1", "FEEDBACK_SCORES_NUMBER"),
        ("feedback_scores", "is_empty", Some(" "), "", "FEEDBACK_SCORES_NUMBER"),
        ("metadata", "=", None, "1", "DICTIONARY"),
        ("metadata", "=", Some(""), "1", "DICTIONARY"),
    ] {
        assert_eq!(
            trace_error(field, operator, key, value),
            format!(
                "Invalid value '{value}' or key '{}' for field '{field}' of type '{kind}'",
                key.unwrap_or("null")
            )
        );
    }
}

#[test]
fn typed_values() {
    assert_eq!(
        trace("start_time", "<=", None, "2026-01-01T02:00:00+02:00").test,
        Test::Time {
            op: Compare::LessEqual,
            value: Timestamp::parse("2026-01-01T00:00:00Z").unwrap()
        }
    );
    assert!(
        matches!(trace("duration", "!=", None, " 1.50 ").test, Test::Number { op: Compare::NotEqual, value } if value.float == 1.5)
    );
    assert!(matches!(
        trace("id", "starts_with", None, "a").test,
        Test::Text {
            op: TextOp::StartsWith,
            mode: TextMode::Sensitive,
            ..
        }
    ));
    assert!(matches!(
        trace("name", "=", None, "a").test,
        Test::Text {
            op: TextOp::Equal,
            mode: TextMode::Insensitive,
            ..
        }
    ));
    assert!(matches!(
        trace("input", "=", None, "a").test,
        Test::Text {
            mode: TextMode::Json,
            ..
        }
    ));
    assert_eq!(
        trace("tags", "=", None, "a").test,
        Test::List(ListTest::HasAny(vec!["a".to_owned()]))
    );
    assert_eq!(
        trace("experiment_ids", "not_in", None, "a, b,,a").test,
        Test::List(ListTest::HasNone(vec!["a".to_owned(), "b".to_owned()]))
    );
    assert_eq!(
        trace("environment", "in", None, " a ,b").test,
        Test::Enum {
            test: EnumTest::OneOf(vec!["a".to_owned(), "b".to_owned()]),
            any_of: false
        }
    );
    assert_eq!(
        trace("error_info", "is_not_empty", None, "").test,
        Test::Presence { present: true }
    );
    let condition = trace("feedback_scores", "=", Some("Acc"), "0.1234567899");
    assert_eq!(condition.key(), Some("Acc"));
    let Test::Score { name, .. } = condition.test else {
        panic!("a score test")
    };
    assert_eq!(name.folded(), "acc");
}

#[test]
fn threads_test_the_environments_of_their_traces() {
    let condition = parse(Entity::Thread, raw("environment", "=", None, "prod")).unwrap();
    assert!(matches!(condition.test, Test::Enum { any_of: true, .. }));
    let condition = parse(Entity::Thread, raw("status", "=", None, "active")).unwrap();
    assert!(matches!(condition.test, Test::Enum { any_of: false, .. }));
}

#[test]
fn custom_keys_are_resolved() {
    for (key, field, path) in [
        ("input", Field::Input, None),
        ("$.output", Field::Output, None),
        ("metadata", Field::Metadata, None),
        ("input.a.b", Field::Input, Some("a.b")),
        ("$.output[0].x", Field::Output, Some("[0].x")),
        ("metadata.x y", Field::Metadata, Some("x y")),
    ] {
        let condition = trace("custom", "contains", Some(key), "v");
        assert_eq!((condition.field, condition.key()), (field, path), "{key}");
        match condition.test {
            Test::Text {
                mode: TextMode::Json, ..
            } => assert!(path.is_none()),
            Test::Dictionary { test, .. } => {
                assert_eq!(test.op, DictionaryOp::Text(TextOp::Contains))
            }
            other => panic!("{other:?}"),
        }
    }
    for key in ["name", "inputs.a", "$", "input.", "$.x.input"] {
        assert_eq!(
            trace_error("custom", "=", Some(key), ""),
            format!("Invalid key '{key}' for custom filter")
        );
    }
    for key in [None, Some(""), Some(" ")] {
        assert_eq!(
            trace_error("custom", "=", key, ""),
            "Custom key cannot be null or empty"
        );
    }
    assert_eq!(
        trace_error("custom", ">=", Some("input"), "1"),
        "Invalid operator '>=' for field 'custom' of type 'STRING'"
    );
    assert!(parse(Entity::Span, raw("custom", ">=", Some("input.n"), "1")).is_ok());
}

#[test]
fn some_types_are_decoded_once_more() {
    let dictionary = |value: &str| match trace("metadata", "=", Some("k"), value).test {
        Test::Dictionary { test, .. } => test.needle.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(dictionary("a+b%41%C3%A9"), "a bAé");
    assert_eq!(dictionary("100%"), "100%");
    assert_eq!(dictionary("%ff"), "%ff", "not UTF-8");
    assert_eq!(dictionary("a+50%"), "a+50%", "all or nothing");
    assert_eq!(
        trace("tags", "=", None, "a%2Cb").test,
        Test::List(ListTest::HasAny(vec!["a,b".to_owned()]))
    );
    let name = |value: &str| match trace("name", "=", None, value).test {
        Test::Text { needle, .. } => needle.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(name("a+b%41"), "a+b%41");
    assert!(matches!(trace("duration", ">", None, "1%2E5").test, Test::Number { value, .. } if value.float == 1.5));
    assert!(
        matches!(trace("duration", ">", None, "1e+2").test, Test::Number { value, .. } if value.float == 100.0),
        "the raw text is a number"
    );
    assert!(matches!(
        trace("start_time", ">", None, "2026-01-01T00%3A00:00Z").test,
        Test::Time { .. }
    ));
}

#[test]
fn unknown_sources_count_as_sdk() {
    let words = |value: &str| match trace("source", "=", None, value).test {
        Test::Enum {
            test: EnumTest::OneOf(words),
            ..
        } => words,
        other => panic!("{other:?}"),
    };
    assert_eq!(words("sdk"), ["sdk", "unknown", ""]);
    assert_eq!(words("playground"), ["playground"]);
}

fn typed(field: &str, type_name: &str, operator: &str, key: Option<&str>, value: &str) -> RawFilter {
    RawFilter {
        type_name: Some(type_name.to_owned()),
        ..raw(field, operator, key, value)
    }
}

#[test]
fn relational_fields_have_their_own_operators() {
    for (entity, field, operator, kind) in [
        (Entity::Dataset, "name", ">", "STRING_STATE_DB"),
        (Entity::Dataset, "tags", "is_empty", "STRING_STATE_DB"),
        (Entity::Dataset, "created_at", "contains", "DATE_TIME_STATE_DB"),
        (Entity::Dataset, "type", "contains", "ENUM"),
        (Entity::PromptVersion, "metadata", "in", "DICTIONARY_STATE_DB"),
        (Entity::Prompt, "version_count", "contains", "NUMBER"),
        (Entity::DatasetItem, "data", ">", "MAP"),
        (Entity::Dashboard, "scope", ">", "ENUM"),
        (Entity::AnnotationQueue, "feedback_definition_names", "in", "LIST"),
    ] {
        let error = parse(entity, raw(field, operator, Some("k"), "1")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("Invalid operator '{operator}' for field '{field}' of type '{kind}'")
        );
    }
    let error = parse(Entity::DatasetItem, raw("data", "=", None, "x")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Invalid value 'x' or key 'null' for field 'data' of type 'MAP'"
    );
}

#[test]
fn offsets_survive_a_second_decoding() {
    for value in [
        "2026-01-01T02:00:00 02:00",
        "2026-01-01T02:00:00+02:00",
        "2026-01-01T00:00:00Z",
    ] {
        for entity in [Entity::Dataset, Entity::DatasetItem] {
            assert_eq!(
                parse(entity, raw("created_at", "=", None, value)).unwrap().test,
                Test::Time {
                    op: Compare::Equal,
                    value: Timestamp::parse("2026-01-01T00:00:00Z").unwrap()
                },
                "{value}"
            );
        }
    }
    assert!(parse(Entity::Dataset, raw("created_at", "=", None, "2026-01-01 02:00")).is_err());
}

#[test]
fn the_type_counts_only_in_the_compare_view() {
    let text = r#"[{"field":"data.q","type":"string","operator":"contains","key":"","value":"x"}]"#;
    let filter = Filter::from_query_param(Entity::ExperimentItem, text).unwrap();
    assert_eq!(filter.conditions()[0].field, Field::Data);
    assert_eq!(filter.conditions()[0].key(), Some("['q']"));
    for (entity, text) in [
        (Entity::DatasetItem, text.to_owned()),
        (Entity::Trace, text.to_owned()),
        (Entity::ExperimentItem, text.replace("string", "map")),
        (Entity::ExperimentItem, text.replace(r#""string""#, "null")),
        (Entity::ExperimentItem, text.replace("data.q", "input.")),
    ] {
        let error = Filter::from_query_param(entity, &text).unwrap_err();
        assert_eq!(error.to_string(), format!("Invalid filters query parameter '{text}'"));
    }
    let known = parse(Entity::ExperimentItem, typed("duration", "string", ">", None, "5")).unwrap();
    assert_eq!(known.field, Field::Duration);
    assert!(matches!(known.test, Test::Number { .. }));
    assert!(parse(Entity::Dataset, typed("name", "nonsense", "=", None, "x")).is_ok());
    let read = |json: &str| serde_json::from_str::<RawFilter>(json).unwrap().type_name;
    assert_eq!(
        read(r#"{"field":"a","operator":"=","value":"","type":{"x":[1]}}"#),
        None
    );
}

#[test]
fn values_inside_json_have_the_operators_of_their_type() {
    for (type_name, operator, kind) in [
        ("string", ">=", "STRING"),
        ("number", "contains", "NUMBER"),
        ("dictionary", "in", "DICTIONARY"),
        ("list", ">", "LIST"),
    ] {
        let error = parse(Entity::ExperimentItem, typed("q", type_name, operator, None, "1")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("Invalid operator '{operator}' for field 'q' of type '{kind}'")
        );
    }
    let error = parse(Entity::ExperimentItem, typed("output.x", "number", "=", None, "high")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Invalid value 'high' or key 'null' for field 'output.x' of type 'NUMBER'"
    );
}

#[test]
fn limits() {
    let many = vec![raw("name", "=", None, "x"); MAX_CONDITIONS + 1];
    assert!(matches!(
        Filter::from_values(Entity::Trace, many),
        Err(QueryError::TooManyConditions { .. })
    ));
    let long_key = "k".repeat(MAX_KEY_BYTES + 1);
    assert!(trace_error("metadata", "=", Some(&long_key), "").len() < 4096);
    let long = format!(
        r#"[{{"field":"name","operator":"=","value":"{}"}}]"#,
        "é".repeat(MAX_FILTER_BYTES / 2)
    );
    let error = Filter::from_query_param(Entity::Trace, &long).unwrap_err().to_string();
    assert!(error.starts_with("Invalid filters query parameter '[{") && error.len() < 2048);
}

proptest! {
    #[test]
    fn parsing_never_panics(text: String, json in r#"[\[{]{1,2}"(field|operator|value)":"[a-z_=%+é]{0,8}"[,:\]}]{1,3}.{0,10}"#) {
        for entity in Entity::ALL {
            let _ = Filter::from_query_param(entity, &text);
            let _ = Filter::from_query_param(entity, &json);
            let _ = Sorting::from_query_param(entity, &text);
            let _ = Sorting::from_query_param(entity, &json);
        }
    }

    #[test]
    fn values_never_panic(index in any::<prop::sample::Index>(), operator in any::<prop::sample::Index>(), key: Option<String>, value: String) {
        for entity in Entity::ALL {
            let spec = index.get(fields(entity));
            let operator = operator.get(&ferropik_query::Operator::ALL);
            let _ = parse(entity, RawFilter { field: spec.name.to_owned(), operator: operator.as_str().to_owned(), key: key.clone(), value: value.clone(), type_name: None });
        }
    }
}
