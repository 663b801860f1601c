//! A store in a temporary directory, and short ways to write into it.

use std::sync::Arc;

use ferropik_model::id::DEFAULT_WORKSPACE_ID;
use ferropik_model::{
    NewAttachment, RawJson, ScoreSource, Span, SpanUpdate, SpanWrite, Timestamp, Trace, TraceUpdate, TraceWrite, Usage,
};
use ferropik_store::{
    List, NewScore, NewSpan, NewTrace, ProjectStore, Scope, ScoreStore, ScoreTarget, ScoredEntity, Selection,
    SpanPatch, SpanPricer, SpanSelection, SpanStore, StoreResult, TracePatch, TraceStore, View,
};
use ferropik_store_sqlite::admin::{DoctorOptions, DoctorReport, doctor};
use ferropik_store_sqlite::{SqliteOptions, SqliteStore};
use rust_decimal::Decimal;
use tempfile::TempDir;
use uuid::Uuid;

/// Milliseconds of the first instant of the ids of these tests: the start of an hour.
pub(crate) const BASE_MILLIS: i64 = 1_767_225_600_000;

/// A store, its directory and a scope.
pub(crate) struct Fixture {
    pub(crate) store: SqliteStore,
    pub(crate) directory: TempDir,
    pub(crate) scope: Scope,
}

/// Opens a store in a new directory.
pub(crate) fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    Fixture {
        store,
        directory,
        scope: scope("admin"),
    }
}

/// Opens the store of a directory with few readers.
pub(crate) fn open(directory: &std::path::Path) -> SqliteStore {
    SqliteStore::open(&SqliteOptions {
        readers: 2,
        ..SqliteOptions::new(directory)
    })
    .unwrap()
}

/// The default workspace as seen by a user.
pub(crate) fn scope(user: &str) -> Scope {
    Scope::new(DEFAULT_WORKSPACE_ID, user)
}

impl Fixture {
    /// The project of a name, created when missing.
    pub(crate) async fn project(&self, name: &str) -> Uuid {
        self.store.ensure_projects(&self.scope, &[name]).await.unwrap()[0]
    }

    pub(crate) async fn trace(&self, id: Uuid) -> Option<Trace> {
        self.store.trace(&self.scope, id, View::default()).await.unwrap()
    }

    pub(crate) async fn span(&self, id: Uuid) -> Option<Span> {
        self.store.span(&self.scope, id, View::default()).await.unwrap()
    }

    /// All traces of a project, in the default order.
    pub(crate) async fn traces(&self, project: Uuid) -> Vec<Trace> {
        self.store
            .traces(&self.scope, Selection::all(project), whole_list())
            .await
            .unwrap()
            .rows
    }

    /// All spans of a project, optionally of one trace.
    pub(crate) async fn spans(&self, project: Uuid, trace_id: Option<Uuid>) -> Vec<Span> {
        let selection = SpanSelection {
            base: Selection::all(project),
            trace_id,
            span_type: None,
        };
        self.store
            .spans(&self.scope, selection, whole_list())
            .await
            .unwrap()
            .rows
    }

    pub(crate) async fn put(&self, traces: Vec<NewTrace>) {
        let _ = self.store.upsert_traces(&self.scope, traces).await.unwrap();
    }

    pub(crate) async fn put_spans(&self, spans: Vec<NewSpan>) {
        let _ = self.store.upsert_spans(&self.scope, spans).await.unwrap();
    }

    pub(crate) async fn patch(&self, patch: TracePatch) -> StoreResult<()> {
        self.store.update_trace(&self.scope, patch).await.map(|_| ())
    }

    pub(crate) async fn patch_span(&self, patch: SpanPatch) -> StoreResult<()> {
        self.store.update_span(&self.scope, patch).await.map(|_| ())
    }

    pub(crate) async fn delete(&self, ids: &[Uuid]) {
        let _ = self.store.delete_traces(&self.scope, ids.to_vec(), None).await.unwrap();
    }

    pub(crate) async fn score(&self, target: ScoreTarget, project: Uuid, name: &str, value: &str) {
        let entity = ScoredEntity { target, project };
        self.store
            .put_scores(&self.scope, vec![(entity, score(name, value))])
            .await
            .unwrap();
    }

    /// Checks the directory beside the open store.
    pub(crate) fn doctor(&self) -> DoctorReport {
        doctor(
            self.directory.path(),
            DoctorOptions {
                full_integrity: true,
                deep: true,
            },
        )
        .unwrap()
    }

    pub(crate) fn assert_healthy(&self) {
        let report = self.doctor();
        assert!(report.is_healthy(), "{:#?}\n{:?}", report.findings, report.integrity);
    }

    /// Runs SQL on the database behind the back of the store.
    pub(crate) fn sql(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.directory.path().join("ferropik.db")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    /// Number of rows of a table.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.doctor().rows[table]
    }
}

/// An unlimited page.
pub(crate) fn whole_list() -> List {
    List {
        page: 1,
        size: 10_000,
        sort: None,
        view: View::default(),
    }
}

/// An id of version 7 with that number, `minutes` after the start.
pub(crate) fn id_at(number: u64, minutes: i64) -> Uuid {
    let millis = u64::try_from(BASE_MILLIS + minutes * 60_000).unwrap();
    let mut random = [0_u8; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// An id of version 7 with that number at the start.
pub(crate) fn id(number: u64) -> Uuid {
    id_at(number, 0)
}

/// An instant, `seconds` after the start.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(BASE_MILLIS + seconds * 1_000)
}

pub(crate) fn json(text: &str) -> Option<RawJson> {
    Some(RawJson::parse(text.to_owned()).unwrap())
}

pub(crate) fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn usage(pairs: &[(&str, i64)]) -> Usage {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect()
}

/// A trace that starts at 0 s and was last updated at `updated` s.
pub(crate) fn new_trace(id: Uuid, project: Uuid, updated: i64) -> NewTrace {
    let trace = TraceWrite {
        start_time: Some(at(0)),
        name: Some("run".to_owned()),
        last_updated_at: Some(at(updated)),
        ..TraceWrite::default()
    };
    NewTrace {
        id,
        project,
        trace,
        attachments: Vec::new(),
    }
}

/// A span that starts at 0 s and was last updated at `updated` s.
pub(crate) fn new_span(id: Uuid, trace_id: Uuid, project: Uuid, updated: i64) -> NewSpan {
    let span = SpanWrite {
        start_time: Some(at(0)),
        name: Some("step".to_owned()),
        last_updated_at: Some(at(updated)),
        ..SpanWrite::default()
    };
    NewSpan {
        id,
        project,
        trace_id,
        span,
        cost: Decimal::ZERO,
        cost_is_estimated: false,
        attachments: Vec::new(),
    }
}

pub(crate) fn patch(id: Uuid, project: Uuid, update: TraceUpdate) -> TracePatch {
    TracePatch {
        id,
        project,
        update,
        attachments: Vec::new(),
    }
}

pub(crate) fn span_patch(id: Uuid, trace_id: Uuid, project: Uuid, update: SpanUpdate) -> SpanPatch {
    SpanPatch {
        id,
        project,
        trace_id,
        update,
        metadata_cost: None,
        pricer: Arc::new(PerToken),
        attachments: Vec::new(),
    }
}

pub(crate) fn attachment(file_name: &str, object_key: &str) -> NewAttachment {
    NewAttachment {
        file_name: file_name.to_owned(),
        mime_type: "image/png".to_owned(),
        size: 17,
        object_key: object_key.to_owned(),
    }
}

pub(crate) fn score(name: &str, value: &str) -> NewScore {
    NewScore {
        name: name.to_owned(),
        category_name: None,
        value: value.parse().unwrap(),
        reason: None,
        source: ScoreSource::Sdk,
        source_queue_id: None,
    }
}

/// A hundredth of a dollar for each token of a priced model.
pub(crate) struct PerToken;

impl SpanPricer for PerToken {
    fn price(&self, model: Option<&str>, provider: Option<&str>, usage: &Usage) -> Decimal {
        match (model, provider) {
            (Some("priced"), Some(_)) => Decimal::new(usage.get("total_tokens").copied().unwrap_or(0), 2),
            _ => Decimal::ZERO,
        }
    }
}
