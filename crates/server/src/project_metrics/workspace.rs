//! Rules of the metrics of a workspace.

use ferropik_model::{
    Measure, MetricEntity, MetricInterval, MetricSummaries, MetricSummary, MetricValue, Timestamp, WorkspaceMetrics,
    WorkspaceSeries, decimal,
};
use ferropik_query::Filter;
use ferropik_store::{DailyCosts, FoundSeries, MetricQuery, MetricRange, Scope};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::bodies::{CheckedMetric, CheckedRange};
use super::service::{self, before, mirrored};
use super::shape::Frame;
use crate::AppState;
use crate::http::ApiResult;

/// Projects that one series is about, and the one that it names.
type Named = (Option<Uuid>, Vec<Uuid>);

/// The projects that are asked for, each once; all of the workspace when none is.
pub(super) async fn projects(state: &AppState, scope: &Scope, wanted: Option<Vec<Uuid>>) -> ApiResult<Vec<Uuid>> {
    match distinct(wanted) {
        Some(ids) => Ok(ids),
        None => Ok(state.store.project_ids(scope).await?),
    }
}

fn distinct(wanted: Option<Vec<Uuid>>) -> Option<Vec<Uuid>> {
    let mut ids: Vec<Uuid> = Vec::new();
    for id in wanted.unwrap_or_default() {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    (!ids.is_empty()).then_some(ids)
}

/// One series for each project that is asked for, or one for all of the workspace.
async fn each(state: &AppState, scope: &Scope, wanted: Option<Vec<Uuid>>) -> ApiResult<Vec<Named>> {
    Ok(match distinct(wanted) {
        Some(ids) => ids.into_iter().map(|id| (Some(id), vec![id])).collect(),
        None => vec![(None, state.store.project_ids(scope).await?)],
    })
}

/// A cost in US dollars; none when there was not a single span.
fn total(costs: &DailyCosts) -> Option<f64> {
    let sum: i128 = costs.days.iter().map(|(_, cost)| cost).sum();
    (!costs.days.is_empty()).then(|| sum as f64 / 1e12)
}

/// The cost of a range, beside that of the range before.
pub(super) async fn cost_summary(state: &AppState, scope: &Scope, wanted: CheckedRange) -> ApiResult<MetricSummary> {
    let CheckedRange {
        projects: ids,
        start,
        end,
    } = wanted;
    let ids = projects(state, scope, ids).await?;
    let earlier = mirrored(start, end);
    let current = state.store.daily_costs(scope, ids.clone(), start, end).await?;
    let previous = state.store.daily_costs(scope, ids, earlier, start).await?;
    Ok(MetricSummary {
        name: "cost".to_owned(),
        current: total(&current),
        previous: total(&previous),
    })
}

fn daily(start: Timestamp, end: Timestamp) -> ApiResult<Frame> {
    let frame = Frame {
        interval: MetricInterval::Daily,
        start,
        end,
    };
    frame.check()?;
    Ok(frame)
}

/// Costs by day.
pub(super) async fn costs(state: &AppState, scope: &Scope, wanted: CheckedRange) -> ApiResult<WorkspaceMetrics> {
    let CheckedRange { projects, start, end } = wanted;
    let frame = daily(start, end)?;
    let mut results = Vec::new();
    for (project_id, ids) in each(state, scope, projects).await? {
        let costs = state.store.daily_costs(scope, ids, start, end).await?;
        let points: Vec<(i64, MetricValue)> = costs
            .days
            .into_iter()
            .map(|(day, cost)| {
                let cost = decimal::from_scaled_wide(cost, decimal::COST_SCALE);
                (day, MetricValue::Decimal(cost))
            })
            .collect();
        results.push(WorkspaceSeries {
            project_id,
            name: "cost".to_owned(),
            data: frame.filled(&points, MetricValue::Null),
        });
    }
    Ok(WorkspaceMetrics { results })
}

async fn scores(
    state: &AppState,
    scope: &Scope,
    projects: Vec<Uuid>,
    interval: MetricInterval,
    (start, end): (Timestamp, Timestamp),
) -> ApiResult<Vec<FoundSeries>> {
    let query = MetricQuery {
        range: MetricRange {
            projects,
            entity: MetricEntity::Traces,
            filter: Filter::default(),
            search: None,
            from: start,
            to: before(end),
        },
        measure: Measure::Scores,
        interval,
        group_by: None,
        sub_metric: None,
    };
    Ok(state.store.metric(scope, query).await?)
}

/// Mean scores of traces by name, beside those of the range before. Names without a current mean are left out.
pub(super) async fn score_summaries(
    state: &AppState,
    scope: &Scope,
    wanted: CheckedRange,
) -> ApiResult<MetricSummaries> {
    let CheckedRange {
        projects: ids,
        start,
        end,
    } = wanted;
    let ids = projects(state, scope, ids).await?;
    let means = async |projects, range| {
        let found = scores(state, scope, projects, MetricInterval::Total, range).await?;
        let means: BTreeMap<String, f64> = found
            .into_iter()
            .filter_map(|series| {
                let (_, value) = series.points.first().copied()?;
                (value != MetricValue::Null).then(|| (series.name, value.to_f64()))
            })
            .collect();
        ApiResult::Ok(means)
    };
    let previous = means(ids.clone(), (mirrored(start, end), start)).await?;
    let current = means(ids, (start, end)).await?;
    let results = current
        .into_iter()
        .map(|(name, current)| MetricSummary {
            previous: previous.get(&name).copied(),
            current: Some(current),
            name,
        })
        .collect();
    Ok(MetricSummaries { results })
}

/// Mean scores of traces of one name by day.
pub(super) async fn score_series(
    state: &AppState,
    scope: &Scope,
    name: &str,
    wanted: CheckedRange,
) -> ApiResult<WorkspaceMetrics> {
    let CheckedRange { projects, start, end } = wanted;
    let frame = daily(start, end)?;
    let mut results = Vec::new();
    for (project_id, ids) in each(state, scope, projects).await? {
        let found = scores(state, scope, ids, MetricInterval::Daily, (start, end)).await?;
        let points = found
            .into_iter()
            .find(|series| series.name == name)
            .map_or_else(Vec::new, |series| series.points);
        results.push(WorkspaceSeries {
            project_id,
            name: name.to_owned(),
            data: frame.filled(&points, MetricValue::Null),
        });
    }
    Ok(WorkspaceMetrics { results })
}

/// A metric of spans over time, added up over projects.
pub(super) async fn span_metric(
    state: &AppState,
    scope: &Scope,
    (wanted, ids): (CheckedMetric, Option<Vec<Uuid>>),
) -> ApiResult<WorkspaceMetrics> {
    let ids = projects(state, scope, ids).await?;
    let series = service::series(state, scope, ids, wanted).await?;
    let results = series
        .into_iter()
        .map(|series| WorkspaceSeries {
            project_id: None,
            name: series.name,
            data: series.data,
        })
        .collect();
    Ok(WorkspaceMetrics { results })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_count_once_and_none_means_all() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(distinct(Some(vec![b, a, b])), Some(vec![b, a]));
        assert_eq!(distinct(Some(Vec::new())), None);
        assert_eq!(distinct(None), None);
    }

    #[test]
    fn no_span_is_no_cost() {
        assert_eq!(total(&DailyCosts::default()), None);
        let costs = DailyCosts {
            days: vec![(1, 500_000_000_000), (2, 0)],
        };
        assert_eq!(total(&costs), Some(0.5));
    }
}
