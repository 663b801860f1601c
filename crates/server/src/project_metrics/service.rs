//! Rules of the metrics of a project.

use ferropik_model::{KpiCards, KpiMetric, MetricEntity, ProjectMetrics, Timestamp};
use ferropik_store::{MetricQuery, MetricRange, MetricTotals, Scope, StoreError};
use uuid::Uuid;

use super::bodies::{CheckedKpi, CheckedMetric};
use super::shape::{self, Frame};
use crate::AppState;
use crate::http::{ApiError, ApiResult};

/// A metric over time.
pub(super) async fn metric(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    wanted: CheckedMetric,
) -> ApiResult<ProjectMetrics> {
    if wanted.end.is_some_and(|end| wanted.start >= end) {
        return Err(ApiError::bad_request("'start_time' must be before 'end_time'"));
    }
    if state.store.project(scope, project).await?.is_none() {
        return Err(StoreError::ProjectNotFound(project).into());
    }
    let (metric_type, interval) = (wanted.metric, wanted.interval);
    Ok(ProjectMetrics {
        project_id: project,
        metric_type,
        interval,
        results: series(state, scope, vec![project], wanted).await?,
    })
}

/// The series of a metric, added up over projects.
pub(super) async fn series(
    state: &AppState,
    scope: &Scope,
    projects: Vec<Uuid>,
    wanted: CheckedMetric,
) -> ApiResult<Vec<ferropik_model::MetricSeries>> {
    let frame = Frame {
        interval: wanted.interval,
        start: wanted.start,
        end: wanted.end.unwrap_or_else(Timestamp::now),
    };
    frame.check()?;
    let is_grouped = wanted.group_by.is_some();
    let query = MetricQuery {
        range: MetricRange {
            projects,
            entity: wanted.metric.entity(),
            filter: wanted.filter,
            search: wanted.search,
            from: frame.start,
            to: frame.end,
        },
        measure: wanted.metric.measure(),
        interval: wanted.interval,
        group_by: wanted.group_by,
        sub_metric: wanted.sub_metric,
    };
    let found = state.store.metric(scope, query).await?;
    if is_grouped {
        return Ok(shape::grouped(frame, found));
    }
    shape::ungrouped(wanted.metric, frame, found)
}

/// The instant that lies as long before `start` as `end` lies after it.
pub(super) fn mirrored(start: Timestamp, end: Timestamp) -> Timestamp {
    let start = start.as_nanos();
    Timestamp::from_nanos(start.saturating_sub(end.as_nanos().saturating_sub(start)))
}

/// The last millisecond before an instant.
pub(super) fn before(instant: Timestamp) -> Timestamp {
    Timestamp::from_millis(Timestamp::from_nanos(instant.as_nanos().saturating_sub(1)).as_millis())
}

/// The most important numbers of a project, beside those of the range of equal length before. An unknown project has
/// nothing.
pub(super) async fn kpi_cards(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    wanted: CheckedKpi,
) -> ApiResult<KpiCards> {
    let CheckedKpi {
        entity,
        filter,
        search,
        start,
        end,
    } = wanted;
    let current = MetricRange {
        projects: vec![project],
        entity,
        filter,
        search,
        from: start,
        to: end,
    };
    let previous = MetricRange {
        from: mirrored(start, end),
        to: before(start),
        ..current.clone()
    };
    let previous = state.store.metric_totals(scope, previous).await?;
    let current = state.store.metric_totals(scope, current).await?;
    Ok(cards(entity, &current, &previous))
}

fn cards(entity: MetricEntity, current: &MetricTotals, previous: &MetricTotals) -> KpiCards {
    let card = |kind, value: fn(&MetricTotals) -> Option<f64>| KpiMetric {
        kind,
        current_value: value(current),
        previous_value: value(previous),
    };
    let mut stats = vec![
        card("count", |totals| Some(totals.count as f64)),
        card("avg_duration", |totals| {
            (totals.durations > 0).then(|| totals.duration_us as f64 / totals.durations as f64 / 1_000.0)
        }),
        card("total_cost", |totals| Some(totals.cost as f64 / 1e12)),
    ];
    if entity != MetricEntity::Threads {
        stats.push(card("errors", |totals| {
            Some(if totals.count == 0 {
                0.0
            } else {
                totals.errors as f64 * 100.0 / totals.count as f64
            })
        }));
    }
    KpiCards { stats }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_before_has_the_same_length() {
        let at = |text| Timestamp::parse(text).unwrap();
        let (start, end) = (at("2026-01-02T00:00:00Z"), at("2026-01-02T06:30:00Z"));
        assert_eq!(mirrored(start, end), at("2026-01-01T17:30:00Z"));
        assert_eq!(before(start), at("2026-01-01T23:59:59.999Z"));
        assert_eq!(before(at("2026-01-02T00:00:00.0005Z")), start);
    }

    #[test]
    fn cards_of_nothing_have_no_duration() {
        let nothing = MetricTotals::default();
        let something = MetricTotals {
            count: 8,
            errors: 2,
            cost: 1_500_000_000_000,
            durations: 2,
            duration_us: 3_000,
        };
        let text = serde_json::to_string(&cards(MetricEntity::Spans, &something, &nothing)).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"stats":[{"type":"count","current_value":8.0,"previous_value":0.0},"#,
                r#"{"type":"avg_duration","current_value":1.5,"previous_value":null},"#,
                r#"{"type":"total_cost","current_value":1.5,"previous_value":0.0},"#,
                r#"{"type":"errors","current_value":25.0,"previous_value":0.0}]}"#
            )
        );
        assert_eq!(cards(MetricEntity::Threads, &nothing, &nothing).stats.len(), 3);
    }
}
