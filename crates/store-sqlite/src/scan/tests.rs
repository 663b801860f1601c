//! Scans and the tables give the same answers.

use std::time::Duration;

use ferropik_model::id::DEFAULT_WORKSPACE_ID;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_query::{Entity, Filter, TextSearch};
use ferropik_store::{
    List, NewSpan, NewTrace, ProjectStore, Scan as Piece, Scope, Selection, SpanSelection, SpanStore, StoreError,
    TracePatch, TraceStore, View,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Reader, Want, narrow, needs_payload, resolve};
use crate::read::columns_sql::{SpanColumns, TraceColumns};
use crate::read::statement;
use crate::{SqliteOptions, SqliteStore};

const BASE_MILLIS: u64 = 1_767_225_600_000;

/// Pieces of payloads, names and needles.
const WORDS: [&str; 16] = [
    "École",
    "ΟΔΟΣ",
    "straße",
    "say \"hi\"",
    "C:\\temp",
    "line\nbreak",
    "\u{212a}elvin",
    "naïve",
    "needle",
    "Needlework",
    "1.50",
    "user-000123",
    "😀 face",
    "tab\there",
    "a/b",
    "the quick brown fox",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn word(&mut self) -> &'static str {
        WORDS[usize::try_from(self.below(WORDS.len() as u64)).unwrap()]
    }

    fn text(&mut self) -> String {
        let words: Vec<&str> = (0..=self.below(6)).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn id(&mut self) -> Uuid {
        let millis = BASE_MILLIS + self.below(1 << 32);
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&[0x70, 0]);
        bytes[8..].copy_from_slice(&(1 << 63 | self.below(1 << 60)).to_be_bytes());
        Uuid::from_bytes(bytes)
    }

    /// The JSON of a trace or span; now and then with escapes that are not needed.
    fn body(&mut self) -> String {
        let mut body = json!({ "start_time": "2026-01-01T00:00:00Z", "name": self.text() });
        for field in ["input", "output", "metadata"] {
            if self.below(4) > 0 {
                body[field] = json!({
                    "text": self.text(),
                    "user": { "id": self.word(), "turn": self.below(30), "share": 1.5 },
                    "list": [self.word(), null, true],
                });
            }
        }
        if self.below(3) == 0 {
            body["tags"] = json!([self.word(), self.word()]);
        }
        if self.below(4) == 0 {
            body["error_info"] = json!({ "exception_type": "ValueError", "message": self.text(), "traceback": "…" });
        }
        let text = body.to_string();
        if self.below(3) == 0 {
            text.replace('é', "\\u00e9").replace("ï", "\\u00EF")
        } else {
            text
        }
    }

    /// A text that is likely to be somewhere: a part of a word, in any case.
    fn needle(&mut self) -> String {
        let word = if self.below(4) == 0 {
            self.text()
        } else {
            self.word().to_owned()
        };
        let skipped = usize::try_from(self.below(4)).unwrap();
        let length = 1 + usize::try_from(self.below(14)).unwrap();
        let part: String = word.chars().skip(skipped).take(length).collect();
        match self.below(4) {
            0 => part.to_uppercase(),
            1 => part.to_lowercase(),
            _ => part,
        }
    }

    fn condition(&mut self) -> Value {
        let field =
            ["input", "output", "input_json", "output_json", "metadata"][usize::try_from(self.below(5)).unwrap()];
        let is_json = field.ends_with("json") || field == "metadata";
        let operators: &[&str] = if is_json {
            &[
                "contains",
                "not_contains",
                "starts_with",
                "ends_with",
                "=",
                "!=",
                ">",
                "<=",
                "is_empty",
                "is_not_empty",
            ]
        } else {
            &[
                "contains",
                "not_contains",
                "starts_with",
                "ends_with",
                "=",
                "!=",
                ">",
                "<",
            ]
        };
        let operator = operators[usize::try_from(self.below(operators.len() as u64)).unwrap()];
        let key = ["text", "user.id", "user.turn", "user.share", "list[0]", "$.list[1]"];
        let key = if is_json {
            key[usize::try_from(self.below(6)).unwrap()]
        } else {
            ""
        };
        let value = match operator {
            ">" | "<=" | "<" => self.below(30).to_string(),
            _ => match self.below(4) {
                0 => self.word().to_owned(),
                1 => ["1.5", "true", "12"][usize::try_from(self.below(3)).unwrap()].to_owned(),
                _ => self.needle(),
            },
        };
        json!({ "field": field, "key": key, "operator": operator, "value": value })
    }

    fn selection(&mut self, entity: Entity, project: Uuid) -> Selection {
        let mut selection = Selection::all(project);
        let mut conditions = Vec::new();
        for _ in 0..self.below(3) {
            let condition = self.condition();
            if Filter::from_query_param(entity, &json!([condition]).to_string()).is_ok() {
                conditions.push(condition);
            }
        }
        if self.below(3) == 0 {
            conditions.push(json!({ "field": "name", "operator": "contains", "value": "e" }));
        }
        selection.filter = Filter::from_query_param(entity, &Value::Array(conditions).to_string()).unwrap();
        if self.below(2) == 0 {
            let needle = if self.below(6) == 0 {
                format!("{:x}", self.below(4_096))
            } else {
                self.needle()
            };
            selection.search = TextSearch::new(&needle);
        }
        selection
    }
}

struct World {
    store: SqliteStore,
    scope: Scope,
    project: Uuid,
    random: Random,
    traces: Vec<Uuid>,
    directory: tempfile::TempDir,
}

impl World {
    async fn new(seed: u64) -> World {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteOptions::new(directory.path())).unwrap();
        let scope = Scope::new(DEFAULT_WORKSPACE_ID, "alice");
        let project = store.ensure_projects(&scope, &["one"]).await.unwrap()[0];
        World {
            store,
            scope,
            project,
            random: Random(seed),
            traces: Vec::new(),
            directory,
        }
    }

    fn new_trace(&mut self) -> NewTrace {
        let mut body = self.random.body();
        if self.random.below(3) == 0 {
            let thread = format!("thread {}", self.random.word());
            body = body.replacen('{', &format!("{{\"thread_id\":{},", json!(thread)), 1);
        }
        let id = self.random.id();
        self.traces.push(id);
        NewTrace {
            id,
            project: self.project,
            trace: serde_json::from_str(&body).unwrap(),
            attachments: Vec::new(),
        }
    }

    async fn put_traces(&mut self, count: usize) {
        let traces: Vec<NewTrace> = (0..count).map(|_| self.new_trace()).collect();
        let _ = self.store.upsert_traces(&self.scope, traces).await.unwrap();
    }

    async fn put_spans(&mut self, count: usize) {
        let mut spans = Vec::new();
        for _ in 0..count {
            let trace_id = self.traces[usize::try_from(self.random.below(self.traces.len() as u64)).unwrap()];
            let mut body: Value = serde_json::from_str(&self.random.body()).unwrap();
            body["type"] = json!("llm");
            body["model"] = json!(self.random.word());
            spans.push(NewSpan {
                id: self.random.id(),
                project: self.project,
                trace_id,
                span: serde_json::from_str(&body.to_string()).unwrap(),
                cost: Decimal::ZERO,
                cost_is_estimated: false,
                attachments: Vec::new(),
            });
        }
        let _ = self.store.upsert_spans(&self.scope, spans).await.unwrap();
    }

    /// Compares the rows that a scan finds with those of one statement.
    async fn compare(&self, entity: Entity, selection: Selection, want: Want) -> usize {
        let context = self.store.context();
        let shown = format!("{entity:?} {selection:?} {want:?}");
        let (found, expected) = self
            .store
            .read(move |connection, cancelled| {
                let project: i64 = connection
                    .query_row(
                        "SELECT key FROM project WHERE id = ?1",
                        [selection.project.as_bytes()],
                        |row| row.get(0),
                    )
                    .unwrap();
                let select = |what: &str, selection: &Selection| {
                    let mut sql = SqlBuilder::default();
                    sql.push("SELECT ").push(what);
                    let alias = if entity == Entity::Trace { "t" } else { "s" };
                    sql.push(&format!(" FROM {} {alias} WHERE {alias}.project = ", entity.as_str()));
                    sql.bind(SqlValue::Integer(project))
                        .push(&format!(" AND {alias}.flags & 1 = 0"));
                    match entity {
                        Entity::Trace => {
                            let columns = TraceColumns { project };
                            statement::push_selection(selection, entity, "t.id", &columns, &mut sql);
                        }
                        _ => statement::push_selection(selection, entity, "s.id", &SpanColumns { project }, &mut sql),
                    }
                    sql
                };
                let reader = Reader {
                    context: &context,
                    connection,
                    cancelled,
                };
                let found = resolve(reader, entity, &selection, None, want, select)?;
                let alias = if entity == Entity::Trace { "t" } else { "s" };
                let mut sql = select(&format!("{alias}.seq"), &selection);
                sql.push(&format!(" ORDER BY {alias}.id DESC"));
                let mut expected: Vec<i64> = statement::query(connection, sql, |row| row.get(0))?;
                if let Want::First(limit) = want {
                    expected.truncate(limit);
                }
                Ok((found, expected))
            })
            .await
            .unwrap();
        let Some(found) = found else { return 0 };
        assert_eq!(found, expected, "{shown}");
        found.len()
    }

    /// Seals all segments that are complete.
    async fn seal(&self) -> usize {
        let sealery = self.store.sealery(self.directory.path());
        tokio::task::spawn_blocking(move || {
            let mut steps = 0;
            while sealery.step(Duration::ZERO).unwrap().is_some() {
                steps += 1;
            }
            steps
        })
        .await
        .unwrap()
    }

    async fn numbers(&self, sql: &'static str) -> i64 {
        self.store
            .read(move |connection, _| Ok(connection.query_row(sql, [], |row| row.get(0)).unwrap()))
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_agree_with_the_tables() {
    let mut world = World::new(7).await;
    world.put_traces(900).await;
    world.put_spans(900).await;
    let mut found = 0;
    for round in 0..240_u64 {
        let entity = if round % 3 == 0 { Entity::Span } else { Entity::Trace };
        let selection = world.random.selection(entity, world.project);
        let want = if round % 2 == 0 {
            Want::All
        } else {
            Want::First(1 + usize::try_from(round % 7).unwrap())
        };
        found += world.compare(entity, selection, want).await;
    }
    assert!(found > 1_000, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_exclude_no_match() {
    let mut world = World::new(11).await;
    for _ in 0..9 {
        world.put_traces(900).await;
    }
    assert_eq!(world.seal().await, 2);
    for _ in 0..60 {
        let selection = world.random.selection(Entity::Trace, world.project);
        let is_payload = needs_payload(&selection);
        let found = world.compare(Entity::Trace, selection.clone(), Want::All).await;
        if is_payload {
            // Here the columns in memory name the candidates.
            let list = List {
                page: 1,
                size: 1,
                sort: None,
                view: View::default(),
            };
            let listed = world.store.traces(&world.scope, selection.clone(), list).await.unwrap();
            assert_eq!(listed.total, found as u64, "{selection:?}");
        }
    }
    for id in [world.traces[17], world.traces[8_000]] {
        let text = id.to_string();
        for part in [text.as_str(), &text[9..], &text[..13].to_uppercase()] {
            let selection = Selection {
                search: TextSearch::new(part),
                ..Selection::all(world.project)
            };
            let found = world.compare(Entity::Trace, selection.clone(), Want::All).await;
            assert!(found > 0);
            let list = List {
                page: 1,
                size: 1,
                sort: None,
                view: View::default(),
            };
            let listed = world.store.traces(&world.scope, selection, list).await.unwrap();
            assert_eq!(listed.total, found as u64);
        }
    }
    let absent = "completely different words";
    let selection = Selection {
        search: TextSearch::new(absent),
        ..Selection::all(world.project)
    };
    assert_eq!(world.compare(Entity::Trace, selection, Want::All).await, 0);
    let unsealed = world
        .store
        .read(move |connection, _| {
            let all: Vec<i64> = (1..8_100).collect();
            let possible = super::signature::possible(connection, &all, &[absent])?.unwrap();
            Ok(possible.iter().map(|word| word.count_ones()).sum::<u32>())
        })
        .await
        .unwrap();
    assert!(unsealed <= 200, "only rows that are not sealed: {unsealed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_after_sealing_are_found() {
    let mut world = World::new(13).await;
    for _ in 0..5 {
        world.put_traces(900).await;
    }
    assert_eq!(world.seal().await, 1);
    let changed = [
        world.traces[5],
        world.traces[700],
        world.traces[2_000],
        world.traces[3_000],
    ];
    let bodies = [
        json!({ "name": "a wholly new name" }),
        json!({ "output": { "text": "a wholly NEW output" } }),
        json!({ "tags_to_add": ["wholly new tag"] }),
        json!({ "thread_id": "wholly new thread" }),
    ];
    for (id, body) in changed.into_iter().zip(bodies) {
        let update = serde_json::from_str(&body.to_string()).unwrap();
        let patch = TracePatch {
            id,
            project: world.project,
            update,
            attachments: Vec::new(),
        };
        let _ = world.store.update_trace(&world.scope, patch).await.unwrap();
    }
    let search = |text: &str| Selection {
        search: TextSearch::new(text),
        ..Selection::all(world.project)
    };
    assert_eq!(world.compare(Entity::Trace, search("wholly new"), Want::All).await, 4);
    assert_eq!(world.numbers("SELECT COUNT(*) FROM search_change").await, 4);

    // A restart knows what is sealed.
    let World {
        store,
        scope,
        project,
        traces,
        directory,
        random,
    } = world;
    store.close();
    drop(store);
    let store = SqliteStore::open(&SqliteOptions::new(directory.path())).unwrap();
    let world = World {
        store,
        scope,
        project,
        random,
        traces,
        directory,
    };
    let patch = |id| TracePatch {
        id,
        project: world.project,
        update: serde_json::from_str("{\"metadata\":{\"k\":\"wholly new metadata\"}}").unwrap(),
        attachments: Vec::new(),
    };
    for id in &world.traces[1_000..1_100] {
        let _ = world.store.update_trace(&world.scope, patch(*id)).await.unwrap();
    }
    let search = |text: &str| Selection {
        search: TextSearch::new(text),
        ..Selection::all(world.project)
    };
    assert_eq!(world.compare(Entity::Trace, search("wholly new"), Want::All).await, 104);
    // Many changes let the segment be sealed anew.
    assert_eq!(world.seal().await, 1);
    assert_eq!(world.numbers("SELECT COUNT(*) FROM search_change").await, 0);
    assert_eq!(world.compare(Entity::Trace, search("wholly new"), Want::All).await, 104);

    // Signatures of which no trace is left go.
    for slice in world.traces[..4_200].chunks(1_000) {
        let _ = world
            .store
            .delete_traces(&world.scope, slice.to_vec(), None)
            .await
            .unwrap();
    }
    assert_eq!(world.seal().await, 1);
    assert_eq!(world.numbers("SELECT COUNT(*) FROM search_slices").await, 0);
    assert_eq!(world.seal().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_streams_and_statistics_agree() {
    let mut world = World::new(17).await;
    world.put_traces(700).await;
    world.put_spans(700).await;
    let search = Selection {
        search: TextSearch::new("NEEDLE"),
        ..Selection::all(world.project)
    };
    let (store, scope) = (&world.store, &world.scope);
    let view = View::default();
    let list = |page| List {
        page,
        size: 50,
        sort: None,
        view,
    };
    let mut paged = Vec::new();
    let mut page = 1;
    loop {
        let listed = store.traces(scope, search.clone(), list(page)).await.unwrap();
        paged.extend(listed.rows.iter().map(|trace| trace.id));
        if paged.len() as u64 == listed.total {
            break;
        }
        page += 1;
    }
    let mut streamed = Vec::new();
    loop {
        let piece = Piece {
            before: streamed.last().copied(),
            limit: 37,
            max_bytes: usize::MAX,
            view,
        };
        let rows = store.scan_traces(scope, search.clone(), piece).await.unwrap();
        if rows.is_empty() {
            break;
        }
        streamed.extend(rows.iter().map(|trace| trace.id));
    }
    assert!(paged.len() > 50 && paged.len() < 700);
    assert_eq!(paged, streamed);
    let stats = store.trace_stats(scope, search.clone()).await.unwrap();
    assert_eq!(
        serde_json::to_value(&stats.stats[0]).unwrap()["value"],
        json!(paged.len())
    );

    let spans = SpanSelection {
        base: search,
        trace_id: None,
        span_type: None,
    };
    let listed = store.spans(scope, spans.clone(), list(1)).await.unwrap();
    let piece = Piece {
        before: None,
        limit: 1_000,
        max_bytes: usize::MAX,
        view,
    };
    let streamed = store.scan_spans(scope, spans.clone(), piece).await.unwrap();
    assert_eq!(listed.total, streamed.len() as u64);
    let stats = store.span_stats(scope, spans).await.unwrap();
    assert_eq!(
        serde_json::to_value(&stats.stats[0]).unwrap()["value"],
        json!(streamed.len())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waiting_ends_a_scan() {
    let mut world = World::new(19).await;
    world.put_traces(600).await;
    let context = world.store.context();
    let selection = Selection {
        search: TextSearch::new("needle"),
        ..Selection::all(world.project)
    };
    let result = world
        .store
        .read(move |connection, cancelled| {
            let (_, residual) = narrow(&selection);
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            let search = selection.search.as_ref();
            let scan = super::Scan {
                reader,
                entity: Entity::Trace,
                residual: &residual,
                search,
                ids: None,
            };
            cancelled.set();
            super::matching(&scan, &(1..600).collect::<Vec<_>>(), Want::All)
        })
        .await;
    assert!(matches!(result, Err(StoreError::Timeout)));
}

#[test]
fn plain_selections_need_no_payload() {
    assert!(!needs_payload(&Selection::all(Uuid::nil())));
    let search = Selection {
        search: TextSearch::new("x"),
        ..Selection::all(Uuid::nil())
    };
    assert!(needs_payload(&search));
}
