//! The query language.

use ferropik_query::oql::{OqlError, parse, parse_raw};
use ferropik_query::{Entity, Filter, RawFilter, Test};
use proptest::prelude::*;

fn shape(raw: &RawFilter) -> (&str, &str, Option<&str>, &str) {
    (&raw.field, &raw.operator, raw.key.as_deref(), &raw.value)
}

#[track_caller]
fn check(text: &str, expected: &[(&str, &str, Option<&str>, &str)]) {
    let conditions = parse_raw(Entity::Trace, text).unwrap();
    assert_eq!(conditions.iter().map(shape).collect::<Vec<_>>(), expected, "{text}");
    let filter = parse(Entity::Trace, text).unwrap();
    assert_eq!(filter.conditions().len(), expected.len());
}

#[test]
fn conditions() {
    check("", &[]);
    check("   ", &[]);
    check(r#"name = "x""#, &[("name", "=", None, "x")]);
    check(r#"  name  !=  "say ""hi""" "#, &[("name", "!=", None, "say \"hi\"")]);
    check("duration>=1.5", &[("duration", ">=", None, "1.5")]);
    check("duration > -2", &[("duration", ">", None, "-2")]);
    check("usage.total_tokens > 10", &[("usage.total_tokens", ">", None, "10")]);
    check(
        r#"feedback_scores.acc >= 0.5"#,
        &[("feedback_scores", ">=", Some("acc"), "0.5")],
    );
    check(
        r#"feedback_scores."my ""score""" = 1"#,
        &[("feedback_scores", "=", Some("my \"score\""), "1")],
    );
    check(
        "metadata.'it''s' is_empty",
        &[("metadata", "is_empty", Some("it's"), "")],
    );
    check(r#"metadata.a.b = "x""#, &[("metadata", "=", Some("a.b"), "x")]);
    check("error_info is_not_empty", &[("error_info", "is_not_empty", None, "")]);
    check(r#"environment in ( "a" ,"b")"#, &[("environment", "in", None, "a,b")]);
    check("environment not_in ('a')", &[("environment", "not_in", None, "a")]);
    check(
        r#"tags contains "a" AND name starts_with "b" and input ends_with "c" And output not_contains "or""#,
        &[
            ("tags", "contains", None, "a"),
            ("name", "starts_with", None, "b"),
            ("input", "ends_with", None, "c"),
            ("output", "not_contains", None, "or"),
        ],
    );
}

#[test]
fn values_mean_what_they_say() {
    let filter = parse(Entity::Trace, r#"tags = "c++" AND metadata.k = "100%25""#).unwrap();
    assert_eq!(format!("{:?}", filter.conditions()[0].test), r#"List(HasAny(["c++"]))"#);
    let Test::Dictionary { test, .. } = &filter.conditions()[1].test else {
        panic!("a dictionary test")
    };
    assert_eq!(test.needle.as_str(), "100%25");
}

#[test]
fn all_emitted_forms_are_accepted() {
    for (entity, text) in [
        (Entity::Thread, r#"status in ("active","inactive")"#),
        (
            Entity::Thread,
            r#"annotation_queue_ids contains "x" AND number_of_messages >= 2"#,
        ),
        (Entity::Span, r#"type not_in ("llm") AND trace_id > "0""#),
        (Entity::Span, "metadata.x >= 5 AND output_json.y <= 1"),
        (
            Entity::Trace,
            r#"id < "ff" AND span_feedback_scores.a is_empty AND experiment_id = "e" AND guardrails = "passed""#,
        ),
    ] {
        assert!(!parse(entity, text).unwrap().is_empty(), "{text}");
    }
}

#[test]
fn errors() {
    for (text, message) in [
        (
            r#"name = "a" OR name = "b""#,
            "OR is not supported, use only AND (position 11)",
        ),
        (
            r#"name = "a" name = "b""#,
            "expected AND or the end of the query at position 11",
        ),
        (r#"name = "a" AND"#, "expected a field name at position 14"),
        (r#"= "a""#, "expected a field name at position 0"),
        ("name", "expected an operator at position 4"),
        (r#"name == "a""#, "expected an operator at position 5"),
        (r#"name like "a""#, "expected an operator at position 5"),
        ("name = a", "expected a number or a quoted text at position 7"),
        ("name = -", "expected a number or a quoted text at position 7"),
        ("duration = 1x", "expected the end of the number at position 12"),
        ("duration = 1.", "expected the end of the number at position 12"),
        (r#"name = "é"#, "the quote at position 7 is not closed"),
        (r#"environment in "a""#, "expected a list in parentheses at position 15"),
        (
            r#"environment in ("a" "b")"#,
            "expected a comma or a closing parenthesis at position 20",
        ),
        ("environment in ()", "expected a number or a quoted text at position 16"),
        (r#"nope = "a""#, "unknown field 'nope' for trace queries"),
        (r#"name.x = "a""#, "unknown field 'name.x' for trace queries"),
        ("usage.x > 1", "unknown field 'usage.x' for trace queries"),
        ("metadata. = 1", "expected a key at position 9"),
        (
            r#"name >= "a""#,
            "Invalid operator '>=' for field 'name' of type 'STRING'",
        ),
        (
            r#"duration = "a""#,
            "Invalid value 'a' or key 'null' for field 'duration' of type 'NUMBER'",
        ),
        (
            "feedback_scores > 1",
            "Invalid value '1' or key 'null' for field 'feedback_scores' of type 'FEEDBACK_SCORES_NUMBER'",
        ),
    ] {
        assert_eq!(parse(Entity::Trace, text).unwrap_err().to_string(), message, "{text}");
    }
    let long = " ".repeat(ferropik_query::MAX_FILTER_BYTES + 1);
    assert!(matches!(parse(Entity::Trace, &long), Err(OqlError::TooLong { .. })));
    let many = vec!["duration > 1"; ferropik_query::MAX_CONDITIONS + 1].join(" AND ");
    assert!(matches!(parse(Entity::Trace, &many), Err(OqlError::Condition(_))));
}

proptest! {
    #[test]
    fn never_panics(text: String, likely in r#"(name|metadata|é|usage)\.?["'a-zé ]{0,4} ?(=|>=|in|contains|is_empty) ?[("'a-z0-9.,)é -]{0,12}( AND )?"#) {
        for entity in Entity::ALL {
            let _ = parse(entity, &text);
            let _ = parse(entity, &likely);
        }
    }

    #[test]
    fn any_text_can_be_quoted(value: String, key in "[^\u{0}]{1,12}") {
        let quoted = |text: &str| text.replace('"', "\"\"");
        let text = format!("metadata.\"{}\" = \"{}\"", quoted(&key), quoted(&value));
        let raw = parse_raw(Entity::Trace, &text).unwrap();
        prop_assert_eq!(shape(&raw[0]), ("metadata", "=", Some(key.as_str()), value.as_str()));
    }

    #[test]
    fn emitted_objects_read_as_the_same_filter(value in "[a-z ]{0,8}", number in -1000_i32..1000) {
        let text = format!("name = \"{value}\" AND duration > {number}");
        let raw = parse_raw(Entity::Span, &text).unwrap();
        prop_assert_eq!(Filter::from_values(Entity::Span, raw).unwrap(), parse(Entity::Span, &text).unwrap());
    }
}
