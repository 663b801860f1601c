use serde_json::json;

use crate::client::{Server, new_id, span, trace};

#[tokio::test]
async fn comments_are_added_changed_and_deleted() {
    let server = Server::start().await;
    let (trace_id, span_id) = (new_id(), new_id());
    server.store_traces(vec![trace(trace_id, json!({}))]).await;
    server.store_spans(vec![span(span_id, trace_id, json!({}))]).await;
    for (base, entity) in [("traces", trace_id), ("spans", span_id)] {
        let added = server
            .post(
                &format!("{base}/{entity}/comments"),
                &json!({"text": "first", "source_queue_id": new_id()}),
            )
            .await;
        let id = added.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(added.status, 201);
        let location = format!("http://opik.example:5173/v1/private/{base}/{entity}/comments/{id}");
        assert_eq!(added.headers["location"], location);
        let path = format!("{base}/{entity}/comments/{id}");
        let comment = server.get(&path).await.json();
        assert_eq!(
            (&comment["text"], &comment["created_by"]),
            (&json!("first"), &json!("admin"))
        );
        assert!(comment.get("source_queue_id").is_none());
        server
            .patch(&format!("{base}/comments/{id}"), &json!({"text": "second"}))
            .await
            .is_done();
        let shown = server.get(&format!("{base}/{entity}")).await.json()["comments"].clone();
        assert_eq!(
            (&shown[0]["text"], shown[0].get("source_queue_id").is_some()),
            (&json!("second"), true)
        );
        let unknown = json!({"code": 404, "message": format!("Comment id: {id} not found")});
        server
            .get(&format!("{base}/{}/comments/{id}", new_id()))
            .await
            .is_error(404, &unknown);
        server
            .post(&format!("{base}/comments/delete"), &json!({"ids": [id, new_id()]}))
            .await
            .is_done();
        server.get(&path).await.is_error(404, &unknown);
        server
            .patch(&format!("{base}/comments/{id}"), &json!({"text": "x"}))
            .await
            .is_error(404, &unknown);
    }
}

#[tokio::test]
async fn comments_need_text_and_something_to_be_on() {
    let server = Server::start().await;
    let id = new_id();
    for (base, entity) in [("traces", "trace"), ("spans", "span"), ("traces/threads", "thread")] {
        let path = format!("{base}/{id}/comments");
        server
            .post(&path, &json!({"text": " "}))
            .await
            .is_error(422, &json!({"errors": ["text must not be blank"]}));
        let unknown = json!({"code": 404, "message": format!("{entity} id: {id} not found")});
        server.post(&path, &json!({"text": "a"})).await.is_error(404, &unknown);
    }
    server
        .post("traces/comments/delete", &json!({"ids": []}))
        .await
        .is_error(422, &json!({"errors": ["ids size must be between 1 and 1000"]}));
}
