//! Properties that hold for arbitrary documents and arbitrary bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

/// Strings that mix ordinary text with everything the scanners treat specially.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        Just("NaN".to_owned()),
        Just("\\ud800".to_owned()),
        Just("data:image/png;base64,".to_owned()),
        "(iVBORw0KGgo|/9j/|Qk)[A-Za-z0-9+/]{0,30}={0,2}",
        Just("[input-attachment-1-2.png]".to_owned()),
        Just("[input-attachment-1-2-sdk.p".to_owned()),
        vec(any::<u8>(), 0..60).prop_map(|tail| STANDARD.encode([b"\x89PNG\r\n\x1a\n", tail.as_slice()].concat())),
    ];
    vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Eighths survive the parser, which rounds the last digit of other doubles.
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((text(), inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Bytes that look like JSON often enough to reach every branch.
fn json_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        prop::sample::select(vec![
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            " ",
            "\n",
            "\\u",
            "d83d",
            "\\ude00",
            "NaN",
            "-Infinity",
            "é",
            "12",
            "\u{1}",
            "\"Qk",
            "[input-attachment-",
            "1-2.png]",
            "iVBORw0KGgoAAAA=",
            "\\/",
            "\u{feff}",
        ])
        .prop_map(|token| token.as_bytes().to_vec()),
    ];
    vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

fn is_valid(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("valid JSON")
}

fn restore(extraction: &Extraction) -> String {
    let mut resolve = |name: &str| {
        extraction
            .files
            .iter()
            .find(|file| file.name == name)
            .map(|file| file.bytes.clone())
    };
    reinject(&extraction.text, &mut resolve).into_owned()
}

proptest! {
    #[test]
    fn normalize_compacts_pretty_text(value in json()) {
        let pretty = serde_json::to_vec_pretty(&value).expect("valid");
        let compact = value.to_string();
        prop_assert_eq!(normalize(&pretty, &Limits::default()).expect("accepted"), compact);
    }

    #[test]
    fn normalize_keeps_compact_text(value in json()) {
        let compact = value.to_string();
        let normalized = normalize_borrowed(compact.as_bytes(), &Limits::default()).expect("accepted");
        prop_assert!(matches!(normalized, std::borrow::Cow::Borrowed(same) if same == compact));
    }

    #[test]
    fn normalize_survives_any_bytes(bytes in prop_oneof![vec(any::<u8>(), 0..200), json_like()]) {
        let Ok(text) = normalize(&bytes, &Limits::default()) else { return Ok(()) };
        // Cleaning is finished after one pass.
        if is_valid(&text) {
            prop_assert_eq!(&normalize(text.as_bytes(), &Limits::default()).expect("accepted"), &text);
        }
        // What the parser accepts as it is means the same afterwards, surrogates included.
        if let Ok(before) = serde_json::from_slice::<Value>(&bytes) {
            prop_assert_eq!(parse(&text), before);
        }
    }

    #[test]
    fn cleaning_neither_repairs_nor_breaks_plain_documents(bytes in json_like()) {
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        let Ok(cleaned) = normalize(text.as_bytes(), &Limits::default()) else { return Ok(()) };
        let is_plain = !text.contains("NaN") && !text.contains("Infinity") && !text.contains('\u{feff}')
            && !text.contains("\\u") && !text.bytes().any(|byte| byte < 0x20 && byte != b'\n');
        // Newlines inside strings are repaired; without them, validity must not change.
        if is_plain && !text.contains('\n') {
            prop_assert_eq!(is_valid(&text), is_valid(&cleaned));
        }
    }

    #[test]
    fn extracted_files_come_back(value in json(), min_len in 1usize..40) {
        let text = value.to_string();
        let Some(extraction) = extract_attachments(AttachmentField::Metadata, &text, min_len, 77) else { return Ok(()) };
        prop_assert!(!extraction.files.is_empty());
        prop_assert!(is_valid(&extraction.text));
        for file in &extraction.files {
            prop_assert!(is_auto_extracted_name(&file.name), "{}", file.name);
        }
        let names: Vec<&str> = extraction.files.iter().map(|file| file.name.as_str()).collect();
        let references: Vec<&str> =
            attachment_references(&extraction.text).filter(|name| name.starts_with("metadata")).collect();
        prop_assert_eq!(references, names);
        prop_assert_eq!(parse(&restore(&extraction)), value);
    }

    #[test]
    fn truncated_text_is_valid_and_short(value in json(), limit in 0usize..300) {
        let text = value.to_string();
        let shortened = truncate(&text, limit);
        prop_assert!(is_valid(&shortened), "{}", shortened);
        match parse(&shortened) {
            Value::String(head) if shortened.len() >= limit => prop_assert!(head.len() <= limit),
            _ => prop_assert!(shortened.len() < limit),
        }
    }

    #[test]
    fn injected_key_is_first_and_the_rest_stays(value in json()) {
        let injected = parse(&inject_first(Some(&value.to_string()), "providers", "[1]"));
        let injected = injected.as_object().expect("an object");
        prop_assert_eq!(injected.keys().next().map(String::as_str), Some("providers"));
        if let Value::Object(mut stored) = value {
            let expected = stored.shift_remove("providers").unwrap_or_else(|| serde_json::json!([1]));
            prop_assert_eq!(&injected["providers"], &expected);
            let rest: Vec<_> = injected.iter().skip(1).collect();
            prop_assert_eq!(rest, stored.iter().collect::<Vec<_>>());
        } else {
            prop_assert_eq!(injected.len(), 1);
        }
    }

    #[test]
    fn entries_agree_with_the_parser(value in json()) {
        let text = value.to_string();
        let Some(entries) = object_entries(&text) else {
            prop_assert!(!value.is_object());
            return Ok(());
        };
        let entries: Vec<(String, Value)> = entries
            .map(|entry| (unescape(entry.raw_key).expect("valid").into_owned(), parse(entry.value)))
            .collect();
        let expected: Vec<(String, Value)> = value.as_object().expect("an object").clone().into_iter().collect();
        prop_assert_eq!(entries, expected);
    }

    #[test]
    fn readers_survive_any_text(bytes in json_like(), limit in 0usize..50) {
        let text = String::from_utf8_lossy(&bytes);
        truncate(&text, limit);
        extract_attachments(AttachmentField::Input, &text, limit, 1);
        inject_first(Some(&text), "a", "1");
        top_level_string(&text, "Qk");
        // Files that contain references again do not make the search go on.
        let count = attachment_references(&text).count();
        let mut calls = 0;
        reinject(&text, &mut |_| {
            calls += 1;
            Some(bytes.clone())
        });
        prop_assert_eq!(calls, count);
    }
}
