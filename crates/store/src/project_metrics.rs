//! Series of metrics over time.

use async_trait::async_trait;
use ferropik_model::{Measure, MetricEntity, MetricInterval, MetricValue, Timestamp};
use ferropik_query::{Filter, TextSearch};
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// What entities are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BreakdownBy {
    /// Every tag; an entity counts once for each.
    Tags,
    /// The text under a key of the metadata.
    Metadata(String),
    /// The name.
    Name,
    /// Whether there is an error.
    ErrorInfo,
    /// The type of the exception.
    ErrorType,
    /// The model of a span.
    Model,
    /// The provider of a span.
    Provider,
    /// The type of a span.
    Type,
    /// The name of a failed guardrail; for [`Measure::FailedGuardrails`] only.
    GuardrailName,
}

/// Which of the named values of a measure the groups show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percentile {
    /// Median.
    P50,
    /// 90th percentile.
    P90,
    /// 99th percentile.
    P99,
}

/// What a grouped series shows when its measure has several values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubMetric {
    /// A percentile of the durations.
    Percentile(Percentile),
    /// The score of a name, or the usage of a key.
    Named(String),
}

/// Entities of some projects in a range of time.
#[derive(Debug, Clone)]
pub struct MetricRange {
    /// Projects, whose entities are added up; unknown ones have none.
    pub projects: Vec<Uuid>,
    /// Which entities.
    pub entity: MetricEntity,
    /// All conditions must hold.
    pub filter: Filter,
    /// Text that any searchable field must contain.
    pub search: Option<TextSearch>,
    /// Earliest time part of the id (inclusive, in milliseconds).
    pub from: Timestamp,
    /// Latest time part of the id (inclusive, in milliseconds).
    pub to: Timestamp,
}

/// A metric over time.
#[derive(Debug, Clone)]
pub struct MetricQuery {
    /// Of what.
    pub range: MetricRange,
    /// What is worked out.
    pub measure: Measure,
    /// Width of the intervals.
    pub interval: MetricInterval,
    /// Groups; none for a single one, or one for each name of the measure.
    pub group_by: Option<BreakdownBy>,
    /// Which value the groups show.
    pub sub_metric: Option<SubMetric>,
}

/// The intervals of one series that have anything to show.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSeries {
    /// Value of the group, or without groups: name of the score, key of the usage, `p50`, `p90`, `p99`; else empty.
    pub name: String,
    /// Numbers of the intervals (see [`MetricInterval::number`]) in ascending order, and their values.
    pub points: Vec<(i64, MetricValue)>,
}

/// What entities add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MetricTotals {
    /// How many there are.
    pub count: u64,
    /// How many have an error.
    pub errors: u64,
    /// Sum of the costs, in 1e-12 US dollars.
    pub cost: i128,
    /// How many have a duration.
    pub durations: u64,
    /// Sum of the durations, in microseconds.
    pub duration_us: i128,
}

/// Costs of a project by day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DailyCosts {
    /// Numbers of the days (see [`MetricInterval::Daily`]) with spans in ascending order, and their costs in 1e-12 US
    /// dollars.
    pub days: Vec<(i64, i128)>,
}

/// Series of metrics over time.
#[async_trait]
pub trait MetricStore {
    /// A metric over time, in no particular order of the series. Scores whose mean is 0 have no value, and series
    /// without any value are left out.
    ///
    /// # Errors
    /// Only technical ones.
    async fn metric(&self, scope: &Scope, query: MetricQuery) -> StoreResult<Vec<FoundSeries>>;

    /// What the entities of a range add up to.
    ///
    /// # Errors
    /// Only technical ones.
    async fn metric_totals(&self, scope: &Scope, range: MetricRange) -> StoreResult<MetricTotals>;

    /// Costs of the spans that started in a range of time (`to` is exclusive), added up over the projects.
    ///
    /// # Errors
    /// Only technical ones.
    async fn daily_costs(
        &self,
        scope: &Scope,
        projects: Vec<Uuid>,
        from: Timestamp,
        to: Timestamp,
    ) -> StoreResult<DailyCosts>;

    /// Ids of all projects of the workspace.
    ///
    /// # Errors
    /// Only technical ones.
    async fn project_ids(&self, scope: &Scope) -> StoreResult<Vec<Uuid>>;

    /// Distinct usage keys of the spans of some projects with a value above 0, sorted. Unknown projects have none.
    ///
    /// # Errors
    /// Only technical ones.
    async fn usage_names(&self, scope: &Scope, projects: Vec<Uuid>) -> StoreResult<Vec<String>>;
}
