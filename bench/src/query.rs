//! Runs the read cases against a loaded server.

use crate::cases::{Case, CaseBuilder};
use crate::client::{Call, Connection};
use crate::dataset::Dataset;
use crate::evaluation::{COMPARED, Evaluation};
use crate::evaluation_cases;
use crate::latency::{Latencies, rounded};
use crate::load::Target;
use crate::process::Memory;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long each case is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Wanted repetitions.
    pub(crate) repetitions: usize,
    /// A case stops early after this time, but not before five repetitions.
    pub(crate) budget: Duration,
}

const MINIMUM_REPETITIONS: usize = 5;

/// Measures all cases whose group or name contains `only` (all when empty), one request at a time.
/// A failing case is reported with its error instead of ending the run.
///
/// # Errors
/// When the server cannot be reached or does not know the data set.
pub(crate) async fn run(target: &Target, dataset: &Dataset, effort: Effort, only: &str) -> anyhow::Result<Value> {
    let mut connection = Connection::new(&target.address);
    let project = find_project(&mut connection, &dataset.projects[0]).await?;
    let cases = CaseBuilder::new(dataset, &project).build(effort.repetitions);
    let mut result = run_cases(target, &mut connection, cases, effort, only).await?;
    result["traces"] = json!(dataset.traces);
    Ok(result)
}

/// Measures cases of evaluation data in the same way.
///
/// # Errors
/// When the server's process cannot be read.
pub(crate) async fn run_evaluation(
    target: &Target,
    data: &Evaluation,
    effort: Effort,
    only: &str,
) -> anyhow::Result<Value> {
    let mut connection = Connection::new(&target.address);
    let cases = evaluation_cases::cases(data);
    let mut result = run_cases(target, &mut connection, cases, effort, only).await?;
    result["items"] = json!(data.items);
    result["runs"] = json!(data.runs);
    result["experiments"] = json!(data.experiments + COMPARED);
    Ok(result)
}

async fn run_cases(
    target: &Target,
    connection: &mut Connection,
    cases: Vec<Case>,
    effort: Effort,
    only: &str,
) -> anyhow::Result<Value> {
    let mut results = Vec::new();
    for case in cases {
        if !case.name.contains(only) && !case.group.contains(only) {
            continue;
        }
        let result = match measure(connection, &case, effort).await {
            Ok(measured) => measured,
            Err(error) => json!({"error": format!("{error:#}")}),
        };
        eprintln!("{} / {}: {}", case.group, case.name, outline(&result));
        let mut entry = json!({"group": case.group, "name": case.name, "target_ms": case.target_ms});
        merge(&mut entry, result);
        results.push(entry);
    }
    let memory = target.pid.map(Memory::read).transpose()?;
    Ok(json!({
        "repetitions": effort.repetitions,
        "server_memory": memory.map(Memory::to_json),
        "cases": results,
    }))
}

/// Number of cases that could not be measured.
pub(crate) fn failures(results: &Value) -> usize {
    let cases = results["cases"].as_array().map(Vec::as_slice).unwrap_or_default();
    cases.iter().filter(|case| case.get("error").is_some()).count()
}

fn outline(result: &Value) -> String {
    match result.get("error") {
        Some(error) => format!("failed: {error}"),
        None => format!(
            "p50 {} ms, p99 {} ms, total {}",
            result["p50_ms"], result["p99_ms"], result["total"]
        ),
    }
}

fn merge(entry: &mut Value, more: Value) {
    if let (Some(entry), Value::Object(more)) = (entry.as_object_mut(), more) {
        entry.extend(more);
    }
}

async fn find_project(connection: &mut Connection, name: &str) -> anyhow::Result<String> {
    let call = Call::get(format!("/api/v1/private/projects?page=1&size=100&name={name}"));
    let reply = connection.send(&call).await?.expect_success(&call)?;
    let page: Value = serde_json::from_slice(&reply.body).context("understand the project list")?;
    let projects = page["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = projects.iter().find(|project| project["name"] == name);
    let id = found.and_then(|project| project["id"].as_str());
    Ok(id
        .with_context(|| format!("the server has no project {name}; load the data set first"))?
        .to_owned())
}

/// Repeats one case. The first request is reported apart, since it may meet cold caches.
async fn measure(connection: &mut Connection, case: &Case, effort: Effort) -> anyhow::Result<Value> {
    let mut latencies = Latencies::default();
    let mut variants = case.variants.iter().cycle();
    let first = case.variants.first().context("the case has no requests")?;
    let (first_elapsed, last_body) = perform(connection, first).await?;
    let shape = describe(&last_body);
    if case.writes {
        variants.next();
    }
    let wanted = if case.writes {
        case.variants.len().saturating_sub(1).max(1)
    } else {
        effort.repetitions.max(1)
    };
    let started = Instant::now();
    while latencies.len() < wanted {
        if latencies.len() >= MINIMUM_REPETITIONS && started.elapsed() > effort.budget {
            break;
        }
        let calls = variants.next().context("the case has no requests")?;
        latencies.push(perform(connection, calls).await?.0);
    }
    let mut result = latencies.summary();
    merge(&mut result, shape);
    result["first_ms"] = json!(rounded(first_elapsed.as_secs_f64() * 1000.0));
    if let Some(target_ms) = case.target_ms {
        result["verdict"] = json!(verdict(
            target_ms,
            latencies.percentile(50.0),
            latencies.percentile(99.0)
        ));
    }
    Ok(result)
}

/// `met` when even the 99th percentile is within the target, `median` when only the median is.
fn verdict(target_ms: f64, p50_ms: f64, p99_ms: f64) -> &'static str {
    if p99_ms <= target_ms {
        "met"
    } else if p50_ms <= target_ms {
        "median"
    } else {
        "missed"
    }
}

async fn perform(connection: &mut Connection, calls: &[Call]) -> anyhow::Result<(Duration, bytes::Bytes)> {
    let mut elapsed = Duration::ZERO;
    let mut body = bytes::Bytes::new();
    for call in calls {
        let reply = connection.send(call).await?.expect_success(call)?;
        elapsed += reply.elapsed;
        body = reply.body;
    }
    Ok((elapsed, body))
}

/// Size of an answer and the number of items it holds or counts.
fn describe(body: &[u8]) -> Value {
    let (returned, total) = match serde_json::from_slice::<Value>(body) {
        Ok(page) => {
            let count = |list: &Value| list.as_array().map(|items| json!(items.len()));
            let returned = count(&page["content"])
                .or_else(|| count(&page["stats"]))
                .unwrap_or(Value::Null);
            let counted = page["stats"].as_array().and_then(|stats| {
                let count = stats.iter().find(|stat| stat["type"] == "COUNT")?;
                Some(count["value"].clone())
            });
            (returned, counted.unwrap_or_else(|| page["total"].clone()))
        }
        // A stream: one object per line.
        Err(_) => (json!(body.iter().filter(|byte| **byte == b'\n').count()), Value::Null),
    };
    json!({"reply_bytes": body.len(), "returned": returned, "total": total})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_compares_both_percentiles() {
        assert_eq!(verdict(15.0, 3.0, 15.0), "met");
        assert_eq!(verdict(15.0, 3.0, 15.1), "median");
        assert_eq!(verdict(15.0, 16.0, 20.0), "missed");
    }

    #[test]
    fn answers_are_described_by_their_counts() {
        let page = describe(br#"{"page":1,"size":2,"total":70,"content":[{},{}]}"#);
        assert_eq!((&page["returned"], &page["total"]), (&json!(2), &json!(70)));
        let stats = describe(
            br#"{"stats":[{"name":"trace_count","type":"COUNT","value":9},{"name":"tags","type":"AVG","value":1}]}"#,
        );
        assert_eq!((&stats["returned"], &stats["total"]), (&json!(2), &json!(9)));
        let stream = describe(b"{\"id\":1}\r\n{\"id\":2}\r\n");
        assert_eq!((&stream["returned"], &stream["reply_bytes"]), (&json!(2), &json!(20)));
        assert_eq!(describe(b"")["reply_bytes"], 0);
    }
}
