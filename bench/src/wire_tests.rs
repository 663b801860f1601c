use super::*;
use crate::corpus::{COMMON_WORD, RARE_WORD};
use crate::dataset::{DEFAULT_START_US, WIDE_TRACE_SPANS, WINDOW_US};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

const TRACES: u64 = 6_000;

fn dataset() -> Dataset {
    Dataset::new(1, 0, TRACES, DEFAULT_START_US, "bench")
}

fn bodies(dataset: &Dataset, rows: std::ops::Range<u64>) -> Vec<Body> {
    let corpus = Corpus::new();
    let mut writer = BodyWriter::new(dataset, &corpus, 1000, 6).expect("valid level");
    let mut full = Vec::new();
    for row in rows {
        writer.add(&dataset.plan(row), &mut full);
    }
    writer.flush(&mut full);
    full
}

fn json(body: &Body) -> Value {
    let mut raw = vec![0; body.raw_len];
    let length = libdeflater::Decompressor::new()
        .gzip_decompress(&body.gzip, &mut raw)
        .expect("valid gzip");
    assert_eq!(length, body.raw_len);
    serde_json::from_slice(&raw).expect("valid JSON")
}

fn elements(bodies: &[Body], route: Route, key: &str) -> Vec<Value> {
    bodies
        .iter()
        .filter(|body| body.route == route)
        .flat_map(|body| {
            let list = json(body)[key].as_array().expect("an array").clone();
            assert_eq!(list.len(), body.rows);
            assert!(list.len() <= 1000);
            list
        })
        .collect()
}

fn mean(rows: &[&Value], field: &str) -> f64 {
    let bytes: usize = rows
        .iter()
        .map(|row| row.get(field).map_or(0, |value| value.to_string().len()))
        .sum();
    bytes as f64 / rows.len() as f64
}

#[track_caller]
fn assert_near(what: &str, value: f64, expected: f64, tolerance: f64) {
    let relative = (value - expected).abs() / expected;
    assert!(relative <= tolerance, "{what}: {value} instead of {expected}");
}

#[test]
fn instants_have_microseconds_and_zone() {
    assert_eq!(instant(DEFAULT_START_US), "2026-01-01T00:00:00.000000Z");
    assert_eq!(
        instant(DEFAULT_START_US + 86_400_000_001),
        "2026-01-02T00:00:00.000001Z"
    );
}

#[test]
fn equal_parameters_give_equal_bytes() {
    let first = bodies(&dataset(), 100..160);
    let second = bodies(&dataset(), 100..160);
    assert!(first.iter().zip(&second).all(|(a, b)| a.gzip == b.gzip));
    let mut other = dataset();
    other.seed = 2;
    assert_ne!(first[0].gzip, bodies(&other, 100..160)[0].gzip);
}

#[test]
fn rows_do_not_depend_on_their_neighbours() {
    let traces = |rows| elements(&bodies(&dataset(), rows), Route::Traces, "traces");
    let range = traces(10..20);
    assert_eq!(range[3], traces(13..14)[0]);
}

#[test]
fn trace_ids_are_version_7_and_ordered_and_all_ids_are_unique() {
    let dataset = dataset();
    let mut seen = HashSet::new();
    let mut previous = Uuid::nil();
    for row in 0..TRACES {
        let plan = dataset.plan(row);
        assert!(plan.id > previous, "row {row}");
        previous = plan.id;
        for (id, start_us) in
            std::iter::once((plan.id, plan.start_us)).chain(plan.spans.iter().map(|span| (span.id, span.start_us)))
        {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            let (seconds, nanos) = id.get_timestamp().expect("version 7 has a time").to_unix();
            assert_eq!((seconds * 1000 + u64::from(nanos) / 1_000_000) as i64, start_us / 1000);
            assert!(seen.insert(id));
        }
        assert!((0..WINDOW_US).contains(&(plan.start_us - DEFAULT_START_US)));
    }
}

#[test]
fn dense_data_sets_keep_the_order() {
    let dataset = Dataset::new(3, 0, 2_000_000_000, DEFAULT_START_US, "dense");
    let ids: Vec<Uuid> = (4_000..8_000).map(|row| dataset.plan(row).id).collect();
    assert!(ids.is_sorted());
}

#[test]
fn payload_sizes_match_the_described_averages() {
    let bodies = bodies(&dataset(), 0..TRACES);
    let traces = elements(&bodies, Route::Traces, "traces");
    let spans = elements(&bodies, Route::Spans, "spans");
    let rows: Vec<&Value> = traces.iter().chain(&spans).collect();
    assert_near("input", mean(&rows, "input"), 1_073.0, 0.05);
    assert_near("output", mean(&rows, "output"), 984.0, 0.05);
    assert_near("metadata", mean(&rows, "metadata"), 765.0, 0.03);

    let span_bodies: Vec<&Body> = bodies.iter().filter(|body| body.route == Route::Spans).collect();
    let raw: usize = span_bodies.iter().map(|body| body.raw_len).sum();
    let packed: usize = span_bodies.iter().map(|body| body.gzip.len()).sum();
    let per_span = raw as f64 / spans.len() as f64;
    assert!((2_800.0..3_450.0).contains(&per_span), "{per_span} bytes per span");
    let ratio = raw as f64 / packed as f64;
    assert!((3.2..4.2).contains(&ratio), "gzip ratio {ratio}");
}

#[test]
fn shares_match_the_description() {
    let dataset = dataset();
    let plans: Vec<TracePlan> = (0..TRACES).map(|row| dataset.plan(row)).collect();
    let share =
        |test: &dyn Fn(&TracePlan) -> bool| plans.iter().filter(|plan| test(plan)).count() as f64 / TRACES as f64;
    for (project, expected) in [0.80, 0.14, 0.05].into_iter().enumerate() {
        assert_near("project share", share(&|plan| plan.project == project), expected, 0.2);
    }
    assert_near("threaded", share(&|plan| plan.thread.is_some()), 0.30, 0.001);
    assert_near("open", share(&|plan| plan.end_us.is_none()), 0.02, 0.25);
    assert_near("failed", share(&|plan| plan.failed), 0.03, 0.25);
    assert_near("scored", share(&|plan| plan.scores.is_some()), 0.40, 0.05);
    let rare = share(&|plan| plan.rare);
    assert!((0.0003..0.002).contains(&rare), "{rare}");

    let span_count: usize = plans.iter().map(|plan| plan.spans.len()).sum();
    assert_near("spans per trace", span_count as f64 / TRACES as f64, 5.0, 0.02);
    assert!(
        plans
            .iter()
            .all(|plan| (3..=7).contains(&plan.spans.len()) && plan.tags.len() <= 3)
    );
    assert!(
        plans
            .iter()
            .all(|plan| plan.spans.iter().any(|span| span.kind == Kind::Llm))
    );

    let mut threads: HashMap<u64, Vec<usize>> = HashMap::new();
    for plan in &plans {
        if let Some(thread) = plan.thread {
            threads.entry(thread).or_default().push(plan.project);
        }
    }
    let per_thread = threads.values().map(Vec::len).sum::<usize>() as f64 / threads.len() as f64;
    assert_near("traces per thread", per_thread, 5.0, 0.03);
    assert!(
        threads
            .values()
            .all(|projects| projects.iter().all(|project| *project == projects[0]))
    );
}

#[test]
fn objects_have_the_shape_the_sdk_sends() {
    let bodies = bodies(&dataset(), 0..1_000);
    let traces = elements(&bodies, Route::Traces, "traces");
    let spans = elements(&bodies, Route::Spans, "spans");
    let scores = elements(&bodies, Route::Scores, "scores");
    let by_id: HashMap<&str, &Value> = traces
        .iter()
        .filter_map(|trace| Some((trace["id"].as_str()?, trace)))
        .collect();
    let span_ids: HashSet<&str> = spans.iter().filter_map(|span| span["id"].as_str()).collect();
    let mut calls = 0;
    for span in &spans {
        let trace = by_id[span["trace_id"].as_str().expect("a trace id")];
        assert_eq!(span["project_name"], trace["project_name"]);
        assert_eq!(span["source"], "sdk");
        assert!(span["last_updated_at"].is_string());
        match span.get("parent_span_id") {
            Some(parent) => assert!(span_ids.contains(parent.as_str().expect("a string"))),
            None => {
                assert_eq!(span["input"], trace["input"]);
                assert_eq!(span.get("output"), trace.get("output"));
                assert_eq!(span.get("end_time"), trace.get("end_time"));
            }
        }
        assert_eq!(span["type"] == "llm", span.get("usage").is_some());
        if span["type"] == "llm" {
            calls += 1;
            let usage = span["usage"].as_object().expect("a usage map");
            assert!(usage.values().all(Value::is_u64), "usage is flat");
            assert!(usage.keys().any(|key| key.starts_with("original_usage.")));
            assert_eq!(
                span["provider"] == "self_hosted",
                span.get("total_estimated_cost").is_some()
            );
        }
    }
    assert!(calls > 1_000);
    let plan = dataset().plan(0);
    assert_eq!(traces[0]["id"], plan.id.to_string());
    assert_eq!(traces[0]["metadata"]["user"]["id"], format!("user-{:05}", plan.user));
    assert!(scores.iter().all(|score| {
        let value = score["value"].as_f64().expect("a number");
        (0.0..=1.0).contains(&value) && by_id.contains_key(score["id"].as_str().expect("an id"))
    }));
    let holds = |word: &str| {
        traces
            .iter()
            .filter(|trace| trace["input"].to_string().contains(word))
            .count() as f64
            / traces.len() as f64
    };
    assert!((0.001..0.08).contains(&holds(COMMON_WORD)), "{}", holds(COMMON_WORD));
    let rare_rows = (0..1_000).filter(|row| dataset().plan(*row).rare).count() as f64 / 1_000.0;
    assert_near("rare word", holds(RARE_WORD).max(1e-9), rare_rows.max(1e-9), 0.0001);
}

#[test]
fn wide_trace_has_its_spans_in_groups() {
    let plan = dataset().plan_wide();
    assert_eq!(plan.spans.len(), WIDE_TRACE_SPANS);
    let children_of_root = plan.spans.iter().filter(|span| span.parent == Some(0)).count();
    assert_eq!(children_of_root, WIDE_TRACE_SPANS / 100);
    assert!(
        plan.spans
            .iter()
            .enumerate()
            .all(|(index, span)| span.parent.is_none_or(|parent| parent < index))
    );
    assert!(plan.start_us > DEFAULT_START_US && plan.start_us < DEFAULT_START_US + WINDOW_US);
}
