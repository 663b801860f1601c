//! Groups of experiments: reading the parameter, nesting, adding up.

use ferropik_model::{DecimalPercentiles, ExperimentGroup, ExperimentGroups, GroupAggregations, NamedScore, Timestamp};
use ferropik_query::Path;
use ferropik_store::{GroupBy, GroupValue, GroupedExperiment};
use indexmap::IndexMap;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{ApiError, ApiResult, Query};

/// Label of a group whose dataset or project is gone.
const DELETED: &str = "__DELETED";

/// Longest parameter in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// Most levels of groups.
const MAX_LEVELS: usize = 10;

/// Digits after the point of means.
const SCALE: u32 = 9;

/// Digits after the point of mean costs.
const COST_SCALE: u32 = 12;

#[derive(Deserialize)]
struct RawLevel {
    field: Option<String>,
    key: Option<String>,
    r#type: Option<String>,
}

/// Reads the parameter `groups`.
///
/// # Errors
/// 400.
pub(super) fn levels(query: &Query) -> ApiResult<Vec<GroupBy>> {
    let Some(text) = query.text("groups") else {
        return Err(ApiError::bad_request("Required query parameter 'groups' is missing"));
    };
    let invalid = || {
        let echo: String = text.chars().take(200).collect();
        ApiError::bad_request(format!("Invalid grouping query parameter '{echo}'"))
    };
    if text.len() > MAX_BYTES {
        return Err(invalid());
    }
    let raw: Vec<RawLevel> = serde_json::from_str(text).map_err(|_| invalid())?;
    if raw.is_empty() {
        return Err(ApiError::bad_request("At least one grouping field must be specified"));
    }
    if raw.len() > MAX_LEVELS {
        return Err(invalid());
    }
    raw.into_iter().map(level).collect()
}

fn level(raw: RawLevel) -> ApiResult<GroupBy> {
    let field = raw.field.unwrap_or_default();
    let key = raw.key.filter(|key| !key.trim().is_empty());
    let (level, kind) = match field.as_str() {
        "dataset_id" => (GroupBy::Dataset, "string"),
        "project_id" => (GroupBy::Project, "string"),
        "tags" => (GroupBy::Tags, "list"),
        "metadata" => match key {
            Some(key) => (GroupBy::Metadata(Path::new(&key)), "dictionary"),
            None => {
                return Err(ApiError::bad_request("Key must be specified for json field 'metadata'"));
            }
        },
        _ => {
            return Err(ApiError::bad_request(format!(
                "Invalid grouping field: {field}. Supported fields are: [metadata, dataset_id, tags, project_id]"
            )));
        }
    };
    match raw.r#type {
        Some(given) if given != kind => Err(ApiError::bad_request(format!(
            "Invalid field type '{given}' for field '{field}'"
        ))),
        _ => Ok(level),
    }
}

/// The order in which clients show the groups of one level.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GroupDetail {
    /// Labels, that of the newest experiment first.
    group_sorting: Vec<String>,
}

/// What groups hold.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GroupDetails {
    /// One element for each level.
    groups_details: Vec<GroupDetail>,
}

/// Experiments in groups.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GroupedAnswer {
    /// The outermost groups by their value.
    #[schema(value_type = std::collections::BTreeMap<String, ExperimentGroup>)]
    content: ExperimentGroups,
    /// How to order them.
    details: GroupDetails,
}

/// What experiments in groups add up to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AggregatedAnswer {
    /// The outermost groups by their value.
    #[schema(value_type = std::collections::BTreeMap<String, ExperimentGroup>)]
    content: ExperimentGroups,
}

/// The text of a value and what to show for it.
fn texts(value: &GroupValue) -> (String, String) {
    match value {
        GroupValue::Entity(id, name) => (
            id.map(|id| id.to_string()).unwrap_or_default(),
            name.clone().unwrap_or_else(|| DELETED.to_owned()),
        ),
        GroupValue::Text(text) => (text.clone(), text.clone()),
    }
}

/// The groups of experiments, which are given newest first.
pub(super) fn grouped(rows: &[GroupedExperiment], levels: usize) -> GroupedAnswer {
    let all: Vec<&GroupedExperiment> = rows.iter().collect();
    let mut newest: Vec<IndexMap<String, Timestamp>> = vec![IndexMap::new(); levels];
    for row in rows {
        for (level, values) in newest.iter_mut().zip(&row.values) {
            for value in values {
                let latest = level.entry(texts(value).1).or_insert(row.created_at);
                *latest = (*latest).max(row.created_at);
            }
        }
    }
    let groups_details = newest
        .into_iter()
        .map(|level| {
            let mut labels: Vec<(String, Timestamp)> = level.into_iter().collect();
            labels.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
            GroupDetail {
                group_sorting: labels.into_iter().map(|(label, _)| label).collect(),
            }
        })
        .collect();
    GroupedAnswer {
        content: nest(&all, 0, levels, &|_, label, value, groups| ExperimentGroup {
            label: (label != value).then_some(label),
            aggregations: None,
            groups,
        }),
        details: GroupDetails { groups_details },
    }
}

/// What the groups of experiments add up to.
pub(super) fn aggregated(rows: &[GroupedExperiment], levels: usize) -> AggregatedAnswer {
    let all: Vec<&GroupedExperiment> = rows.iter().collect();
    AggregatedAnswer {
        content: nest(&all, 0, levels, &|members, label, _, groups| ExperimentGroup {
            label: Some(label),
            aggregations: Some(if groups.is_empty() {
                of_experiments(members)
            } else {
                of_groups(&groups)
            }),
            groups,
        }),
    }
}

type MakeGroup<'a> = dyn Fn(&[&GroupedExperiment], String, &str, ExperimentGroups) -> ExperimentGroup + 'a;

fn nest(rows: &[&GroupedExperiment], level: usize, levels: usize, make: &MakeGroup<'_>) -> ExperimentGroups {
    if level >= levels {
        return ExperimentGroups::new();
    }
    let mut members: IndexMap<String, (String, Vec<&GroupedExperiment>)> = IndexMap::new();
    for row in rows {
        for value in row.values.get(level).into_iter().flatten() {
            let (value, label) = texts(value);
            members.entry(value).or_insert_with(|| (label, Vec::new())).1.push(row);
        }
    }
    members
        .into_iter()
        .map(|(value, (label, members))| {
            let groups = nest(&members, level + 1, levels, make);
            let group = make(&members, label, &value, groups);
            (value, group)
        })
        .collect()
}

/// A mean of values with weights.
#[derive(Default, Clone, Copy)]
struct Mean {
    sum: Decimal,
    weight: Decimal,
}

impl Mean {
    fn add(&mut self, value: Decimal, weight: u64) {
        let weight = Decimal::from(weight);
        self.sum = self.sum.saturating_add(value.saturating_mul(weight));
        self.weight = self.weight.saturating_add(weight);
    }

    /// None when nothing was added.
    fn value(self, scale: u32, strategy: RoundingStrategy) -> Option<Decimal> {
        let mean = self.sum.checked_div(self.weight)?;
        Some(mean.round_dp_with_strategy(scale, strategy))
    }
}

#[derive(Default)]
struct Adder {
    experiments: u64,
    traces: u64,
    cost: Decimal,
    cost_avg: Mean,
    durations: [Mean; 3],
    feedback_scores: std::collections::BTreeMap<String, Mean>,
    experiment_scores: std::collections::BTreeMap<String, Mean>,
    pass_rate: Mean,
    passed: u64,
    judged: u64,
}

impl Adder {
    fn add_scores(scores: &mut std::collections::BTreeMap<String, Mean>, added: &[NamedScore], weight: u64) {
        for score in added {
            scores.entry(score.name.clone()).or_default().add(score.value, weight);
        }
    }

    fn finish(self, strategy: RoundingStrategy, cost_scale: u32) -> GroupAggregations {
        let scores = |means: std::collections::BTreeMap<String, Mean>| {
            means
                .into_iter()
                .filter_map(|(name, mean)| {
                    Some(NamedScore {
                        name,
                        value: mean.value(SCALE, strategy)?,
                    })
                })
                .collect()
        };
        let quantile = |mean: Mean| mean.value(SCALE, strategy);
        let [p50, p90, p99] = self.durations;
        let duration = match (quantile(p50), quantile(p90), quantile(p99)) {
            (Some(p50), Some(p90), Some(p99)) => Some(DecimalPercentiles { p50, p90, p99 }),
            _ => None,
        };
        let is_judged = self.judged > 0;
        GroupAggregations {
            experiment_count: self.experiments,
            trace_count: self.traces,
            total_estimated_cost: self.cost,
            total_estimated_cost_avg: self.cost_avg.value(cost_scale, strategy).unwrap_or_default(),
            duration,
            feedback_scores: scores(self.feedback_scores),
            experiment_scores: scores(self.experiment_scores),
            pass_rate_avg: self.pass_rate.value(SCALE, strategy).filter(|_| is_judged),
            passed_count_sum: is_judged.then_some(self.passed),
            total_count_sum: is_judged.then_some(self.judged),
        }
    }
}

fn millis(value: f64) -> Decimal {
    Decimal::try_from(value).unwrap_or_default()
}

/// An innermost group: sums, and plain means of what each experiment has.
fn of_experiments(members: &[&GroupedExperiment]) -> GroupAggregations {
    let mut adder = Adder::default();
    for member in members {
        adder.experiments += 1;
        adder.traces += member.trace_count;
        adder.cost = adder.cost.saturating_add(member.cost);
        adder.cost_avg.add(member.cost_avg, 1);
        if let Some(duration) = member.duration {
            for (mean, value) in adder
                .durations
                .iter_mut()
                .zip([duration.p50, duration.p90, duration.p99])
            {
                mean.add(millis(value), 1);
            }
        }
        Adder::add_scores(&mut adder.feedback_scores, &member.feedback_scores, 1);
        Adder::add_scores(&mut adder.experiment_scores, &member.experiment_scores, 1);
        if let Some((passed, judged)) = member.passes.filter(|(_, judged)| *judged > 0) {
            adder.passed += passed;
            adder.judged += judged;
            let rate = Decimal::from(passed) / Decimal::from(judged);
            let rate = rate.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointNearestEven);
            adder.pass_rate.add(rate, 1);
        }
    }
    adder.finish(RoundingStrategy::MidpointNearestEven, COST_SCALE)
}

/// A group of groups: sums, and means weighted by the number of experiments.
fn of_groups(groups: &ExperimentGroups) -> GroupAggregations {
    let mut adder = Adder::default();
    for child in groups.values().filter_map(|group| group.aggregations.as_ref()) {
        let weight = child.experiment_count;
        adder.experiments += weight;
        adder.traces += child.trace_count;
        adder.cost = adder.cost.saturating_add(child.total_estimated_cost);
        adder.cost_avg.add(child.total_estimated_cost_avg, weight);
        if let Some(duration) = child.duration {
            for (mean, value) in adder
                .durations
                .iter_mut()
                .zip([duration.p50, duration.p90, duration.p99])
            {
                mean.add(value, weight);
            }
        }
        Adder::add_scores(&mut adder.feedback_scores, &child.feedback_scores, weight);
        Adder::add_scores(&mut adder.experiment_scores, &child.experiment_scores, weight);
        if let Some(rate) = child.pass_rate_avg {
            adder.pass_rate.add(rate, weight);
        }
        adder.passed += child.passed_count_sum.unwrap_or_default();
        adder.judged += child.total_count_sum.unwrap_or_default();
    }
    adder.finish(RoundingStrategy::MidpointAwayFromZero, SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn row(dataset: &str, model: &str, created: i64, score: Option<&str>) -> GroupedExperiment {
        GroupedExperiment {
            values: vec![
                vec![GroupValue::Text(dataset.to_owned())],
                vec![GroupValue::Text(model.to_owned())],
            ],
            created_at: Timestamp::from_micros(created),
            trace_count: 2,
            cost: decimal("0.5"),
            cost_avg: decimal("0.25"),
            duration: None,
            feedback_scores: score
                .map(|score| NamedScore {
                    name: "s".to_owned(),
                    value: decimal(score),
                })
                .into_iter()
                .collect(),
            experiment_scores: Vec::new(),
            passes: None,
        }
    }

    #[test]
    fn parents_weigh_their_children() {
        let rows = [
            row("a", "x", 3, Some("1")),
            row("a", "y", 2, Some("0")),
            row("a", "y", 1, Some("0")),
            row("a", "z", 1, None),
        ];
        let content = aggregated(&rows, 2).content;
        let top = content["a"].aggregations.as_ref().unwrap();
        assert_eq!((top.experiment_count, top.trace_count), (4, 8));
        assert_eq!(top.total_estimated_cost, decimal("2"));
        assert_eq!(top.feedback_scores[0].value, decimal("0.333333333"));
        assert_eq!(
            (top.duration, top.pass_rate_avg, top.total_count_sum),
            (None, None, None)
        );
        assert!(content["a"].groups["z"].groups.is_empty());
    }

    #[test]
    fn labels_are_ordered_by_their_newest_experiment() {
        let rows = [row("b", "x", 5, None), row("a", "y", 5, None), row("c", "x", 1, None)];
        let answer = grouped(&rows, 2);
        let order: Vec<_> = answer
            .details
            .groups_details
            .iter()
            .map(|level| level.group_sorting.join(" "))
            .collect();
        assert_eq!(order, ["a b c", "x y"]);
        assert_eq!(answer.content["b"].label, None);
    }

    #[test]
    fn the_parameter_is_checked() {
        let message = |text: &str| levels(&Query::parse(text)).err().unwrap().body();
        for (text, expected) in [
            ("", "Required query parameter 'groups' is missing"),
            ("groups=x", "Invalid grouping query parameter 'x'"),
            ("groups=[]", "At least one grouping field must be specified"),
            (
                r#"groups=[{"field":"name","type":"string"}]"#,
                "Invalid grouping field: name. Supported fields are: [metadata, dataset_id, tags, project_id]",
            ),
            (
                r#"groups=[{"field":"metadata","type":"dictionary"}]"#,
                "Key must be specified for json field 'metadata'",
            ),
            (
                r#"groups=[{"field":"tags","type":"string"}]"#,
                "Invalid field type 'string' for field 'tags'",
            ),
        ] {
            assert_eq!(message(text), format!(r#"{{"code":400,"message":"{expected}"}}"#));
        }
        let found = levels(&Query::parse(
            r#"groups=[{"field":"metadata","key":"a.b","type":"dictionary"},{"field":"tags"}]"#,
        ));
        assert_eq!(found.unwrap().len(), 2);
    }
}
