//! What is left after a crash: the log of the database may end anywhere.

use std::fs;
use std::path::Path;

use ferropik_store::{ProjectStore, ScoreTarget, Selection, SpanStore, ThreadStore, TraceStore};
use ferropik_store_sqlite::admin::{DoctorOptions, doctor};

use crate::support::{Fixture, fixture, id, json, new_span, new_trace, open, texts, usage, whole_list};

/// Copies a database and the beginning of its log, as a crash would leave them.
fn crashed_copy(from: &Path, to: &Path, log_bytes: u64) {
    fs::copy(from.join("ferropik.db"), to.join("ferropik.db")).unwrap();
    let log = to.join("ferropik.db-wal");
    fs::copy(from.join("ferropik.db-wal"), &log).unwrap();
    fs::File::options()
        .write(true)
        .open(log)
        .unwrap()
        .set_len(log_bytes)
        .unwrap();
}

/// Writes one trace after the other, each with a span, a score and a thread, in several commits.
async fn write(fixture: &Fixture, numbers: std::ops::Range<u64>) {
    let project = fixture.project("p").await;
    for n in numbers {
        let mut trace = new_trace(id(n), project, 1);
        trace.trace.input = json(&format!("{{\"question\":\"{}\"}}", "why? ".repeat(n as usize * 20)));
        trace.trace.tags = Some(texts(&["x", "y"]));
        trace.trace.thread_id = Some(format!("thread {}", n % 4));
        fixture.put(vec![trace]).await;
        let mut span = new_span(id(1_000 + n), id(n), project, 1);
        span.span.usage = Some(usage(&[("total_tokens", 3)]));
        fixture.put_spans(vec![span]).await;
        fixture
            .score(ScoreTarget::Span(id(1_000 + n)), project, "speed", "0.5")
            .await;
        if n % 5 == 4 {
            fixture.delete(&[id(n - 2)]).await;
        }
    }
}

#[tokio::test]
async fn a_cut_log_leaves_a_consistent_prefix_of_the_commits() {
    let fixture = fixture();
    fixture.project("p").await;
    fixture.store.close();
    let Fixture {
        store,
        directory,
        scope,
    } = fixture;
    drop(store);
    let fixture = Fixture {
        store: open(directory.path()),
        directory,
        scope,
    };
    write(&fixture, 0..40).await;

    let length = fs::metadata(fixture.directory.path().join("ferropik.db-wal"))
        .unwrap()
        .len();
    let mut offsets: Vec<u64> = (0..=24).map(|part| length * part / 24).collect();
    // In the header, and in and around the header of a frame.
    offsets.extend([1, 31, 32, 33, 56, length / 2 / 8_216 * 8_216 + 32, length - 1]);
    offsets.sort_unstable();
    let mut before = 0;
    for offset in offsets {
        let copy = tempfile::tempdir().unwrap();
        crashed_copy(fixture.directory.path(), copy.path(), offset);
        let store = open(copy.path());
        let report = doctor(
            copy.path(),
            DoctorOptions {
                full_integrity: true,
                deep: true,
            },
        )
        .unwrap();
        assert!(
            report.is_healthy(),
            "log of {offset} bytes: {:#?} {:?}",
            report.findings,
            report.integrity
        );
        let project = store.ensure_projects(&fixture.scope, &["p"]).await.unwrap()[0];
        let traces = store
            .traces(&fixture.scope, Selection::all(project), whole_list())
            .await
            .unwrap()
            .rows;
        let newest = traces.first().map_or(0, |trace| {
            let bytes = trace.id.as_bytes();
            u64::from(bytes[15]) + 1
        });
        assert!(
            newest >= before,
            "log of {offset} bytes lost commits that a shorter one has"
        );
        before = newest;
        // The store goes on where the log ends.
        let _ = store
            .upsert_traces(&fixture.scope, vec![new_trace(id(200), project, 1)])
            .await
            .unwrap();
        let _ = store
            .upsert_spans(&fixture.scope, vec![new_span(id(2_000), id(200), project, 1)])
            .await
            .unwrap();
        store.open_thread(&fixture.scope, project, "thread 1").await.unwrap();
        store.close();
        let report = doctor(copy.path(), DoctorOptions::default()).unwrap();
        assert!(report.is_healthy(), "{:#?}", report.findings);
    }
    assert_eq!(before, 40, "all that was acknowledged is in the whole log");
}

#[tokio::test]
async fn a_damaged_log_ends_before_the_damage() {
    let fixture = fixture();
    write(&fixture, 0..20).await;
    let length = fs::metadata(fixture.directory.path().join("ferropik.db-wal"))
        .unwrap()
        .len();
    for part in 1..8 {
        let copy = tempfile::tempdir().unwrap();
        crashed_copy(fixture.directory.path(), copy.path(), length);
        let log = copy.path().join("ferropik.db-wal");
        let mut bytes = fs::read(&log).unwrap();
        let position = bytes.len() * part / 8;
        for byte in &mut bytes[position..position + 64] {
            *byte ^= 0x5a;
        }
        fs::write(&log, bytes).unwrap();
        let store = open(copy.path());
        let report = doctor(
            copy.path(),
            DoctorOptions {
                full_integrity: true,
                deep: true,
            },
        )
        .unwrap();
        assert!(report.is_healthy(), "{:#?} {:?}", report.findings, report.integrity);
        store.close();
    }
}
