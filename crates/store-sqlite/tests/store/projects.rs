//! Projects, and the deletion of what is in them.

use ferropik_model::{AttachmentEntity, ProjectUpdate, TraceWrite, Visibility};
use ferropik_store::{
    Access, AttachmentOwner, AttachmentStore, Conflict, NewTrace, ProjectList, ProjectStore, Scope, ScoreTarget,
    StoreError,
};

use crate::support::{Fixture, attachment, fixture, id, new_span, new_trace, open};

async fn purged(fixture: &Fixture) {
    for _ in 0..500 {
        if fixture.rows("purge") == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the contents of deleted projects were not deleted");
}

#[tokio::test]
async fn names_are_unique_without_case() {
    let fixture = fixture();
    let store = &fixture.store;
    let ids = store
        .ensure_projects(&fixture.scope, &["My App", "my app", "Other", "MY APP "])
        .await
        .unwrap();
    assert_eq!((ids[0], ids[0]), (ids[1], ids[3]));
    assert_ne!(ids[0], ids[2]);
    let project = store.project_by_name(&fixture.scope, "MY app").await.unwrap().unwrap();
    assert_eq!((project.id, project.name.as_str()), (ids[0], "My App"));
    let taken = store
        .create_project(&fixture.scope, "my App", Visibility::Private, None)
        .await;
    assert!(matches!(taken, Err(StoreError::Conflict(Conflict::NameTaken))));
    let rename = |name: &str| ProjectUpdate {
        name: Some(name.to_owned()),
        ..ProjectUpdate::default()
    };
    let taken = store.update_project(&fixture.scope, ids[2], rename("my app")).await;
    assert!(matches!(taken, Err(StoreError::Conflict(Conflict::NameTaken))));
    store
        .update_project(&fixture.scope, ids[0], rename("Renamed"))
        .await
        .unwrap();
    let again = store
        .ensure_projects(&fixture.scope, &["renamed", "my app"])
        .await
        .unwrap();
    assert_eq!(again[0], ids[0]);
    assert!(!ids.contains(&again[1]), "the old name is free");
    fixture.assert_healthy();
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted() {
    let fixture = fixture();
    for name in ["alpha", "beta", "alphabet"] {
        fixture.project(name).await;
    }
    let hidden = Scope {
        access: Access::PublicOnly,
        ..fixture.scope.clone()
    };
    fixture
        .store
        .create_project(&fixture.scope, "open", Visibility::Public, None)
        .await
        .unwrap();
    let names = async |scope: &Scope, name: Option<&str>, sort: Option<(&str, bool)>, page| {
        let list = ProjectList {
            page,
            size: 2,
            name: name.map(str::to_owned),
            sort: sort.map(|(field, descending)| (field.to_owned(), descending)),
        };
        let listed = fixture.store.projects(scope, list).await.unwrap();
        (
            listed
                .rows
                .into_iter()
                .map(|project| project.name)
                .collect::<Vec<_>>()
                .join(" "),
            listed.total,
        )
    };
    let by_name = Some(("name", false));
    assert_eq!(
        names(&fixture.scope, Some("ALPHA"), by_name, 1).await,
        ("alpha alphabet".to_owned(), 2)
    );
    assert_eq!(names(&fixture.scope, None, by_name, 2).await.1, 5);
    assert_eq!(
        names(&fixture.scope, None, Some(("name", true)), 1).await.0,
        "open beta"
    );
    assert_eq!(names(&hidden, None, None, 1).await, ("open".to_owned(), 1));
    assert!(fixture.store.project_by_name(&hidden, "beta").await.unwrap().is_none());
}

#[tokio::test]
async fn deleting_a_project_deletes_what_is_in_it() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    let traces: Vec<NewTrace> = (0..120)
        .map(|n| {
            let new = new_trace(id(n), project, 1);
            let trace = TraceWrite {
                thread_id: Some(format!("t{}", n % 3)),
                ..new.trace.clone()
            };
            NewTrace { trace, ..new }
        })
        .collect();
    fixture.put(traces).await;
    fixture.put(vec![new_trace(id(900), other, 1)]).await;
    fixture
        .put_spans(vec![
            new_span(id(1_000), id(5), project, 1),
            new_span(id(1_001), id(900), project, 1),
            new_span(id(1_002), id(900), other, 1),
        ])
        .await;
    for (span, value) in [(1_000, "1"), (1_001, "2"), (1_002, "4"), (1_003, "8")] {
        fixture
            .score(ScoreTarget::Span(id(span)), project, "speed", value)
            .await;
    }
    fixture.score(ScoreTarget::Trace(id(7)), project, "quality", "1").await;
    let owner = AttachmentOwner {
        entity: AttachmentEntity::Trace,
        id: id(4_000),
    };
    let _ = fixture
        .store
        .put_attachment(&fixture.scope, owner, project, attachment("a.txt", "lone"))
        .await
        .unwrap();
    assert_eq!(
        fixture.trace(id(900)).await.unwrap().span_feedback_scores[0].value,
        3.into()
    );

    fixture
        .store
        .delete_projects(&fixture.scope, vec![project, id(1)])
        .await
        .unwrap();
    assert!(fixture.store.project(&fixture.scope, project).await.unwrap().is_none());
    purged(&fixture).await;
    assert_eq!(fixture.rows("trace"), 1);
    assert_eq!(
        (fixture.rows("span"), fixture.rows("thread"), fixture.rows("attachment")),
        (1, 0, 0)
    );
    assert_eq!(fixture.store.take_orphans(), ["lone"]);
    let left = fixture.trace(id(900)).await.unwrap();
    assert_eq!((left.span_count, left.span_feedback_scores[0].value), (1, 4.into()));
    let again = fixture.project("p").await;
    assert_ne!(again, project);
    assert_eq!(fixture.traces(again).await, []);
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_deletion_goes_on_after_a_restart() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    fixture
        .put((0..300).map(|n| new_trace(id(n), project, 1)).collect())
        .await;
    fixture
        .store
        .delete_projects(&fixture.scope, vec![project])
        .await
        .unwrap();
    fixture.store.close();
    let Fixture {
        store,
        directory,
        scope,
    } = fixture;
    drop(store);
    let store = open(directory.path());
    let fixture = Fixture {
        store,
        directory,
        scope,
    };
    purged(&fixture).await;
    assert_eq!((fixture.rows("trace"), fixture.rows("rollup")), (0, 0));
    fixture.assert_healthy();
}

#[tokio::test]
async fn a_project_made_during_the_deletion_of_another_keeps_its_traces() {
    let fixture = fixture();
    let doomed = fixture.project("doomed").await;
    fixture
        .put((1..=300).map(|number| new_trace(id(number), doomed, 0)).collect())
        .await;
    fixture
        .store
        .delete_projects(&fixture.scope, vec![doomed])
        .await
        .unwrap();
    let made = fixture.project("made").await;
    fixture.put(vec![new_trace(id(1_000), made, 0)]).await;
    purged(&fixture).await;
    assert_eq!(fixture.traces(made).await.len(), 1);
    assert_eq!(fixture.rows("trace"), 1);
    fixture.assert_healthy();
}
