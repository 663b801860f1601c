//! Random sequences of writes, after which every derived value equals a recount.

use std::sync::Arc;

use ferropik_model::{
    ErrorInfo, GuardrailOutcome, Source, SpanType, SpanUpdate, SpanWrite, ThreadUpdate, Timestamp, TraceUpdate,
    TraceWrite,
};
use ferropik_store::{
    AttachmentOwner, AttachmentStore, CommentStore, CommentTarget, GuardrailStore, NewComment, NewGuardrail, NewScore,
    NewSpan, NewTrace, ProjectStore, ScoreKind, ScoreStore, ScoreTarget, ScoredEntity, SpanPatch, SpanStore,
    StoreError, StoreResult, ThreadStore, TracePatch, TraceStore,
};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::support::{Fixture, PerToken, at, attachment, fixture, id_at, json, scope, score, texts, usage};

const PROJECTS: [&str; 3] = ["Default Project", "one", "two"];
const THREADS: [&str; 3] = ["a", "b", "c"];
const NAMES: [&str; 3] = ["quality", "speed", "tone"];
const TAGS: [&str; 4] = ["red", "green", "blue", "grey"];

/// Which of a few things something is about, and which fields it has.
#[derive(Debug, Clone, Copy)]
struct Item {
    id: u8,
    other: u8,
    project: u8,
    when: u8,
    bits: u32,
}

#[derive(Debug, Clone)]
enum Write {
    CreateTrace(Item),
    UpsertTraces(Vec<Item>),
    PatchTrace(Item),
    PatchTraces(Vec<Item>),
    DeleteTraces(Vec<Item>),
    CreateSpan(Item),
    UpsertSpans(Vec<Item>),
    PatchSpan(Item),
    PatchSpans(Vec<Item>),
    Scores(Vec<Item>),
    ScoreExisting(Item),
    DeleteScores(Item),
    Comment(Item),
    DeleteComments(Item),
    Guardrails(Vec<Item>),
    Attach(Item),
    OpenThread(Item),
    CloseThread(Item),
    DeleteThread(Item),
    TagThreads(Item),
    DeleteProject(Item),
}

fn item() -> impl Strategy<Value = Item> {
    (0..6_u8, 0..6_u8, 0..10_u8, 0..4_u8, any::<u32>()).prop_map(|(id, other, project, when, bits)| {
        // Most things stay in one project.
        Item {
            id,
            other,
            project: [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][usize::from(project)],
            when,
            bits,
        }
    })
}

fn write() -> impl Strategy<Value = Write> {
    let items = || prop::collection::vec(item(), 1..4);
    prop_oneof![
        3 => item().prop_map(Write::CreateTrace),
        6 => items().prop_map(Write::UpsertTraces),
        4 => item().prop_map(Write::PatchTrace),
        2 => items().prop_map(Write::PatchTraces),
        3 => items().prop_map(Write::DeleteTraces),
        3 => item().prop_map(Write::CreateSpan),
        8 => items().prop_map(Write::UpsertSpans),
        4 => item().prop_map(Write::PatchSpan),
        2 => items().prop_map(Write::PatchSpans),
        6 => items().prop_map(Write::Scores),
        2 => item().prop_map(Write::ScoreExisting),
        3 => item().prop_map(Write::DeleteScores),
        1 => item().prop_map(Write::Comment),
        1 => item().prop_map(Write::DeleteComments),
        2 => items().prop_map(Write::Guardrails),
        2 => item().prop_map(Write::Attach),
        1 => item().prop_map(Write::OpenThread),
        1 => item().prop_map(Write::CloseThread),
        1 => item().prop_map(Write::DeleteThread),
        1 => item().prop_map(Write::TagThreads),
        1 => item().prop_map(Write::DeleteProject),
    ]
}

impl Item {
    fn has(self, bit: u32) -> bool {
        self.bits & (1 << bit) != 0
    }

    fn pick<T: Clone>(self, shift: u32, from: &[T]) -> T {
        from[(self.bits >> shift) as usize % from.len()].clone()
    }

    fn trace(self) -> Uuid {
        id_at(u64::from(self.id), i64::from(self.id) * 25)
    }

    /// A trace for a span; mostly the same one for the same span.
    fn trace_of_span(self) -> Uuid {
        Item {
            id: if self.other < 4 { self.id / 2 } else { self.other },
            ..self
        }
        .trace()
    }

    fn span(self) -> Uuid {
        id_at(1_000 + u64::from(self.id), i64::from(self.id) * 25 + 5)
    }

    fn tags(self) -> Vec<String> {
        (0..4)
            .filter(|n| self.has(20 + n))
            .map(|n| TAGS[n as usize].to_owned())
            .collect()
    }

    fn thread(self) -> String {
        self.pick(12, &THREADS).to_owned()
    }

    fn source(self) -> Option<Source> {
        self.pick(16, &[None, None, Some(Source::Sdk), Some(Source::Experiment)])
    }

    fn error(self) -> Option<ErrorInfo> {
        self.has(5).then(|| ErrorInfo {
            exception_type: self.has(6).then(|| "ValueError".to_owned()),
            message: Some("no".to_owned()),
            traceback: None,
        })
    }

    fn end(self) -> Option<Timestamp> {
        self.has(7).then(|| at(1 + i64::from(self.bits >> 28)))
    }

    fn trace_body(self) -> TraceWrite {
        TraceWrite {
            name: self.has(0).then(|| "run".to_owned()),
            start_time: Some(at(i64::from(self.bits >> 30))),
            end_time: self.end(),
            input: self.has(1).then(|| json("{\"question\":1}")).flatten(),
            output: self.has(2).then(|| json("[1,2,3]")).flatten(),
            metadata: self
                .has(3)
                .then(|| json(&format!("{{\"long\":\"{}\"}}", "x".repeat(200))))
                .flatten(),
            tags: self.has(4).then(|| self.tags()),
            error_info: self.error(),
            thread_id: self.has(8).then(|| self.thread()),
            source: self.source(),
            environment: self.has(9).then(|| "prod".to_owned()),
            last_updated_at: Some(at(i64::from(self.when))),
            ..TraceWrite::default()
        }
    }

    fn trace_update(self) -> TraceUpdate {
        let body = self.trace_body();
        TraceUpdate {
            name: body.name,
            end_time: body.end_time,
            input: body.input,
            output: body.output,
            metadata: body.metadata,
            tags: body.tags,
            tags_to_add: self.has(10).then(|| texts(&[TAGS[0]])),
            tags_to_remove: self.has(11).then(|| texts(&[TAGS[1]])),
            error_info: body.error_info,
            thread_id: body.thread_id,
            source: body.source,
            environment: body.environment,
            ..TraceUpdate::default()
        }
    }

    fn span_body(self) -> SpanWrite {
        let body = self.trace_body();
        SpanWrite {
            name: body.name,
            r#type: self.pick(
                13,
                &[None, Some(SpanType::Llm), Some(SpanType::Tool), Some(SpanType::General)],
            ),
            start_time: body.start_time,
            end_time: body.end_time,
            input: body.input,
            output: body.output,
            metadata: body.metadata,
            tags: body.tags,
            error_info: body.error_info,
            source: body.source,
            model: self.has(18).then(|| "priced".to_owned()),
            provider: self.has(19).then(|| self.pick(8, &["openai", "anthropic"]).to_owned()),
            usage: self.has(14).then(|| {
                let tokens = i64::from(self.bits >> 24);
                if self.has(15) {
                    usage(&[("total_tokens", tokens), ("prompt_tokens", 0)])
                } else {
                    usage(&[("total_tokens", tokens)])
                }
            }),
            last_updated_at: body.last_updated_at,
            ..SpanWrite::default()
        }
    }

    fn span_update(self) -> SpanUpdate {
        let (body, update) = (self.span_body(), self.trace_update());
        SpanUpdate {
            name: body.name,
            r#type: body.r#type,
            end_time: body.end_time,
            input: body.input,
            output: body.output,
            metadata: body.metadata,
            model: body.model,
            provider: body.provider,
            tags: body.tags,
            tags_to_add: update.tags_to_add,
            tags_to_remove: update.tags_to_remove,
            usage: body.usage,
            total_estimated_cost: (self.bits >> 26 == 7).then(|| Decimal::new(5, 1)),
            error_info: body.error_info,
            source: body.source,
            ..SpanUpdate::default()
        }
    }

    fn target(self) -> ScoreTarget {
        match self.bits % 5 {
            0 | 1 => ScoreTarget::Trace(self.trace()),
            2 | 3 => ScoreTarget::Span(self.span()),
            _ => ScoreTarget::Thread(self.thread()),
        }
    }

    fn score(self) -> NewScore {
        NewScore {
            category_name: (self.bits >> 27 == 3).then(|| "suite_assertion".to_owned()),
            source_queue_id: self.has(17).then(|| id_at(77, 0)),
            ..score(self.pick(4, &NAMES), &format!("{}.{}", self.bits >> 29, self.when))
        }
    }

    fn user(self) -> &'static str {
        if self.has(11) { "other" } else { "admin" }
    }
}

fn new_trace(item: Item, projects: &[Uuid]) -> NewTrace {
    let attachments = if item.bits >> 29 == 1 {
        vec![attachment("input-attachment-1-1767225600000.png", "k")]
    } else {
        Vec::new()
    };
    NewTrace {
        id: item.trace(),
        project: projects[usize::from(item.project)],
        trace: item.trace_body(),
        attachments,
    }
}

fn new_span(item: Item, projects: &[Uuid]) -> NewSpan {
    NewSpan {
        id: item.span(),
        project: projects[usize::from(item.project)],
        trace_id: item.trace_of_span(),
        span: item.span_body(),
        cost: if item.has(18) {
            Decimal::new(i64::from(item.bits >> 25), 3)
        } else {
            Decimal::ZERO
        },
        cost_is_estimated: item.has(19),
        attachments: Vec::new(),
    }
}

/// Runs a write. Refusals that belong to the rules are fine.
async fn run(fixture: &Fixture, step: usize, write: &Write) {
    let (store, scope_of) = (&fixture.store, |item: &Item| scope(item.user()));
    let projects = store.ensure_projects(&fixture.scope, &PROJECTS).await.unwrap();
    let project = |item: &Item| projects[usize::from(item.project)];
    let result: StoreResult<()> = match write {
        Write::CreateTrace(item) => store
            .create_trace(&scope_of(item), new_trace(*item, &projects))
            .await
            .map(drop),
        Write::UpsertTraces(items) => {
            let traces = items.iter().map(|item| new_trace(*item, &projects)).collect();
            store.upsert_traces(&fixture.scope, traces).await.map(drop)
        }
        Write::PatchTrace(item) => {
            let patch = TracePatch {
                id: item.trace(),
                project: project(item),
                update: item.trace_update(),
                attachments: Vec::new(),
            };
            store.update_trace(&scope_of(item), patch).await.map(drop)
        }
        Write::PatchTraces(items) => {
            let ids = items.iter().map(|item| item.trace()).collect();
            store
                .update_traces(&fixture.scope, ids, items[0].trace_update(), items[0].has(31))
                .await
        }
        Write::DeleteTraces(items) => {
            let ids = items.iter().map(|item| item.trace()).collect();
            let narrow = items[0].has(3).then(|| project(&items[0]));
            store.delete_traces(&fixture.scope, ids, narrow).await.map(drop)
        }
        Write::CreateSpan(item) => store
            .create_span(&scope_of(item), new_span(*item, &projects))
            .await
            .map(drop),
        Write::UpsertSpans(items) => {
            let spans = items.iter().map(|item| new_span(*item, &projects)).collect();
            store.upsert_spans(&fixture.scope, spans).await.map(drop)
        }
        Write::PatchSpan(item) => {
            let patch = SpanPatch {
                id: item.span(),
                project: project(item),
                trace_id: item.trace_of_span(),
                update: item.span_update(),
                metadata_cost: item.has(2).then(|| Decimal::new(7, 2)),
                pricer: Arc::new(PerToken),
                attachments: Vec::new(),
            };
            store.update_span(&scope_of(item), patch).await.map(drop)
        }
        Write::PatchSpans(items) => {
            let ids = items.iter().map(|item| item.span()).collect();
            store
                .update_spans(&fixture.scope, ids, items[0].span_update(), items[0].has(31))
                .await
        }
        Write::Scores(items) => {
            let scores = items
                .iter()
                .map(|item| {
                    (
                        ScoredEntity {
                            target: item.target(),
                            project: project(item),
                        },
                        item.score(),
                    )
                })
                .collect();
            store.put_scores(&scope_of(&items[0]), scores).await
        }
        Write::ScoreExisting(item) => {
            store
                .put_score_of_existing(&scope_of(item), item.target(), item.score())
                .await
        }
        Write::DeleteScores(item) => {
            let score = item.score();
            let author = item.has(9).then(|| item.user().to_owned());
            let project = Some(project(item));
            store
                .delete_scores(
                    &fixture.scope,
                    item.target(),
                    project,
                    vec![score.name],
                    author,
                    score.source_queue_id,
                )
                .await
        }
        Write::Comment(item) => {
            let comment = NewComment {
                id: id_at(5_000 + step as u64, 0),
                text: "hm".to_owned(),
                source_queue_id: None,
            };
            let target = match item.target() {
                ScoreTarget::Trace(id) => Some(CommentTarget::Trace(id)),
                ScoreTarget::Span(id) => Some(CommentTarget::Span(id)),
                ScoreTarget::Thread(id) => store
                    .thread_model_id(&fixture.scope, project(item), &id)
                    .await
                    .unwrap()
                    .map(CommentTarget::Thread),
            };
            match target {
                Some(target) => store.add_comment(&scope_of(item), target, comment).await,
                None => Ok(()),
            }
        }
        Write::DeleteComments(item) => {
            let ids = (0..step as u64).step_by(2).map(|step| id_at(5_000 + step, 0)).collect();
            let kind = item.pick(2, &[ScoreKind::Trace, ScoreKind::Span, ScoreKind::Thread]);
            store.delete_comments(&fixture.scope, kind, ids).await
        }
        Write::Guardrails(items) => {
            let results = items
                .iter()
                .map(|item| NewGuardrail {
                    trace_id: item.trace(),
                    span_id: item.span(),
                    project: project(item),
                    name: "PII".to_owned(),
                    outcome: if item.has(1) {
                        GuardrailOutcome::Failed
                    } else {
                        GuardrailOutcome::Passed
                    },
                    config: json("{}").unwrap(),
                    details: json("{}").unwrap(),
                })
                .collect();
            store.put_guardrails(&fixture.scope, results).await
        }
        Write::Attach(item) => {
            let owner = AttachmentOwner {
                entity: item.pick(
                    1,
                    &[
                        ferropik_model::AttachmentEntity::Trace,
                        ferropik_model::AttachmentEntity::Span,
                    ],
                ),
                id: if item.has(1) { item.span() } else { item.trace() },
            };
            let file = attachment("notes.txt", &format!("key-{step}"));
            store
                .put_attachment(&fixture.scope, owner, project(item), file)
                .await
                .map(drop)
        }
        Write::OpenThread(item) => store.open_thread(&scope_of(item), project(item), &item.thread()).await,
        Write::CloseThread(item) => store
            .close_threads(&scope_of(item), project(item), vec![item.thread()])
            .await
            .map(drop),
        Write::DeleteThread(item) => store
            .delete_threads(&fixture.scope, project(item), vec![item.thread()])
            .await
            .map(drop),
        Write::TagThreads(item) => {
            let id = store
                .thread_model_id(&fixture.scope, project(item), &item.thread())
                .await
                .unwrap();
            let update = ThreadUpdate {
                tags: Some(item.tags()),
                ..ThreadUpdate::default()
            };
            store
                .update_threads(&fixture.scope, id.into_iter().collect(), update, item.has(1))
                .await
                .map(drop)
        }
        Write::DeleteProject(item) => store.delete_projects(&fixture.scope, vec![project(item)]).await,
    };
    match result {
        Ok(())
        | Err(StoreError::Conflict(_) | StoreError::NotFound | StoreError::TagLimit | StoreError::ProjectNotFound(_)) =>
            {}
        Err(error) => panic!("{write:?}: {error}"),
    }
}

/// Waits until the contents of deleted projects are gone.
async fn purged(fixture: &Fixture) {
    for _ in 0..500 {
        if fixture.rows("purge") == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the contents of deleted projects were not deleted");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn derived_values_equal_a_recount(writes in prop::collection::vec(write(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = fixture();
            for (step, write) in writes.iter().enumerate() {
                run(&fixture, step, write).await;
            }
            purged(&fixture).await;
            fixture.assert_healthy();
            for name in PROJECTS {
                let project = fixture.project(name).await;
                crate::stats::assert_match(&fixture, project).await;
            }
            fixture.store.close();
            fixture.assert_healthy();
        });
    }
}
