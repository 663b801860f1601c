//! What the attributes of a span say.

use ferropik_model::{RawJson, SpanType, Usage, decimal, wire};
use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::message::{KeyValue, Span, Value};
use crate::rules::{RuleSet, Target};
use crate::value;

/// Member of the metadata that names the conversation.
pub(crate) const THREAD_ID: &str = "thread_id";

/// Member of the metadata that holds what happened during a span.
const EVENTS: &str = "opentelemetry.events";

/// Most tags of a span; further ones are left out.
const MAX_TAGS: usize = 100;

/// Most token counts of a span; further ones are left out.
const MAX_COUNTS: usize = 100;

/// Names of token counts that instrumentations use, and ours.
const USAGE_NAMES: [(&str, &str); 4] = [
    ("input_tokens", "prompt_tokens"),
    ("output_tokens", "completion_tokens"),
    ("cache_read_tokens", "cache_read_input_tokens"),
    ("cache_creation_tokens", "cache_creation_input_tokens"),
];

/// Names of token counts that stay, but are also needed under ours, or nobody would find them.
const USAGE_ALIASES: [(&str, &str); 3] = [
    ("prompt", "prompt_tokens"),
    ("completion", "completion_tokens"),
    ("total", "total_tokens"),
];

/// What the attributes of a span say.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    pub(crate) input: IndexMap<&'a str, RawJson>,
    pub(crate) output: IndexMap<&'a str, RawJson>,
    pub(crate) metadata: IndexMap<&'a str, RawJson>,
    pub(crate) usage: Usage,
    pub(crate) model: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) cost: Option<Decimal>,
    pub(crate) span_type: Option<SpanType>,
}

impl<'a> Fields<'a> {
    /// Applies the rules to the attributes and events of a span.
    pub(crate) fn of_span(span: &'a Span) -> Fields<'a> {
        let rules = RuleSet::of_span(&span.name);
        let mut fields = Fields {
            provider: rules.provider.map(str::to_owned),
            ..Fields::default()
        };
        for attribute in &span.attributes {
            if let Some(value) = value::of(attribute) {
                fields.apply(rules, &attribute.key, value);
            }
        }
        if let Some(name) = rules.output_event {
            fields.take_output_event(span, name);
        }
        fields.keep_events(span);
        fields.resolve_elastic();
        fields.resolve_google();
        fields.resolve_operation();
        fields.complete_usage();
        fields
    }

    fn apply(&mut self, rules: RuleSet, key: &'a str, value: &Value) {
        let found = rules.find(key);
        self.span_type = found.span_type.or(self.span_type);
        match found.target {
            Target::Input => insert(&mut self.input, key, value),
            Target::Output => insert(&mut self.output, key, value),
            Target::Metadata => insert(&mut self.metadata, key, value),
            Target::Model => self.model = Some(value::text(value).unwrap_or_default().to_owned()),
            Target::Provider => self.provider = Some(value::text(value).unwrap_or_default().to_owned()),
            Target::Usage => self.add_usage(found.rest, value),
            Target::Cost => self.cost = cost(value).or(self.cost),
            Target::Thread => {
                self.metadata.entry(THREAD_ID).or_insert_with(|| value::json(value));
            }
            Target::Tags => self.add_tags(value),
            Target::Kind => {
                self.span_type = value::text(value).and_then(type_of_kind).or(self.span_type);
                insert(&mut self.metadata, key, value);
            }
            Target::Nowhere => {}
        }
    }

    fn add_usage(&mut self, key: &str, value: &Value) {
        let text = match value {
            Value::Int(count) => return self.count(key, *count),
            Value::String(text) => text.trim(),
            _ => return,
        };
        if let Ok(count) = text.parse::<i64>() {
            return self.count(key, count);
        }
        let Ok(counts) = wire::read_map::<&RawValue>(text) else {
            return;
        };
        for (key, count) in counts {
            let count = count.get();
            // Casting cuts at the limits of 64 bits.
            let count = count.parse().or_else(|_| count.parse().map(|count: f64| count as i64));
            if let Ok(count) = count {
                self.count(&key, count);
            }
        }
    }

    fn count(&mut self, key: &str, count: i64) {
        let renamed = USAGE_NAMES.iter().find(|(theirs, _)| *theirs == key);
        let key = renamed.map_or(key, |(_, ours)| *ours);
        if self.usage.len() < MAX_COUNTS || self.usage.contains_key(key) {
            self.usage.insert(key.to_owned(), count);
        }
    }

    fn add_tags(&mut self, value: &Value) {
        match value {
            Value::Array(list) => {
                let values = list.values.iter().filter_map(|value| value.value.as_ref());
                values.filter_map(value::text).for_each(|tag| self.add_tag(tag));
            }
            Value::String(text) => match wire::read_list::<String>(text) {
                Ok(list) => list.iter().for_each(|tag| self.add_tag(tag)),
                Err(_) => text.split(',').for_each(|tag| self.add_tag(tag)),
            },
            _ => {}
        }
    }

    fn add_tag(&mut self, tag: &str) {
        let tag = tag.trim();
        if !tag.is_empty() && self.tags.len() < MAX_TAGS && !self.tags.iter().any(|known| known == tag) {
            self.tags.push(tag.to_owned());
        }
    }

    fn take_output_event(&mut self, span: &'a Span, name: &str) {
        let Some(event) = span.events.iter().rfind(|event| event.name == name) else {
            return;
        };
        for attribute in &event.attributes {
            if matches!(attribute.key.as_str(), "output" | "content")
                && let Some(value) = value::of(attribute)
            {
                insert(&mut self.output, &attribute.key, value);
            }
        }
    }

    fn keep_events(&mut self, span: &Span) {
        #[derive(serde::Serialize)]
        struct Event<'a> {
            name: &'a str,
            time_unix_nano: u64,
            #[serde(skip_serializing_if = "IndexMap::is_empty")]
            attributes: IndexMap<&'a str, RawJson>,
        }
        if span.events.is_empty() {
            return;
        }
        let events = span.events.iter().map(|event| Event {
            name: &event.name,
            time_unix_nano: event.time_unix_nano,
            attributes: value::json_object(&event.attributes),
        });
        if let Ok(events) = RawJson::from_serialize(&events.collect::<Vec<_>>()) {
            self.metadata.insert(EVENTS, events);
        }
    }

    /// The inference service of Elastic names the provider within the model.
    fn resolve_elastic(&mut self) {
        if self.provider.as_deref() != Some("elastic") {
            return;
        }
        let Some(model) = self.model.clone() else { return };
        let Some((prefix, rest)) = model.split_once('-') else {
            return;
        };
        let (provider, name) = match prefix {
            "jina" => ("jina_ai", model.as_str()),
            "google" => ("google_ai", rest),
            "microsoft" => ("azure", rest),
            other => (other, rest),
        };
        self.metadata.insert("eis_original_system", value::string("elastic"));
        self.metadata.insert("eis_original_model", value::string(&model));
        self.provider = Some(provider.to_owned());
        self.model = Some(name.to_owned());
    }

    /// Google sells its models in two shops.
    fn resolve_google(&mut self) {
        if self.provider.as_deref() != Some("google") {
            return;
        }
        let is_vertex = self
            .metadata
            .get("server.address")
            .is_some_and(|address| address.as_str().contains("aiplatform.googleapis.com"));
        let provider = if is_vertex { "google_vertexai" } else { "google_ai" };
        self.provider = Some(provider.to_owned());
    }

    /// Agents name the model that they use, but do not call it; tools often say no more than what they are.
    fn resolve_operation(&mut self) {
        match self.metadata.get("gen_ai.operation.name").map(RawJson::as_str) {
            Some(r#""invoke_agent""#) => self.span_type = Some(SpanType::General),
            Some(r#""execute_tool""#) if self.span_type.is_none() => self.span_type = Some(SpanType::Tool),
            _ => {}
        }
    }

    fn complete_usage(&mut self) {
        for (theirs, ours) in USAGE_ALIASES {
            if let Some(count) = self.usage.get(theirs).copied() {
                self.usage.entry(ours.to_owned()).or_insert(count);
            }
        }
        if let (Some(prompt), Some(completion)) = (self.usage.get("prompt_tokens"), self.usage.get("completion_tokens"))
        {
            let total = prompt.saturating_add(*completion);
            self.usage.entry("total_tokens".to_owned()).or_insert(total);
        }
    }
}

fn insert<'a>(members: &mut IndexMap<&'a str, RawJson>, key: &'a str, value: &Value) {
    members.insert(key, value::json(value));
}

fn cost(value: &Value) -> Option<Decimal> {
    let amount = match value {
        Value::Int(amount) => Decimal::from(*amount),
        Value::Double(amount) => decimal::parse(&amount.to_string())?,
        Value::String(text) => decimal::parse(text)?,
        _ => return None,
    };
    (amount >= Decimal::ZERO).then_some(amount)
}

/// What a span does, by the names that OpenInference and OpenLLMetry have for it.
fn type_of_kind(kind: &str) -> Option<SpanType> {
    match kind.to_ascii_lowercase().as_str() {
        "llm" | "embedding" => Some(SpanType::Llm),
        "tool" => Some(SpanType::Tool),
        "guardrail" => Some(SpanType::Guardrail),
        _ => None,
    }
}

/// What the SDK says about a span that belongs to a trace of its own.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overrides {
    /// The trace.
    pub(crate) trace_id: Option<Uuid>,
    /// The enclosing span; none unless the trace is given.
    pub(crate) parent_span_id: Option<Uuid>,
    /// The span itself.
    pub(crate) span_id: Option<Uuid>,
}

impl Overrides {
    /// Those in the attributes of a span that are UUIDs of version 7.
    pub(crate) fn of(attributes: &[KeyValue]) -> Overrides {
        let id = |key| {
            let id = Uuid::parse_str(value::text_at(attributes, key)?).ok()?;
            ferropik_model::id::is_v7(id).then_some(id)
        };
        let trace_id = id("opik.trace_id");
        Overrides {
            trace_id,
            parent_span_id: trace_id.and_then(|_| id("opik.parent_span_id")),
            span_id: id("opik.span_id"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{AnyValue, ArrayValue, Event};

    fn attribute(key: &str, value: Value) -> KeyValue {
        KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
        }
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn span(name: &str, attributes: Vec<KeyValue>) -> Span {
        Span {
            name: name.to_owned(),
            attributes,
            ..Span::default()
        }
    }

    fn usage(attributes: Vec<KeyValue>) -> Vec<(String, i64)> {
        Fields::of_span(&span("chat", attributes)).usage.into_iter().collect()
    }

    fn pairs(counts: &[(&str, i64)]) -> Vec<(String, i64)> {
        counts.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
    }

    #[test]
    fn a_call_of_a_model_has_all_that_is_known_of_it() {
        let span = span(
            "chat gpt-4o",
            vec![
                attribute("gen_ai.system", text("openai")),
                attribute("gen_ai.request.model", text("gpt-4o")),
                attribute("gen_ai.response.model", text("gpt-4o-2024-08-06")),
                attribute("gen_ai.input.messages", text(r#"[{"role":"user"}]"#)),
                attribute("gen_ai.output.messages", text(r#"[{"role":"assistant"}]"#)),
                attribute("gen_ai.usage.cost", text(" 0.25 ")),
                attribute("gen_ai.conversation.id", text("first")),
                attribute("thread_id", text("second")),
                attribute("custom", Value::Int(7)),
            ],
        );
        let fields = Fields::of_span(&span);
        assert_eq!(fields.model.as_deref(), Some("gpt-4o-2024-08-06"));
        assert_eq!(fields.provider.as_deref(), Some("openai"));
        assert_eq!(fields.span_type, Some(SpanType::Llm));
        assert_eq!(fields.cost, Some(Decimal::new(25, 2)));
        assert_eq!(
            RawJson::from_serialize(&fields.input).unwrap().as_str(),
            r#"{"gen_ai.input.messages":[{"role":"user"}],"custom":7}"#
        );
        assert_eq!(
            fields.output["gen_ai.output.messages"].as_str(),
            r#"[{"role":"assistant"}]"#
        );
        assert_eq!(fields.metadata[THREAD_ID].as_str(), r#""first""#);
    }

    #[test]
    fn usage_is_read_from_numbers_texts_and_objects() {
        assert_eq!(
            usage(vec![
                attribute("gen_ai.usage.input_tokens", Value::Int(10)),
                attribute("gen_ai.usage.output_tokens", text("5")),
                attribute("gen_ai.usage.ratio", Value::Double(0.5)),
                attribute("gen_ai.usage.broken", text("many")),
            ]),
            pairs(&[("prompt_tokens", 10), ("completion_tokens", 5), ("total_tokens", 15)])
        );
        assert_eq!(
            usage(vec![attribute(
                "usage",
                text(r#"{"input_tokens":2.9,"requests":1,"note":"x","total_tokens":4}"#)
            )]),
            pairs(&[("prompt_tokens", 2), ("requests", 1), ("total_tokens", 4)])
        );
        assert_eq!(
            usage(vec![
                attribute("llm.token_count.prompt", Value::Int(1)),
                attribute("llm.token_count.completion", Value::Int(2)),
                attribute("llm.token_count.total", Value::Int(3)),
            ]),
            pairs(&[
                ("prompt", 1),
                ("completion", 2),
                ("total", 3),
                ("prompt_tokens", 1),
                ("completion_tokens", 2),
                ("total_tokens", 3)
            ])
        );
    }

    #[test]
    fn tags_come_in_three_forms() {
        let list = ArrayValue {
            values: ["a", " b ", "a", ""]
                .map(|tag| AnyValue { value: Some(text(tag)) })
                .to_vec(),
        };
        for value in [Value::Array(list), text(r#"["a"," b ","a",""]"#), text("a, b,,a")] {
            let span = span("x", vec![attribute("opik.tags", value)]);
            assert_eq!(Fields::of_span(&span).tags, ["a", "b"]);
        }
    }

    #[test]
    fn tags_and_counts_have_a_limit() {
        let tags: Vec<String> = (0..1_000).map(|tag| tag.to_string()).collect();
        let counts: IndexMap<&str, usize> = tags.iter().map(String::as_str).zip(0..).collect();
        let span = span(
            "x",
            vec![
                attribute("opik.tags", text(&tags.join(","))),
                attribute("gen_ai.usage.all", text(&serde_json::to_string(&counts).unwrap())),
            ],
        );
        let fields = Fields::of_span(&span);
        assert_eq!(fields.tags, tags[..MAX_TAGS]);
        assert!(fields.usage.get("99") == Some(&99) && !fields.usage.contains_key("100"));
    }

    #[test]
    fn invalid_costs_are_skipped() {
        for value in [
            text("free"),
            text("NaN"),
            Value::Double(f64::NAN),
            Value::Double(f64::INFINITY),
            Value::Double(-1.0),
            Value::Bool(true),
        ] {
            assert_eq!(cost(&value), None, "{value:?}");
        }
        assert_eq!(cost(&Value::Double(1e-7)), Some(Decimal::new(1, 7)));
        assert_eq!(cost(&Value::Int(2)), Some(Decimal::TWO));
    }

    #[test]
    fn providers_are_told_apart() {
        let resolved = |provider: &str, model: &str, address: &str| {
            let span = span(
                "chat",
                vec![
                    attribute("gen_ai.system", text(provider)),
                    attribute("gen_ai.request.model", text(model)),
                    attribute("server.address", text(address)),
                ],
            );
            let fields = Fields::of_span(&span);
            let original = fields
                .metadata
                .get("eis_original_model")
                .map(|model| model.as_str().to_owned());
            (fields.provider.unwrap(), fields.model.unwrap(), original)
        };
        let some = |text: &str| text.to_owned();
        assert_eq!(
            resolved("elastic", "anthropic-claude-4", ""),
            (
                some("anthropic"),
                some("claude-4"),
                Some(some("\"anthropic-claude-4\""))
            )
        );
        assert_eq!(resolved("elastic", "jina-v3", "").1, "jina-v3");
        assert_eq!(resolved("elastic", "jina-v3", "").0, "jina_ai");
        assert_eq!(resolved("elastic", "microsoft-gpt", "").0, "azure");
        assert_eq!(resolved("elastic", "elser", ""), (some("elastic"), some("elser"), None));
        assert_eq!(
            resolved("google", "g", "x-aiplatform.googleapis.com").0,
            "google_vertexai"
        );
        assert_eq!(resolved("google", "g", "").0, "google_ai");
        assert_eq!(resolved("elastic", "google-g", "").0, "google_ai");
    }

    #[test]
    fn operations_and_kinds_tell_what_a_span_does() {
        let type_of = |attributes: &[(&str, &str)]| {
            let attributes = attributes.iter().map(|(key, value)| attribute(key, text(value)));
            Fields::of_span(&span("x", attributes.collect())).span_type
        };
        assert_eq!(type_of(&[]), None);
        assert_eq!(
            type_of(&[("gen_ai.request.model", "m"), ("gen_ai.operation.name", "invoke_agent")]),
            Some(SpanType::General)
        );
        assert_eq!(
            type_of(&[("gen_ai.operation.name", "execute_tool")]),
            Some(SpanType::Tool)
        );
        assert_eq!(type_of(&[("openinference.span.kind", "TOOL")]), Some(SpanType::Tool));
        assert_eq!(type_of(&[("openinference.span.kind", "CHAIN")]), None);
    }

    #[test]
    fn events_are_kept() {
        let mut span = span("claude_code.tool", Vec::new());
        span.events = vec![
            Event {
                time_unix_nano: 5,
                name: "tool.output".to_owned(),
                attributes: vec![attribute("output", text("[1]")), attribute("other", text("x"))],
            },
            Event {
                time_unix_nano: 6,
                name: "done".to_owned(),
                attributes: Vec::new(),
            },
        ];
        let fields = Fields::of_span(&span);
        assert_eq!(
            fields.metadata[EVENTS].as_str(),
            r#"[{"name":"tool.output","time_unix_nano":5,"attributes":{"output":[1],"other":"x"}},{"name":"done","time_unix_nano":6}]"#
        );
        assert_eq!(fields.provider.as_deref(), Some("anthropic"));
        assert_eq!(fields.output.len(), 1);
    }

    #[test]
    fn only_ids_of_version_7_override() {
        let id = ferropik_model::id::new();
        let of = |pairs: &[(&str, &str)]| {
            let attributes: Vec<KeyValue> = pairs.iter().map(|(key, value)| attribute(key, text(value))).collect();
            Overrides::of(&attributes)
        };
        let text = id.to_string();
        assert_eq!(
            of(&[
                ("opik.trace_id", &text),
                ("opik.parent_span_id", &text),
                ("opik.span_id", &text)
            ]),
            Overrides {
                trace_id: Some(id),
                parent_span_id: Some(id),
                span_id: Some(id)
            }
        );
        assert_eq!(of(&[("opik.parent_span_id", &text)]), Overrides::default());
        assert_eq!(
            of(&[
                ("opik.trace_id", "0af76519-16cd-43dd-8448-eb211c80319c"),
                ("opik.span_id", "x")
            ]),
            Overrides::default()
        );
    }
}
