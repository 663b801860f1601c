//! The Markdown report.

use serde_json::Value;
use std::fmt::Write as _;

/// Measured parts of a report; a missing part is left out of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    /// Name and value pairs of the machine and the run, in order.
    pub(crate) facts: Vec<(String, String)>,
    /// Results of ingest measurements.
    pub(crate) ingest: Vec<Value>,
    /// Result of the load.
    pub(crate) load: Option<Value>,
    /// Result of the query measurement.
    pub(crate) query: Option<Value>,
    /// Result of the load of evaluation data.
    pub(crate) evaluation_load: Option<Value>,
    /// Result of the measurement of evaluation data.
    pub(crate) evaluation: Option<Value>,
}

/// Renders the report.
pub(crate) fn markdown(parts: &Parts) -> String {
    let mut text = String::from("# Performance results\n");
    render(parts, &mut text).expect("writing to a string cannot fail");
    text
}

fn render(parts: &Parts, text: &mut String) -> std::fmt::Result {
    if !parts.facts.is_empty() {
        text.push_str("\n| Fact | Value |\n| --- | --- |\n");
        for (name, value) in &parts.facts {
            writeln!(text, "| {name} | {value} |")?;
        }
    }
    for ingest in &parts.ingest {
        let traces = if ingest["with_traces"] == true {
            " with traces"
        } else {
            ""
        };
        let reads = if ingest["page_reads_meanwhile"].is_object() {
            " while pages are read"
        } else {
            ""
        };
        writeln!(text, "\n## Sustained ingest of spans{traces}{reads}\n")?;
        text.push_str(
            "Bodies are prepared beforehand; the clock runs from the first request to the last confirmation.\n\n",
        );
        transfer(ingest, text)?;
    }
    if let Some(load) = &parts.load {
        text.push_str("\n## Load of the data set\n\nThe client generates and compresses while it sends, on the same processor.\n\n");
        transfer(load, text)?;
    }
    if let Some(query) = &parts.query {
        queries(query, text)?;
    }
    if let Some(load) = &parts.evaluation_load {
        phases(load, text)?;
    }
    if let Some(query) = &parts.evaluation {
        queries(query, text)?;
    }
    Ok(())
}

fn phases(load: &Value, text: &mut String) -> std::fmt::Result {
    text.push_str("\n## Load of evaluation data\n\n");
    text.push_str("| Rows | Count | Seconds | Rows/s | Request p50 / p99 / max, ms |\n| --- | --- | --- | --- | --- |\n");
    for phase in load["phases"].as_array().map(Vec::as_slice).unwrap_or_default() {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            phase["name"].as_str().unwrap_or_default(),
            count(&phase["rows"]),
            number(&phase["seconds"], 1),
            count(&phase["rows_per_second"]),
            spread(&phase["requests"]),
        )?;
    }
    Ok(())
}

fn transfer(result: &Value, text: &mut String) -> std::fmt::Result {
    text.push_str("| Figure | Value |\n| --- | --- |\n");
    let usage = &result["usage"];
    let memory = &usage["server_memory"];
    let rows = [
        ("spans", count(&result["spans"])),
        ("traces", count(&result["traces"])),
        ("seconds", number(&result["seconds"], 1)),
        ("**spans/s**", format!("**{}**", count(&result["spans_per_second"]))),
        ("rows/s (traces + spans)", count(&result["rows_per_second"])),
        (
            "JSON / gzip bytes sent",
            format!(
                "{} / {}",
                bytes(&result["raw_json_bytes"]),
                bytes(&result["gzip_bytes"])
            ),
        ),
        ("span batch p50 / p99 / max, ms", spread(&result["span_batches"])),
        ("trace batch p50 / p99 / max, ms", spread(&result["trace_batches"])),
        ("score batch p50 / p99 / max, ms", spread(&result["score_batches"])),
        (
            "page of 100 spans read meanwhile p50 / p99 / max, ms",
            spread(&result["page_reads_meanwhile"]),
        ),
        ("server CPU, s", number(&usage["server_cpu_seconds"], 1)),
        ("client CPU, s", number(&usage["client_cpu_seconds"], 1)),
        (
            "of that generating and compressing, s",
            number(&result["producer_cpu_seconds"], 1),
        ),
        ("server CPU per span, µs", number(&result["server_cpu_us_per_span"], 1)),
        ("client CPU per span, µs", number(&result["client_cpu_us_per_span"], 1)),
        (
            "server memory without file pages, highest",
            bytes(&usage["server_highest_anonymous_bytes"]),
        ),
        (
            "server resident set, end / peak",
            format!(
                "{} / {}",
                bytes(&memory["resident_bytes"]),
                bytes(&memory["peak_bytes"])
            ),
        ),
    ];
    for (name, value) in rows {
        if !value.contains(MISSING) {
            writeln!(text, "| {name} | {value} |")?;
        }
    }
    Ok(())
}

fn queries(query: &Value, text: &mut String) -> std::fmt::Result {
    let cases = query["cases"].as_array().map(Vec::as_slice).unwrap_or_default();
    let over = if query["items"].is_null() {
        format!("{} traces", count(&query["traces"]))
    } else {
        format!(
            "{} dataset items, two experiments with {} items each, {} experiments",
            count(&query["items"]),
            count(&query["runs"]),
            count(&query["experiments"])
        )
    };
    writeln!(
        text,
        "\n## Queries over {over}\n\nOne client, times in milliseconds including the transfer of the answer. \
         `first` is the first request of the case. ✓ = the 99th percentile meets the target, ~ = only the median does, ✗ = neither."
    )?;
    let mut group = "";
    for case in cases {
        let case_group = case["group"].as_str().unwrap_or_default();
        if case_group != group {
            group = case_group;
            writeln!(text, "\n### {group}\n")?;
            text.push_str("| Operation | p50 | p90 | p99 | max | first | runs | matches | reply | target | |\n");
            text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        }
        let name = case["name"].as_str().unwrap_or_default();
        if let Some(error) = case["error"].as_str() {
            writeln!(text, "| {name} | failed: {} |", error.replace(['|', '\n'], " "))?;
            continue;
        }
        let verdict = match case["verdict"].as_str() {
            Some("met") => "✓",
            Some("median") => "~",
            Some(_) => "✗",
            None => "",
        };
        let matches = if case["total"].is_null() {
            &case["returned"]
        } else {
            &case["total"]
        };
        let or_blank = |value: String| {
            if value == MISSING { String::new() } else { value }
        };
        writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {verdict} |",
            number(&case["p50_ms"], 2),
            number(&case["p90_ms"], 2),
            number(&case["p99_ms"], 2),
            number(&case["max_ms"], 2),
            number(&case["first_ms"], 2),
            count(&case["count"]),
            or_blank(count(matches)),
            bytes(&case["reply_bytes"]),
            or_blank(number(&case["target_ms"], 0)),
        )?;
    }
    let memory = &query["server_memory"];
    if memory.is_object() {
        writeln!(
            text,
            "\nServer memory afterwards: {} resident, {} without file pages, {} peak.",
            bytes(&memory["resident_bytes"]),
            bytes(&memory["anonymous_bytes"]),
            bytes(&memory["peak_bytes"])
        )?;
    }
    Ok(())
}

/// Stands for a figure that was not measured.
const MISSING: &str = "–";

fn number(value: &Value, decimals: usize) -> String {
    value
        .as_f64()
        .map_or_else(|| MISSING.to_owned(), |value| format!("{value:.decimals$}"))
}

/// A whole number with a blank between groups of three digits.
fn count(value: &Value) -> String {
    let Some(value) = value.as_f64() else {
        return MISSING.to_owned();
    };
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A size in decimal units.
pub(crate) fn bytes(value: &Value) -> String {
    let Some(value) = value.as_f64() else {
        return MISSING.to_owned();
    };
    match value {
        0.0..1e3 => format!("{value:.0} B"),
        1e3..1e6 => format!("{:.1} kB", value / 1e3),
        1e6..1e9 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.2} GB", value / 1e9),
    }
}

fn spread(summary: &Value) -> String {
    if summary["count"].as_u64().unwrap_or(0) == 0 {
        return MISSING.to_owned();
    }
    format!(
        "{} / {} / {}",
        number(&summary["p50_ms"], 1),
        number(&summary["p99_ms"], 1),
        number(&summary["max_ms"], 1)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_are_readable() {
        assert_eq!(count(&json!(1_234_567)), "1 234 567");
        assert_eq!(count(&json!(12)), "12");
        assert_eq!(count(&Value::Null), MISSING);
        assert_eq!(bytes(&json!(999)), "999 B");
        assert_eq!(bytes(&json!(1_500_000)), "1.5 MB");
        assert_eq!(bytes(&json!(16_900_000_000_u64)), "16.90 GB");
    }

    #[test]
    fn report_marks_targets_and_failures() {
        let case = |name: &str, verdict: &str| {
            json!({"group": "Pages", "name": name, "target_ms": 15.0, "p50_ms": 1.0, "p90_ms": 2.0, "p99_ms": 3.0,
                   "max_ms": 4.0, "first_ms": 9.0, "count": 30, "returned": 100, "total": 80_000,
                   "reply_bytes": 250_000, "verdict": verdict})
        };
        let query = json!({"traces": 100_000, "cases": [
            case("quick", "met"), case("uneven", "median"), case("slow", "missed"),
            {"group": "Pages", "name": "broken", "error": "answered 500: a|b"},
        ]});
        let parts = Parts {
            facts: vec![("seed".into(), "1".into())],
            ingest: vec![
                json!({"spans": 1000, "spans_per_second": 90_000, "usage": {}}),
                json!({"spans": 1000, "with_traces": true, "page_reads_meanwhile": {"count": 1, "p50_ms": 0.5}}),
            ],
            query: Some(query),
            ..Parts::default()
        };
        let text = markdown(&parts);
        assert!(text.contains("| seed | 1 |"));
        assert!(text.contains("| **spans/s** | **90 000** |"));
        assert!(!text.contains("client CPU"), "unmeasured figures are left out");
        assert!(text.contains("| quick | 1.00 | 2.00 | 3.00 | 4.00 | 9.00 | 30 | 80 000 | 250.0 kB | 15 | ✓ |"));
        assert!(text.contains("| 15 | ~ |") && text.contains("| 15 | ✗ |"));
        assert!(text.contains("| broken | failed: answered 500: a b |"));
    }

    #[test]
    fn evaluation_data_has_tables_of_its_own() {
        let parts = Parts {
            evaluation_load: Some(json!({"phases": [{"name": "traces", "rows": 2_000, "seconds": 0.5,
                "rows_per_second": 4_000, "requests": {"count": 2, "p50_ms": 1.0, "p99_ms": 2.0, "max_ms": 3.0}}]})),
            evaluation: Some(json!({"items": 1_000, "runs": 100, "experiments": 12, "cases": []})),
            ..Parts::default()
        };
        let text = markdown(&parts);
        assert!(text.contains("| traces | 2 000 | 0.5 | 4 000 | 1.0 / 2.0 / 3.0 |"));
        assert!(text.contains("## Queries over 1 000 dataset items, two experiments with 100 items each, 12 experiments"));
    }
}
