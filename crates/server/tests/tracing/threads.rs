use serde_json::{Value, json};

use crate::client::{PROJECT, Server, new_id, span, trace};

async fn conversation(server: &Server, thread_id: &str) -> Vec<uuid::Uuid> {
    let ids: Vec<uuid::Uuid> = (0..3).map(|_| new_id()).collect();
    let rows = ids.iter().enumerate().map(|(index, id)| {
        trace(
            *id,
            json!({"thread_id": thread_id, "input": {"q": index}, "output": {"a": index},
                "start_time": format!("2026-01-02T03:04:0{index}Z"), "end_time": format!("2026-01-02T03:04:1{index}Z")}),
        )
    });
    server.store_traces(rows.collect()).await;
    ids
}

async fn retrieve(server: &Server, thread_id: &str) -> Value {
    let body = json!({"project_name": PROJECT, "thread_id": thread_id});
    let reply = server.post("traces/threads/retrieve", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

#[tokio::test]
async fn a_thread_is_made_of_its_traces() {
    let server = Server::start().await;
    let ids = conversation(&server, "chat").await;
    let usage = json!({"usage": {"total_tokens": 5}, "total_estimated_cost": 0.25});
    server
        .store_spans(vec![
            span(new_id(), ids[0], usage.clone()),
            span(new_id(), ids[2], usage),
        ])
        .await;
    let thread = retrieve(&server, "chat").await;
    assert_eq!(
        (&thread["id"], &thread["number_of_messages"]),
        (&json!("chat"), &json!(6))
    );
    assert_eq!(
        (&thread["first_message"], &thread["last_message"]),
        (&json!({"q": 0}), &json!({"a": 2}))
    );
    assert_eq!(
        (&thread["duration"], &thread["status"]),
        (&json!(12_000.0), &json!("active"))
    );
    assert_eq!(
        (&thread["usage"], &thread["total_estimated_cost"]),
        (&json!({"total_tokens": 10}), &json!(0.5))
    );
    assert_eq!(thread["environment"], "");
    let page = server
        .list("traces/threads", &[("exclude", r#"["last_message","whatever"]"#)])
        .await;
    let row = &page["content"][0];
    assert_eq!(
        (&page["total"], &row["id"], row.get("last_message")),
        (&json!(1), &json!("chat"), None)
    );
    assert!(
        page["sortable_by"]
            .as_array()
            .unwrap()
            .contains(&json!("number_of_messages"))
    );
    let missing = json!({"project_name": PROJECT, "thread_id": "nope"});
    server
        .post("traces/threads/retrieve", &missing)
        .await
        .is_error(404, &json!({"code": 404, "message": "Trace Thread id: nope not found"}));
}

#[tokio::test]
async fn a_closed_thread_reopens_with_the_next_trace() {
    let server = Server::start().await;
    conversation(&server, "chat").await;
    server
        .put(
            "traces/threads/close",
            &json!({"project_name": PROJECT, "thread_id": "chat"}),
        )
        .await
        .is_done();
    let closed = retrieve(&server, "chat").await;
    assert_eq!(closed["status"], "inactive");
    server
        .store_traces(vec![trace(new_id(), json!({"thread_id": "chat"}))])
        .await;
    let reopened = retrieve(&server, "chat").await;
    assert_eq!(
        (&reopened["status"], &reopened["thread_model_id"]),
        (&json!("active"), &closed["thread_model_id"])
    );
    server
        .put(
            "traces/threads/close",
            &json!({"project_name": PROJECT, "thread_ids": ["chat"]}),
        )
        .await
        .is_done();
    server
        .put(
            "traces/threads/open",
            &json!({"project_name": PROJECT, "thread_id": "chat"}),
        )
        .await
        .is_done();
    assert_eq!(retrieve(&server, "chat").await["status"], "active");
    server
        .put(
            "traces/threads/close",
            &json!({"project_name": PROJECT, "thread_ids": ["x", "y"]}),
        )
        .await
        .is_error(404, &json!({"code": 404, "message": "Thread '[x, y]' not found:"}));
}

#[tokio::test]
async fn threads_have_tags_scores_and_comments_of_their_own() {
    let server = Server::start().await;
    conversation(&server, "chat").await;
    let id = retrieve(&server, "chat").await["thread_model_id"]
        .as_str()
        .unwrap()
        .to_owned();
    server
        .patch(&format!("traces/threads/{id}"), &json!({"tags": ["a", "b"]}))
        .await
        .is_done();
    let batch = json!({"ids": [id, new_id()], "update": {"tags": ["c"]}, "merge_tags": true});
    server.patch("traces/threads/batch", &batch).await.is_done();
    server
        .patch(&format!("traces/threads/{id}"), &json!({"tags_to_remove": ["a"]}))
        .await
        .is_done();
    let unknown = new_id();
    server
        .patch(&format!("traces/threads/{unknown}"), &json!({"tags": []}))
        .await
        .is_error(
            404,
            &json!({"code": 404, "message": format!("Thread id: {unknown} not found")}),
        );
    let added = server
        .post(&format!("traces/threads/{id}/comments"), &json!({"text": "fine"}))
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
    let scores = json!({"scores": [
        {"thread_id": "chat", "project_name": PROJECT, "name": "mood", "value": 0.75, "source": "ui"},
        {"thread_id": "new", "project_name": PROJECT, "name": "tone", "value": 1, "source": "sdk"},
    ]});
    server.put("traces/threads/feedback-scores", &scores).await.is_done();
    let names = server.get("traces/threads/feedback-scores/names").await.json();
    assert_eq!(names, json!({"scores": [{"name": "mood"}, {"name": "tone"}]}));
    let thread = retrieve(&server, "chat").await;
    let mut tags: Vec<String> = serde_json::from_value(thread["tags"].clone()).unwrap();
    tags.sort();
    assert_eq!(tags, ["b", "c"]);
    assert_eq!(
        (&thread["feedback_scores"][0]["value"], &thread["comments"][0]["text"]),
        (&json!(0.75), &json!("fine"))
    );
    let deletion = json!({"project_name": PROJECT, "thread_id": "chat", "names": ["mood"]});
    server
        .post("traces/threads/feedback-scores/delete", &deletion)
        .await
        .is_done();
    assert!(retrieve(&server, "chat").await.get("feedback_scores").is_none());
}

#[tokio::test]
async fn a_search_goes_on_after_a_record_or_a_text_id() {
    let server = Server::start().await;
    for name in ["one", "two", "three"] {
        conversation(&server, name).await;
    }
    let search = async |cursor: Value| {
        let body = json!({"project_name": PROJECT, "limit": 2, "last_retrieved_thread_model_id": cursor});
        server.post("traces/threads/search", &body).await.lines()
    };
    let first = search(Value::Null).await;
    assert_eq!(
        first.iter().map(|thread| &thread["id"]).collect::<Vec<_>>(),
        [&json!("three"), &json!("two")]
    );
    for cursor in [first[1]["thread_model_id"].clone(), first[1]["id"].clone()] {
        let rest = search(cursor).await;
        assert_eq!(
            rest.iter().map(|thread| &thread["id"]).collect::<Vec<_>>(),
            [&json!("one")]
        );
    }
    let body = json!({"project_name": PROJECT, "last_retrieved_thread_model_id": "gone"});
    assert_eq!(server.post("traces/threads/search", &body).await.status, 400);
}

#[tokio::test]
async fn a_deleted_thread_takes_its_traces_with_it() {
    let server = Server::start().await;
    let ids = conversation(&server, "chat").await;
    conversation(&server, "kept").await;
    let deletion = |project: &str| json!({"project_name": project, "thread_ids": ["chat", "unknown"]});
    server.post("traces/threads/delete", &deletion("nope")).await.is_done();
    server.post("traces/threads/delete", &deletion(PROJECT)).await.is_done();
    assert_eq!(server.get(&format!("traces/{}", ids[0])).await.status, 404);
    assert_eq!(server.listed_ids("traces/threads", &[]).await, ["kept"]);
    assert_eq!(server.list("traces", &[]).await["total"], 3);
}
