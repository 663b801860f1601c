use serde_json::{Value, json};

use crate::client::{PROJECT, Server, new_id, span, trace};

#[tokio::test]
async fn scores_of_one_name_are_aggregated() {
    let server = Server::start().await;
    let (id, queue) = (new_id(), new_id());
    server.store_traces(vec![trace(id, json!({}))]).await;
    let put = async |value: f64, queue: Value, reason: &str| {
        let score = json!({"name": "acc", "value": value, "source": "ui", "reason": reason, "source_queue_id": queue});
        server
            .put(&format!("traces/{id}/feedback-scores"), &score)
            .await
            .is_done();
    };
    put(0.9, Value::Null, "").await;
    put(0.5, Value::Null, " good ").await;
    let single = server.trace(id).await["feedback_scores"][0].clone();
    assert_eq!(
        (&single["value"], &single["reason"], &single["source"]),
        (&json!(0.5), &json!("good"), &json!("ui"))
    );
    put(1.0, json!(queue), "").await;
    let scores = server.trace(id).await["feedback_scores"].clone();
    assert_eq!(scores.as_array().unwrap().len(), 1);
    assert_eq!(scores[0]["value"], json!(0.75));
    let authors: Vec<&String> = scores[0]["value_by_author"].as_object().unwrap().keys().collect();
    assert!(
        authors.contains(&&"admin".to_owned()) && authors.contains(&&format!("admin_{queue}")),
        "{authors:?}"
    );
    server
        .post(&format!("traces/{id}/feedback-scores/delete"), &json!({"name": "acc"}))
        .await
        .is_done();
    assert_eq!(server.trace(id).await["feedback_scores"][0]["value"], json!(1));
    let of_queue = json!({"name": "acc", "source_queue_id": queue});
    server
        .post(&format!("traces/{id}/feedback-scores/delete"), &of_queue)
        .await
        .is_done();
    assert!(server.trace(id).await.get("feedback_scores").is_none());
}

#[tokio::test]
async fn scores_may_come_before_what_they_are_on_and_in_another_project() {
    let server = Server::start().await;
    let (trace_id, span_id) = (new_id(), new_id());
    let score = |id: uuid::Uuid, name: &str| {
        json!({"scores": [{"id": id, "name": name, "value": 1, "source": "sdk",
        "category_name": null, "reason": null}]})
    };
    server
        .put("traces/feedback-scores", &score(trace_id, "early"))
        .await
        .is_done();
    server
        .put("spans/feedback-scores", &score(span_id, "step"))
        .await
        .is_done();
    server.store_traces(vec![trace(trace_id, json!({}))]).await;
    server
        .store_spans(vec![span(span_id, trace_id, json!({"type": "tool"}))])
        .await;
    let stored = server.trace(trace_id).await;
    assert_eq!(stored["feedback_scores"][0]["name"], "early");
    assert_eq!(stored["span_feedback_scores"][0]["name"], "step");
    assert_eq!(server.span(span_id).await["feedback_scores"][0]["value"], json!(1));
    let project = stored["project_id"].as_str().unwrap();
    let names = async |path: &str| server.get(&format!("{path}?project_id={project}")).await.json();
    assert_eq!(
        names("traces/feedback-scores/names").await,
        json!({"scores": [{"name": "early"}]})
    );
    assert_eq!(
        names("spans/feedback-scores/names").await,
        json!({"scores": [{"name": "step"}]})
    );
    let llm_only = server
        .get(&format!("spans/feedback-scores/names?project_id={project}&type=llm"))
        .await
        .json();
    assert_eq!(llm_only, json!({"scores": []}));
}

#[tokio::test]
async fn assertions_are_no_feedback_scores() {
    let server = Server::start().await;
    let id = new_id();
    server.store_traces(vec![trace(id, json!({}))]).await;
    let scores = json!({"scores": [
        {"id": id, "project_name": PROJECT, "name": "is polite", "value": 1, "source": "sdk", "category_name": "suite_assertion"},
        {"id": id, "project_name": PROJECT, "name": "plain", "value": 0, "source": "sdk"},
    ]});
    server.put("traces/feedback-scores", &scores).await.is_done();
    let stored = server.trace(id).await["feedback_scores"].clone();
    assert_eq!(
        (stored.as_array().unwrap().len(), &stored[0]["name"]),
        (1, &json!("plain"))
    );
}

#[tokio::test]
async fn a_single_score_needs_its_trace_or_span() {
    let server = Server::start().await;
    let id = new_id();
    let score = json!({"name": "a", "value": 1, "source": "sdk"});
    server
        .put(&format!("traces/{id}/feedback-scores"), &score)
        .await
        .is_error(
            404,
            &json!({"code": 404, "message": format!("Trace id: {id} not found")}),
        );
    server
        .put(&format!("spans/{id}/feedback-scores"), &score)
        .await
        .is_error(
            404,
            &json!({"code": 404, "message": format!("Span id: {id} not found")}),
        );
    server
        .put(
            &format!("traces/{id}/feedback-scores"),
            &json!({"name": "a", "value": 1e9, "source": "sdk"}),
        )
        .await
        .is_error(
            422,
            &json!({"errors": ["value must be less than or equal to 999999999.999999999"]}),
        );
}
