//! Records of attachments.

use ferropik_model::{AttachmentEntity, TraceUpdate};
use ferropik_store::{AttachmentOwner, AttachmentStore, TracePatch, TraceStore};
use uuid::Uuid;

use crate::support::{Fixture, attachment, fixture, id, json, new_trace};

fn owner(id: Uuid) -> AttachmentOwner {
    AttachmentOwner {
        entity: AttachmentEntity::Trace,
        id,
    }
}

async fn names(fixture: &Fixture, id: Uuid) -> Vec<String> {
    let listed = fixture
        .store
        .attachments(&fixture.scope, owner(id), None, 1, 100)
        .await
        .unwrap();
    assert_eq!(listed.total, listed.rows.len() as u64);
    listed.rows.into_iter().map(|file| file.file_name).collect()
}

const INPUT_1: &str = "input-attachment-1-1767225600000.png";
const INPUT_2: &str = "input-attachment-1-1767225600002.png";
const OUTPUT_1: &str = "output-attachment-1-1767225600000.png";

#[tokio::test]
async fn files_are_listed_replaced_and_forgotten() {
    let fixture = fixture();
    let (project, other) = (fixture.project("p").await, fixture.project("q").await);
    let put = async |name: &str, key: &str| {
        let file = attachment(name, key);
        fixture
            .store
            .put_attachment(&fixture.scope, owner(id(1)), project, file)
            .await
            .unwrap()
            .object_keys
    };
    assert_eq!(put("a.png", "1").await, Vec::<String>::new());
    assert_eq!(put("b.png", "2").await, Vec::<String>::new());
    assert_eq!(put("a.png", "3").await, ["1"]);
    assert_eq!(put("a.png", "3").await, Vec::<String>::new());
    assert_eq!(names(&fixture, id(1)).await, ["b.png", "a.png"]);
    let found = fixture
        .store
        .attachment(&fixture.scope, owner(id(1)), "a.png")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.object_key.as_str(), found.size), ("3", 17));
    let elsewhere = fixture
        .store
        .attachments(&fixture.scope, owner(id(1)), Some(other), 1, 10)
        .await
        .unwrap();
    assert_eq!(elsewhere.total, 0);
    let span = AttachmentOwner {
        entity: AttachmentEntity::Span,
        id: id(1),
    };
    assert_eq!(
        fixture
            .store
            .attachments(&fixture.scope, span, None, 1, 10)
            .await
            .unwrap()
            .total,
        0
    );
    let forgotten = vec!["a.png".to_owned(), "none".to_owned()];
    let leftovers = fixture
        .store
        .delete_attachments(&fixture.scope, owner(id(1)), forgotten)
        .await
        .unwrap();
    assert_eq!(leftovers.object_keys, ["3"]);
    assert_eq!(names(&fixture, id(1)).await, ["b.png"]);
    fixture.assert_healthy();
}

#[tokio::test]
async fn whole_rows_replace_extracted_files_and_leave_uploaded_ones() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let mut first = new_trace(id(1), project, 1);
    first.attachments = vec![attachment(INPUT_1, "1"), attachment(OUTPUT_1, "2")];
    fixture.put(vec![first]).await;
    let file = attachment("own.png", "own");
    let _ = fixture
        .store
        .put_attachment(&fixture.scope, owner(id(1)), project, file)
        .await
        .unwrap();
    let mut stale = new_trace(id(1), project, 0);
    stale.attachments = vec![attachment(INPUT_2, "stale")];
    let leftovers = fixture.store.upsert_traces(&fixture.scope, vec![stale]).await.unwrap();
    assert_eq!(leftovers.object_keys, ["stale"]);
    let mut second = new_trace(id(1), project, 2);
    second.attachments = vec![attachment(INPUT_2, "3")];
    let mut keys = fixture
        .store
        .upsert_traces(&fixture.scope, vec![second])
        .await
        .unwrap()
        .object_keys;
    keys.sort();
    assert_eq!(keys, ["1", "2"]);
    assert_eq!(names(&fixture, id(1)).await, ["own.png", INPUT_2]);
    fixture.assert_healthy();
}

#[tokio::test]
async fn updates_replace_the_files_of_their_fields_and_creates_leave_those_of_updates() {
    let fixture = fixture();
    let project = fixture.project("p").await;
    let patch = TracePatch {
        id: id(1),
        project,
        update: TraceUpdate {
            output: json("\"[output-attachment]\""),
            ..TraceUpdate::default()
        },
        attachments: vec![attachment(OUTPUT_1, "patched")],
    };
    let _ = fixture.store.update_trace(&fixture.scope, patch).await.unwrap();
    let mut create = new_trace(id(1), project, 1);
    create.trace.input = json("1");
    create.trace.output = json("2");
    create.attachments = vec![
        attachment(INPUT_1, "created"),
        attachment("output-attachment-1-1767225600009.png", "unused"),
    ];
    let leftovers = fixture.store.create_trace(&fixture.scope, create).await.unwrap();
    assert_eq!(
        leftovers.object_keys,
        ["unused"],
        "the output of the update stays, and so does its file"
    );
    assert_eq!(names(&fixture, id(1)).await, [OUTPUT_1, INPUT_1]);

    let patch = TracePatch {
        id: id(1),
        project,
        update: TraceUpdate {
            input: json("3"),
            ..TraceUpdate::default()
        },
        attachments: vec![attachment(INPUT_2, "newer")],
    };
    let leftovers = fixture.store.update_trace(&fixture.scope, patch).await.unwrap();
    assert_eq!(leftovers.object_keys, ["created"]);
    assert_eq!(names(&fixture, id(1)).await, [OUTPUT_1, INPUT_2]);
    fixture.assert_healthy();
}
