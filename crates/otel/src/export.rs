//! A whole export: what is read, what is refused, and the traces and spans that come of it.

use std::collections::{HashMap, HashSet};

use ferropik_model::json::{Limits, normalize, top_level_value, unescape};
use ferropik_model::{ErrorInfo, RawJson, Source, SpanType, SpanWrite, Timestamp, TraceWrite, Usage, id};
use indexmap::IndexMap;
use prost::Message;
use uuid::Uuid;

use crate::fields::{Fields, Overrides, THREAD_ID};
use crate::ids::{derive, is_none};
use crate::message::{
    Event, ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse, Span, Status,
};
use crate::{limits, value};

/// Most spans of an export.
pub const MAX_SPANS: usize = 50_000;

/// Longest id, in bytes. Ids should have 16 and 8, but JSON that is read as base64 may give a few more.
const MAX_ID: usize = 64;

/// Name of the event that tells of an exception.
const EXCEPTION: &str = "exception";

/// What stands in for the class of an error, or its stack, where there is none.
const NAMELESS_ERROR: &str = "Error";

/// Why an export cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The body is no export request.
    #[error("not an OTLP trace export: {0}")]
    Malformed(String),
    /// Too much at once.
    #[error("an export may have at most {MAX_SPANS} spans and {} values", limits::MAX_MESSAGES)]
    TooLarge,
}

/// The spans of an export.
#[derive(Debug)]
pub struct Export {
    spans: Vec<Span>,
    /// Instrumentation that made them.
    integration: Option<String>,
    rejected: Rejected,
}

/// A trace of OpenTelemetry, which needs an id of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtelTrace {
    /// Id in OpenTelemetry.
    pub otel_id: Vec<u8>,
    /// The id it has here, unless an earlier export has given it one.
    pub proposed_id: Uuid,
}

/// Traces and spans to store. The spans may belong to traces that arrive later, or have arrived before.
#[derive(Debug, Default, PartialEq)]
pub struct Records {
    /// One for each span without parent.
    pub traces: Vec<TraceWrite>,
    /// All spans.
    pub spans: Vec<SpanWrite>,
}

/// Spans of an export that cannot be stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    /// How many.
    pub spans: usize,
    /// Why the first of them was.
    pub reason: &'static str,
}

impl Rejected {
    /// The answer that says so, as protobuf; empty when all spans are stored.
    pub fn to_protobuf(&self) -> Vec<u8> {
        let partial_success = (self.spans > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(self.spans).unwrap_or(i64::MAX),
            error_message: self.reason.to_owned(),
        });
        ExportTraceServiceResponse { partial_success }.encode_to_vec()
    }

    /// The answer that says so, as JSON.
    pub fn to_json(&self) -> String {
        if self.spans == 0 {
            return "{}".to_owned();
        }
        let rejected = serde_json::json!({"partialSuccess": {
            "rejectedSpans": self.spans.to_string(), "errorMessage": self.reason
        }});
        rejected.to_string()
    }
}

impl Export {
    /// Reads a protobuf body.
    ///
    /// # Errors
    /// It is no export request, or too large a one.
    pub fn from_protobuf(body: &[u8]) -> Result<Export, ExportError> {
        limits::check_protobuf(body)?;
        let request =
            ExportTraceServiceRequest::decode(body).map_err(|error| ExportError::Malformed(error.to_string()))?;
        Export::of(request)
    }

    /// Reads a JSON body: the request, or a JSON string that holds it.
    ///
    /// # Errors
    /// It is no export request, or too large a one.
    pub fn from_json(body: &[u8]) -> Result<Export, ExportError> {
        let mut text = clean(body)?;
        if text.starts_with('"') {
            let inner: String = parse(&text)?;
            text = clean(inner.as_bytes())?;
        }
        if !text.starts_with('{') {
            return Err(ExportError::Malformed("the body is no JSON object".to_owned()));
        }
        limits::check_json(&text)?;
        Export::of(parse(&text)?)
    }

    fn of(request: ExportTraceServiceRequest) -> Result<Export, ExportError> {
        let mut export = Export {
            spans: Vec::new(),
            integration: None,
            rejected: Rejected::default(),
        };
        let mut seen = 0;
        for scope in request
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans)
        {
            if let Some(scope) = scope.scope
                && export.integration.is_none()
                && !scope.name.trim().is_empty()
                && !scope.name.eq_ignore_ascii_case("logfire")
            {
                export.integration = Some(scope.name);
            }
            seen += scope.spans.len();
            if seen > MAX_SPANS {
                return Err(ExportError::TooLarge);
            }
            for span in scope.spans {
                match reason_to_reject(&span) {
                    None => export.spans.push(span),
                    Some(reason) => {
                        export.rejected.reason = if export.rejected.spans == 0 {
                            reason
                        } else {
                            export.rejected.reason
                        };
                        export.rejected.spans += 1;
                    }
                }
            }
        }
        Ok(export)
    }

    /// How many spans can be stored.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether nothing can be stored.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// What cannot be stored.
    pub fn rejected(&self) -> Rejected {
        self.rejected.clone()
    }

    /// The traces that [`Export::into_records`] needs ids for.
    pub fn traces(&self) -> Vec<OtelTrace> {
        let mut starts: IndexMap<&[u8], u64> = IndexMap::new();
        for span in &self.spans {
            if Overrides::of(&span.attributes).trace_id.is_some() {
                continue;
            }
            let start = starts.entry(&span.trace_id).or_insert(span.start_time_unix_nano);
            *start = span.start_time_unix_nano.min(*start);
        }
        let traces = starts.into_iter().map(|(otel_id, start)| OtelTrace {
            otel_id: otel_id.to_vec(),
            proposed_id: derive(otel_id, start / 1_000_000),
        });
        traces.collect()
    }

    /// The traces and spans for a project, given the ids of [`Export::traces`].
    pub fn into_records(self, project: &str, trace_ids: &HashMap<Vec<u8>, Uuid>) -> Records {
        let mut records = Records::default();
        let mut lineage = Vec::with_capacity(self.spans.len());
        for span in &self.spans {
            let overrides = Overrides::of(&span.attributes);
            let known = overrides.trace_id.or_else(|| trace_ids.get(&span.trace_id).copied());
            let Some(trace_id) = known else { continue };
            let identity = Identity::of(span, trace_id, overrides);
            let write = self.span_write(span, identity, project);
            if identity.is_root {
                records.traces.push(trace_of(&write));
            }
            records.spans.push(write);
            lineage.push((span.span_id.as_slice(), span.parent_span_id.as_slice()));
        }
        drop_repeated_usage(&mut records.spans, &lineage);
        records
    }

    fn span_write(&self, span: &Span, identity: Identity, project: &str) -> SpanWrite {
        let mut fields = Fields::of_span(span);
        if let Some(integration) = &self.integration {
            fields.metadata.insert("integration", value::string(integration));
        }
        SpanWrite {
            id: Some(identity.span_id),
            project_name: Some(project.to_owned()),
            trace_id: Some(identity.trace_id),
            parent_span_id: identity.parent_span_id,
            name: Some(span.name.clone()),
            r#type: Some(fields.span_type.unwrap_or(SpanType::General)),
            start_time: Some(instant(span.start_time_unix_nano)),
            end_time: Some(instant(span.end_time_unix_nano)),
            input: object(&fields.input),
            output: object(&fields.output),
            metadata: object(&fields.metadata),
            model: fields.model,
            provider: fields.provider,
            tags: (!fields.tags.is_empty()).then_some(fields.tags),
            usage: (!fields.usage.is_empty()).then_some(fields.usage),
            error_info: error_of(span),
            total_estimated_cost: fields.cost,
            source: Some(Source::Sdk),
            ..SpanWrite::default()
        }
    }
}

fn clean(body: &[u8]) -> Result<String, ExportError> {
    normalize(body, &Limits::default()).map_err(|error| ExportError::Malformed(error.to_string()))
}

fn parse<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, ExportError> {
    serde_json::from_str(text).map_err(|error| ExportError::Malformed(error.to_string()))
}

/// Why a span cannot be stored; none when it can.
fn reason_to_reject(span: &Span) -> Option<&'static str> {
    let end = Timestamp::MAX_EVENT_NANOS.unsigned_abs();
    let is_usable = |id: &[u8]| id.len() <= MAX_ID && !is_none(id);
    if !is_usable(&span.trace_id) {
        return Some("a span has no valid trace id");
    }
    if !is_usable(&span.span_id) {
        return Some("a span has no valid id");
    }
    if span.parent_span_id.len() > MAX_ID {
        return Some("the id of the parent of a span is not valid");
    }
    let is_in_range = span.start_time_unix_nano < end && span.end_time_unix_nano < end;
    (!is_in_range).then_some("a span is later than the year 2262")
}

/// What a span and those around it are called here.
#[derive(Debug, Clone, Copy)]
struct Identity {
    span_id: Uuid,
    trace_id: Uuid,
    parent_span_id: Option<Uuid>,
    /// Whether a trace is made of the span.
    is_root: bool,
}

impl Identity {
    fn of(span: &Span, trace_id: Uuid, overrides: Overrides) -> Identity {
        // Ids of spans have the time of their trace, so that a span knows the id of its parent without ever seeing it.
        let millis = u64::try_from(id::millis(trace_id)).unwrap_or_default();
        let has_parent = !is_none(&span.parent_span_id);
        let belongs_to_sdk = overrides.trace_id.is_some();
        let parent_span_id = match (belongs_to_sdk, has_parent) {
            (true, _) => overrides.parent_span_id,
            (false, true) => Some(derive(&span.parent_span_id, millis)),
            (false, false) => None,
        };
        Identity {
            span_id: overrides.span_id.unwrap_or_else(|| derive(&span.span_id, millis)),
            trace_id,
            parent_span_id,
            is_root: !belongs_to_sdk && !has_parent,
        }
    }
}

/// The trace whose outermost span this is.
fn trace_of(span: &SpanWrite) -> TraceWrite {
    TraceWrite {
        id: span.trace_id,
        project_name: span.project_name.clone(),
        name: span.name.clone(),
        start_time: span.start_time,
        end_time: span.end_time,
        input: span.input.clone(),
        output: span.output.clone(),
        metadata: span.metadata.clone(),
        error_info: span.error_info.clone(),
        thread_id: span.metadata.as_ref().and_then(thread_of),
        source: span.source,
        ..TraceWrite::default()
    }
}

fn thread_of(metadata: &RawJson) -> Option<String> {
    let thread = top_level_value(metadata.as_str(), THREAD_ID)?;
    let text = match thread.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) => unescape(text)?.into_owned(),
        None => thread.to_owned(),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// Spans around others often repeat what these have used, which would then count twice.
fn drop_repeated_usage(spans: &mut [SpanWrite], lineage: &[(&[u8], &[u8])]) {
    let has_usage = |usage: &Option<Usage>| usage.as_ref().is_some_and(|usage| !usage.is_empty());
    let parents: HashSet<(Option<Uuid>, &[u8])> = spans
        .iter()
        .zip(lineage)
        .filter(|(span, _)| has_usage(&span.usage))
        .map(|(span, (_, parent))| (span.trace_id, *parent))
        .collect();
    for (span, (own, _)) in spans.iter_mut().zip(lineage) {
        if parents.contains(&(span.trace_id, own)) {
            span.usage = None;
        }
    }
}

fn object(members: &IndexMap<&str, RawJson>) -> Option<RawJson> {
    if members.is_empty() {
        return None;
    }
    RawJson::from_serialize(members).ok()
}

/// An instant in whole milliseconds.
fn instant(nanos: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX))
}

fn error_of(span: &Span) -> Option<ErrorInfo> {
    if let Some(event) = span.events.iter().rfind(|event| event.name == EXCEPTION) {
        return Some(error_of_event(event));
    }
    let status = span.status.as_ref().filter(|status| status.code == Status::ERROR)?;
    let message = Some(status.message.as_str()).filter(|message| !message.trim().is_empty());
    Some(ErrorInfo {
        exception_type: Some(NAMELESS_ERROR.to_owned()),
        message: message.map(str::to_owned),
        traceback: Some(message.unwrap_or(NAMELESS_ERROR).to_owned()),
    })
}

fn error_of_event(event: &Event) -> ErrorInfo {
    let attribute = |key| value::text_at(&event.attributes, key);
    let message = attribute("exception.message");
    let traceback = attribute("exception.stacktrace").or(message);
    ErrorInfo {
        exception_type: Some(attribute("exception.type").unwrap_or(NAMELESS_ERROR).to_owned()),
        message: message.map(str::to_owned),
        traceback: Some(traceback.unwrap_or(NAMELESS_ERROR).to_owned()),
    }
}

#[cfg(test)]
mod tests;
