//! Measures lists, statistics and metrics over a large project:
//! `columns <directory> <traces> <spans a trace> <milliseconds between traces> <part>`.
//!
//! Fills the directory when it is empty, then prints the time of each query and the memory in use. The part is `all` or
//! `metrics`.

use std::sync::OnceLock;
use std::time::Instant;

use ferropik_model::id::DEFAULT_WORKSPACE_ID;
use ferropik_model::{Measure, MetricInterval, MetricType, Source, SpanType, SpanWrite, Timestamp, TraceWrite};
use ferropik_query::{Entity, Filter, Sorting};
use ferropik_store::{
    BreakdownBy, List, MetricQuery, MetricRange, MetricStore, NewScore, NewSpan, NewTrace, Percentile, ProjectStore,
    Scope, ScoreStore, ScoreTarget, ScoredEntity, Selection, SpanSelection, SpanStore, SubMetric, TraceStore, View,
};
use ferropik_store_sqlite::{SqliteOptions, SqliteStore};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Rows of one write.
const BATCH: u64 = 2_000;

/// Time of the first trace, milliseconds since the epoch.
const BASE_MILLIS: u64 = 1_767_225_600_000;

/// Milliseconds between two traces.
static SPACING: OnceLock<u64> = OnceLock::new();

/// Time of a trace, milliseconds since the epoch.
fn millis_of(trace: u64) -> u64 {
    BASE_MILLIS + trace * SPACING.get().copied().unwrap_or(300)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn scatter(number: u64) -> u64 {
    let mut value = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value ^= value >> 29;
    value = value.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^ value >> 32
}

fn id_of(millis: u64, number: u64) -> Uuid {
    let high = millis << 16 | 0x7000 | scatter(number) & 0xfff;
    Uuid::from_u64_pair(high, 1 << 63 | scatter(number ^ 0x5555) >> 2)
}

fn instant(micros: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn trace(number: u64, project: Uuid) -> NewTrace {
    let noise = scatter(number);
    let millis = millis_of(number);
    let start = millis * 1_000 + noise % 1_000;
    let body = TraceWrite {
        name: Some(["chat", "search", "rerank", "summary"][(noise % 4) as usize].to_owned()),
        start_time: Some(instant(start)),
        end_time: Some(instant(start + noise % 9_000_000)),
        thread_id: noise.is_multiple_of(2).then(|| format!("thread-{}", number / 10)),
        tags: Some(vec![["prod", "beta", "test"][(noise % 3) as usize].to_owned()]),
        environment: Some("production".to_owned()),
        source: Some(Source::Sdk),
        ttft: noise.is_multiple_of(3).then_some((noise % 1_000) as f64 / 4.0),
        ..TraceWrite::default()
    };
    NewTrace {
        id: id_of(millis, number),
        project,
        trace: body,
        attachments: Vec::new(),
    }
}

fn span(number: u64, trace: u64, project: Uuid) -> NewSpan {
    let noise = scatter(number ^ 0xabcd);
    let millis = millis_of(trace);
    let start = millis * 1_000 + noise % 90_000;
    let is_llm = number.is_multiple_of(3);
    let tokens = i64::try_from(noise % 3_000).unwrap_or(0);
    let usage = [
        ("prompt_tokens", tokens),
        ("completion_tokens", tokens / 3),
        ("total_tokens", tokens + tokens / 3),
        ("original_usage.prompt_tokens", tokens),
        ("original_usage.completion_tokens", tokens / 3),
    ];
    let body = SpanWrite {
        name: Some(["call", "lookup", "tool", "embed", "plan"][(number % 5) as usize].to_owned()),
        r#type: Some(if is_llm { SpanType::Llm } else { SpanType::Tool }),
        start_time: Some(instant(start)),
        end_time: Some(instant(start + noise % 2_000_000)),
        model: is_llm.then(|| "gpt-5-mini".to_owned()),
        provider: is_llm.then(|| "openai".to_owned()),
        usage: is_llm.then(|| usage.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ..SpanWrite::default()
    };
    NewSpan {
        id: id_of(millis + number % 5, number ^ 0x77_7777),
        project,
        trace_id: id_of(millis, trace),
        span: body,
        cost: if is_llm {
            Decimal::new(tokens * 15, 7)
        } else {
            Decimal::ZERO
        },
        cost_is_estimated: true,
        attachments: Vec::new(),
    }
}

async fn fill(store: &SqliteStore, scope: &Scope, project: Uuid, traces: u64, spans: u64) -> Result<(), Failure> {
    let started = Instant::now();
    for first in (0..traces).step_by(BATCH as usize) {
        let numbers = first..(first + BATCH).min(traces);
        let batch = numbers.clone().map(|number| trace(number, project)).collect();
        let _ = store.upsert_traces(scope, batch).await?;
        for number in 0..spans {
            let batch = numbers
                .clone()
                .map(|trace| span(trace * spans + number, trace, project))
                .collect();
            let _ = store.upsert_spans(scope, batch).await?;
        }
        let scores = numbers.filter(|number| number % 4 == 0).map(|number| {
            let target = ScoreTarget::Trace(id_of(millis_of(number), number));
            let score = NewScore {
                name: "quality".to_owned(),
                category_name: None,
                value: Decimal::new(i64::try_from(scatter(number) % 100).unwrap_or(0), 2),
                reason: None,
                source: ferropik_model::ScoreSource::Sdk,
                source_queue_id: None,
            };
            (ScoredEntity { target, project }, score)
        });
        store.put_scores(scope, scores.collect()).await?;
    }
    println!("filled in {:.1?}", started.elapsed());
    Ok(())
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or("VmRSS unknown")
        .to_owned()
}

async fn measure<T>(what: &str, query: impl AsyncFn() -> Result<T, Failure>) -> Result<(), Failure> {
    const RUNS: usize = 40;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        query().await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    println!(
        "{:>9.2?} median {:>9.2?} worst   {what}",
        times[RUNS / 2],
        times[RUNS - 1]
    );
    Ok(())
}

async fn report(store: &SqliteStore, scope: &Scope, entity: Entity, project: Uuid) -> Result<(), Failure> {
    let filters = [
        "",
        r#"[{"field":"name","operator":"contains","value":"e"}]"#,
        r#"[{"field":"duration","operator":">","value":"1000"}]"#,
        r#"[{"field":"tags","operator":"contains","value":"beta"}]"#,
        r#"[{"field":"feedback_scores","operator":">=","value":"0.5","key":"quality"}]"#,
        r#"[{"field":"total_estimated_cost","operator":">","value":"0.001"},{"field":"name","operator":"=","value":"chat"}]"#,
        r#"[{"field":"usage.total_tokens","operator":"<","value":"2000"}]"#,
    ];
    let sorts = [
        "",
        "duration",
        "total_estimated_cost",
        "start_time",
        "name",
        "usage.total_tokens",
        "feedback_scores.quality",
    ];
    for (number, filter) in filters.iter().enumerate() {
        for (place, sort) in sorts.iter().enumerate() {
            if number > 1 && place > 1 {
                continue;
            }
            for page in [1, 2_000] {
                let sorting = format!(r#"[{{"field":"{sort}","direction":"DESC"}}]"#);
                let list = List {
                    page,
                    size: 25,
                    sort: Sorting::from_query_param(entity, &sorting)?,
                    view: View {
                        truncate: true,
                        ..View::default()
                    },
                };
                let base = Selection {
                    filter: Filter::from_query_param(entity, filter)?,
                    ..Selection::all(project)
                };
                let what = format!("{} {filter} by {sort} page {page}", entity.as_str());
                measure(&what, async || {
                    match entity {
                        Entity::Span => {
                            let selection = SpanSelection {
                                base: base.clone(),
                                trace_id: None,
                                span_type: None,
                            };
                            store.spans(scope, selection, list.clone()).await?;
                        }
                        _ => {
                            store.traces(scope, base.clone(), list.clone()).await?;
                        }
                    }
                    Ok(())
                })
                .await?;
            }
        }
        let from = number
            .is_multiple_of(2)
            .then(|| Timestamp::from_millis((BASE_MILLIS + 1_000_123).cast_signed()));
        let base = Selection {
            filter: Filter::from_query_param(entity, filter)?,
            from,
            ..Selection::all(project)
        };
        measure(&format!("{} {filter} statistics", entity.as_str()), async || {
            match entity {
                Entity::Span => {
                    let selection = SpanSelection {
                        base: base.clone(),
                        trace_id: None,
                        span_type: None,
                    };
                    store.span_stats(scope, selection).await?;
                }
                _ => {
                    store.trace_stats(scope, base.clone()).await?;
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Metrics of everything but the pieces of hours at both ends.
async fn report_metrics(store: &SqliteStore, scope: &Scope, project: Uuid, traces: u64) -> Result<(), Failure> {
    let at = |millis: u64| Timestamp::from_millis(millis.cast_signed());
    let filters = [
        "",
        r#"[{"field":"duration","operator":">","value":"1000"}]"#,
        r#"[{"field":"tags","operator":"contains","value":"beta"}]"#,
    ];
    for metric in MetricType::ALL {
        let entity = match metric.entity() {
            ferropik_model::MetricEntity::Traces => Entity::Trace,
            ferropik_model::MetricEntity::Spans => Entity::Span,
            ferropik_model::MetricEntity::Threads => Entity::Thread,
        };
        let groups = match entity {
            Entity::Trace => [None, Some(BreakdownBy::Tags)],
            Entity::Span => [None, Some(BreakdownBy::Model)],
            _ => [None, None],
        };
        for (filter, group_by) in [(0, None), (1, None), (2, None), (0, groups[1].clone())] {
            let sub_metric = match metric.measure() {
                Measure::Durations => Some(SubMetric::Percentile(Percentile::P50)),
                Measure::Usage => Some(SubMetric::Named("total_tokens".to_owned())),
                Measure::Scores => Some(SubMetric::Named("quality".to_owned())),
                _ => None,
            };
            for interval in [MetricInterval::Daily, MetricInterval::Total] {
                let query = MetricQuery {
                    range: MetricRange {
                        projects: vec![project],
                        entity: metric.entity(),
                        filter: Filter::from_query_param(entity, filters[filter])?,
                        search: None,
                        from: at(BASE_MILLIS + 1_000_123),
                        to: at(millis_of(traces) - 1_000_321),
                    },
                    measure: metric.measure(),
                    interval,
                    sub_metric: group_by.as_ref().and(sub_metric.clone()),
                    group_by: group_by.clone(),
                };
                let what = format!(
                    "{} {} {} {group_by:?}",
                    metric.as_str(),
                    interval.as_str(),
                    filters[filter]
                );
                measure(&what, async || {
                    store.metric(scope, query.clone()).await?;
                    Ok(())
                })
                .await?;
            }
        }
    }
    measure("costs by start", async || {
        let range = (at(BASE_MILLIS), at(millis_of(traces)));
        store.daily_costs(scope, vec![project], range.0, range.1).await?;
        Ok(())
    })
    .await
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments
        .next()
        .ok_or("usage: columns <directory> <traces> <spans a trace>")?;
    let traces: u64 = arguments.next().unwrap_or_default().parse().unwrap_or(1_000_000);
    let spans: u64 = arguments.next().unwrap_or_default().parse().unwrap_or(2);
    let spacing = arguments.next().unwrap_or_default().parse().unwrap_or(300);
    let _ = SPACING.set(spacing);
    let part = arguments.next().unwrap_or_default();
    let store = SqliteStore::open(&SqliteOptions::new(directory))?;
    let scope = Scope::new(DEFAULT_WORKSPACE_ID, "bench");
    let project = store.ensure_projects(&scope, &["large"]).await?[0];
    if !store.trace_exists(&scope, project, None).await? {
        fill(&store, &scope, project, traces, spans).await?;
    }
    println!("{} at rest", memory());
    if part == "metrics" {
        report_metrics(&store, &scope, project, traces).await?;
        println!("{} with metrics", memory());
        store.close();
        return Ok(());
    }
    let filter = Filter::from_query_param(Entity::Trace, r#"[{"field":"duration","operator":">","value":"1000"}]"#)?;
    let selection = Selection {
        filter,
        ..Selection::all(project)
    };
    let list = List {
        page: 1,
        size: 25,
        sort: None,
        view: View::default(),
    };
    for _ in 0..6 {
        let started = Instant::now();
        store.traces(&scope, selection.clone(), list.clone()).await?;
        println!("first queries: {:.1?}", started.elapsed());
    }
    report(&store, &scope, Entity::Trace, project).await?;
    println!("{} with traces", memory());
    let selection = SpanSelection {
        base: Selection {
            filter: Filter::from_query_param(Entity::Span, r#"[{"field":"duration","operator":">","value":"1000"}]"#)?,
            ..Selection::all(project)
        },
        trace_id: None,
        span_type: None,
    };
    for _ in 0..20 {
        let started = Instant::now();
        store.spans(&scope, selection.clone(), list.clone()).await?;
        let elapsed = started.elapsed();
        println!("first queries of spans: {elapsed:.1?}");
        if elapsed.as_millis() < 100 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    report(&store, &scope, Entity::Span, project).await?;
    println!("{} with spans", memory());
    store.close();
    Ok(())
}
