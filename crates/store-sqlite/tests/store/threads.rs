//! Threads.

use ferropik_model::{ThreadStatus, ThreadUpdate, TraceUpdate, TraceWrite, WorkspaceConfiguration};
use ferropik_store::{
    CommentStore, CommentTarget, NewComment, NewTrace, ScoreTarget, Selection, StoreError, ThreadStore, TraceStore,
    WorkspaceStore,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::support::{Fixture, at, fixture, id, id_at, json, new_span, new_trace, patch, texts, usage, whole_list};

fn threaded(id: Uuid, project: Uuid, thread: &str, start: i64, end: Option<i64>) -> NewTrace {
    let new = new_trace(id, project, start);
    let trace = TraceWrite {
        start_time: Some(at(start)),
        end_time: end.map(at),
        input: json(&format!("\"asked at {start}\"")),
        output: json(&format!("\"answered at {end:?}\"")),
        thread_id: Some(thread.to_owned()),
        ..new.trace.clone()
    };
    NewTrace { trace, ..new }
}

async fn thread(fixture: &Fixture, project: Uuid, name: &str) -> Option<ferropik_model::Thread> {
    fixture
        .store
        .thread(&fixture.scope, project, name, false)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_thread_sums_up_its_traces() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture
        .put(vec![
            threaded(id_at(2, 10), project, "chat", 20, Some(25)),
            threaded(id_at(1, 5), project, "chat", 10, Some(40)),
            threaded(id_at(3, 15), project, "chat", 30, None),
        ])
        .await;
    let mut span = new_span(id(10), id_at(1, 5), project, 1);
    span.span.usage = Some(usage(&[("total_tokens", 4)]));
    span.cost = Decimal::ONE;
    fixture.put_spans(vec![span]).await;
    let chat = thread(&fixture, project, "chat").await.unwrap();
    assert_eq!((chat.start_time, chat.end_time), (Some(at(10)), Some(at(40))));
    assert_eq!(chat.duration, Some(30_000.0));
    assert_eq!(chat.number_of_messages, 6);
    assert_eq!(chat.first_message.unwrap().as_str(), "\"asked at 10\"");
    assert_eq!(chat.last_message.unwrap().as_str(), "\"answered at Some(40)\"");
    assert_eq!(chat.usage, usage(&[("total_tokens", 4)]));
    assert_eq!(chat.total_estimated_cost, Some(Decimal::ONE));
    assert_eq!(chat.last_updated_at, Some(at(30)), "the latest update of its traces");
    assert_eq!(
        ferropik_model::id::millis(chat.thread_model_id),
        ferropik_model::id::millis(id_at(1, 5))
    );
    fixture.assert_healthy();

    fixture.delete(&[id_at(1, 5)]).await;
    let chat = thread(&fixture, project, "chat").await.unwrap();
    assert_eq!((chat.start_time, chat.end_time), (Some(at(20)), Some(at(25))));
    assert_eq!(chat.first_message.unwrap().as_str(), "\"asked at 20\"");
    assert_eq!(chat.last_message.unwrap().as_str(), "\"answered at Some(25)\"");
    assert_eq!((chat.number_of_messages, chat.total_estimated_cost), (4, None));
    assert!(chat.usage.is_empty());
    fixture.assert_healthy();

    // A newer row that starts later is not the first one any more.
    let mut later = threaded(id_at(2, 10), project, "chat", 35, None);
    later.trace.last_updated_at = Some(at(100));
    fixture.put(vec![later]).await;
    let chat = thread(&fixture, project, "chat").await.unwrap();
    assert_eq!((chat.start_time, chat.end_time), (Some(at(30)), None));
    fixture.assert_healthy();
}

#[tokio::test]
async fn closing_opening_and_new_traces_change_the_status() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let status = async || {
        fixture
            .store
            .thread_status(&fixture.scope, project, "chat")
            .await
            .unwrap()
    };
    let close = async || {
        fixture
            .store
            .close_threads(&fixture.scope, project, texts(&["chat", "none"]))
            .await
    };
    assert!(matches!(close().await, Err(StoreError::NotFound)));
    assert_eq!(status().await, None);
    fixture.put(vec![threaded(id(1), project, "chat", 1, None)]).await;
    assert_eq!(status().await, Some(ThreadStatus::Active));
    let closed = close().await.unwrap();
    assert_eq!(
        (closed.len(), closed[0].thread_id.as_str(), closed[0].project),
        (1, "chat", project)
    );
    assert_eq!(status().await, Some(ThreadStatus::Inactive));
    assert_eq!(close().await.unwrap(), [], "it was closed already");
    let model_id = thread(&fixture, project, "chat").await.unwrap().thread_model_id;
    fixture.put(vec![threaded(id(2), project, "chat", 2, None)]).await;
    assert_eq!(status().await, Some(ThreadStatus::Active));
    close().await.unwrap();
    fixture
        .store
        .open_thread(&fixture.scope, project, "chat")
        .await
        .unwrap();
    assert_eq!(status().await, Some(ThreadStatus::Active));
    assert_eq!(
        thread(&fixture, project, "chat").await.unwrap().thread_model_id,
        model_id
    );
    fixture.assert_healthy();
}

#[tokio::test]
async fn threads_are_closed_after_the_time_out_of_their_workspace() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.put(vec![threaded(id(1), project, "old", 1, None)]).await;
    fixture.store.open_thread(&fixture.scope, project, "new").await.unwrap();
    let never = 100 * 365 * 24 * 3_600;
    assert_eq!(fixture.store.close_inactive_threads(never, 10).await.unwrap(), []);
    let closed = fixture.store.close_inactive_threads(3_600, 10).await.unwrap();
    assert_eq!(
        closed
            .iter()
            .map(|thread| thread.thread_id.as_str())
            .collect::<Vec<_>>(),
        ["old"]
    );
    assert_eq!(fixture.store.close_inactive_threads(3_600, 10).await.unwrap(), []);

    fixture.put(vec![threaded(id(2), project, "old", 2, None)]).await;
    let configuration = WorkspaceConfiguration {
        timeout_to_mark_thread_as_inactive: Some(never),
        truncation_on_tables: false,
        color_map: None,
    };
    fixture
        .store
        .set_workspace_configuration(&fixture.scope, Some(configuration.clone()))
        .await
        .unwrap();
    assert_eq!(fixture.store.close_inactive_threads(3_600, 10).await.unwrap(), []);
    let stored = fixture
        .store
        .workspace_configuration(&fixture.scope)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.timeout_to_mark_thread_as_inactive, Some(never));
    assert!(!stored.truncation_on_tables);
    fixture
        .store
        .set_workspace_configuration(&fixture.scope, None)
        .await
        .unwrap();
    assert!(
        fixture
            .store
            .workspace_configuration(&fixture.scope)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(fixture.store.close_inactive_threads(3_600, 10).await.unwrap().len(), 1);
    fixture.assert_healthy();
}

#[tokio::test]
async fn an_update_moves_a_trace_to_another_thread() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture
        .put(vec![
            threaded(id(1), project, "a", 1, Some(2)),
            threaded(id(2), project, "a", 3, Some(4)),
        ])
        .await;
    let update = TraceUpdate {
        thread_id: Some("b".to_owned()),
        ..TraceUpdate::default()
    };
    fixture.patch(patch(id(1), project, update)).await.unwrap();
    assert_eq!(thread(&fixture, project, "a").await.unwrap().start_time, Some(at(3)));
    assert_eq!(thread(&fixture, project, "b").await.unwrap().start_time, Some(at(1)));
    let threads = fixture
        .store
        .threads(&fixture.scope, Selection::all(project), whole_list())
        .await
        .unwrap();
    assert_eq!((threads.total, threads.rows.len()), (2, 2));
    fixture.assert_healthy();
}

#[tokio::test]
async fn deleting_a_thread_deletes_its_traces_scores_and_comments() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let traces: Vec<NewTrace> = (0..130).map(|n| threaded(id(n), project, "chat", 1, Some(2))).collect();
    fixture.put(traces).await;
    fixture.put(vec![threaded(id(200), project, "other", 1, None)]).await;
    fixture
        .score(ScoreTarget::Thread("chat".to_owned()), project, "quality", "1")
        .await;
    let model_id = thread(&fixture, project, "chat").await.unwrap().thread_model_id;
    let comment = NewComment {
        id: id(500),
        text: "hm".to_owned(),
        source_queue_id: None,
    };
    fixture
        .store
        .add_comment(&fixture.scope, CommentTarget::Thread(model_id), comment)
        .await
        .unwrap();
    let found = thread(&fixture, project, "chat").await.unwrap();
    assert_eq!((found.feedback_scores.len(), found.comments.len()), (1, 1));
    let _ = fixture
        .store
        .delete_threads(&fixture.scope, project, texts(&["chat", "none"]))
        .await
        .unwrap();
    assert!(thread(&fixture, project, "chat").await.is_none());
    assert_eq!(fixture.traces(project).await.len(), 1);
    for table in ["score", "comment", "score_value"] {
        assert_eq!(fixture.rows(table), 0, "{table}");
    }
    assert!(fixture.store.thread_exists(&fixture.scope, project).await.unwrap());
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_score_creates_the_record_of_a_thread() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture
        .score(ScoreTarget::Thread("chat".to_owned()), project, "quality", "1")
        .await;
    let model_id = fixture
        .store
        .thread_model_id(&fixture.scope, project, "chat")
        .await
        .unwrap();
    assert!(model_id.is_some());
    assert!(
        !fixture.store.thread_exists(&fixture.scope, project).await.unwrap(),
        "it has no traces"
    );
    fixture.put(vec![threaded(id(1), project, "chat", 1, None)]).await;
    let chat = thread(&fixture, project, "chat").await.unwrap();
    assert_eq!((Some(chat.thread_model_id), chat.feedback_scores.len()), (model_id, 1));
    fixture.assert_healthy();
}

#[tokio::test]
async fn tags_of_threads_follow_the_rules_of_tags() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture
        .put(vec![
            threaded(id(1), project, "a", 1, None),
            threaded(id(2), project, "b", 1, None),
        ])
        .await;
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        ids.push(thread(&fixture, project, name).await.unwrap().thread_model_id);
    }
    let set = |tags: Vec<String>| ThreadUpdate {
        tags: Some(tags),
        ..ThreadUpdate::default()
    };
    let update = async |ids: &[Uuid], update, merge| {
        fixture
            .store
            .update_threads(&fixture.scope, ids.to_vec(), update, merge)
            .await
    };
    let many: Vec<String> = (0..50).map(|n| format!("tag {n}")).collect();
    assert_eq!(update(&ids[..1], set(many), false).await.unwrap(), 1);
    assert!(matches!(
        update(&ids, set(texts(&["x"])), true).await,
        Err(StoreError::TagLimit)
    ));
    assert_eq!(thread(&fixture, project, "b").await.unwrap().tags, Vec::<String>::new());
    assert_eq!(update(&ids, set(texts(&["x", "y"])), false).await.unwrap(), 2);
    let change = ThreadUpdate {
        tags_to_add: Some(texts(&["z"])),
        tags_to_remove: Some(texts(&["x"])),
        ..ThreadUpdate::default()
    };
    update(&ids, change, false).await.unwrap();
    assert_eq!(thread(&fixture, project, "a").await.unwrap().tags, ["y", "z"]);
    assert_eq!(update(&[id(9)], set(Vec::new()), false).await.unwrap(), 0);
    let threads = fixture
        .store
        .trace_stats(&fixture.scope, Selection::all(project))
        .await
        .unwrap();
    assert!(threads.stats.iter().any(|stat| stat.name == "thread_count"));
    fixture.assert_healthy();
}
