//! Writes of traces: creates, whole rows, updates, deletes.

use ferropik_model::{ErrorInfo, TraceUpdate, TraceWrite};
use ferropik_store::{
    CommentStore, CommentTarget, Conflict, GuardrailStore, NewComment, NewGuardrail, NewTrace, ScoreTarget, StoreError,
    TraceStore,
};
use uuid::Uuid;

use crate::support::{at, attachment, fixture, id, json, new_span, new_trace, patch, texts};

fn with(mut new: NewTrace, change: impl FnOnce(&mut TraceWrite)) -> NewTrace {
    change(&mut new.trace);
    new
}

#[tokio::test]
async fn the_newest_whole_row_wins_in_both_orders_of_arrival() {
    for swapped in [false, true] {
        let fixture = fixture();
        let project = fixture.project("p").await;
        let start = with(new_trace(id(1), project, 1), |trace| {
            trace.input = json("{\"b\":1,\"a\":2}");
            trace.tags = Some(texts(&["early"]));
        });
        let end = with(new_trace(id(1), project, 2), |trace| {
            trace.input = json("{\"b\":1,\"a\":2}");
            trace.end_time = Some(at(3));
            trace.thread_id = Some("chat".to_owned());
        });
        let rows = if swapped { [end, start] } else { [start, end] };
        for row in rows {
            fixture.put(vec![row]).await;
        }
        let trace = fixture.trace(id(1)).await.unwrap();
        assert_eq!(trace.duration, Some(3_000.0));
        assert_eq!(trace.input.unwrap().as_str(), "{\"b\":1,\"a\":2}");
        assert_eq!(
            trace.tags,
            Vec::<String>::new(),
            "fields that the newer row does not have become empty"
        );
        assert_eq!(trace.last_updated_at, Some(at(2)));
        fixture.assert_healthy();
    }
}

#[tokio::test]
async fn ties_go_to_the_later_row_also_within_a_batch() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let named = |name: &str| with(new_trace(id(1), project, 1), |trace| trace.name = Some(name.to_owned()));
    fixture.put(vec![named("first"), named("second")]).await;
    assert_eq!(fixture.trace(id(1)).await.unwrap().name.as_deref(), Some("second"));
    let created = fixture.trace(id(1)).await.unwrap().created_at;
    fixture.put(vec![named("third")]).await;
    let trace = fixture.trace(id(1)).await.unwrap();
    assert_eq!(trace.name.as_deref(), Some("third"));
    assert_eq!(trace.created_at, created, "the first write stays the first");
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_create_of_a_known_trace_is_a_conflict() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    let create = |project| fixture.store.create_trace(&fixture.scope, new_trace(id(1), project, 1));
    let _ = create(project).await.unwrap();
    assert!(matches!(
        create(project).await,
        Err(StoreError::Conflict(Conflict::Exists))
    ));
    assert!(matches!(
        create(other).await,
        Err(StoreError::Conflict(Conflict::OtherProject))
    ));
    fixture.assert_healthy();
}

#[tokio::test]
async fn updates_before_the_create_merge_into_it() {
    for batch in [false, true] {
        let fixture = fixture();
        let project = fixture.project("p").await;
        let update = TraceUpdate {
            output: json("\"late\""),
            tags: Some(texts(&["patched"])),
            end_time: Some(at(9)),
            thread_id: Some("patched thread".to_owned()),
            ..TraceUpdate::default()
        };
        fixture.patch(patch(id(1), project, update)).await.unwrap();
        let partial = fixture.trace(id(1)).await.unwrap();
        assert!(partial.start_time.unwrap().is_epoch());
        assert_eq!(partial.duration, None);
        let create = with(new_trace(id(1), project, 1), |trace| {
            trace.input = json("1");
            trace.output = json("\"early\"");
            trace.tags = Some(texts(&["posted"]));
            trace.thread_id = Some("posted thread".to_owned());
            trace.error_info = Some(ErrorInfo {
                message: Some("no".to_owned()),
                ..ErrorInfo::default()
            });
        });
        let _ = if batch {
            fixture.store.upsert_traces(&fixture.scope, vec![create]).await.unwrap()
        } else {
            fixture.store.create_trace(&fixture.scope, create).await.unwrap()
        };
        let trace = fixture.trace(id(1)).await.unwrap();
        assert_eq!(trace.name.as_deref(), Some("run"));
        assert_eq!(trace.input.unwrap().as_str(), "1");
        assert_eq!(trace.output.unwrap().as_str(), "\"late\"");
        assert_eq!(trace.tags, ["patched"]);
        assert_eq!(trace.duration, Some(9_000.0));
        assert_eq!(trace.thread_id.as_deref(), Some("patched thread"));
        assert_eq!(trace.error_info.unwrap().message.as_deref(), Some("no"));
        assert_eq!(trace.created_at, partial.created_at);
        fixture.assert_healthy();
    }
}

#[tokio::test]
async fn a_batch_moves_a_trace_to_another_project() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    let threaded = |project, updated| {
        with(new_trace(id(1), project, updated), |trace| {
            trace.thread_id = Some("chat".to_owned());
            trace.tags = Some(texts(&["x"]));
        })
    };
    fixture.put(vec![threaded(project, 1)]).await;
    fixture.put_spans(vec![new_span(id(10), id(1), project, 1)]).await;
    fixture
        .score(ScoreTarget::Trace(id(1)), project, "quality", "0.5")
        .await;
    fixture.score(ScoreTarget::Span(id(10)), project, "speed", "2").await;
    fixture.put(vec![threaded(other, 2)]).await;
    assert_eq!(fixture.traces(project).await, []);
    let moved = fixture.traces(other).await;
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].span_count, 1);
    assert_eq!(moved[0].feedback_scores[0].name, "quality");
    assert_eq!(moved[0].span_feedback_scores[0].name, "speed");
    assert_eq!(
        fixture.spans(project, None).await[0].trace_id,
        id(1),
        "spans stay in their project"
    );
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_partial_trace_takes_its_thread_along_to_the_project_of_the_create() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    let update = TraceUpdate {
        thread_id: Some("chat".to_owned()),
        ..TraceUpdate::default()
    };
    fixture.patch(patch(id(1), project, update)).await.unwrap();
    fixture.put(vec![new_trace(id(1), other, 1)]).await;
    assert_eq!(fixture.traces(other).await[0].thread_id.as_deref(), Some("chat"));
    fixture.assert_healthy();
}

#[tokio::test]
async fn an_update_keeps_what_it_does_not_name() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    fixture
        .put(vec![with(new_trace(id(1), project, 1), |trace| {
            trace.input = json("{\"deep\":{\"a\":1}}");
            trace.tags = Some(texts(&["a", "b"]));
            trace.environment = Some("prod".to_owned());
        })])
        .await;
    let update = TraceUpdate {
        input: json("{\"deep\":2}"),
        name: Some("  ".to_owned()),
        ..TraceUpdate::default()
    };
    fixture.patch(patch(id(1), project, update)).await.unwrap();
    let trace = fixture.trace(id(1)).await.unwrap();
    assert_eq!(trace.input.unwrap().as_str(), "{\"deep\":2}");
    assert_eq!(trace.name.as_deref(), Some("run"));
    assert_eq!(trace.environment.as_deref(), Some("prod"));
    assert_eq!(trace.tags.len(), 2);

    let update = TraceUpdate {
        tags: Some(texts(&["ignored"])),
        tags_to_add: Some(texts(&["c", "b"])),
        tags_to_remove: Some(texts(&["a", "never"])),
        ..TraceUpdate::default()
    };
    fixture.patch(patch(id(1), project, update)).await.unwrap();
    assert_eq!(fixture.trace(id(1)).await.unwrap().tags, ["b", "c"]);
    let clear = TraceUpdate {
        tags: Some(Vec::new()),
        ..TraceUpdate::default()
    };
    fixture.patch(patch(id(1), project, clear)).await.unwrap();
    assert_eq!(fixture.trace(id(1)).await.unwrap().tags, Vec::<String>::new());

    let elsewhere = fixture.patch(patch(id(1), other, TraceUpdate::default())).await;
    assert!(matches!(elsewhere, Err(StoreError::Conflict(Conflict::OtherProject))));
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_tag_limit_leaves_nothing_changed() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let many: Vec<String> = (0..48).map(|n| format!("tag {n}")).collect();
    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    fixture
        .put(vec![with(new_trace(id(2), project, 1), |trace| {
            trace.tags = Some(many)
        })])
        .await;
    let update = TraceUpdate {
        name: Some("changed".to_owned()),
        tags: Some(texts(&["x", "y", "z"])),
        ..TraceUpdate::default()
    };
    let ids = vec![id(1), id(2), id(99)];
    let refused = fixture
        .store
        .update_traces(&fixture.scope, ids.clone(), update.clone(), true)
        .await;
    assert!(matches!(refused, Err(StoreError::TagLimit)));
    for number in [1, 2] {
        assert_eq!(fixture.trace(id(number)).await.unwrap().name.as_deref(), Some("run"));
    }
    assert_eq!(fixture.trace(id(1)).await.unwrap().tags, Vec::<String>::new());
    fixture
        .store
        .update_traces(&fixture.scope, ids, update, false)
        .await
        .unwrap();
    assert_eq!(fixture.trace(id(2)).await.unwrap().tags, ["x", "y", "z"]);
    assert!(fixture.trace(id(99)).await.is_none(), "unknown ids are skipped");
    fixture.assert_healthy();
}

#[tokio::test]
async fn equal_tags_count_once() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture
        .put(vec![with(new_trace(id(1), project, 1), |trace| {
            trace.tags = Some(texts(&["a", "b", "a"]))
        })])
        .await;
    assert_eq!(fixture.trace(id(1)).await.unwrap().tags, ["a", "b"]);
    fixture.assert_healthy();
}

#[tokio::test]
async fn deleting_a_trace_deletes_all_that_belongs_to_it() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let mut trace = with(new_trace(id(1), project, 1), |trace| {
        trace.input = json("1");
        trace.tags = Some(texts(&["x"]));
        trace.thread_id = Some("chat".to_owned());
    });
    trace
        .attachments
        .push(attachment("input-attachment-1-1767225600000.png", "key of the trace"));
    fixture.put(vec![trace, new_trace(id(2), project, 1)]).await;
    let mut span = new_span(id(10), id(1), project, 1);
    span.attachments
        .push(attachment("output-attachment-1-1767225600000.png", "key of the span"));
    fixture.put_spans(vec![span, new_span(id(11), id(2), project, 1)]).await;
    for target in [ScoreTarget::Trace(id(1)), ScoreTarget::Span(id(10))] {
        fixture.score(target, project, "quality", "1").await;
    }
    for (number, target) in [(50, CommentTarget::Trace(id(1))), (51, CommentTarget::Span(id(10)))] {
        let comment = NewComment {
            id: id(number),
            text: "hm".to_owned(),
            source_queue_id: None,
        };
        fixture
            .store
            .add_comment(&fixture.scope, target, comment)
            .await
            .unwrap();
    }
    let guardrail = NewGuardrail {
        trace_id: id(1),
        span_id: id(10),
        project,
        name: "PII".to_owned(),
        outcome: ferropik_model::GuardrailOutcome::Failed,
        config: json("{}").unwrap(),
        details: json("{}").unwrap(),
    };
    fixture
        .store
        .put_guardrails(&fixture.scope, vec![guardrail])
        .await
        .unwrap();
    let checks = &fixture.trace(id(1)).await.unwrap().guardrails_validations;
    assert_eq!((checks.len(), checks[0].checks[0].name.as_str()), (1, "PII"));

    let leftovers = fixture
        .store
        .delete_traces(&fixture.scope, vec![id(1), id(77)], Some(project))
        .await
        .unwrap();
    let mut keys = leftovers.object_keys;
    keys.sort();
    assert_eq!(keys, ["key of the span", "key of the trace"]);
    assert!(fixture.trace(id(1)).await.is_none());
    assert!(fixture.span(id(10)).await.is_none());
    assert!(fixture.trace(id(2)).await.is_some() && fixture.span(id(11)).await.is_some());
    for table in [
        "score",
        "score_value",
        "score_rollup",
        "comment",
        "guardrail",
        "attachment",
        "trace_tag",
    ] {
        assert_eq!(fixture.rows(table), 0, "{table}");
    }
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_delete_narrowed_to_a_project_leaves_others_alone() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    fixture
        .put(vec![new_trace(id(1), project, 1), new_trace(id(2), other, 1)])
        .await;
    for narrow in [other, Uuid::nil()] {
        let _ = fixture
            .store
            .delete_traces(&fixture.scope, vec![id(1)], Some(narrow))
            .await
            .unwrap();
        assert!(fixture.trace(id(1)).await.is_some());
    }
    let many: Vec<Uuid> = (1..200).map(id).collect();
    fixture.delete(&many).await;
    assert!(fixture.trace(id(1)).await.is_none() && fixture.trace(id(2)).await.is_none());
    assert_eq!(fixture.rows("rollup"), 0);
    fixture.assert_healthy();
}
