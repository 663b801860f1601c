//! Workspaces do not see each other, and directories have one owner.

use ferropik_model::{AttachmentEntity, TraceUpdate};
use ferropik_store::{
    AttachmentOwner, AttachmentStore, CommentStore, CommentTarget, NewComment, ProjectList, ProjectStore, Scope,
    ScoreStore, ScoreTarget, Selection, StoreError, ThreadStore, TraceStore, View, WorkspaceStore,
};
use ferropik_store_sqlite::{OpenError, SqliteOptions, SqliteStore};
use uuid::Uuid;

use crate::support::{attachment, fixture, id, json, new_trace, open, patch, score, whole_list};

#[tokio::test]
async fn rows_of_another_workspace_are_invisible() {
    let fixture = fixture();
    let second = Uuid::from_u128(7);
    fixture.sql(&format!(
        "INSERT INTO workspace (id, name) VALUES (x'{}', 'second')",
        second.simple()
    ));
    let stranger = Scope::new(second, "eve");
    let store = &fixture.store;
    let project = fixture.project("shared name").await;
    let own = store.ensure_projects(&stranger, &["shared name"]).await.unwrap()[0];
    assert_ne!(project, own);
    assert_eq!(store.workspace_by_name("second").await.unwrap(), Some(second));

    let mut trace = new_trace(id(1), project, 1);
    trace.trace.input = json("\"secret\"");
    trace.trace.thread_id = Some("chat".to_owned());
    fixture.put(vec![trace]).await;
    fixture.score(ScoreTarget::Trace(id(1)), project, "quality", "1").await;
    let owner = AttachmentOwner {
        entity: AttachmentEntity::Trace,
        id: id(1),
    };
    let _ = store
        .put_attachment(&fixture.scope, owner, project, attachment("a", "k"))
        .await
        .unwrap();

    assert!(store.trace(&stranger, id(1), View::default()).await.unwrap().is_none());
    assert!(store.project(&stranger, project).await.unwrap().is_none());
    let traces = store.traces(&stranger, Selection::all(project), whole_list()).await;
    assert!(matches!(traces, Err(StoreError::ProjectNotFound(_))));
    let stats = store.trace_stats(&stranger, Selection::all(project)).await;
    assert!(matches!(stats, Err(StoreError::ProjectNotFound(_))));
    assert!(matches!(
        store.thread(&stranger, project, "chat", false).await,
        Err(StoreError::ProjectNotFound(_))
    ));
    assert!(matches!(
        store.upsert_traces(&stranger, vec![new_trace(id(2), project, 1)]).await,
        Err(StoreError::ProjectNotFound(_))
    ));
    let own_list = store
        .projects(
            &stranger,
            ProjectList {
                page: 1,
                size: 10,
                ..ProjectList::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(
        own_list.rows.iter().map(|project| project.id).collect::<Vec<_>>(),
        [own]
    );
    assert_eq!(store.attachments(&stranger, owner, None, 1, 10).await.unwrap().total, 0);
    let comment = NewComment {
        id: id(50),
        text: "hm".to_owned(),
        source_queue_id: None,
    };
    let refused = store.add_comment(&stranger, CommentTarget::Trace(id(1)), comment).await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
    let refused = store
        .put_score_of_existing(&stranger, ScoreTarget::Trace(id(1)), score("quality", "0"))
        .await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
    assert_eq!(
        store.score_names(&stranger, None, None, None).await.unwrap(),
        Vec::<String>::new()
    );
    let _ = store.delete_traces(&stranger, vec![id(1)], None).await.unwrap();
    store.delete_projects(&stranger, vec![project]).await.unwrap();
    let renamed = TraceUpdate {
        name: Some("stolen".to_owned()),
        ..TraceUpdate::default()
    };
    store
        .update_traces(&stranger, vec![id(1)], renamed.clone(), false)
        .await
        .unwrap();
    assert_eq!(fixture.trace(id(1)).await.unwrap().name.as_deref(), Some("run"));

    // The same id is another trace in the other workspace.
    let _ = store.update_trace(&stranger, patch(id(1), own, renamed)).await.unwrap();
    let _ = store
        .upsert_traces(&stranger, vec![new_trace(id(1), own, 9)])
        .await
        .unwrap();
    let theirs = store.trace(&stranger, id(1), View::default()).await.unwrap().unwrap();
    assert_eq!(
        (theirs.name.as_deref(), theirs.input, theirs.feedback_scores.len()),
        (Some("stolen"), None, 0)
    );
    assert_eq!(
        fixture.trace(id(1)).await.unwrap().input.unwrap().as_str(),
        "\"secret\""
    );

    let unknown = Scope::new(Uuid::from_u128(8), "eve");
    assert!(matches!(
        store.ensure_projects(&unknown, &["x"]).await,
        Err(StoreError::NotFound)
    ));
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_directory_has_one_owner_and_outlives_it() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture.put(vec![new_trace(id(1), project, 1)]).await;
    let second = SqliteStore::open(&SqliteOptions::new(fixture.directory.path()));
    assert!(matches!(second, Err(OpenError::InUse { owner: Some(pid), .. }) if pid == std::process::id()));
    let crate::support::Fixture {
        store,
        directory,
        scope,
    } = fixture;
    store.close();
    assert!(matches!(
        store.trace(&scope, id(1), View::default()).await,
        Err(StoreError::Closed)
    ));
    assert!(matches!(
        store.upsert_traces(&scope, vec![new_trace(id(2), project, 1)]).await,
        Err(StoreError::Closed)
    ));
    drop(store);
    let store = open(directory.path());
    assert!(store.is_healthy().await);
    assert!(store.trace(&scope, id(1), View::default()).await.unwrap().is_some());
    assert_eq!(store.ensure_projects(&scope, &["P"]).await.unwrap(), [project]);
}
