use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{PROJECT, Server, new_id, span, trace};

fn usage() -> Value {
    json!({"model": "gpt-4o", "provider": "openai", "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "x": null}})
}

#[tokio::test]
async fn the_first_create_of_a_span_is_kept() {
    let server = Server::start().await;
    let (id, trace_id, parent) = (new_id(), new_id(), new_id());
    for name in ["first", "second"] {
        let reply = server
            .post(
                "spans",
                &span(id, trace_id, json!({"name": name, "parent_span_id": parent})),
            )
            .await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        assert!(
            reply.headers["location"]
                .to_str()
                .unwrap()
                .ends_with(&format!("/v1/private/spans/{id}"))
        );
    }
    let stored = server.span(id).await;
    assert_eq!(
        (&stored["name"], &stored["project_name"]),
        (&json!("first"), &json!(PROJECT))
    );
    let conflict = async |body: Value, text: &str| {
        server
            .post("spans", &body)
            .await
            .is_error(409, &json!({"errors": [text]}))
    };
    conflict(
        span(id, new_id(), json!({"parent_span_id": parent})),
        "trace_id does not match the existing span",
    )
    .await;
    conflict(
        span(id, trace_id, json!({"parent_span_id": new_id()})),
        "parent_span_id does not match the existing span",
    )
    .await;
    conflict(
        span(id, trace_id, json!({"project_name": "elsewhere"})),
        "Project name and workspace name do not match the existing span",
    )
    .await;
}

#[tokio::test]
async fn a_span_without_a_trace_is_refused() {
    let server = Server::start().await;
    server
        .post("spans", &json!({"start_time": "2026-01-02T03:04:05Z"}))
        .await
        .is_error(422, &json!({"errors": ["traceId must not be null"]}));
}

#[tokio::test]
async fn usage_is_priced_and_summed_on_the_trace() {
    let server = Server::start().await;
    let (trace_id, llm, tool) = (new_id(), new_id(), new_id());
    let mut fields = usage();
    fields["type"] = json!("LLM");
    fields["metadata"] = json!({"k": 1});
    server
        .store_spans(vec![
            span(llm, trace_id, fields),
            span(tool, trace_id, json!({"type": "tool"})),
        ])
        .await;
    server
        .store_traces(vec![trace(trace_id, json!({"metadata": {"m": 1}}))])
        .await;
    let stored = server.get(&format!("spans/{llm}")).await;
    assert!(
        stored.text.contains(r#""metadata":{"provider":"openai","k":1}"#),
        "{}",
        stored.text
    );
    let stored = stored.json();
    assert_eq!(
        (&stored["type"], &stored["total_estimated_cost"]),
        (&json!("llm"), &json!(0.0075))
    );
    assert_eq!(stored["total_estimated_cost_version"], "1.1");
    assert_eq!(
        stored["usage"],
        json!({"prompt_tokens": 1000, "completion_tokens": 500})
    );
    let reply = server.get(&format!("traces/{trace_id}")).await;
    assert!(
        reply.text.contains(r#""metadata":{"providers":["openai"],"m":1}"#),
        "{}",
        reply.text
    );
    let stored = reply.json();
    assert_eq!(
        (
            &stored["span_count"],
            &stored["llm_span_count"],
            &stored["has_tool_spans"]
        ),
        (&json!(2), &json!(1), &json!(true))
    );
    assert_eq!(
        (&stored["total_estimated_cost"], &stored["usage"]["prompt_tokens"]),
        (&json!(0.0075), &json!(1000))
    );
}

#[tokio::test]
async fn updates_price_anew_unless_a_client_gave_the_cost() {
    let server = Server::start().await;
    let (trace_id, estimated, manual, unknown) = (new_id(), new_id(), new_id(), new_id());
    server
        .store_spans(vec![
            span(estimated, trace_id, json!({"model": "gpt-4o", "provider": "openai"})),
            span(manual, trace_id, json!({"total_estimated_cost": 2})),
        ])
        .await;
    let patch = async |id: Uuid, mut fields: Value| {
        fields["trace_id"] = json!(trace_id);
        fields["project_name"] = json!(PROJECT);
        server.patch(&format!("spans/{id}"), &fields).await.is_done();
    };
    patch(
        estimated,
        json!({"usage": {"prompt_tokens": 1000, "completion_tokens": 500}}),
    )
    .await;
    assert_eq!(server.span(estimated).await["total_estimated_cost"], json!(0.0075));
    patch(manual, usage()).await;
    let stored = server.span(manual).await;
    assert_eq!(
        (
            &stored["total_estimated_cost"],
            stored.get("total_estimated_cost_version")
        ),
        (&json!(2), None)
    );
    patch(manual, json!({"total_estimated_cost": 0})).await;
    assert!(server.span(manual).await.get("total_estimated_cost").is_none());
    patch(unknown, usage()).await;
    assert_eq!(server.span(unknown).await["total_estimated_cost"], json!(0.0075));
    patch(
        estimated,
        json!({"metadata": {"cost": {"total_cost": 0.5, "currency": "USD"}}}),
    )
    .await;
    assert_eq!(server.span(estimated).await["total_estimated_cost"], json!(0.5));
}

#[tokio::test]
async fn an_update_must_name_trace_and_parent() {
    let server = Server::start().await;
    let (id, trace_id, parent) = (new_id(), new_id(), new_id());
    server
        .store_spans(vec![span(id, trace_id, json!({"parent_span_id": parent}))])
        .await;
    let path = format!("spans/{id}");
    server
        .patch(&path, &json!({"name": "a"}))
        .await
        .is_error(422, &json!({"errors": ["traceId must not be null"]}));
    server
        .patch(
            &path,
            &json!({"name": "a", "trace_id": trace_id, "project_name": PROJECT}),
        )
        .await
        .is_error(
            409,
            &json!({"errors": ["parent_span_id does not match the existing span"]}),
        );
    let update = json!({"name": "a", "trace_id": trace_id, "parent_span_id": parent, "project_name": PROJECT});
    server.patch(&path, &update).await.is_done();
    assert_eq!(server.span(id).await["name"], "a");
}

#[tokio::test]
async fn lists_narrow_to_a_trace_and_a_type() {
    let server = Server::start().await;
    let (trace_id, llm, tool) = (new_id(), new_id(), new_id());
    server
        .store_spans(vec![
            span(
                llm,
                trace_id,
                json!({"type": "llm", "provider": "openai", "metadata": {"a": 1}}),
            ),
            span(tool, trace_id, json!({"type": "tool"})),
            span(new_id(), new_id(), json!({"type": "tool"})),
        ])
        .await;
    let of_trace = trace_id.to_string();
    assert_eq!(server.list("spans", &[("trace_id", &of_trace)]).await["total"], 2);
    let parameters = [("trace_id", of_trace.as_str()), ("type", "tool")];
    assert_eq!(server.listed_ids("spans", &parameters).await, [tool.to_string()]);
    let slim = server
        .list("spans", &[("type", "llm"), ("exclude", r#"["provider","metadata"]"#)])
        .await;
    let row = &slim["content"][0];
    assert_eq!(
        (row.get("provider"), &row["metadata"]),
        (None, &json!({"provider": "openai"}))
    );
    assert!(row.get("project_name").is_none());
    assert_eq!(server.list("spans/exists", &[]).await, json!({"exists": true}));
}

#[tokio::test]
async fn spans_cannot_be_deleted_alone() {
    let server = Server::start().await;
    let reply = server.delete(&format!("spans/{}", new_id())).await;
    assert_eq!((reply.status, reply.text.as_str()), (501, ""));
}
