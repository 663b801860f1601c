//! Bodies of the calls for metrics, and their rules.

use std::fmt::Display;

use ferropik_model::{Measure, MetricEntity, MetricInterval, MetricType, Timestamp, wire, wire_object};
use ferropik_query::{Entity, Filter, RawFilter, TextSearch};
use ferropik_store::{BreakdownBy, Percentile, SubMetric};
use uuid::Uuid;

use crate::http::{ApiError, ApiResult, Violations};
use crate::records::search::FilterObject;

wire_object! {
    /// What a metric is grouped by.
    pub struct BreakdownWrite {
        /// `none`, `tags`, `metadata`, `name`, `error_info`, `error_type`, `model`, `provider`, `type` or
        /// `guardrail_name`.
        pub field: Option<String> = wire::text,
        /// Property of the metadata whose text makes the groups.
        pub metadata_key: Option<String> = wire::text,
        /// Which of the series of the metric the groups show: `p50`, `p90` or `p99`, name of a score, key of usage.
        pub sub_metric: Option<String> = wire::text,
    }
}

wire_object! {
    /// A metric over time.
    pub struct MetricRequest {
        /// Required.
        pub metric_type: Option<String> = wire::text,
        /// `HOURLY`, `DAILY`, `WEEKLY` or `TOTAL`; required.
        pub interval: Option<String> = wire::text,
        /// Earliest time of an id; required.
        pub interval_start: Option<Timestamp> = wire::optional,
        /// Latest time of an id; now when absent.
        pub interval_end: Option<Timestamp> = wire::optional,
        /// Filters of traces, for metrics of traces.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub trace_filters: Option<Vec<RawFilter>> = wire::list,
        /// Filters of spans, for metrics of spans.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub span_filters: Option<Vec<RawFilter>> = wire::list,
        /// Filters of threads, for metrics of threads.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub thread_filters: Option<Vec<RawFilter>> = wire::list,
        /// Text that any searchable field must contain, as in lists. Opik does not know it.
        pub search: Option<String> = wire::text,
        /// Groups.
        pub breakdown: Option<BreakdownWrite> = wire::optional,
    }
}

wire_object! {
    /// The most important numbers of a project.
    pub struct KpiRequest {
        /// `traces`, `spans` or `threads`; required.
        pub entity_type: Option<String> = wire::text,
        /// Text of a JSON array of filters.
        pub filters: Option<String> = wire::text,
        /// Text that any searchable field must contain, as in lists. Opik does not know it.
        pub search: Option<String> = wire::text,
        /// Earliest time of an id; required.
        pub interval_start: Option<Timestamp> = wire::optional,
        /// Latest time of an id; now when absent.
        pub interval_end: Option<Timestamp> = wire::optional,
    }
}

wire_object! {
    /// A range of time of some projects.
    pub struct WorkspaceRange {
        /// Projects; all of the workspace when absent or empty.
        pub project_ids: Option<Vec<Uuid>> = wire::list,
        /// Name of a feedback score, for series of scores.
        pub name: Option<String> = wire::text,
        /// Begin; required.
        pub interval_start: Option<Timestamp> = wire::optional,
        /// End, exclusive; required.
        pub interval_end: Option<Timestamp> = wire::optional,
    }
}

wire_object! {
    /// A metric of spans over time, added up over some projects.
    pub struct WorkspaceSpanMetricRequest {
        /// Projects; all of the workspace when absent or empty.
        pub project_ids: Option<Vec<Uuid>> = wire::list,
        /// A metric of spans; required.
        pub metric_type: Option<String> = wire::text,
        /// `HOURLY`, `DAILY`, `WEEKLY` or `TOTAL`; required.
        pub interval: Option<String> = wire::text,
        /// Earliest time of an id; required.
        pub interval_start: Option<Timestamp> = wire::optional,
        /// Latest time of an id; now when absent.
        pub interval_end: Option<Timestamp> = wire::optional,
        /// Filters of spans.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub filters: Option<Vec<RawFilter>> = wire::list,
        /// Groups.
        pub breakdown: Option<BreakdownWrite> = wire::optional,
    }
}

wire_object! {
    /// Projects of the workspace.
    pub struct WorkspaceProjects {
        /// Projects; all of the workspace when absent or empty.
        pub project_ids: Option<Vec<Uuid>> = wire::list,
    }
}

/// A metric over time, with all names read.
#[derive(Debug)]
pub(super) struct CheckedMetric {
    pub(super) metric: MetricType,
    pub(super) interval: MetricInterval,
    pub(super) filter: Filter,
    pub(super) search: Option<TextSearch>,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    pub(super) group_by: Option<BreakdownBy>,
    pub(super) sub_metric: Option<SubMetric>,
}

impl MetricRequest {
    /// # Errors
    /// 400 for what is missing or unknown, 422 for groups that do not go with the metric.
    pub(super) fn check(self) -> ApiResult<CheckedMetric> {
        let metric = metric_type(self.metric_type.as_deref())?;
        let filters = match metric.entity() {
            MetricEntity::Traces => self.trace_filters,
            MetricEntity::Spans => self.span_filters,
            MetricEntity::Threads => self.thread_filters,
        };
        let checked = checked(
            metric,
            self.interval.as_deref(),
            (self.interval_start, self.interval_end),
            filters,
            self.breakdown,
        )?;
        Ok(CheckedMetric {
            search: search_of(self.search.as_deref()),
            ..checked
        })
    }
}

impl WorkspaceSpanMetricRequest {
    /// The metric, and the projects that it is about.
    ///
    /// # Errors
    /// Those of a metric of a project, 400 for metrics of anything but spans, 422 for an empty range.
    pub(super) fn check(self) -> ApiResult<(CheckedMetric, Option<Vec<Uuid>>)> {
        let metric = metric_type(self.metric_type.as_deref())?;
        if metric.entity() != MetricEntity::Spans {
            return Err(ApiError::bad_request(format!(
                "Metric type '{}' is not supported, only span metrics are",
                metric.as_str()
            )));
        }
        let range = (self.interval_start, self.interval_end);
        let checked = checked(metric, self.interval.as_deref(), range, self.filters, self.breakdown)?;
        if checked.end.is_some_and(|end| checked.start >= end) {
            return Err(ApiError::invalid(vec![NOT_BEFORE_END.to_owned()]));
        }
        Ok((checked, self.project_ids))
    }
}

/// What a workspace range that ends before it starts is told.
pub(super) const NOT_BEFORE_END: &str = "startBeforeEnd intervalStart must be before intervalEnd";

fn checked(
    metric: MetricType,
    interval: Option<&str>,
    (start, end): (Option<Timestamp>, Option<Timestamp>),
    filters: Option<Vec<RawFilter>>,
    breakdown: Option<BreakdownWrite>,
) -> ApiResult<CheckedMetric> {
    let interval = match interval {
        None => return Err(missing("interval")),
        Some(text) => MetricInterval::parse(text).ok_or_else(|| {
            let known = MetricInterval::ALL.map(MetricInterval::as_str);
            unknown("TimeInterval", text, &known)
        })?,
    };
    let start = start.ok_or_else(|| missing("interval_start"))?;
    let filter = Filter::from_values(entity_of(metric.entity()), filters.unwrap_or_default())?;
    let (group_by, sub_metric) = groups(metric, breakdown)?;
    Ok(CheckedMetric {
        metric,
        interval,
        filter,
        search: None,
        start,
        end,
        group_by,
        sub_metric,
    })
}

fn search_of(text: Option<&str>) -> Option<TextSearch> {
    text.and_then(TextSearch::new)
}

/// What filters of an entity are about.
pub(super) fn entity_of(entity: MetricEntity) -> Entity {
    match entity {
        MetricEntity::Traces => Entity::Trace,
        MetricEntity::Spans => Entity::Span,
        MetricEntity::Threads => Entity::Thread,
    }
}

fn metric_type(text: Option<&str>) -> ApiResult<MetricType> {
    let text = text.ok_or_else(|| missing("metric_type"))?;
    MetricType::parse(text).ok_or_else(|| {
        let known: Vec<&str> = MetricType::ALL.iter().map(|metric| metric.as_str()).collect();
        unknown("MetricType", text, &known)
    })
}

fn missing(property: &str) -> ApiError {
    ApiError::unprocessable_json(format_args!("Missing required creator property '{property}'"))
}

/// 400: a word that is none of those that are known.
pub(super) fn unknown(kind: impl Display, text: &str, known: &[&str]) -> ApiError {
    let echo: String = text.chars().take(100).collect();
    ApiError::unprocessable_json(format_args!(
        "Cannot deserialize value of type `{kind}` from String \"{echo}\": not one of the values accepted for Enum \
         class: [{}]",
        known.join(", ")
    ))
}

/// Names of the groups on the wire.
const FIELDS: [&str; 10] = [
    "none",
    "tags",
    "metadata",
    "name",
    "error_info",
    "error_type",
    "model",
    "provider",
    "type",
    "guardrail_name",
];

/// Whether a metric can be grouped at all.
fn has_groups(metric: MetricType) -> bool {
    matches!(
        metric,
        MetricType::Duration
            | MetricType::TraceCount
            | MetricType::TokenUsage
            | MetricType::Cost
            | MetricType::FeedbackScores
            | MetricType::GuardrailsFailedCount
            | MetricType::SpanCount
            | MetricType::SpanDuration
            | MetricType::SpanTokenUsage
            | MetricType::SpanFeedbackScores
            | MetricType::ThreadCount
            | MetricType::ThreadDuration
            | MetricType::ThreadFeedbackScores
    )
}

fn groups(
    metric: MetricType,
    breakdown: Option<BreakdownWrite>,
) -> ApiResult<(Option<BreakdownBy>, Option<SubMetric>)> {
    let Some(breakdown) = breakdown else {
        return Ok((None, None));
    };
    let field = breakdown.field.as_deref().unwrap_or("none");
    let metadata_key = breakdown.metadata_key.filter(|key| !key.trim().is_empty());
    let mut violations = Violations::new();
    let entity = metric.entity();
    let (of_all, of_two, of_spans) = (
        "Trace, Span, and Thread metrics",
        "Trace and Span metrics",
        "Span metrics only",
    );
    let not_of_threads = entity != MetricEntity::Threads;
    let is_of_spans = entity == MetricEntity::Spans;
    let (group_by, is_compatible, supported) = match field {
        "none" => return Ok((None, None)),
        "tags" => (BreakdownBy::Tags, true, of_all),
        "metadata" => {
            violations.check(
                metadata_key.is_some(),
                "breakdown",
                "metadata_key is required when group by field is 'metadata'",
            );
            (
                BreakdownBy::Metadata(metadata_key.unwrap_or_default()),
                not_of_threads,
                of_two,
            )
        }
        "name" => (BreakdownBy::Name, not_of_threads, of_two),
        "error_info" => (BreakdownBy::ErrorInfo, not_of_threads, of_two),
        "error_type" => (BreakdownBy::ErrorType, not_of_threads, of_two),
        "model" => (BreakdownBy::Model, is_of_spans, of_spans),
        "provider" => (BreakdownBy::Provider, is_of_spans, of_spans),
        "type" => (BreakdownBy::Type, is_of_spans, of_spans),
        "guardrail_name" => (
            BreakdownBy::GuardrailName,
            metric == MetricType::GuardrailsFailedCount,
            "Guardrail metrics only",
        ),
        other => return Err(unknown("BreakdownField", other, &FIELDS)),
    };
    violations.check(
        is_compatible && has_groups(metric),
        "breakdown",
        format_args!(
            "Group by field '{field}' is not compatible with metric type '{}'. This field supports {supported}.",
            metric.as_str()
        ),
    );
    let sub_metric = sub_metric(metric.measure(), breakdown.sub_metric, &mut violations);
    violations.finish()?;
    Ok((Some(group_by), sub_metric))
}

/// Which value of the measure the groups show.
fn sub_metric(measure: Measure, text: Option<String>, violations: &mut Violations) -> Option<SubMetric> {
    const PATH: &str = "breakdown.subMetric";
    let text = text.filter(|text| !text.trim().is_empty());
    let kind = match measure {
        Measure::Durations => {
            let Some(text) = text else {
                violations.add(
                    PATH,
                    "sub_metric is required for duration metrics with breakdown. Valid values: p50, p90, p99",
                );
                return None;
            };
            return match text.to_ascii_lowercase().as_str() {
                "p50" => Some(SubMetric::Percentile(Percentile::P50)),
                "p90" => Some(SubMetric::Percentile(Percentile::P90)),
                "p99" => Some(SubMetric::Percentile(Percentile::P99)),
                _ => {
                    let echo: String = text.chars().take(100).collect();
                    violations.add(
                        PATH,
                        format_args!("Invalid sub_metric '{echo}'. Valid values: p50, p90, p99"),
                    );
                    None
                }
            };
        }
        Measure::Scores => "feedback score metrics with breakdown. Provide the name of a feedback score",
        Measure::Usage => "token usage metrics with breakdown. Provide a token usage key",
        _ => return None,
    };
    if text.is_none() {
        violations.add(PATH, format_args!("sub_metric is required for {kind}"));
    }
    text.map(SubMetric::Named)
}

/// A range of a workspace.
#[derive(Debug)]
pub(super) struct CheckedRange {
    pub(super) projects: Option<Vec<Uuid>>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl WorkspaceRange {
    /// The name of the score that the body asks for.
    ///
    /// # Errors
    /// 422 when it is missing.
    pub(super) fn score_name(&self) -> ApiResult<String> {
        let mut violations = Violations::new();
        violations.not_blank(self.name.as_deref(), "name");
        violations.finish()?;
        Ok(self.name.clone().unwrap_or_default())
    }

    /// # Errors
    /// 422.
    pub(super) fn check(self) -> ApiResult<CheckedRange> {
        let mut violations = Violations::new();
        violations.not_null(self.interval_start.as_ref(), "intervalStart");
        violations.not_null(self.interval_end.as_ref(), "intervalEnd");
        let (start, end) = (
            self.interval_start.unwrap_or(Timestamp::EPOCH),
            self.interval_end.unwrap_or(Timestamp::EPOCH),
        );
        if violations.is_empty() && start >= end {
            violations.add_sentence(NOT_BEFORE_END);
        }
        violations.finish()?;
        Ok(CheckedRange {
            projects: self.project_ids,
            start,
            end,
        })
    }
}

/// What KPI cards are about.
#[derive(Debug)]
pub(super) struct CheckedKpi {
    pub(super) entity: MetricEntity,
    pub(super) filter: Filter,
    pub(super) search: Option<TextSearch>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl KpiRequest {
    /// # Errors
    /// 400 for an unknown entity and for filters, 422 for what is missing and for an empty range.
    pub(super) fn check(self) -> ApiResult<CheckedKpi> {
        let entity = match self.entity_type.as_deref() {
            None => None,
            Some(text) => Some(
                MetricEntity::parse(text)
                    .ok_or_else(|| unknown("EntityType", text, &["traces", "spans", "threads"]))?,
            ),
        };
        let end = self.interval_end.unwrap_or_else(Timestamp::now);
        let mut violations = Violations::new();
        violations.not_null(entity.as_ref(), "entityType");
        violations.not_null(self.interval_start.as_ref(), "intervalStart");
        if self.interval_start.is_some_and(|start| start >= end) {
            violations.add(
                "startBeforeEnd",
                "intervalStart must be before intervalEnd or current time",
            );
        }
        violations.finish()?;
        let entity = entity.unwrap_or(MetricEntity::Traces);
        let filter = match self.filters.as_deref() {
            Some(text) => Filter::from_query_param(entity_of(entity), text)?,
            None => Filter::default(),
        };
        Ok(CheckedKpi {
            entity,
            filter,
            search: search_of(self.search.as_deref()),
            start: self.interval_start.unwrap_or(end),
            end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metric: &str, breakdown: &str) -> ApiResult<CheckedMetric> {
        let text = format!(
            r#"{{"metric_type":"{metric}","interval":"DAILY","interval_start":"2026-01-01T00:00:00Z",
                "breakdown":{breakdown}}}"#
        );
        serde_json::from_str::<MetricRequest>(&text).unwrap().check()
    }

    #[test]
    fn groups_go_with_some_metrics() {
        for (metric, breakdown, error) in [
            (
                "TRACE_COUNT",
                r#"{"field":"metadata"}"#,
                "breakdown metadata_key is required when group by field is 'metadata'",
            ),
            (
                "TRACE_COUNT",
                r#"{"field":"model"}"#,
                "breakdown Group by field 'model' is not compatible with metric type 'TRACE_COUNT'. This field supports \
                 Span metrics only.",
            ),
            (
                "THREAD_COUNT",
                r#"{"field":"name"}"#,
                "breakdown Group by field 'name' is not compatible with metric type 'THREAD_COUNT'. This field supports \
                 Trace and Span metrics.",
            ),
            (
                "SPAN_COST",
                r#"{"field":"tags"}"#,
                "breakdown Group by field 'tags' is not compatible with metric type 'SPAN_COST'. This field supports \
                 Trace, Span, and Thread metrics.",
            ),
            (
                "DURATION",
                r#"{"field":"name"}"#,
                "breakdown.subMetric sub_metric is required for duration metrics with breakdown. Valid values: p50, p90, \
                 p99",
            ),
            (
                "DURATION",
                r#"{"field":"name","sub_metric":"p95"}"#,
                "breakdown.subMetric Invalid sub_metric 'p95'. Valid values: p50, p90, p99",
            ),
        ] {
            let found = check(metric, breakdown).unwrap_err();
            assert_eq!(
                (found.status().as_u16(), found.body()),
                (422, format!("{{\"errors\":[\"{error}\"]}}"))
            );
        }
        let checked = check("SPAN_DURATION", r#"{"field":"model","sub_metric":"P90"}"#).unwrap();
        assert_eq!(checked.group_by, Some(BreakdownBy::Model));
        assert_eq!(checked.sub_metric, Some(SubMetric::Percentile(Percentile::P90)));
        assert_eq!(check("SPAN_COST", r#"{"field":"none"}"#).unwrap().group_by, None);
        assert_eq!(check("SPAN_COST", "null").unwrap().group_by, None);
        assert_eq!(check("COST", r#"{"field":"colour"}"#).unwrap_err().status(), 400);
    }

    #[test]
    fn unknown_words_are_no_json() {
        for text in [
            "{}",
            r#"{"metric_type":"TRACE_COUNT","interval":"DAILY"}"#,
            r#"{"metric_type":"TRACE_COUNT","interval_start":"2026-01-01T00:00:00Z"}"#,
        ] {
            let error = serde_json::from_str::<MetricRequest>(text)
                .unwrap()
                .check()
                .unwrap_err();
            assert_eq!(error.status(), 400);
            assert!(error.body().contains("Unable to process JSON. "), "{text}");
        }
        let error = check("NOPE", "null").unwrap_err();
        assert!(
            error
                .body()
                .contains("Unable to process JSON. Cannot deserialize value of type `MetricType`"),
        );
    }

    #[test]
    fn ranges_of_workspaces_have_both_ends_in_order() {
        let check = |text: &str| serde_json::from_str::<WorkspaceRange>(text).unwrap().check();
        assert_eq!(
            check("{}").unwrap_err().body(),
            r#"{"errors":["intervalStart must not be null","intervalEnd must not be null"]}"#
        );
        assert_eq!(
            check(r#"{"interval_start":"2026-01-02T00:00:00Z","interval_end":"2026-01-02T00:00:00Z"}"#)
                .unwrap_err()
                .body(),
            r#"{"errors":["startBeforeEnd intervalStart must be before intervalEnd"]}"#
        );
    }

    #[test]
    fn cards_need_an_entity_and_a_start() {
        let check = |text: &str| serde_json::from_str::<KpiRequest>(text).unwrap().check();
        assert_eq!(
            check("{}").unwrap_err().body(),
            r#"{"errors":["entityType must not be null","intervalStart must not be null"]}"#
        );
        assert_eq!(check(r#"{"entity_type":"dogs"}"#).unwrap_err().status(), 400);
        let late = check(r#"{"entity_type":"SPANS","interval_start":"2999-01-01T00:00:00Z"}"#).unwrap_err();
        assert!(
            late.body()
                .contains("intervalStart must be before intervalEnd or current time")
        );
        let filters = r#"{"entity_type":"Traces","interval_start":"2026-01-01T00:00:00Z","filters":"{"}"#;
        assert_eq!(check(filters).unwrap_err().status(), 400);
    }
}
