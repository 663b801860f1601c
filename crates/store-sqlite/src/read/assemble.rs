//! From rows to the objects that clients read.

use ferropik_model::{ErrorInfo, RawJson, Span, Timestamp, Trace, Usage, VisibilityMode, decimal, json};
use ferropik_store::{StoreError, StoreResult, View, ViewField};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::scores::{self, Detail};
use crate::engine::payload::Codec;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rows::{SpanRow, Totals, TraceRow, flag, source, span_type};
use crate::{annotation_queues, comments, guardrails, scoring};

/// Turns rows into objects. Looks up only what the view wants and the row's flags announce.
pub(crate) struct Assembler<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) strings: &'a Strings,
    pub(crate) codec: &'a Codec,
    pub(crate) view: View,
    /// Only scores and comments that were given in this annotation queue.
    pub(crate) queue: Option<Uuid>,
    /// How scores of spans are shown.
    pub(crate) detail: Detail,
}

/// The payload fields of a row as they are stored.
#[derive(Default)]
struct Frames {
    input: Option<Vec<u8>>,
    output: Option<Vec<u8>>,
    metadata: Option<Vec<u8>>,
    error: Option<Vec<u8>>,
}

impl Assembler<'_> {
    fn wants(&self, field: ViewField) -> bool {
        !self.view.exclude.contains(field)
    }

    fn text(&self, number: Option<i64>) -> StoreResult<Option<String>> {
        self.strings.optional(self.connection, number).map_err(translate)
    }

    fn texts(&self, numbers: &[i64]) -> StoreResult<Vec<String>> {
        numbers
            .iter()
            .map(|number| {
                self.strings
                    .text(self.connection, *number)
                    .map(|text| text.to_string())
                    .map_err(translate)
            })
            .collect()
    }

    fn frames(&self, table: &str, seq: i64, flags: i64) -> StoreResult<Frames> {
        let wanted = |field, bit| self.wants(field) && flags & bit != 0;
        let columns = [
            ("input", wanted(ViewField::Input, flag::INPUT)),
            ("output", wanted(ViewField::Output, flag::OUTPUT)),
            ("metadata", wanted(ViewField::Metadata, flag::METADATA)),
            ("error", wanted(ViewField::ErrorInfo, flag::ERROR)),
        ];
        if columns.iter().all(|(_, wanted)| !wanted) {
            return Ok(Frames::default());
        }
        let list: Vec<&str> = columns
            .iter()
            .map(|(name, wanted)| if *wanted { *name } else { "NULL" })
            .collect();
        self.connection
            .prepare_cached(&format!("SELECT {} FROM {table} WHERE seq = ?1", list.join(", ")))
            .and_then(|mut statement| {
                statement
                    .query_row([seq], |row| {
                        Ok(Frames {
                            input: row.get(0)?,
                            output: row.get(1)?,
                            metadata: row.get(2)?,
                            error: row.get(3)?,
                        })
                    })
                    .optional()
            })
            .map(Option::unwrap_or_default)
            .map_err(translate)
    }

    /// The length that the view cuts inputs and outputs to.
    pub(crate) fn limit(&self) -> Option<usize> {
        self.view.truncate.then_some(json::TRUNCATION_LIMIT)
    }

    /// The length that the view cuts metadata to: they are only freed of inline images.
    fn metadata_limit(&self) -> Option<usize> {
        self.view.truncate.then_some(usize::MAX)
    }

    /// The JSON of a frame; with a limit, without inline images and cut to so many bytes.
    pub(crate) fn json(&self, frame: Option<Vec<u8>>, limit: Option<usize>) -> StoreResult<Option<RawJson>> {
        let Some(frame) = frame else { return Ok(None) };
        let text = self.codec.decode(&frame).map_err(StoreError::internal)?;
        let text = match limit {
            Some(limit) => json::truncate(&text, limit),
            None => text.as_str().into(),
        };
        Ok(Some(RawJson::from_stored(&text)))
    }

    fn error(&self, frame: Option<Vec<u8>>) -> StoreResult<Option<ErrorInfo>> {
        let Some(frame) = frame else { return Ok(None) };
        let text = self.codec.decode(&frame).map_err(StoreError::internal)?;
        serde_json::from_str(&text).map(Some).map_err(StoreError::internal)
    }

    /// The usage of totals by name.
    pub(crate) fn usage(&self, totals: &Totals) -> StoreResult<Usage> {
        let mut usage = Usage::with_capacity(totals.usage.len());
        for (key, sum, _) in &totals.usage {
            usage.insert(
                self.strings.text(self.connection, *key).map_err(translate)?.to_string(),
                *sum,
            );
        }
        Ok(usage)
    }

    /// A trace.
    pub(crate) fn trace(&self, row: &TraceRow, project_id: Uuid) -> StoreResult<Trace> {
        let wants = |field| self.wants(field);
        let frames = self.frames("trace_payload", row.seq, row.flags)?;
        let start_time = Timestamp::from_nanos(row.start_ns);
        let end_time = row.end_ns.map(Timestamp::from_nanos);
        let mut providers = Vec::with_capacity(row.totals.providers.len());
        for (provider, _) in &row.totals.providers {
            providers.push(
                self.strings
                    .text(self.connection, *provider)
                    .map_err(translate)?
                    .to_string(),
            );
        }
        providers.sort_unstable();
        let mut trace = Trace {
            id: row.id,
            project_id,
            providers,
            last_updated_at: Some(Timestamp::from_micros(row.updated_us)),
            input: self.json(frames.input, self.limit())?,
            output: self.json(frames.output, self.limit())?,
            metadata: self.json(frames.metadata, self.metadata_limit())?,
            error_info: self.error(frames.error)?,
            ..Trace::default()
        };
        if wants(ViewField::Name) {
            trace.name = self.text(row.name)?;
        }
        if wants(ViewField::StartTime) {
            trace.start_time = Some(start_time);
        }
        if wants(ViewField::EndTime) {
            trace.end_time = end_time;
        }
        if wants(ViewField::Tags) {
            trace.tags = self.texts(&row.tags)?;
        }
        if wants(ViewField::Usage) {
            trace.usage = self.usage(&row.totals)?;
        }
        if wants(ViewField::CreatedAt) {
            trace.created_at = Some(Timestamp::from_nanos(row.created_ns));
        }
        if wants(ViewField::CreatedBy) {
            trace.created_by = self.text(Some(row.created_by))?;
        }
        if wants(ViewField::LastUpdatedBy) {
            trace.last_updated_by = self.text(Some(row.updated_by))?;
        }
        if wants(ViewField::FeedbackScores) && row.has(flag::SCORES) {
            trace.feedback_scores =
                scores::of_entity(self.connection, self.strings, scoring::TRACE, row.seq, self.queue)
                    .map_err(translate)?;
        }
        if wants(ViewField::FeedbackScores) && wants(ViewField::SpanFeedbackScores) && row.has(flag::SPAN_SCORES) {
            trace.span_feedback_scores =
                scores::of_spans(self.connection, self.strings, row.seq, self.detail).map_err(translate)?;
        }
        if wants(ViewField::Comments) && row.has(flag::COMMENTS) {
            trace.comments = comments::of_entity(self.connection, self.strings, scoring::TRACE, row.seq, self.queue)
                .map_err(translate)?;
        }
        if wants(ViewField::GuardrailsValidations) && row.has(flag::GUARDRAILS) {
            trace.guardrails_validations =
                guardrails::of_trace(self.connection, self.strings, row.seq).map_err(translate)?;
        }
        if wants(ViewField::TotalEstimatedCost) && row.cost > 0 {
            trace.total_estimated_cost = Some(decimal::from_scaled(row.cost, decimal::COST_SCALE));
        }
        if wants(ViewField::SpanCount) {
            trace.span_count = row.span_count.unsigned_abs();
        }
        if wants(ViewField::LlmSpanCount) {
            trace.llm_span_count = row.llm_span_count.unsigned_abs();
        }
        if wants(ViewField::HasToolSpans) {
            trace.has_tool_spans = row.tool_span_count > 0;
        }
        if wants(ViewField::Duration) {
            trace.duration = Trace::duration_between(start_time, end_time);
        }
        if wants(ViewField::Ttft) {
            trace.ttft = row.ttft;
        }
        if wants(ViewField::ThreadId)
            && let Some(thread) = row.thread
        {
            trace.thread_id = self
                .connection
                .prepare_cached("SELECT thread_id FROM thread WHERE seq = ?1")
                .and_then(|mut statement| statement.query_row([thread], |row| row.get(0)).optional())
                .map_err(translate)?;
        }
        if wants(ViewField::VisibilityMode) {
            trace.visibility_mode = Some(if row.source == source::HIDDEN {
                VisibilityMode::Hidden
            } else {
                VisibilityMode::Default
            });
        }
        if wants(ViewField::Experiment) && row.has(flag::EXPERIMENT) {
            trace.experiment = crate::experiments::newest_of_trace(self.connection, row.seq).map_err(translate)?;
        }
        if wants(ViewField::Source) {
            trace.source = source::from_number(row.source);
        }
        if wants(ViewField::Environment) {
            trace.environment = Some(self.text(row.environment)?.unwrap_or_default());
        }
        if wants(ViewField::AnnotationQueues) {
            trace.annotation_queues =
                annotation_queues::of_item(self.connection, row.workspace, row.id).map_err(translate)?;
        }
        Ok(trace)
    }

    /// A span.
    pub(crate) fn span(&self, row: &SpanRow, project_id: Uuid, trace_id: Uuid) -> StoreResult<Span> {
        let wants = |field| self.wants(field);
        let frames = self.frames("span_payload", row.seq, row.flags)?;
        let start_time = Timestamp::from_nanos(row.start_ns);
        let end_time = row.end_ns.map(Timestamp::from_nanos);
        let mut span = Span {
            id: row.id,
            project_id,
            trace_id,
            parent_span_id: row.parent,
            last_updated_at: Some(Timestamp::from_micros(row.updated_us)),
            input: self.json(frames.input, self.limit())?,
            output: self.json(frames.output, self.limit())?,
            metadata: self.json(frames.metadata, self.metadata_limit())?,
            error_info: self.error(frames.error)?,
            ..Span::default()
        };
        if wants(ViewField::Name) {
            span.name = self.text(row.name)?;
        }
        if wants(ViewField::Type) {
            span.r#type = span_type::from_number(row.span_type);
        }
        if wants(ViewField::StartTime) {
            span.start_time = Some(start_time);
        }
        if wants(ViewField::EndTime) {
            span.end_time = end_time;
        }
        if wants(ViewField::Model) {
            span.model = self.text(row.model)?;
        }
        if wants(ViewField::Provider) {
            span.provider = self.text(row.provider)?;
        }
        if wants(ViewField::Tags) {
            span.tags = self.texts(&row.tags)?;
        }
        if wants(ViewField::Usage) {
            for (key, value) in &row.usage.0 {
                let key = self.strings.text(self.connection, *key).map_err(translate)?.to_string();
                span.usage.insert(key, *value);
            }
        }
        if wants(ViewField::CreatedAt) {
            span.created_at = Some(Timestamp::from_nanos(row.created_ns));
        }
        if wants(ViewField::CreatedBy) {
            span.created_by = self.text(Some(row.created_by))?;
        }
        if wants(ViewField::LastUpdatedBy) {
            span.last_updated_by = self.text(Some(row.updated_by))?;
        }
        if wants(ViewField::FeedbackScores) && row.has(flag::SCORES) {
            span.feedback_scores = scores::of_entity(self.connection, self.strings, scoring::SPAN, row.seq, self.queue)
                .map_err(translate)?;
        }
        if wants(ViewField::Comments) && row.has(flag::COMMENTS) {
            span.comments = comments::of_entity(self.connection, self.strings, scoring::SPAN, row.seq, self.queue)
                .map_err(translate)?;
        }
        if wants(ViewField::TotalEstimatedCost) && row.cost > 0 {
            span.total_estimated_cost = Some(decimal::from_scaled(row.cost, decimal::COST_SCALE));
        }
        if wants(ViewField::TotalEstimatedCostVersion) && row.cost > 0 && row.has(flag::COST_ESTIMATED) {
            span.total_estimated_cost_version = Some(crate::COST_VERSION.to_owned());
        }
        if wants(ViewField::Duration) {
            span.duration = Trace::duration_between(start_time, end_time);
        }
        if wants(ViewField::Ttft) {
            span.ttft = row.ttft;
        }
        if wants(ViewField::Source) {
            span.source = source::from_number(row.source);
        }
        if wants(ViewField::Environment) {
            span.environment = Some(self.text(row.environment)?.unwrap_or_default());
        }
        Ok(span)
    }
}

/// The id of a trace by its number.
pub(crate) fn trace_id(connection: &Connection, seq: i64) -> StoreResult<Uuid> {
    connection
        .prepare_cached("SELECT id FROM trace WHERE seq = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([seq], |row| crate::rows::uuid_at(row, 0))
                .optional()
        })
        .map(Option::unwrap_or_default)
        .map_err(translate)
}
