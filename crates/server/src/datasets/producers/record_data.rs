//! The data of items that are made of traces and spans.

use ferropik_model::json::object_entries;
use ferropik_model::{
    Comment, FeedbackScore, RawJson, ScoreSource, Span, SpanType, Timestamp, Trace, Usage, decimal, wire, wire_object,
};
use ferropik_query::{Path, Segment};
use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

wire_object! {
    /// What else of a trace or span goes into the data of its item.
    #[derive(Copy, Eq)]
    pub struct EnrichmentOptions {
        /// The spans of a trace.
        pub include_spans: Option<bool> = wire::optional,
        /// Tags.
        pub include_tags: Option<bool> = wire::optional,
        /// Feedback scores.
        pub include_feedback_scores: Option<bool> = wire::optional,
        /// Comments.
        pub include_comments: Option<bool> = wire::optional,
        /// Token usage.
        pub include_usage: Option<bool> = wire::optional,
        /// Metadata.
        pub include_metadata: Option<bool> = wire::optional,
    }
}

/// Keys of the data, and the paths into the trace or span where their values are.
pub(super) type FieldMappings = IndexMap<String, String>;

/// What traces and spans have in common.
pub(super) struct Record<'a> {
    input: Option<&'a RawJson>,
    output: Option<&'a RawJson>,
    metadata: Option<&'a RawJson>,
    tags: &'a [String],
    scores: &'a [FeedbackScore],
    comments: &'a [Comment],
    usage: &'a Usage,
    /// The whole object, for paths into it.
    whole: &'a dyn Fn() -> serde_json::Result<RawJson>,
}

#[derive(Serialize)]
struct ScoreOfItem<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    category_name: Option<&'a str>,
    #[serde(serialize_with = "decimal::serialize")]
    value: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    source: ScoreSource,
}

#[derive(Serialize)]
struct CommentOfItem<'a> {
    id: Uuid,
    text: &'a str,
}

#[derive(Serialize)]
struct SpanOfItem<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<SpanType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a RawJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a RawJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feedback_scores: Vec<ScoreOfItem<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    comments: Vec<CommentOfItem<'a>>,
}

fn scores_of(scores: &[FeedbackScore]) -> Vec<ScoreOfItem<'_>> {
    scores
        .iter()
        .map(|score| ScoreOfItem {
            name: &score.name,
            category_name: score.category_name.as_deref(),
            value: score.value,
            reason: score.reason.as_deref(),
            source: score.source,
        })
        .collect()
}

fn comments_of(comments: &[Comment]) -> Vec<CommentOfItem<'_>> {
    comments
        .iter()
        .map(|comment| CommentOfItem {
            id: comment.id,
            text: &comment.text,
        })
        .collect()
}

fn span_of(span: &Span) -> SpanOfItem<'_> {
    SpanOfItem {
        id: span.id,
        name: span.name.as_deref(),
        r#type: span.r#type,
        parent_span_id: span.parent_span_id,
        input: span.input.as_ref(),
        output: span.output.as_ref(),
        start_time: span.start_time,
        end_time: span.end_time,
        metadata: span.metadata.as_ref(),
        feedback_scores: scores_of(&span.feedback_scores),
        comments: comments_of(&span.comments),
    }
}

/// The data of an item of a plain dataset.
///
/// # Errors
/// A value that cannot be written as JSON, which none of them is.
pub(super) fn of_trace(
    trace: &Trace,
    spans: &[Span],
    options: EnrichmentOptions,
    mappings: &FieldMappings,
) -> serde_json::Result<RawJson> {
    let record = Record {
        input: trace.input.as_ref(),
        output: trace.output.as_ref(),
        metadata: trace.metadata.as_ref(),
        tags: &trace.tags,
        scores: &trace.feedback_scores,
        comments: &trace.comments,
        usage: &trace.usage,
        whole: &|| RawJson::from_serialize(trace),
    };
    record.data(spans, options, mappings)
}

/// The data of an item of a plain dataset.
///
/// # Errors
/// Those of [`of_trace`].
pub(super) fn of_span(
    span: &Span,
    options: EnrichmentOptions,
    mappings: &FieldMappings,
) -> serde_json::Result<RawJson> {
    let record = Record {
        input: span.input.as_ref(),
        output: span.output.as_ref(),
        metadata: span.metadata.as_ref(),
        tags: &span.tags,
        scores: &span.feedback_scores,
        comments: &span.comments,
        usage: &span.usage,
        whole: &|| RawJson::from_serialize(span),
    };
    record.data(&[], options, mappings)
}

/// The data of an item of a test suite: the input alone.
pub(super) fn of_input(input: Option<&RawJson>) -> RawJson {
    match input {
        Some(input) if input.as_str().starts_with('{') => input.clone(),
        Some(input) if !input.is_null() => RawJson::from_stored(&format!(r#"{{"input":{input}}}"#)),
        _ => RawJson::from_stored("{}"),
    }
}

impl Record<'_> {
    fn data(
        &self,
        spans: &[Span],
        options: EnrichmentOptions,
        mappings: &FieldMappings,
    ) -> serde_json::Result<RawJson> {
        let wants = |option: Option<bool>| option.unwrap_or_default();
        let mut data: IndexMap<&str, RawJson> = IndexMap::new();
        data.insert("input", self.input.cloned().unwrap_or_else(RawJson::null));
        if let Some(output) = self.output.filter(|output| !output.is_null()) {
            data.insert("expected_output", output.clone());
        }
        if wants(options.include_spans) && !spans.is_empty() {
            let spans: Vec<SpanOfItem<'_>> = spans.iter().map(span_of).collect();
            data.insert("spans", RawJson::from_serialize(&spans)?);
        }
        if wants(options.include_tags) && !self.tags.is_empty() {
            data.insert("tags", RawJson::from_serialize(self.tags)?);
        }
        if wants(options.include_feedback_scores) && !self.scores.is_empty() {
            data.insert("feedback_scores", RawJson::from_serialize(&scores_of(self.scores))?);
        }
        if wants(options.include_comments) && !self.comments.is_empty() {
            data.insert("comments", RawJson::from_serialize(&comments_of(self.comments))?);
        }
        if wants(options.include_usage) && !self.usage.is_empty() {
            data.insert("usage", RawJson::from_serialize(self.usage)?);
        }
        let metadata = self.metadata.filter(|metadata| !metadata.is_empty_value());
        if let Some(metadata) = metadata.filter(|_| wants(options.include_metadata)) {
            data.insert("metadata", metadata.clone());
        }
        if !mappings.is_empty() {
            let whole = (self.whole)()?;
            for (key, path) in mappings {
                if let Some(value) = find(whole.as_str(), path) {
                    data.insert(key, RawJson::from_stored(value));
                }
            }
        }
        RawJson::from_serialize(&data)
    }
}

/// The JSON text that a path such as `input.messages[0].content` leads to. Keys may contain dots: of the steps that
/// fit, the longest key is taken.
fn find<'a>(json: &'a str, path: &str) -> Option<&'a str> {
    let path = Path::new(path.trim());
    let segments = path.segments()?;
    descend(json, segments)
}

fn descend<'a>(json: &'a str, segments: &[Segment]) -> Option<&'a str> {
    match segments.first() {
        None => Some(json),
        Some(Segment::Index(index)) => {
            let element = elements(json).nth(*index)?;
            descend(element, &segments[1..])
        }
        Some(Segment::Key(_)) => {
            let names = segments.iter().take_while(|segment| matches!(segment, Segment::Key(_)));
            (1..=names.count()).rev().find_map(|count| {
                let name = joined(&segments[..count]);
                let value = object_entries(json)?.filter(|entry| entry.has_key(&name)).last()?.value;
                descend(value, &segments[count..])
            })
        }
    }
}

fn joined(segments: &[Segment]) -> String {
    let names: Vec<&str> = segments
        .iter()
        .filter_map(|segment| match segment {
            Segment::Key(name) => Some(name.as_str()),
            Segment::Index(_) => None,
        })
        .collect();
    names.join(".")
}

fn elements(json: &str) -> impl Iterator<Item = &str> {
    let list: Vec<&serde_json::value::RawValue> = serde_json::from_str(json).unwrap_or_default();
    list.into_iter().map(serde_json::value::RawValue::get)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn raw(value: &Value) -> Option<RawJson> {
        Some(RawJson::from_serialize(value).unwrap())
    }

    fn tree(data: &RawJson) -> Value {
        serde_json::from_str(data.as_str()).unwrap()
    }

    fn everything() -> EnrichmentOptions {
        serde_json::from_value(json!({
            "include_spans": true, "include_tags": true, "include_feedback_scores": true, "include_comments": true,
            "include_usage": true, "include_metadata": true,
        }))
        .unwrap()
    }

    fn score() -> FeedbackScore {
        let now = Timestamp::EPOCH;
        FeedbackScore {
            name: "quality".to_owned(),
            category_name: None,
            value: Decimal::new(5, 1),
            reason: Some("so".to_owned()),
            source: ScoreSource::Ui,
            created_at: now,
            last_updated_at: now,
            created_by: "admin".to_owned(),
            last_updated_by: "admin".to_owned(),
            value_by_author: IndexMap::new(),
        }
    }

    fn comment() -> Comment {
        Comment {
            id: Uuid::nil(),
            text: "nice".to_owned(),
            source_queue_id: None,
            created_at: Timestamp::EPOCH,
            last_updated_at: Timestamp::EPOCH,
            created_by: "admin".to_owned(),
            last_updated_by: "admin".to_owned(),
        }
    }

    fn trace() -> Trace {
        Trace {
            name: Some("run".to_owned()),
            input: raw(&json!({"question": {"text": "why"}, "a.b": {"c": [10, 20]}})),
            output: raw(&json!("because")),
            metadata: raw(&json!({"x": 1})),
            tags: vec!["t".to_owned()],
            usage: Usage::from_iter([("total_tokens".to_owned(), 7)]),
            feedback_scores: vec![score()],
            comments: vec![comment()],
            ..Trace::default()
        }
    }

    #[test]
    fn only_what_was_asked_for() {
        let data = of_trace(&trace(), &[], EnrichmentOptions::default(), &FieldMappings::new()).unwrap();
        assert_eq!(
            data.as_str(),
            r#"{"input":{"question":{"text":"why"},"a.b":{"c":[10,20]}},"expected_output":"because"}"#
        );
        let bare = of_trace(&Trace::default(), &[], everything(), &FieldMappings::new()).unwrap();
        assert_eq!(bare.as_str(), r#"{"input":null}"#);
    }

    #[test]
    fn everything_of_a_trace() {
        let span = Span {
            name: Some("step".to_owned()),
            r#type: Some(SpanType::Llm),
            input: raw(&json!([1])),
            start_time: Some(Timestamp::EPOCH),
            feedback_scores: vec![score()],
            ..Span::default()
        };
        let data = tree(&of_trace(&trace(), &[span], everything(), &FieldMappings::new()).unwrap());
        let nil = Uuid::nil().to_string();
        let scores = json!([{"name": "quality", "value": 0.5, "reason": "so", "source": "ui"}]);
        assert_eq!(
            data,
            json!({
                "input": {"question": {"text": "why"}, "a.b": {"c": [10, 20]}},
                "expected_output": "because",
                "spans": [{"id": nil, "name": "step", "type": "llm", "input": [1],
                    "start_time": "1970-01-01T00:00:00Z", "feedback_scores": scores}],
                "tags": ["t"],
                "feedback_scores": scores,
                "comments": [{"id": nil, "text": "nice"}],
                "usage": {"total_tokens": 7},
                "metadata": {"x": 1},
            })
        );
    }

    #[test]
    fn everything_of_a_span() {
        let span = Span {
            input: raw(&json!({"q": 1})),
            output: raw(&json!({"a": 2})),
            tags: vec!["t".to_owned()],
            usage: Usage::from_iter([("total_tokens".to_owned(), 7)]),
            metadata: raw(&json!({})),
            ..Span::default()
        };
        let data = tree(&of_span(&span, everything(), &FieldMappings::new()).unwrap());
        assert_eq!(
            data,
            json!({"input": {"q": 1}, "expected_output": {"a": 2}, "tags": ["t"], "usage": {"total_tokens": 7}})
        );
    }

    #[test]
    fn mappings_lead_into_the_record() {
        let mappings: FieldMappings = [
            ("q", "input.question.text"),
            ("second", "$.input.a.b.c[1]"),
            ("expected_output", "metadata.x"),
            ("name", "name"),
            ("missing", "output.nothing"),
            ("malformed", "a..b"),
            ("beyond", "input.a.b.c[7]"),
        ]
        .into_iter()
        .map(|(key, path)| (key.to_owned(), path.to_owned()))
        .collect();
        let data = of_trace(&trace(), &[], EnrichmentOptions::default(), &mappings).unwrap();
        assert_eq!(
            data.as_str(),
            r#"{"input":{"question":{"text":"why"},"a.b":{"c":[10,20]}},"expected_output":1,"q":"why","second":20,"name":"run"}"#
        );
    }

    #[test]
    fn suites_have_the_input_alone() {
        assert_eq!(of_input(raw(&json!({"q": 1})).as_ref()).as_str(), r#"{"q":1}"#);
        assert_eq!(of_input(raw(&json!("text")).as_ref()).as_str(), r#"{"input":"text"}"#);
        assert_eq!(of_input(raw(&json!([1])).as_ref()).as_str(), r#"{"input":[1]}"#);
        assert_eq!(of_input(None).as_str(), "{}");
        assert_eq!(of_input(Some(&RawJson::null())).as_str(), "{}");
    }
}
