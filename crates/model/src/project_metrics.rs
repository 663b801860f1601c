//! Series of metrics over time.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// What a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetricEntity {
    /// Traces.
    Traces,
    /// Spans.
    Spans,
    /// Threads.
    Threads,
}

impl MetricEntity {
    /// Reads the name on the wire in any case.
    pub fn parse(text: &str) -> Option<MetricEntity> {
        [MetricEntity::Traces, MetricEntity::Spans, MetricEntity::Threads]
            .into_iter()
            .find(|entity| entity.as_str().eq_ignore_ascii_case(text))
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            MetricEntity::Traces => "traces",
            MetricEntity::Spans => "spans",
            MetricEntity::Threads => "threads",
        }
    }
}

/// What is worked out of the entities of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// How many there are.
    Count,
    /// Percentiles of the durations.
    Durations,
    /// Mean of the durations.
    MeanDuration,
    /// Share of those with an error.
    ErrorRate,
    /// Sum of the costs.
    Cost,
    /// Sum of the token usage by key.
    Usage,
    /// Mean of the feedback scores by name.
    Scores,
    /// Number of failed guardrail results.
    FailedGuardrails,
}

macro_rules! metric_types {
    ($( $(#[$meta:meta])* $name:ident = $wire:tt, $entity:ident, $measure:ident; )*) => {
        /// A metric of a project.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
        pub enum MetricType {
            $( $(#[$meta])* #[serde(rename = $wire)] $name, )*
        }

        impl MetricType {
            /// All metrics.
            pub const ALL: &'static [MetricType] = &[$(MetricType::$name),*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $( MetricType::$name => $wire, )* }
            }

            /// What the metric is about.
            pub fn entity(self) -> MetricEntity {
                match self { $( MetricType::$name => MetricEntity::$entity, )* }
            }

            /// What the metric measures.
            pub fn measure(self) -> Measure {
                match self { $( MetricType::$name => Measure::$measure, )* }
            }
        }
    };
}

metric_types! {
    /// Means of the scores of traces.
    FeedbackScores = "FEEDBACK_SCORES", Traces, Scores;
    /// Number of traces.
    TraceCount = "TRACE_COUNT", Traces, Count;
    /// Token usage of the spans of traces.
    TokenUsage = "TOKEN_USAGE", Traces, Usage;
    /// Percentiles of the durations of traces.
    Duration = "DURATION", Traces, Durations;
    /// Cost of the spans of traces.
    Cost = "COST", Traces, Cost;
    /// Failed guardrail results of traces.
    GuardrailsFailedCount = "GUARDRAILS_FAILED_COUNT", Traces, FailedGuardrails;
    /// Number of threads.
    ThreadCount = "THREAD_COUNT", Threads, Count;
    /// Percentiles of the durations of threads.
    ThreadDuration = "THREAD_DURATION", Threads, Durations;
    /// Means of the scores of threads.
    ThreadFeedbackScores = "THREAD_FEEDBACK_SCORES", Threads, Scores;
    /// Means of the scores of spans.
    SpanFeedbackScores = "SPAN_FEEDBACK_SCORES", Spans, Scores;
    /// Number of spans.
    SpanCount = "SPAN_COUNT", Spans, Count;
    /// Percentiles of the durations of spans.
    SpanDuration = "SPAN_DURATION", Spans, Durations;
    /// Token usage of spans.
    SpanTokenUsage = "SPAN_TOKEN_USAGE", Spans, Usage;
    /// Mean duration of traces.
    TraceAverageDuration = "TRACE_AVERAGE_DURATION", Traces, MeanDuration;
    /// Share of the traces with an error.
    TraceErrorRate = "TRACE_ERROR_RATE", Traces, ErrorRate;
    /// Mean duration of spans.
    SpanAverageDuration = "SPAN_AVERAGE_DURATION", Spans, MeanDuration;
    /// Cost of spans.
    SpanCost = "SPAN_COST", Spans, Cost;
    /// Share of the spans with an error.
    SpanErrorRate = "SPAN_ERROR_RATE", Spans, ErrorRate;
    /// Mean duration of threads.
    ThreadAverageDuration = "THREAD_AVERAGE_DURATION", Threads, MeanDuration;
    /// Cost of the spans of threads.
    ThreadCost = "THREAD_COST", Threads, Cost;
}

impl MetricType {
    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<MetricType> {
        MetricType::ALL.iter().copied().find(|metric| metric.as_str() == text)
    }
}

/// Width of the intervals of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MetricInterval {
    /// Hours.
    Hourly,
    /// UTC days.
    Daily,
    /// Weeks that begin on Monday.
    Weekly,
    /// One interval for everything.
    Total,
}

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// Milliseconds of a day.
const DAY: i64 = 24 * HOUR;

impl MetricInterval {
    /// All widths.
    pub const ALL: [MetricInterval; 4] = [
        MetricInterval::Hourly,
        MetricInterval::Daily,
        MetricInterval::Weekly,
        MetricInterval::Total,
    ];

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<MetricInterval> {
        MetricInterval::ALL
            .into_iter()
            .find(|interval| interval.as_str() == text)
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            MetricInterval::Hourly => "HOURLY",
            MetricInterval::Daily => "DAILY",
            MetricInterval::Weekly => "WEEKLY",
            MetricInterval::Total => "TOTAL",
        }
    }

    /// Width in milliseconds, and how long before the epoch the first interval begins.
    fn grid(self) -> Option<(i64, i64)> {
        match self {
            MetricInterval::Hourly => Some((HOUR, 0)),
            MetricInterval::Daily => Some((DAY, 0)),
            // The epoch was a Thursday.
            MetricInterval::Weekly => Some((7 * DAY, 3 * DAY)),
            MetricInterval::Total => None,
        }
    }

    /// The number of the interval that an instant (milliseconds since the epoch) lies in; 0 for [`Self::Total`].
    pub fn number(self, millis: i64) -> i64 {
        self.grid()
            .map_or(0, |(width, shift)| millis.saturating_add(shift).div_euclid(width))
    }

    /// The first millisecond of an interval and the first one after it.
    pub fn bounds(self, number: i64) -> (i64, i64) {
        match self.grid() {
            Some((width, shift)) => {
                let start = number.saturating_mul(width).saturating_sub(shift);
                (start, start.saturating_add(width))
            }
            None => (i64::MIN, i64::MAX),
        }
    }
}

/// A number of a series, or none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricValue {
    /// Nothing to tell.
    Null,
    /// A count.
    Integer(i64),
    /// An exact number.
    Decimal(Decimal),
    /// A ratio or a percentile.
    Double(f64),
}

impl MetricValue {
    /// The value as a double; 0 for none.
    pub fn to_f64(self) -> f64 {
        match self {
            MetricValue::Null => 0.0,
            MetricValue::Integer(value) => value as f64,
            MetricValue::Decimal(value) => f64::try_from(value).unwrap_or(0.0),
            MetricValue::Double(value) => value,
        }
    }
}

impl Serialize for MetricValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            MetricValue::Null => serializer.serialize_none(),
            MetricValue::Integer(value) => serializer.serialize_i64(*value),
            MetricValue::Decimal(value) => crate::decimal::serialize(value, serializer),
            MetricValue::Double(value) => serializer.serialize_f64(*value),
        }
    }
}

/// One point of a series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct DataPoint {
    /// Begin of the interval.
    pub time: Timestamp,
    /// The value; null when there is nothing to tell.
    #[schema(value_type = Option<f64>)]
    pub value: MetricValue,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MetricSeries {
    /// What the series shows: the metric, a name within it, or the value of a group.
    pub name: String,
    /// Points by time; times may repeat in a series that stands for several groups.
    pub data: Vec<DataPoint>,
}

/// A metric of a project over time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProjectMetrics {
    /// The project.
    pub project_id: Uuid,
    /// The metric.
    pub metric_type: MetricType,
    /// Width of the intervals.
    pub interval: MetricInterval,
    /// Series by name, or groups of the greatest first.
    pub results: Vec<MetricSeries>,
}

/// A number of now and of before.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KpiMetric {
    /// `count`, `avg_duration` (milliseconds), `total_cost` (US dollars) or `errors` (percent).
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// In the range that was asked for.
    pub current_value: Option<f64>,
    /// In the range of equal length before it.
    pub previous_value: Option<f64>,
}

/// The most important numbers of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KpiCards {
    /// One entry for each number.
    pub stats: Vec<KpiMetric>,
}

/// One series of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkspaceSeries {
    /// The project; absent when the series is about several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// What the series shows.
    pub name: String,
    /// Points by time.
    pub data: Vec<DataPoint>,
}

/// Series of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkspaceMetrics {
    /// The series.
    pub results: Vec<WorkspaceSeries>,
}

/// A number of a workspace, now and before.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MetricSummary {
    /// What the number is.
    pub name: String,
    /// In the range that was asked for.
    pub current: Option<f64>,
    /// In the range of equal length before it.
    pub previous: Option<f64>,
}

/// Numbers of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MetricSummaries {
    /// One entry for each name.
    pub results: Vec<MetricSummary>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        Timestamp::parse(text).unwrap().as_millis()
    }

    #[test]
    fn intervals_are_cut_in_utc() {
        for (interval, instant, start, end) in [
            (
                MetricInterval::Hourly,
                "2026-03-01T12:59:59.999Z",
                "2026-03-01T12:00:00Z",
                "2026-03-01T13:00:00Z",
            ),
            (
                MetricInterval::Daily,
                "2026-03-01T23:30:00-02:00",
                "2026-03-02T00:00:00Z",
                "2026-03-03T00:00:00Z",
            ),
            (
                MetricInterval::Weekly,
                "2026-03-01T23:59:59Z",
                "2026-02-23T00:00:00Z",
                "2026-03-02T00:00:00Z",
            ),
            (
                MetricInterval::Weekly,
                "2026-03-02T00:00:00Z",
                "2026-03-02T00:00:00Z",
                "2026-03-09T00:00:00Z",
            ),
            (
                MetricInterval::Weekly,
                "1970-01-01T00:00:00Z",
                "1969-12-29T00:00:00Z",
                "1970-01-05T00:00:00Z",
            ),
        ] {
            let number = interval.number(at(instant));
            assert_eq!(interval.bounds(number), (at(start), at(end)), "{interval:?} {instant}");
            assert_eq!(interval.number(at(end)), number + 1);
        }
        assert_eq!(MetricInterval::Total.number(at("2026-03-01T00:00:00Z")), 0);
    }

    #[test]
    fn values_are_written_with_explicit_nulls() {
        let point = |value| {
            let time = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
            serde_json::to_string(&DataPoint { time, value }).unwrap()
        };
        let expected = |value: &str| format!(r#"{{"time":"2026-03-01T00:00:00Z","value":{value}}}"#);
        assert_eq!(point(MetricValue::Null), expected("null"));
        assert_eq!(point(MetricValue::Integer(0)), expected("0"));
        assert_eq!(point(MetricValue::Double(2.5)), expected("2.5"));
        assert_eq!(point(MetricValue::Decimal(Decimal::new(12_500, 4))), expected("1.25"));
    }

    #[test]
    fn names_are_read_back() {
        for metric in MetricType::ALL {
            assert_eq!(MetricType::parse(metric.as_str()), Some(*metric));
            assert_eq!(
                serde_json::to_string(metric).unwrap(),
                format!("\"{}\"", metric.as_str())
            );
        }
        assert_eq!(MetricType::parse("trace_count"), None);
        assert_eq!(MetricEntity::parse("Threads"), Some(MetricEntity::Threads));
        assert_eq!(MetricInterval::parse("TOTAL"), Some(MetricInterval::Total));
    }
}
