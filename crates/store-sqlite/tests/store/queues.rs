//! Annotation queues: who annotates what, and that workspaces stay apart.

use ferropik_model::{QueueReviewer, QueueScope, id};
use ferropik_store::{
    AnnotationQueueStore, Listing, NewAnnotationQueue, NewScore, Scope, ScoreStore, ScoreTarget, ScoredEntity,
    StoreError,
};
use uuid::Uuid;

use super::support::{Fixture, fixture, id as trace_id, new_trace, scope, score};

fn queue(project: Uuid) -> NewAnnotationQueue {
    NewAnnotationQueue {
        id: id::new(),
        project,
        name: "queue".to_owned(),
        description: String::new(),
        instructions: String::new(),
        scope: QueueScope::Trace,
        comments_enabled: true,
        feedback_definition_names: vec!["acc".to_owned()],
        annotators_per_item: 2,
        lock_timeout_seconds: 30,
        automation: None,
        annotator_view: None,
    }
}

async fn score_as(fixture: &Fixture, user: &str, project: Uuid, trace: Uuid, queue: Uuid, value: &str) {
    let entity = ScoredEntity {
        target: ScoreTarget::Trace(trace),
        project,
    };
    let given = NewScore {
        source_queue_id: Some(queue),
        ..score("acc", value)
    };
    let scope = scope(user);
    fixture.store.put_scores(&scope, vec![(entity, given)]).await.unwrap();
}

#[tokio::test]
async fn progress_tells_reviewers_apart() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let items: Vec<Uuid> = (1..=2).map(trace_id).collect();
    fixture
        .put(items.iter().map(|id| new_trace(*id, project, 0)).collect())
        .await;
    let queue = queue(project);
    let (store, scope) = (&fixture.store, &fixture.scope);
    store
        .create_annotation_queues(scope, vec![queue.clone()])
        .await
        .unwrap();
    store.add_queue_items(scope, queue.id, items.clone()).await.unwrap();
    score_as(&fixture, "ann", project, items[0], queue.id, "1").await;
    score_as(&fixture, "bob", project, items[0], queue.id, "0").await;
    score_as(&fixture, "ann", project, items[1], queue.id, "1").await;
    let stored = store.annotation_queue(scope, queue.id).await.unwrap().unwrap();
    let reviewer = |name: &str, status| QueueReviewer {
        username: name.to_owned(),
        status,
    };
    assert_eq!(stored.reviewers, [reviewer("ann", 2), reviewer("bob", 1)]);
    // The first item counts half, whoever has given how many scores.
    assert_eq!(stored.feedback_scores[0].value.to_string(), "0.75");
    let annotators = store.item_annotators(scope, queue.id, items[0]).await.unwrap();
    assert_eq!(annotators.users, ["ann", "bob"]);
    assert_eq!(
        (annotators.annotators_per_item, annotators.lock_timeout_seconds),
        (2, 30)
    );
    let unknown = store.item_annotators(scope, queue.id, id::new()).await.unwrap();
    assert!(unknown.users.is_empty());
    fixture.assert_healthy();
}

#[tokio::test]
async fn queues_of_another_workspace_are_unknown() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let other = Uuid::from_u128(77);
    fixture.sql(&format!(
        "INSERT INTO workspace (id, name) VALUES (x'{}', 'other')",
        other.simple()
    ));
    let stranger = Scope::new(other, "eve");
    let (store, queue) = (&fixture.store, queue(project));
    store
        .create_annotation_queues(&fixture.scope, vec![queue.clone()])
        .await
        .unwrap();
    fixture.put(vec![new_trace(trace_id(1), project, 0)]).await;
    store
        .add_queue_items(&fixture.scope, queue.id, vec![trace_id(1)])
        .await
        .unwrap();

    assert!(store.annotation_queue(&stranger, queue.id).await.unwrap().is_none());
    let added = store.add_queue_items(&stranger, queue.id, vec![trace_id(2)]).await;
    assert!(matches!(added, Err(StoreError::NotFound)));
    store.delete_annotation_queues(&stranger, vec![queue.id]).await.unwrap();
    let listing = Listing {
        page: 1,
        size: 10,
        ..Listing::default()
    };
    assert_eq!(store.annotation_queues(&stranger, listing).await.unwrap().total, 0);
    // The same id in the other workspace is another queue.
    store
        .create_annotation_queues(&stranger, vec![queue.clone()])
        .await
        .unwrap();
    store
        .add_queue_items(&stranger, queue.id, vec![trace_id(1)])
        .await
        .unwrap();
    fixture.delete(&[trace_id(1)]).await;
    let count = async |scope: &Scope| {
        store
            .annotation_queue(scope, queue.id)
            .await
            .unwrap()
            .unwrap()
            .items_count
    };
    assert_eq!((count(&fixture.scope).await, count(&stranger).await), (0, 1));
}

#[tokio::test]
async fn large_queues_are_deleted_in_pieces() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let (store, scope, queue) = (&fixture.store, &fixture.scope, queue(project));
    store
        .create_annotation_queues(scope, vec![queue.clone()])
        .await
        .unwrap();
    for _ in 0..5 {
        let items = (0..1_000).map(|_| id::new()).collect();
        store.add_queue_items(scope, queue.id, items).await.unwrap();
    }
    assert_eq!(
        store
            .annotation_queue(scope, queue.id)
            .await
            .unwrap()
            .unwrap()
            .items_count,
        5_000
    );
    store.delete_annotation_queues(scope, vec![queue.id]).await.unwrap();
    assert!(store.annotation_queue(scope, queue.id).await.unwrap().is_none());
    fixture.sql("CREATE TABLE check_items (n CHECK (n = 0)); INSERT INTO check_items SELECT COUNT(*) FROM annotation_queue_item; DROP TABLE check_items");
}
