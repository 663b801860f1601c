//! Request bodies exactly as the Python SDK sends them: JSON batches, gzip-encoded.

use crate::corpus::Corpus;
use crate::dataset::{Dataset, ENVIRONMENTS, Kind, MODELS, SCORE_NAMES, SpanPlan, TAGS, TRACE_NAMES, TracePlan};
use crate::draw::{Draw, Stream};
use crate::payload::{PayloadWriter, put};
use anyhow::Context as _;
use bytes::Bytes;
use jiff::Timestamp;
use libdeflater::{CompressionLvl, Compressor};
use std::io::Write as _;
use uuid::Uuid;

/// Which batch route a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Route {
    /// `POST /v1/private/traces/batch`
    Traces,
    /// `POST /v1/private/spans/batch`
    Spans,
    /// `PUT /v1/private/traces/feedback-scores`
    Scores,
}

impl Route {
    /// Path below the server's root.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Traces => "/api/v1/private/traces/batch",
            Self::Spans => "/api/v1/private/spans/batch",
            Self::Scores => "/api/v1/private/traces/feedback-scores",
        }
    }

    /// Request method.
    pub(crate) fn method(self) -> http::Method {
        match self {
            Self::Traces | Self::Spans => http::Method::POST,
            Self::Scores => http::Method::PUT,
        }
    }

    fn head(self) -> &'static [u8] {
        match self {
            Self::Traces => b"{\"traces\":[",
            Self::Spans => b"{\"spans\":[",
            Self::Scores => b"{\"scores\":[",
        }
    }
}

/// One compressed request body.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    /// Where it goes.
    pub(crate) route: Route,
    /// Gzip stream.
    pub(crate) gzip: Bytes,
    /// Length of the JSON text in bytes.
    pub(crate) raw_len: usize,
    /// Number of elements.
    pub(crate) rows: usize,
}

/// Elements of one kind that wait to be sent.
struct Batch {
    route: Route,
    json: Vec<u8>,
    rows: usize,
}

impl Batch {
    fn new(route: Route) -> Self {
        Self {
            route,
            json: Vec::new(),
            rows: 0,
        }
    }

    /// Starts the next element; the caller appends its JSON to the returned buffer.
    fn element(&mut self) -> &mut Vec<u8> {
        if self.rows == 0 {
            self.json.extend_from_slice(self.route.head());
        } else {
            self.json.push(b',');
        }
        self.rows += 1;
        &mut self.json
    }
}

/// Turns plans into bodies. Not shared between threads: every producer has its own.
pub(crate) struct BodyWriter<'a> {
    dataset: &'a Dataset,
    payload: PayloadWriter<'a>,
    compressor: Compressor,
    batch_rows: usize,
    traces: Batch,
    spans: Batch,
    scores: Batch,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl<'a> BodyWriter<'a> {
    /// `batch_rows` is the number of elements per body (the server accepts 1 to 1000), `gzip_level`
    /// a level from 1 to 12.
    ///
    /// # Errors
    /// When the level is out of range.
    pub(crate) fn new(
        dataset: &'a Dataset,
        corpus: &'a Corpus,
        batch_rows: usize,
        gzip_level: i32,
    ) -> anyhow::Result<Self> {
        let level = CompressionLvl::new(gzip_level)
            .ok()
            .context("the gzip level must be between 1 and 12")?;
        Ok(Self {
            dataset,
            payload: PayloadWriter::new(corpus),
            compressor: Compressor::new(level),
            batch_rows: batch_rows.clamp(1, 1000),
            traces: Batch::new(Route::Traces),
            spans: Batch::new(Route::Spans),
            scores: Batch::new(Route::Scores),
            input: Vec::new(),
            output: Vec::new(),
        })
    }

    /// Adds one trace with its spans and scores; bodies that become full are appended to `full`.
    pub(crate) fn add(&mut self, plan: &TracePlan, full: &mut Vec<Body>) {
        let mut text = self.dataset.draw(Stream::Text, plan.row);
        self.input.clear();
        self.output.clear();
        self.payload.trace_input(plan, &mut text, &mut self.input);
        self.payload.trace_output(&mut text, &mut self.output);
        self.add_trace(plan, &mut text);
        self.flush_if_full(Route::Traces, full);
        for index in 0..plan.spans.len() {
            if index > 0 {
                self.input.clear();
                self.output.clear();
                self.payload.span_input(&plan.spans[index], &mut text, &mut self.input);
                self.payload
                    .span_output(&plan.spans[index], &mut text, &mut self.output);
            }
            self.add_span(plan, index, &mut text);
            self.flush_if_full(Route::Spans, full);
        }
        for (name, value) in SCORE_NAMES.iter().zip(plan.scores.into_iter().flatten()) {
            let project = &self.dataset.projects[plan.project];
            let out = self.scores.element();
            out.extend_from_slice(b"{\"id\":");
            put_id(plan.id, out);
            put!(
                out,
                ",\"project_name\":\"{project}\",\"name\":\"{name}\",\"value\":{}.{:02},\"source\":\"sdk\"}}",
                value / 100,
                value % 100
            );
            self.flush_if_full(Route::Scores, full);
        }
    }

    /// Closes the bodies that are not full yet, traces first.
    pub(crate) fn flush(&mut self, full: &mut Vec<Body>) {
        for route in [Route::Traces, Route::Spans, Route::Scores] {
            full.extend(self.close(route));
        }
    }

    fn batch(&mut self, route: Route) -> &mut Batch {
        match route {
            Route::Traces => &mut self.traces,
            Route::Spans => &mut self.spans,
            Route::Scores => &mut self.scores,
        }
    }

    fn flush_if_full(&mut self, route: Route, full: &mut Vec<Body>) {
        if self.batch(route).rows >= self.batch_rows {
            full.extend(self.close(route));
        }
    }

    fn close(&mut self, route: Route) -> Option<Body> {
        let batch = self.batch(route);
        if batch.rows == 0 {
            return None;
        }
        let rows = std::mem::take(&mut batch.rows);
        let mut json = std::mem::take(&mut batch.json);
        json.extend_from_slice(b"]}");
        let mut gzip = vec![0; self.compressor.gzip_compress_bound(json.len())];
        let written = self
            .compressor
            .gzip_compress(&json, &mut gzip)
            .expect("the buffer has the size of the bound");
        let body = Body {
            route,
            gzip: Bytes::copy_from_slice(&gzip[..written]),
            raw_len: json.len(),
            rows,
        };
        json.clear();
        self.batch(route).json = json;
        Some(body)
    }

    fn add_trace(&mut self, plan: &TracePlan, text: &mut Draw) {
        let project = &self.dataset.projects[plan.project];
        let out = self.traces.element();
        out.extend_from_slice(b"{\"id\":");
        put_id(plan.id, out);
        put!(
            out,
            ",\"project_name\":\"{project}\",\"name\":\"{}\"",
            TRACE_NAMES[plan.name]
        );
        put_times(plan.start_us, plan.end_us, out);
        put_payload(&self.input, &self.output, plan.end_us.is_some(), out);
        out.extend_from_slice(b",\"metadata\":");
        self.payload.metadata(plan, text, out);
        put_tags(plan, out);
        if plan.failed {
            put_error(out);
        }
        if let Some(thread) = plan.thread {
            put!(out, ",\"thread_id\":\"{}\"", self.dataset.thread_name(thread));
        }
        if let Some(environment) = plan.environment {
            put!(out, ",\"environment\":\"{}\"", ENVIRONMENTS[environment]);
        }
        out.push(b'}');
    }

    fn add_span(&mut self, plan: &TracePlan, index: usize, text: &mut Draw) {
        let span = &plan.spans[index];
        let project = &self.dataset.projects[plan.project];
        let out = self.spans.element();
        out.extend_from_slice(b"{\"id\":");
        put_id(span.id, out);
        put!(out, ",\"project_name\":\"{project}\",\"trace_id\":");
        put_id(plan.id, out);
        if let Some(parent) = span.parent {
            out.extend_from_slice(b",\"parent_span_id\":");
            put_id(plan.spans[parent].id, out);
        }
        let (kind, name) = match (span.parent, span.kind) {
            (None, _) => ("general", TRACE_NAMES[plan.name]),
            (_, Kind::General) => ("general", "prepare_context"),
            (_, Kind::Tool) => ("tool", "search_articles"),
            (_, Kind::Llm) => ("llm", "chat_completion"),
        };
        put!(out, ",\"name\":\"{name}\",\"type\":\"{kind}\"");
        put_times(span.start_us, span.end_us, out);
        put_payload(&self.input, &self.output, span.end_us.is_some(), out);
        out.extend_from_slice(b",\"metadata\":");
        self.payload.metadata(plan, text, out);
        if span.parent.is_none() {
            put_tags(plan, out);
        }
        put_model(span, out);
        if span.failed {
            put_error(out);
        }
        if let Some(environment) = plan.environment {
            put!(out, ",\"environment\":\"{}\"", ENVIRONMENTS[environment]);
        }
        out.push(b'}');
    }
}

fn put_id(id: Uuid, out: &mut Vec<u8>) {
    let mut buffer = [0_u8; uuid::fmt::Hyphenated::LENGTH];
    out.push(b'"');
    out.extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
    out.push(b'"');
}

/// Formats Unix microseconds as an ISO-8601 instant with six fraction digits and `Z`.
///
/// # Panics
/// For instants beyond the year 9999, which no data set reaches.
pub(crate) fn instant(us: i64) -> String {
    format!(
        "{:.6}",
        Timestamp::from_microsecond(us).expect("data set times lie within the calendar")
    )
}

fn put_times(start_us: i64, end_us: Option<i64>, out: &mut Vec<u8>) {
    put!(out, ",\"start_time\":\"{}\"", instant(start_us));
    if let Some(end_us) = end_us {
        put!(out, ",\"end_time\":\"{}\"", instant(end_us));
    }
    // The SDK stamps the record a moment after the function returned.
    let updated = instant(end_us.unwrap_or(start_us) + 180);
    put!(out, ",\"last_updated_at\":\"{updated}\",\"source\":\"sdk\"");
}

fn put_payload(input: &[u8], output: &[u8], finished: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"input\":");
    out.extend_from_slice(input);
    if finished {
        out.extend_from_slice(b",\"output\":");
        out.extend_from_slice(output);
    }
}

fn put_tags(plan: &TracePlan, out: &mut Vec<u8>) {
    if plan.tags.is_empty() {
        return;
    }
    out.extend_from_slice(b",\"tags\":[");
    for (position, tag) in plan.tags.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        put!(out, "{comma}\"{}\"", TAGS[*tag]);
    }
    out.push(b']');
}

fn put_error(out: &mut Vec<u8>) {
    out.extend_from_slice(
        b",\"error_info\":{\"exception_type\":\"TimeoutError\",\"message\":\"the upstream model did not answer within 30 seconds\",\
          \"traceback\":\"Traceback (most recent call last):\\n  File \\\"/srv/app/pipeline.py\\\", line 214, in answer\\n    reply = client.complete(messages)\\n\
          TimeoutError: the upstream model did not answer within 30 seconds\\n\"}",
    );
}

fn put_model(span: &SpanPlan, out: &mut Vec<u8>) {
    let Some(tokens) = span.tokens else { return };
    let (model, provider) = MODELS[span.model];
    let total = tokens.prompt + tokens.completion;
    put!(
        out,
        ",\"model\":\"{model}\",\"provider\":\"{provider}\",\"usage\":{{\"completion_tokens\":{},\"prompt_tokens\":{},\"total_tokens\":{total}",
        tokens.completion,
        tokens.prompt
    );
    if provider == "anthropic" {
        put!(
            out,
            ",\"original_usage.input_tokens\":{},\"original_usage.output_tokens\":{},\"original_usage.cache_read_input_tokens\":{},\"original_usage.cache_creation_input_tokens\":0}}",
            tokens.prompt - tokens.cached,
            tokens.completion,
            tokens.cached
        );
    } else {
        put!(
            out,
            ",\"original_usage.completion_tokens\":{},\"original_usage.prompt_tokens\":{},\"original_usage.total_tokens\":{total},\"original_usage.prompt_tokens_details.cached_tokens\":{},\"original_usage.completion_tokens_details.reasoning_tokens\":0}}",
            tokens.completion,
            tokens.prompt,
            tokens.cached
        );
    }
    if provider == "self_hosted" {
        // Two dollars per million tokens, written with six decimals.
        put!(out, ",\"total_estimated_cost\":0.{:06}", total * 2);
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
