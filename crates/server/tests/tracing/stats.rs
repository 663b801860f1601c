use serde_json::{Value, json};

use crate::client::{PROJECT, Server, new_id, span, trace};

fn names(stats: &Value) -> Vec<&str> {
    stats["stats"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stat| stat["name"].as_str().unwrap())
        .collect()
}

fn value<'a>(stats: &'a Value, name: &str) -> &'a Value {
    &stats["stats"]
        .as_array()
        .unwrap()
        .iter()
        .find(|stat| stat["name"] == name)
        .unwrap()["value"]
}

#[tokio::test]
async fn statistics_have_their_order_and_interpolate() {
    let server = Server::start().await;
    let ids: Vec<_> = (0..4).map(|_| new_id()).collect();
    let rows = ids.iter().enumerate().map(|(index, id)| {
        let fields = json!({"start_time": "2026-01-02T03:04:05Z", "end_time": format!("2026-01-02T03:04:05.00{}Z", index + 1),
            "input": {"a": 1}, "thread_id": "t"});
        trace(*id, fields)
    });
    server.store_traces(rows.collect()).await;
    let usage = json!({"type": "llm", "usage": {"total_tokens": 6}, "total_estimated_cost": 0.5});
    server.store_spans(vec![span(new_id(), ids[0], usage)]).await;
    let scores =
        json!({"scores": [{"id": ids[0], "project_name": PROJECT, "name": "acc", "value": 0.5, "source": "sdk"}]});
    server.put("traces/feedback-scores", &scores).await.is_done();
    let stats = server.list("traces/stats", &[]).await;
    assert_eq!(
        names(&stats),
        [
            "trace_count",
            "duration",
            "input",
            "output",
            "metadata",
            "tags",
            "thread_count",
            "llm_span_count",
            "span_count",
            "total_estimated_cost",
            "total_estimated_cost_sum",
            "usage.total_tokens",
            "usage_sum.total_tokens",
            "feedback_scores.acc",
            "guardrails_failed_count",
            "error_count"
        ]
    );
    assert_eq!(value(&stats, "trace_count"), &json!(4));
    assert_eq!(value(&stats, "duration"), &json!({"p50": 2.5, "p90": 3.7, "p99": 3.97}));
    assert_eq!(
        (value(&stats, "thread_count"), value(&stats, "span_count")),
        (&json!(1), &json!(0.25))
    );
    assert_eq!(value(&stats, "total_estimated_cost"), &json!(0.5));
    let spans = server.list("spans/stats", &[]).await;
    assert_eq!(value(&spans, "span_count"), &json!(1));
    let threads = server.list("traces/threads/stats", &[]).await;
    assert_eq!(value(&threads, "thread_count"), &json!(1));
    assert_eq!(
        names(&threads),
        [
            "thread_count",
            "duration",
            "input",
            "output",
            "metadata",
            "tags",
            "total_estimated_cost",
            "total_estimated_cost_sum",
            "usage.total_tokens",
            "usage_sum.total_tokens",
            "guardrails_failed_count",
            "error_count"
        ]
    );
    assert_eq!(
        (value(&threads, "input"), value(&threads, "total_estimated_cost_sum")),
        (&json!(0), &json!(0.5))
    );
    let filters = r#"[{"field":"name","operator":"=","value":"nope"}]"#;
    assert_eq!(
        server.list("traces/stats", &[("filters", filters)]).await,
        json!({"stats": []})
    );
}

#[tokio::test]
async fn guardrail_results_are_shown_by_span() {
    let server = Server::start().await;
    let (id, span_id) = (new_id(), new_id());
    server.store_traces(vec![trace(id, json!({}))]).await;
    let result = |name: &str, result: &str| {
        json!({"entity_id": id, "secondary_id": span_id, "project_name": PROJECT, "name": name, "result": result,
            "config": {}, "details": {}})
    };
    let body = json!({"guardrails": [result("TOPIC", "passed"), result("PII", "failed")]});
    server.post("guardrails", &body).await.is_done();
    assert_eq!(
        server.trace(id).await["guardrails_validations"],
        json!([{"span_id": span_id, "checks": [{"name": "PII", "result": "failed"}, {"name": "TOPIC", "result": "passed"}]}])
    );
    assert_eq!(
        value(&server.list("traces/stats", &[]).await, "guardrails_failed_count"),
        &json!(1)
    );
    server
        .post("guardrails", &json!({"guardrails": []}))
        .await
        .is_error(422, &json!({"errors": ["guardrails size must be between 1 and 1000"]}));
}
