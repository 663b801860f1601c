//! Columns and tables give the same answers.

mod keeping;
mod metrics;

use std::sync::atomic::Ordering;
use std::time::Duration;

use ferropik_model::id::DEFAULT_WORKSPACE_ID;
use ferropik_model::{ScoreSource, SpanType, Timestamp};
use ferropik_query::{Direction, Entity, Field, FieldType, Filter, Sort, SortKind, UsageKey, fields};
use ferropik_store::{
    GuardrailStore, List, NewGuardrail, NewScore, NewSpan, NewTrace, ProjectStore, Scan, Scope, ScoreStore,
    ScoreTarget, ScoredEntity, Selection, SpanSelection, SpanStore, TracePatch, TraceStore, View,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ColumnOptions;
use crate::{SqliteOptions, SqliteStore};

const BASE_MILLIS: u64 = 1_767_225_600_000;

const SCORES: [&str; 4] = ["quality", "Quality", "helpful score", "ß"];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }

    fn pick_clone<T: Clone>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()].clone()
    }

    fn id(&mut self, minutes: u64) -> Uuid {
        let millis = BASE_MILLIS + self.below(minutes * 60_000);
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&(0x7000 | u16::try_from(self.below(8)).unwrap()).to_be_bytes());
        bytes[8..].copy_from_slice(&(1 << 63 | self.below(1 << 40)).to_be_bytes());
        Uuid::from_bytes(bytes)
    }

    /// JSON of a trace or span.
    fn body(&mut self) -> Value {
        let start = BASE_MILLIS * 1_000 + self.below(9_000) * 500_000;
        let mut body = json!({ "start_time": instant(start) });
        let mut put = |key: &str, value: Value| body[key] = value;
        if !self.one_in(5) {
            put("end_time", json!(instant(start + self.below(40) * 250_100)));
        }
        if !self.one_in(6) {
            put(
                "name",
                json!(self.pick(&["chat", "Chat", "search", "Suche ä", "rerank", "a\"b"])),
            );
        }
        if self.one_in(2) {
            put("input", json!({ "q": self.below(5) }));
        }
        if self.one_in(3) {
            put("output", json!({ "a": self.below(5) }));
        }
        if self.one_in(3) {
            put("metadata", json!({ "k": self.below(3) }));
        }
        if self.one_in(3) {
            let tags: Vec<&str> = (0..=self.below(3))
                .map(|_| self.pick(&["prod", "Prod", "beta", "x y", "ü", "long tag"]))
                .collect();
            put("tags", json!(tags));
        }
        if self.one_in(4) {
            let kind = self.pick(&["ValueError", "Timeout"]);
            put("error_info", json!({ "exception_type": kind, "traceback": "…" }));
        }
        if self.one_in(3) {
            put("ttft", json!(self.pick(&[0.0, 1.5, 20.25, 20.5, 300.0])));
        }
        if self.one_in(2) {
            put(
                "source",
                json!(self.pick(&["sdk", "experiment", "playground", "optimization"])),
            );
        }
        if self.one_in(3) {
            put("environment", json!(self.pick(&["production", "staging"])));
        }
        body
    }
}

/// Raw JSON can only be read from text.
fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_str(&value.to_string()).unwrap()
}

fn instant(micros: u64) -> String {
    Timestamp::from_micros(i64::try_from(micros).unwrap()).to_string()
}

fn options() -> ColumnOptions {
    ColumnOptions {
        min_rows: 0,
        patience: Duration::from_secs(20),
        ..ColumnOptions::default()
    }
}

struct World {
    store: SqliteStore,
    scope: Scope,
    project: Uuid,
    other: Uuid,
    random: Random,
    traces: Vec<Uuid>,
    spans: Vec<Uuid>,
    _directory: tempfile::TempDir,
}

impl World {
    async fn new(seed: u64) -> World {
        World::with(seed, options()).await
    }

    async fn with(seed: u64, options: ColumnOptions) -> World {
        let directory = tempfile::tempdir().unwrap();
        let sqlite = SqliteOptions {
            readers: 2,
            ..SqliteOptions::new(directory.path())
        };
        let store = SqliteStore::open_with_columns(&sqlite, options).unwrap();
        let scope = Scope::new(DEFAULT_WORKSPACE_ID, "alice");
        let projects = store.ensure_projects(&scope, &["one", "two"]).await.unwrap();
        World {
            store,
            scope,
            project: projects[0],
            other: projects[1],
            random: Random(seed),
            traces: Vec::new(),
            spans: Vec::new(),
            _directory: directory,
        }
    }

    async fn put_traces(&mut self, count: usize) {
        let mut traces = Vec::new();
        for _ in 0..count {
            let again = self.random.one_in(8) && !self.traces.is_empty();
            let id = if again {
                self.random.pick(&self.traces)
            } else {
                self.random.id(200)
            };
            let mut body = self.random.body();
            if self.random.one_in(2) {
                body["thread_id"] = json!(format!("thread {}", self.random.below(12)));
            }
            let project = if self.random.one_in(9) {
                self.other
            } else {
                self.project
            };
            let trace = read(body);
            traces.push(NewTrace {
                id,
                project,
                trace,
                attachments: Vec::new(),
            });
            if !again {
                self.traces.push(id);
            }
        }
        let _ = self.store.upsert_traces(&self.scope, traces).await.unwrap();
    }

    async fn put_spans(&mut self, count: usize) {
        let mut spans = Vec::new();
        for _ in 0..count {
            let again = self.random.one_in(8) && !self.spans.is_empty();
            let id = if again {
                self.random.pick(&self.spans)
            } else {
                self.random.id(200)
            };
            // Some spans come before their trace.
            let trace_id = if self.random.one_in(10) {
                self.random.id(200)
            } else {
                self.random.pick(&self.traces)
            };
            let mut body = self.random.body();
            if !self.random.one_in(4) {
                body["type"] = json!(self.random.pick(&["llm", "tool", "general", "guardrail"]));
            }
            if self.random.one_in(2) {
                body["model"] = json!(self.random.pick(&["gpt-5", "GPT-5", "claude"]));
                body["provider"] = json!(self.random.pick(&["openai", "anthropic"]));
                let tokens = self.random.below(500);
                body["usage"] =
                    json!({ "prompt_tokens": tokens, "total_tokens": tokens * 2, "original.x": tokens % 7 });
                if self.random.one_in(2) {
                    body["usage"]["completion_tokens"] = json!(tokens);
                }
            }
            if !self.spans.is_empty() && self.random.one_in(2) {
                body["parent_span_id"] = json!(self.random.pick(&self.spans));
            }
            let cost = if self.random.one_in(2) {
                Decimal::ZERO
            } else {
                Decimal::new(123, 6) * Decimal::from(self.random.below(9))
            };
            let project = if self.random.one_in(12) {
                self.other
            } else {
                self.project
            };
            let span = read(body);
            spans.push(NewSpan {
                id,
                project,
                trace_id,
                span,
                cost,
                cost_is_estimated: true,
                attachments: Vec::new(),
            });
            if !again {
                self.spans.push(id);
            }
            if self.random.one_in(30) {
                self.traces.push(trace_id);
            }
        }
        let _ = self.store.upsert_spans(&self.scope, spans).await.unwrap();
    }

    async fn put_scores(&mut self, count: usize) {
        let mut scores = Vec::new();
        for _ in 0..count {
            let target = if self.random.one_in(2) {
                ScoreTarget::Trace(self.random.pick(&self.traces))
            } else {
                ScoreTarget::Span(self.random.pick(&self.spans))
            };
            let score = NewScore {
                name: self.random.pick(&SCORES).to_owned(),
                category_name: None,
                value: Decimal::new(i64::try_from(self.random.below(9)).unwrap() - 3, 1),
                reason: None,
                source: ScoreSource::Sdk,
                source_queue_id: None,
            };
            scores.push((
                ScoredEntity {
                    target,
                    project: self.project,
                },
                score,
            ));
        }
        self.store.put_scores(&self.scope, scores).await.unwrap();
    }

    async fn change(&mut self) {
        match self.random.below(7) {
            0 => self.put_traces(12).await,
            1 => self.put_spans(30).await,
            2 => self.put_scores(10).await,
            3 => {
                let ids: Vec<Uuid> = (0..4).map(|_| self.random.pick(&self.traces)).collect();
                let _ = self.store.delete_traces(&self.scope, ids, None).await.unwrap();
            }
            4 => {
                let id = self.random.pick(&self.traces);
                let body =
                    json!({ "name": "renamed", "tags_to_add": ["beta"], "end_time": instant(BASE_MILLIS * 1_000 + 7) });
                let update = read(body);
                let patch = TracePatch {
                    id,
                    project: self.project,
                    update,
                    attachments: Vec::new(),
                };
                // A trace of the other project refuses.
                let _ = self.store.update_trace(&self.scope, patch).await;
            }
            5 => {
                let target = ScoreTarget::Trace(self.random.pick(&self.traces));
                let names = SCORES.iter().map(|name| (*name).to_owned()).collect();
                self.store
                    .delete_scores(&self.scope, target, None, names, None, None)
                    .await
                    .unwrap();
            }
            _ => {
                let outcome = if self.random.one_in(2) { "failed" } else { "passed" };
                let result = NewGuardrail {
                    trace_id: self.random.pick(&self.traces),
                    span_id: self.random.pick(&self.spans),
                    project: self.project,
                    name: "PII".to_owned(),
                    outcome: read(json!(outcome)),
                    config: read(json!({})),
                    details: read(json!({})),
                };
                self.store.put_guardrails(&self.scope, vec![result]).await.unwrap();
            }
        }
    }

    fn condition(&mut self, entity: Entity) -> Value {
        let specs: Vec<_> = fields(entity)
            .iter()
            .filter(|spec| spec.filterable && spec.name != "custom")
            .collect();
        let spec = self.random.pick(&specs);
        let operator = self.random.pick(spec.kind.operators());
        let value = match spec.field {
            Field::Id | Field::TraceId => {
                let known = if spec.field == Field::Id && entity == Entity::Span {
                    &self.spans
                } else {
                    &self.traces
                };
                let text = self.random.pick(known).to_string();
                if self.random.one_in(2) {
                    text
                } else {
                    text[9..14].to_owned()
                }
            }
            Field::Source => self
                .random
                .pick(&["sdk", "experiment", "playground", "unknown"])
                .to_owned(),
            Field::Type => self.random.pick(&["llm", "tool", "general"]).to_owned(),
            Field::VisibilityMode => self.random.pick(&["default", "hidden"]).to_owned(),
            Field::Environment => self.random.pick(&["production", "staging", ""]).to_owned(),
            Field::Guardrails => self.random.pick(&["passed", "failed"]).to_owned(),
            Field::ThreadId => self.random.pick(&["thread 3", "thread", "7"]).to_owned(),
            Field::ExperimentId | Field::ExperimentIds | Field::AnnotationQueueIds => Uuid::nil().to_string(),
            _ => match spec.kind {
                FieldType::DateTime => instant(BASE_MILLIS * 1_000 + self.random.below(9_000) * 500_000),
                FieldType::Number | FieldType::FeedbackScoresNumber => self
                    .random
                    .pick(&[
                        "0", "1", "2", "0.2", "-0.1", "250.1", "500", "0.000246", "0.0001", "20.25",
                    ])
                    .to_owned(),
                FieldType::Dictionary => "1".to_owned(),
                _ => self
                    .random
                    .pick(&[
                        "chat",
                        "s",
                        "prod",
                        "beta",
                        "gpt-5",
                        "openai",
                        "Timeout",
                        "ä",
                        "ValueError",
                    ])
                    .to_owned(),
            },
        };
        let key = match spec.kind {
            FieldType::FeedbackScoresNumber => self.random.pick(&SCORES),
            FieldType::Dictionary => self.random.pick(&["q", "a", "k"]),
            _ => "",
        };
        json!({ "field": spec.name, "operator": operator.as_str(), "value": value, "key": key })
    }

    fn selection(&mut self, entity: Entity) -> Selection {
        let mut selection = Selection::all(self.project);
        let wanted = self.random.below(4);
        let mut conditions = Vec::new();
        for _ in 0..wanted {
            let condition = self.condition(entity);
            let text = json!([condition]).to_string();
            if Filter::from_query_param(entity, &text).is_ok() {
                conditions.push(condition);
            }
        }
        selection.filter = Filter::from_query_param(entity, &Value::Array(conditions).to_string()).unwrap();
        let at = |random: &mut Random| {
            Timestamp::from_millis(i64::try_from(BASE_MILLIS + random.below(200 * 60_000)).unwrap())
        };
        if self.random.one_in(4) {
            selection.from = Some(at(&mut self.random));
        }
        if self.random.one_in(4) {
            selection.to = Some(at(&mut self.random));
        }
        selection
    }

    fn list(&mut self, entity: Entity) -> List {
        let sortable: Vec<_> = fields(entity).iter().filter(|spec| spec.sort != SortKind::No).collect();
        let spec = self.random.pick(&sortable);
        let key = match (spec.sort, spec.field) {
            (SortKind::ByKey, Field::Usage(_)) => Some(self.random.pick(&["total_tokens", "original.x", "nothing"])),
            (SortKind::ByKey, _) => Some(self.random.pick(&SCORES)),
            _ => None,
        };
        let field = match (spec.field, key) {
            (Field::Usage(_), Some(key)) => Field::Usage(UsageKey::from_name(key)),
            (field, _) => field,
        };
        let direction = self.random.pick(&[Direction::Ascending, Direction::Descending]);
        let sort = Sort {
            field,
            key: key.map(str::to_owned),
            kind: spec.kind,
            direction,
        };
        let size = self.random.pick(&[1, 5, 30]);
        let pages = self.random.pick(&[2, 20]);
        let page = 1 + self.random.below(pages);
        List {
            page,
            size,
            sort: (!self.random.one_in(4)).then_some(sort),
            view: View::default(),
        }
    }

    fn columns(&self) -> std::sync::Arc<super::Columns> {
        self.store.context().columns
    }

    /// Runs a query with and without columns and compares.
    async fn compare<T, F>(&self, what: &str, query: impl Fn() -> F)
    where
        T: PartialEq + std::fmt::Debug,
        F: Future<Output = ferropik_store::StoreResult<T>>,
    {
        let with = query().await.unwrap();
        self.columns().set_disabled(true);
        let without = query().await.unwrap();
        self.columns().set_disabled(false);
        assert!(with == without, "{what}\ncolumns: {with:#?}\ntables: {without:#?}");
    }

    /// Writes while queries run.
    async fn write_and_query(&mut self, selection: &Selection, list: &List) {
        let scope = self.scope.clone();
        let mut traces = Vec::new();
        for _ in 0..40 {
            let id = self.random.id(200);
            let trace = read(self.random.body());
            traces.push(NewTrace {
                id,
                project: self.project,
                trace,
                attachments: Vec::new(),
            });
            self.traces.push(id);
        }
        let store = &self.store;
        let write = async {
            for piece in traces.chunks(5) {
                let _ = store.upsert_traces(&scope, piece.to_vec()).await.unwrap();
            }
        };
        let read = async {
            for _ in 0..4 {
                store.traces(&scope, selection.clone(), list.clone()).await.unwrap();
            }
        };
        tokio::join!(write, read);
    }

    async fn check(&mut self) {
        let scope = self.scope.clone();
        let selection = self.selection(Entity::Trace);
        let list = self.list(Entity::Trace);
        let what = format!("{selection:?}\n{list:?}");
        self.compare(&what, || self.store.traces(&scope, selection.clone(), list.clone()))
            .await;
        self.compare(&what, || self.store.trace_stats(&scope, selection.clone()))
            .await;
        let before = self.random.one_in(2).then(|| self.random.pick(&self.traces));
        let scan = Scan {
            before,
            limit: 20,
            max_bytes: 1 << 20,
            view: View::default(),
        };
        self.compare(&what, || {
            self.store.scan_traces(&scope, selection.clone(), scan.clone())
        })
        .await;

        let base = self.selection(Entity::Span);
        let list = self.list(Entity::Span);
        let span_type = self.random.one_in(4).then_some(SpanType::Llm);
        let selection = SpanSelection {
            base,
            trace_id: None,
            span_type,
        };
        let what = format!("{selection:?}\n{list:?}");
        self.compare(&what, || self.store.spans(&scope, selection.clone(), list.clone()))
            .await;
        self.compare(&what, || self.store.span_stats(&scope, selection.clone()))
            .await;
        self.compare(&what, || self.store.scan_spans(&scope, selection.clone(), scan.clone()))
            .await;
    }
}

async fn agree(seed: u64) {
    let mut world = World::new(seed).await;
    world.put_traces(250).await;
    world.put_spans(600).await;
    world.put_scores(150).await;
    for _ in 0..25 {
        world.check().await;
    }
    for round in 0..40 {
        world.change().await;
        world.check().await;
        if round % 13 == 12 {
            world.columns().forget();
        }
    }
    assert!(world.columns().answered.load(Ordering::SeqCst) > 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_and_tables_agree() {
    agree(0x5eed_0001).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_and_tables_agree_on_other_data() {
    agree(0x5eed_0b0b_1234).await;
}
