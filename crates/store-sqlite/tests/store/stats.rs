//! Statistics against a recomputation from the rows that a client would read.

use std::collections::{BTreeMap, BTreeSet};

use ferropik_model::{
    FeedbackScore, Percentiles, RawJson, SpanType, Stat, StatValue, Stats, Timestamp, TraceWrite, Usage,
};
use ferropik_store::{ScoreTarget, Selection, SpanSelection, SpanStore, TraceStore};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use crate::support::{BASE_MILLIS, Fixture, at, fixture, id_at, json, new_span, new_trace, texts, usage};

/// Values by name, with percentiles as the median.
fn values(stats: &Stats) -> Vec<(String, f64)> {
    let value = |stat: &Stat| match stat.value {
        StatValue::Count(count) => count as f64,
        StatValue::Avg(value) => value,
        StatValue::Percentage(Percentiles { p50, .. }) => p50,
    };
    stats
        .stats
        .iter()
        .map(|stat| (stat.name.clone(), value(stat)))
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let middle = (values.len() - 1) as f64 / 2.0;
    (values[middle.floor() as usize] + values[middle.ceil() as usize]) / 2.0
}

fn dollars(cost: Option<Decimal>) -> f64 {
    cost.unwrap_or_default().to_f64().unwrap()
}

fn push_usage<'a>(lines: &mut Vec<(String, f64)>, usages: impl Iterator<Item = &'a Usage>) {
    let mut by_key: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (key, value) in usages.flatten() {
        by_key.entry(key).or_default().push(*value as f64);
    }
    lines.extend(
        by_key
            .iter()
            .map(|(key, values)| (format!("usage.{key}"), mean(values))),
    );
    lines.extend(
        by_key
            .iter()
            .map(|(key, values)| (format!("usage_sum.{key}"), values.iter().sum())),
    );
}

fn push_scores<'a>(lines: &mut Vec<(String, f64)>, prefix: &str, scores: impl Iterator<Item = &'a Vec<FeedbackScore>>) {
    let mut by_name: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for score in scores.flatten() {
        by_name
            .entry(&score.name)
            .or_default()
            .push(score.value.to_f64().unwrap());
    }
    lines.extend(
        by_name
            .iter()
            .map(|(name, values)| (format!("{prefix}.{name}"), mean(values))),
    );
}

fn assert_same(what: &str, found: &[(String, f64)], expected: &[(String, f64)]) {
    let names = |lines: &[(String, f64)]| lines.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{what}");
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
            "{what}: {name}: {found} instead of {expected}"
        );
    }
}

/// Whether metadata was stored, apart from the providers that reads add. That of these tests has this key.
fn has_own_metadata(metadata: Option<&RawJson>) -> bool {
    metadata.is_some_and(|metadata| metadata.as_str().contains("\"long\""))
}

async fn expected_of_traces(fixture: &Fixture, project: Uuid, from: i64) -> Vec<(String, f64)> {
    let mut traces = fixture.traces(project).await;
    traces.retain(|trace| ferropik_model::id::millis(trace.id) >= from);
    if traces.is_empty() {
        return Vec::new();
    }
    let count =
        |test: &dyn Fn(&ferropik_model::Trace) -> bool| traces.iter().filter(|trace| test(trace)).count() as f64;
    let costs: Vec<f64> = traces
        .iter()
        .map(|t| dollars(t.total_estimated_cost))
        .filter(|cost| *cost > 0.0)
        .collect();
    let threads: BTreeSet<&str> = traces.iter().filter_map(|trace| trace.thread_id.as_deref()).collect();
    let mut lines = vec![
        ("trace_count".to_owned(), traces.len() as f64),
        (
            "duration".to_owned(),
            median(traces.iter().filter_map(|trace| trace.duration).collect()),
        ),
        ("input".to_owned(), count(&|trace| trace.input.is_some())),
        ("output".to_owned(), count(&|trace| trace.output.is_some())),
        (
            "metadata".to_owned(),
            count(&|trace| has_own_metadata(trace.metadata.as_ref())),
        ),
        (
            "tags".to_owned(),
            mean(&traces.iter().map(|trace| trace.tags.len() as f64).collect::<Vec<_>>()),
        ),
        ("thread_count".to_owned(), threads.len() as f64),
        (
            "llm_span_count".to_owned(),
            mean(&traces.iter().map(|t| t.llm_span_count as f64).collect::<Vec<_>>()),
        ),
        (
            "span_count".to_owned(),
            mean(&traces.iter().map(|t| t.span_count as f64).collect::<Vec<_>>()),
        ),
        ("total_estimated_cost".to_owned(), mean(&costs)),
        ("total_estimated_cost_sum".to_owned(), costs.iter().sum()),
    ];
    push_usage(&mut lines, traces.iter().map(|trace| &trace.usage));
    push_scores(
        &mut lines,
        "feedback_scores",
        traces.iter().map(|trace| &trace.feedback_scores),
    );
    push_scores(
        &mut lines,
        "span_feedback_scores",
        traces.iter().map(|trace| &trace.span_feedback_scores),
    );
    let failed = traces
        .iter()
        .flat_map(|trace| &trace.guardrails_validations)
        .flat_map(|validation| &validation.checks)
        .filter(|check| check.result == ferropik_model::GuardrailOutcome::Failed)
        .count();
    lines.push(("guardrails_failed_count".to_owned(), failed as f64));
    lines.push(("error_count".to_owned(), count(&|trace| trace.error_info.is_some())));
    lines
}

async fn expected_of_spans(fixture: &Fixture, project: Uuid, from: i64) -> Vec<(String, f64)> {
    let mut spans = fixture.spans(project, None).await;
    spans.retain(|span| ferropik_model::id::millis(span.id) >= from);
    if spans.is_empty() {
        return Vec::new();
    }
    let count = |test: &dyn Fn(&ferropik_model::Span) -> bool| spans.iter().filter(|span| test(span)).count() as f64;
    let costs: Vec<f64> = spans
        .iter()
        .map(|s| dollars(s.total_estimated_cost))
        .filter(|cost| *cost > 0.0)
        .collect();
    let mut lines = vec![
        ("span_count".to_owned(), spans.len() as f64),
        (
            "duration".to_owned(),
            median(spans.iter().filter_map(|span| span.duration).collect()),
        ),
        ("input".to_owned(), count(&|span| span.input.is_some())),
        ("output".to_owned(), count(&|span| span.output.is_some())),
        (
            "metadata".to_owned(),
            count(&|span| has_own_metadata(span.metadata.as_ref())),
        ),
        (
            "tags".to_owned(),
            mean(&spans.iter().map(|span| span.tags.len() as f64).collect::<Vec<_>>()),
        ),
        ("total_estimated_cost".to_owned(), mean(&costs)),
        ("total_estimated_cost_sum".to_owned(), costs.iter().sum()),
    ];
    push_usage(&mut lines, spans.iter().map(|span| &span.usage));
    push_scores(
        &mut lines,
        "feedback_scores",
        spans.iter().map(|span| &span.feedback_scores),
    );
    lines.push(("error_count".to_owned(), count(&|span| span.error_info.is_some())));
    lines
}

/// Asserts that the statistics of a project, from several instants on, equal a recomputation.
pub(crate) async fn assert_match(fixture: &Fixture, project: Uuid) {
    for minutes in [None, Some(0), Some(26), Some(60), Some(107)] {
        let from = minutes.map(|minutes| BASE_MILLIS + minutes * 60_000);
        let base = Selection {
            from: from.map(Timestamp::from_millis),
            ..Selection::all(project)
        };
        let traces = fixture.store.trace_stats(&fixture.scope, base.clone()).await.unwrap();
        assert_same(
            &format!("traces from {minutes:?} on"),
            &values(&traces),
            &expected_of_traces(fixture, project, from.unwrap_or(0)).await,
        );
        let selection = SpanSelection {
            base,
            trace_id: None,
            span_type: None,
        };
        let spans = fixture.store.span_stats(&fixture.scope, selection).await.unwrap();
        assert_same(
            &format!("spans from {minutes:?} on"),
            &values(&spans),
            &expected_of_spans(fixture, project, from.unwrap_or(0)).await,
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_equal_a_recomputation() {
    let fixture = fixture();
    let project = fixture.project("numbers").await;
    for n in 0..40_u64 {
        let trace_id = id_at(n, n as i64 * 7);
        let mut trace = new_trace(trace_id, project, 1);
        trace.trace = TraceWrite {
            end_time: (n % 3 != 0).then(|| at(n as i64)),
            input: json("1"),
            output: (n % 2 == 0).then(|| json("2")).flatten(),
            tags: (n % 4 == 0).then(|| texts(&["a", "b"])),
            thread_id: (n % 5 == 0).then(|| format!("thread {}", n % 10)),
            ..trace.trace
        };
        fixture.put(vec![trace]).await;
        for m in 0..n % 4 {
            let mut span = new_span(id_at(1_000 + n * 10 + m, n as i64 * 7 + 1), trace_id, project, 1);
            span.span.r#type = (m == 1).then_some(SpanType::Llm);
            span.span.provider = (m == 1).then(|| "openai".to_owned());
            span.span.usage = (m > 0).then(|| usage(&[("total_tokens", (n * m) as i64)]));
            span.cost = Decimal::new((n * m) as i64, 4);
            fixture.put_spans(vec![span]).await;
        }
        if n % 6 == 0 {
            fixture
                .score(ScoreTarget::Trace(trace_id), project, "quality", &format!("0.{n}"))
                .await;
        }
        if n % 4 == 2 {
            let span = id_at(1_000 + n * 10 + 1, n as i64 * 7 + 1);
            fixture
                .score(ScoreTarget::Span(span), project, "speed", &format!("{n}"))
                .await;
        }
    }
    assert_match(&fixture, project).await;
    fixture.assert_healthy();
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_of_nothing_are_empty() {
    let fixture = fixture();
    let project = fixture.project("empty").await;
    let stats = fixture
        .store
        .trace_stats(&fixture.scope, Selection::all(project))
        .await
        .unwrap();
    assert_eq!(stats.stats, []);
}
