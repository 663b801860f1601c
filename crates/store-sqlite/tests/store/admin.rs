//! Checks and copies of a data directory.

use std::fs;

use ferropik_store::{ScoreTarget, TraceStore, View};
use ferropik_store_sqlite::admin::{AdminError, DoctorOptions, backup, doctor, restore};

use crate::support::{Fixture, fixture, id, json, new_span, new_trace, open, texts, usage};

/// A store with a bit of everything.
async fn filled() -> Fixture {
    let fixture = fixture();
    let project = fixture.project("p").await;
    for n in 0..5 {
        let mut trace = new_trace(id(n), project, 1);
        trace.trace.input = json(&format!("\"{}\"", "long text ".repeat(50)));
        trace.trace.end_time = Some(crate::support::at(5));
        trace.trace.tags = Some(texts(&["x"]));
        trace.trace.thread_id = Some("chat".to_owned());
        fixture.put(vec![trace]).await;
        let mut span = new_span(id(10 + n), id(n), project, 1);
        span.span.usage = Some(usage(&[("total_tokens", 3)]));
        span.cost = rust_decimal::Decimal::ONE;
        fixture.put_spans(vec![span]).await;
        fixture.score(ScoreTarget::Trace(id(n)), project, "quality", "1").await;
        fixture
            .score(ScoreTarget::Span(id(10 + n)), project, "speed", "1")
            .await;
    }
    fixture
}

#[tokio::test]
async fn a_healthy_directory_has_a_clean_report() {
    let fixture = filled().await;
    let report = fixture.doctor();
    assert!(report.is_healthy(), "{report}");
    assert_eq!(report.schema_version, report.known_schema_version);
    assert_eq!(
        (report.rows["trace"], report.rows["span"], report.rows["thread"]),
        (5, 5, 1)
    );
    assert_eq!(report.payloads_checked, 5);
    assert!(report.sizes.pages > 0 && report.sizes.log > 0);
    assert!(
        report
            .sizes
            .objects
            .iter()
            .any(|object| object.name == "trace_by_project" && object.bytes > 0)
    );
    let text = report.to_string();
    assert!(
        text.contains("no problems found") && text.contains("trace_by_project"),
        "{text}"
    );
    fixture.store.close();
    assert!(
        doctor(
            fixture.directory.path(),
            DoctorOptions {
                full_integrity: false,
                deep: false
            }
        )
        .unwrap()
        .is_healthy()
    );
}

#[tokio::test]
async fn every_kind_of_drift_is_found() {
    for (sql, problem) in [
        (
            "UPDATE trace SET span_count = span_count + 1 WHERE seq = 2",
            "sums of a trace differ from its spans",
        ),
        (
            "UPDATE trace SET cost = 5 WHERE seq = 1",
            "sums of a trace differ from its spans",
        ),
        (
            "UPDATE trace SET totals = NULL WHERE seq = 1",
            "sums of a trace differ from its spans",
        ),
        (
            "UPDATE span SET type = 3 WHERE seq = 1",
            "sums of a trace differ from its spans",
        ),
        (
            "UPDATE thread SET trace_count = 9",
            "sums of a thread differ from its traces",
        ),
        (
            "UPDATE thread SET start_ns = 1",
            "time of a thread differs from its traces",
        ),
        (
            "UPDATE thread SET last_trace = 999",
            "first or last trace of a thread is another one",
        ),
        (
            "UPDATE trace SET end_ns = end_ns + 1000000000 WHERE seq = 1",
            "sums of an hour differ from its rows",
        ),
        (
            "UPDATE rollup SET histogram = NULL WHERE kind = 1",
            "sums of an hour differ from its rows",
        ),
        (
            "DELETE FROM rollup WHERE kind = 2",
            "sums of an hour differ from its rows",
        ),
        (
            "UPDATE usage_rollup SET total = total + 1",
            "usage of an hour differs from its rows",
        ),
        (
            "DELETE FROM score_rollup WHERE kind = 4",
            "scores of an hour differ from its rows",
        ),
        (
            "UPDATE score SET value = 0 WHERE kind = 1 AND entity = 1",
            "aggregated score is missing",
        ),
        (
            "INSERT INTO score_value VALUES (1, 2, 3, 4, 5)",
            "number of aggregated scores differs",
        ),
        (
            "DELETE FROM trace_tag WHERE trace = 1",
            "tag of a trace cannot be found by",
        ),
        ("INSERT INTO trace_tag VALUES (2, 1, 77)", "number of tags differs"),
        (
            "DELETE FROM trace_payload WHERE seq = 1",
            "input of a trace is missing or not noted",
        ),
        (
            "UPDATE trace SET flags = flags | 4 WHERE seq = 1",
            "output of a trace is missing or not noted",
        ),
        (
            "INSERT INTO span_payload (seq) VALUES (99)",
            "payload of a span that does not exist",
        ),
        (
            "UPDATE trace_payload SET input = x'0102' WHERE seq = 3",
            "payload cannot be read",
        ),
        (
            "UPDATE span SET trace = 99 WHERE seq = 1",
            "span of a trace that does not exist",
        ),
        (
            "UPDATE trace SET flags = flags & ~32 WHERE seq = 1",
            "scores of a trace are not noted",
        ),
        (
            "DELETE FROM thread",
            "trace in a thread that does not exist or is in another project",
        ),
        (
            "INSERT INTO guardrail VALUES (1, 1, x'00', 1, 1, x'', x'', 0, 1)",
            "number of failed guardrails differs",
        ),
        (
            "UPDATE span SET project = 1 WHERE seq = 1",
            "project does not know of its spans in traces of other projects",
        ),
        (
            "DELETE FROM project WHERE name = 'p'",
            "rows of a project that does not exist",
        ),
        (
            "INSERT INTO otel_trace VALUES (77, x'01', zeroblob(16), 0)",
            "rows of a project that does not exist",
        ),
        (
            "INSERT INTO otel_trace VALUES (1, x'01', x'02', 0)",
            "id of a trace of OpenTelemetry cannot be read",
        ),
        ("DELETE FROM string WHERE text = 'run'", "text of a number is missing"),
    ] {
        let fixture = filled().await;
        fixture.sql(sql);
        let report = fixture.doctor();
        let problems: Vec<&str> = report.findings.iter().map(|finding| finding.problem.as_str()).collect();
        assert!(problems.contains(&problem), "{sql}: {problems:?}");
        assert!(!report.is_healthy() && report.to_string().contains("there are problems"));
    }
}

#[tokio::test]
async fn a_damaged_file_is_found() {
    let fixture = filled().await;
    fixture.store.close();
    let path = fixture.directory.path().join("ferropik.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 8_192 * 8_192;
    for page in [middle, middle + 8_192, middle + 16_384] {
        bytes[page..page + 200].fill(0xee);
    }
    fs::write(&path, bytes).unwrap();
    let report = doctor(fixture.directory.path(), DoctorOptions::default()).unwrap();
    assert!(!report.is_healthy());
    assert!(!report.integrity.is_empty(), "{report}");
    let target = tempfile::tempdir().unwrap();
    assert!(matches!(
        restore(fixture.directory.path(), &target.path().join("new")),
        Err(AdminError::Damaged { .. })
    ));
}

#[test]
fn a_directory_without_a_database_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let missing = doctor(directory.path(), DoctorOptions::default());
    assert!(matches!(missing, Err(AdminError::NoDatabase { .. })));
    let missing = backup(directory.path(), &directory.path().join("b"));
    assert!(matches!(missing, Err(AdminError::NoDatabase { .. })));
    assert!(matches!(
        restore(directory.path(), &directory.path().join("b")),
        Err(AdminError::NoDatabase { .. })
    ));
    fs::write(directory.path().join("ferropik.db"), "").unwrap();
    let stranger = rusqlite::Connection::open(directory.path().join("ferropik.db")).unwrap();
    stranger.execute_batch("CREATE TABLE x (y)").unwrap();
    let foreign = doctor(directory.path(), DoctorOptions::default());
    assert!(matches!(foreign, Err(AdminError::Migration(_))));
}

#[tokio::test]
async fn a_backup_beside_a_running_store_can_be_restored() {
    let fixture = filled().await;
    let files = fixture.directory.path().join("attachments/opik/traces");
    fs::create_dir_all(&files).unwrap();
    fs::write(files.join("one.png"), "bytes").unwrap();
    fs::write(files.join("two.png#1"), "unfinished").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let destination = elsewhere.path().join("backups/today");
    let copied = backup(fixture.directory.path(), &destination).unwrap();
    assert_eq!((copied.traces, copied.spans), (5, 5));
    assert_eq!((copied.attachment_files, copied.attachment_bytes), (1, 5));
    assert!(copied.database_bytes > 0);
    let again = backup(fixture.directory.path(), &destination);
    assert!(matches!(again, Err(AdminError::NotEmpty { .. })));
    let inside = backup(fixture.directory.path(), &files.join("backup"));
    assert!(matches!(inside, Err(AdminError::Inside { .. })));

    // What is written after the backup is not in it.
    let project = fixture.project("p").await;
    fixture.put(vec![new_trace(id(100), project, 1)]).await;

    let target = elsewhere.path().join("data");
    assert_eq!(restore(&destination, &target).unwrap(), copied);
    assert_eq!(
        fs::read_to_string(target.join("attachments/opik/traces/one.png")).unwrap(),
        "bytes"
    );
    assert!(!target.join("attachments/opik/traces/two.png#1").exists());
    let report = doctor(
        &target,
        DoctorOptions {
            full_integrity: true,
            deep: true,
        },
    )
    .unwrap();
    assert!(report.is_healthy(), "{report}");
    let store = open(&target);
    assert!(
        store
            .trace(&fixture.scope, id(4), View::default())
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .trace(&fixture.scope, id(100), View::default())
            .await
            .unwrap()
            .is_none()
    );
    assert!(matches!(restore(&destination, &target), Err(AdminError::InUse { .. })));
    store.close();
    drop(store);
    assert!(matches!(
        restore(&destination, &target),
        Err(AdminError::NotEmpty { .. })
    ));
    assert!(
        doctor(&destination, DoctorOptions::default()).unwrap().is_healthy(),
        "the backup is as it was"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_during_writes_are_consistent() {
    let fixture = filled().await;
    let project = fixture.project("p").await;
    let elsewhere = tempfile::tempdir().unwrap();
    let data_dir = fixture.directory.path().to_owned();
    let destination = elsewhere.path().to_owned();
    let copies = tokio::task::spawn_blocking(move || {
        (0..8)
            .map(|n| backup(&data_dir, &destination.join(n.to_string())).unwrap().traces)
            .collect::<Vec<_>>()
    });
    let mut n = 100;
    while !copies.is_finished() {
        fixture
            .put((n..n + 10).map(|n| new_trace(id(n), project, 1)).collect())
            .await;
        fixture
            .put_spans(
                (n..n + 10)
                    .map(|n| new_span(id(100_000 + n), id(n), project, 1))
                    .collect(),
            )
            .await;
        n += 10;
    }
    let traces = copies.await.unwrap();
    assert!(
        traces.is_sorted() && traces.iter().all(|count| (count - 5) % 10 == 0),
        "{traces:?}"
    );
    for number in 0..8 {
        let report = doctor(&elsewhere.path().join(number.to_string()), DoctorOptions::default()).unwrap();
        assert!(report.is_healthy(), "{report}");
    }
}
