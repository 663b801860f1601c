use proptest::prelude::*;

use super::*;
use crate::message::{AnyValue, InstrumentationScope, KeyValue, ResourceSpans, ScopeSpans, Value};

const TRACE: [u8; 16] = [7; 16];

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::String(value.to_owned()))
}

fn span(id: u8, parent: Option<u8>, attributes: Vec<KeyValue>) -> Span {
    Span {
        trace_id: TRACE.to_vec(),
        span_id: vec![id; 8],
        parent_span_id: parent.map_or_else(Vec::new, |parent| vec![parent; 8]),
        name: format!("step {id}"),
        start_time_unix_nano: 1_700_000_000_123_999_999 + u64::from(id),
        end_time_unix_nano: 1_700_000_001_000_000_000,
        attributes,
        ..Span::default()
    }
}

fn request(scopes: Vec<(&str, Vec<Span>)>) -> ExportTraceServiceRequest {
    let scope_spans = scopes.into_iter().map(|(name, spans)| ScopeSpans {
        scope: Some(InstrumentationScope { name: name.to_owned() }),
        spans,
    });
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: scope_spans.collect(),
        }],
    }
}

fn export(spans: Vec<Span>) -> Export {
    Export::of(request(vec![("", spans)])).unwrap()
}

fn records(export: Export) -> Records {
    let traces = export.traces().into_iter();
    let ids = traces.map(|trace| (trace.otel_id, trace.proposed_id)).collect();
    export.into_records("p", &ids)
}

fn exception(attributes: Vec<KeyValue>) -> Event {
    Event {
        name: EXCEPTION.to_owned(),
        attributes,
        ..Event::default()
    }
}

#[test]
fn a_root_becomes_a_trace_and_its_span() {
    let root = span(
        1,
        None,
        vec![
            text("input.value", "hi"),
            text("output.value", r#"{"a":1}"#),
            text("session.id", "s"),
        ],
    );
    let made = records(export(vec![root, span(2, Some(1), vec![])]));
    let (trace, root, child) = (&made.traces[0], &made.spans[0], &made.spans[1]);
    assert_eq!((made.traces.len(), made.spans.len()), (1, 2));
    assert_eq!(id::millis(trace.id.unwrap()), 1_700_000_000_124);
    assert_eq!(trace.name.as_deref(), Some("step 1"));
    assert_eq!(trace.start_time, Some(Timestamp::from_millis(1_700_000_000_124)));
    assert_eq!(trace.end_time, Some(Timestamp::from_millis(1_700_000_001_000)));
    assert_eq!(trace.input.as_ref().unwrap().as_str(), r#"{"input.value":"hi"}"#);
    assert_eq!(trace.output.as_ref().unwrap().as_str(), r#"{"output.value":{"a":1}}"#);
    assert_eq!(trace.thread_id.as_deref(), Some("s"));
    assert_eq!((root.trace_id, root.parent_span_id), (trace.id, None));
    assert_eq!((child.trace_id, child.parent_span_id), (trace.id, root.id));
    assert_eq!((root.r#type, root.source), (Some(SpanType::General), Some(Source::Sdk)));
    assert_eq!(
        (&child.input, &child.metadata, &child.usage, &child.tags),
        (&None, &None, &None, &None)
    );
}

#[test]
fn what_arrives_in_parts_meets() {
    let whole = records(export(vec![
        span(1, None, vec![]),
        span(2, Some(1), vec![]),
        span(3, Some(2), vec![]),
    ]));
    let trace_id = whole.traces[0].id.unwrap();
    let ids = HashMap::from([(TRACE.to_vec(), trace_id)]);
    for part in [
        span(3, Some(2), vec![]),
        span(1, None, vec![]),
        span(2, Some(1), vec![]),
    ] {
        let made = export(vec![part]).into_records("p", &ids);
        assert!(whole.spans.contains(&made.spans[0]));
    }
    assert!(
        export(vec![span(3, Some(2), vec![])])
            .into_records("p", &ids)
            .traces
            .is_empty()
    );
}

#[test]
fn the_first_start_names_the_trace() {
    let export = export(vec![
        span(9, Some(1), vec![]),
        span(1, Some(5), vec![]),
        span(4, None, vec![]),
    ]);
    let traces = export.traces();
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].otel_id, TRACE);
    assert_eq!(traces[0].proposed_id, derive(&TRACE, 1_700_000_000_124));
}

#[test]
fn spans_of_the_sdk_belong_to_its_trace() {
    let (trace, parent, own) = (id::new(), id::new(), id::new());
    let spans = vec![
        span(
            1,
            None,
            vec![
                text("opik.trace_id", &trace.to_string()),
                text("opik.parent_span_id", &parent.to_string()),
            ],
        ),
        span(
            2,
            Some(1),
            vec![
                text("opik.trace_id", &trace.to_string()),
                text("opik.span_id", &own.to_string()),
            ],
        ),
    ];
    let export = export(spans);
    assert_eq!(export.traces(), []);
    let made = records(export);
    assert!(made.traces.is_empty());
    assert_eq!(
        (made.spans[0].trace_id, made.spans[0].parent_span_id),
        (Some(trace), Some(parent))
    );
    assert_eq!((made.spans[1].id, made.spans[1].parent_span_id), (Some(own), None));
    assert_eq!(made.spans[0].input, None);
}

#[test]
fn spans_around_others_do_not_repeat_their_usage() {
    let usage = |id, parent, tokens| {
        span(
            id,
            parent,
            vec![attribute("gen_ai.usage.input_tokens", Value::Int(tokens))],
        )
    };
    let made = records(export(vec![
        usage(1, None, 6),
        usage(2, Some(1), 2),
        span(3, Some(1), vec![]),
        usage(4, Some(3), 4),
    ]));
    let counts = made
        .spans
        .iter()
        .map(|span| span.usage.as_ref().map(|usage| usage["prompt_tokens"]));
    assert_eq!(counts.collect::<Vec<_>>(), [None, Some(2), None, Some(4)]);
}

#[test]
fn the_instrumentation_is_named() {
    let scopes = vec![
        (" ", vec![]),
        ("Logfire", vec![span(1, None, vec![])]),
        ("pydantic-ai", vec![]),
        ("x", vec![]),
    ];
    let made = records(Export::of(request(scopes)).unwrap());
    assert_eq!(
        made.spans[0].metadata.as_ref().unwrap().as_str(),
        r#"{"integration":"pydantic-ai"}"#
    );
    assert_eq!(made.traces[0].metadata, made.spans[0].metadata);
}

#[test]
fn errors_come_from_exceptions_or_else_from_the_status() {
    let error = |events: Vec<Event>, status: Option<(i32, &str)>| {
        let status = status.map(|(code, message)| Status {
            code,
            message: message.to_owned(),
        });
        error_of(&Span {
            events,
            status,
            ..Span::default()
        })
        .map(|error| (error.exception_type.unwrap(), error.message, error.traceback.unwrap()))
    };
    let strings = |kind: &str, message: Option<&str>, stack: &str| {
        Some((kind.to_owned(), message.map(str::to_owned), stack.to_owned()))
    };
    let full = exception(vec![
        text("exception.type", "ValueError"),
        text("exception.message", "no"),
        text("exception.stacktrace", "line 1"),
    ]);
    let brief = exception(vec![text("exception.message", "no")]);
    assert_eq!(
        error(vec![brief.clone(), full.clone()], Some((2, "x"))),
        strings("ValueError", Some("no"), "line 1")
    );
    assert_eq!(error(vec![full, brief], None), strings("Error", Some("no"), "no"));
    assert_eq!(error(vec![exception(vec![])], None), strings("Error", None, "Error"));
    assert_eq!(
        error(vec![], Some((2, "broke"))),
        strings("Error", Some("broke"), "broke")
    );
    assert_eq!(error(vec![], Some((2, " "))), strings("Error", None, "Error"));
    assert_eq!(error(vec![], Some((1, "fine"))), None);
    assert_eq!(error(vec![], None), None);
}

#[test]
fn spans_that_cannot_be_stored_are_counted() {
    let late = Span {
        end_time_unix_nano: u64::MAX,
        ..span(3, None, vec![])
    };
    let nameless = Span {
        trace_id: vec![0; 16],
        ..span(1, None, vec![])
    };
    let anonymous = Span {
        span_id: vec![],
        ..span(1, None, vec![])
    };
    let export = export(vec![late, nameless, span(1, None, vec![]), anonymous]);
    assert_eq!(export.len(), 1);
    let rejected = export.rejected();
    assert_eq!(
        (rejected.spans, rejected.reason),
        (3, "a span is later than the year 2262")
    );
    assert_eq!(
        rejected.to_json(),
        r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"a span is later than the year 2262"}}"#
    );
    let answer = ExportTraceServiceResponse::decode(rejected.to_protobuf().as_slice()).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 3);
    let none = Rejected::default();
    assert_eq!((none.to_protobuf(), none.to_json()), (Vec::new(), "{}".to_owned()));
}

#[test]
fn both_encodings_say_the_same() {
    let json =
        br#"{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"s","version":"1"},"spans":[
        {"traceId":"07070707070707070707070707070707","spanId":"0101010101010101","name":"step 1","kind":1,
        "startTimeUnixNano":"1700000000124000000","endTimeUnixNano":"1700000001000000000",
        "attributes":[{"key":"a","value":{"intValue":"1"}},{"key":"b"}],"links":[]}]}]}]}"#;
    let protobuf = request(vec![(
        "s",
        vec![span(
            1,
            None,
            vec![
                attribute("a", Value::Int(1)),
                KeyValue {
                    key: "b".to_owned(),
                    value: None,
                },
            ],
        )],
    )]);
    let expected = records(Export::from_protobuf(&protobuf.encode_to_vec()).unwrap());
    assert_eq!(records(Export::from_json(json).unwrap()), expected);
    let wrapped = serde_json::to_vec(std::str::from_utf8(json).unwrap()).unwrap();
    assert_eq!(records(Export::from_json(&wrapped).unwrap()), expected);
}

#[test]
fn bad_bodies_are_told_from_large_ones() {
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"null x",
        b"\"{\"",
        b"{\"resourceSpans\":1}",
        b"\xff",
    ] {
        assert!(
            matches!(Export::from_json(body), Err(ExportError::Malformed(_))),
            "{body:?}"
        );
    }
    assert!(matches!(
        Export::from_protobuf(b"\xff\xff"),
        Err(ExportError::Malformed(_))
    ));
    assert!(Export::from_protobuf(b"").unwrap().is_empty());
    let many = request(vec![("", vec![Span::default(); MAX_SPANS + 1])]).encode_to_vec();
    assert_eq!(Export::from_protobuf(&many).unwrap_err(), ExportError::TooLarge);
    let deep = format!(r#"{{"resourceSpans":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(Export::from_json(deep.as_bytes()).is_err());
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC*",
        Just("{\"input_tokens\": 1e400}".to_owned()),
        Just("[1,{\"a\":\"\\ud800\"}]".to_owned())
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        any::<Vec<u8>>().prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let values = proptest::collection::vec(inner.prop_map(|value| AnyValue { value: Some(value) }), 0..3);
        prop_oneof![
            values
                .clone()
                .prop_map(|values| Value::Array(crate::message::ArrayValue { values })),
            values.prop_map(|values| Value::KeyValues(crate::message::KeyValueList {
                values: values
                    .into_iter()
                    .map(|value| KeyValue {
                        key: "k".to_owned(),
                        value: Some(value)
                    })
                    .collect(),
            })),
        ]
    })
}

fn any_attribute() -> impl Strategy<Value = KeyValue> {
    let key = prop_oneof![
        "\\PC{0,8}",
        proptest::sample::select(vec![
            "gen_ai.usage.input_tokens",
            "usage",
            "gen_ai.usage.cost",
            "gen_ai.system",
            "gen_ai.request.model",
            "opik.tags",
            "thread_id",
            "opik.trace_id",
            "opik.span_id",
            "llm.token_count.prompt",
            "openinference.span.kind",
            "model",
        ])
        .prop_map(str::to_owned),
    ];
    (key, any_value()).prop_map(|(key, value)| attribute(&key, value))
}

fn any_span() -> impl Strategy<Value = Span> {
    let ids = (
        proptest::collection::vec(any::<u8>(), 0..3),
        proptest::collection::vec(any::<u8>(), 0..3),
        proptest::collection::vec(any::<u8>(), 0..3),
    );
    let attributes = proptest::collection::vec(any_attribute(), 0..6);
    let events = proptest::collection::vec(any_attribute(), 0..3);
    let name = prop_oneof!["\\PC{0,8}", Just("claude_code.tool".to_owned())];
    (ids, name, any::<(u64, u64, i32)>(), attributes, events).prop_map(|(ids, name, numbers, attributes, events)| {
        Span {
            trace_id: ids.0,
            span_id: ids.1,
            parent_span_id: ids.2,
            name,
            start_time_unix_nano: numbers.0,
            end_time_unix_nano: numbers.1,
            attributes,
            events: vec![exception(events)],
            status: Some(Status {
                message: String::new(),
                code: numbers.2,
            }),
        }
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_no_harm(body: Vec<u8>) {
        let _ = Export::from_protobuf(&body).map(records);
        let _ = Export::from_json(&body).map(records);
    }

    #[test]
    fn damaged_exports_do_no_harm(spans in proptest::collection::vec(any_span(), 1..4), at: proptest::sample::Index, byte: u8) {
        let mut body = request(vec![("s", spans)]).encode_to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = Export::from_protobuf(&body).map(records);
        body.truncate(at);
        let _ = Export::from_protobuf(&body).map(records);
    }

    #[test]
    fn arbitrary_json_does_no_harm(text in "[{}\\[\\]\":,a-z0-9 \\\\]{0,64}") {
        let _ = Export::from_json(text.as_bytes()).map(records);
        let spans = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"spanId":"{text}","attributes":[{text}]}}]}}]}}]}}"#);
        let _ = Export::from_json(spans.as_bytes()).map(records);
    }

    #[test]
    fn all_spans_are_stored_or_rejected(spans in proptest::collection::vec(any_span(), 0..8)) {
        let number = spans.len();
        let export = export(spans);
        prop_assert_eq!(export.len() + export.rejected().spans, number);
        let stored = export.len();
        let made = records(export);
        prop_assert_eq!(made.spans.len(), stored);
        for span in &made.spans {
            prop_assert!(id::is_v7(span.id.unwrap()) && id::is_v7(span.trace_id.unwrap()));
            for payload in [&span.input, &span.output, &span.metadata].into_iter().flatten() {
                let is_object = payload.as_str().starts_with('{');
                prop_assert!(is_object);
            }
        }
    }
}
