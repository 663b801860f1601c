use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{PROJECT, Server, new_id, span, trace};

#[tokio::test]
async fn a_stream_goes_on_after_its_last_id() {
    let server = Server::start().await;
    let ids: Vec<Uuid> = (0..5).map(|_| new_id()).collect();
    server
        .store_traces(ids.iter().map(|id| trace(*id, json!({"input": {"a": 1}}))).collect())
        .await;
    let mut seen = Vec::new();
    let mut last = Value::Null;
    for expected in [2, 2, 1] {
        let reply = server
            .post(
                "traces/search",
                &json!({"project_name": PROJECT, "limit": 2, "last_retrieved_id": last}),
            )
            .await;
        assert_eq!(reply.headers["content-type"], "application/octet-stream");
        let lines = reply.lines();
        assert_eq!(lines.len(), expected);
        last = lines[expected - 1]["id"].clone();
        seen.extend(lines.into_iter().map(|line| line["id"].clone()));
    }
    let expected: Vec<Value> = ids.iter().rev().map(|id| json!(id)).collect();
    assert_eq!(seen, expected);
    let reply = server
        .post(
            "traces/search",
            &json!({"project_name": PROJECT, "last_retrieved_id": last}),
        )
        .await;
    assert_eq!((reply.status, reply.text.as_str()), (200, ""));
}

#[tokio::test]
async fn a_stream_is_longer_than_its_pieces() {
    let server = Server::start().await;
    let trace_id = new_id();
    let ids: Vec<Uuid> = (0..450).map(|_| new_id()).collect();
    server
        .store_spans(ids.iter().map(|id| span(*id, trace_id, json!({}))).collect())
        .await;
    let search = async |limit: u32| {
        server
            .post(
                "spans/search",
                &json!({"project_name": PROJECT, "trace_id": trace_id, "limit": limit}),
            )
            .await
            .lines()
    };
    let lines = search(2000).await;
    let expected: Vec<Value> = ids.iter().rev().map(|id| json!(id)).collect();
    assert_eq!(
        lines.iter().map(|line| line["id"].clone()).collect::<Vec<_>>(),
        expected
    );
    assert_eq!(search(401).await.len(), 401);
}

#[tokio::test]
async fn searches_filter_and_leave_out() {
    let server = Server::start().await;
    let (cheap, dear) = (new_id(), new_id());
    server
        .store_traces(vec![
            trace(cheap, json!({"name": "cheap", "tags": ["Alpha"], "error_info": {"exception_type": "ValueError", "traceback": ""}})),
            trace(dear, json!({"name": "dear", "input": {"q": "x"}, "metadata": {"a": {"b": "x"}}})),
        ])
        .await;
    let llm = json!({"usage": {"total_tokens": 11}, "type": "llm"});
    server.store_spans(vec![span(new_id(), dear, llm)]).await;
    let score = json!({"scores": [{"id": dear, "name": "acc", "value": 0.5, "source": "sdk"}]});
    server.put("traces/feedback-scores", &score).await.is_done();
    let search = async |field: &str, operator: &str, key: &str, value: &str| {
        let filter = json!({"field": field, "operator": operator, "key": key, "value": value, "type": "ignored"});
        let body = json!({"project_name": PROJECT, "filters": [filter], "exclude": ["input", "feedback_scores"]});
        let lines = server.post("traces/search", &body).await.lines();
        assert!(
            lines
                .iter()
                .all(|line| line.get("input").is_none() && line.get("feedback_scores").is_none())
        );
        lines
            .into_iter()
            .map(|line| line["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(search("feedback_scores", ">=", "acc", "0.5").await, ["dear"]);
    assert_eq!(search("metadata", "=", "a.b", "X").await, ["dear"]);
    assert_eq!(search("tags", "contains", "", "alph").await, ["cheap"]);
    assert_eq!(search("usage.total_tokens", ">", "", "10").await, ["dear"]);
    assert_eq!(search("error_info", "is_not_empty", "", "").await, ["cheap"]);
    let bad = json!({"project_name": PROJECT, "filters": [{"field": "nope", "operator": "=", "value": "1"}]});
    assert_eq!(server.post("traces/search", &bad).await.status, 400);
}
