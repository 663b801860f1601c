use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::client::{PROJECT, Server, new_id, query, trace};

#[tokio::test]
async fn batches_have_one_to_a_thousand_elements() {
    let server = Server::start().await;
    let size = json!({"errors": ["traces size must be between 1 and 1000"]});
    server
        .post("traces/batch", &json!({"traces": []}))
        .await
        .is_error(422, &size);
    let many: Vec<Value> = (0..1001).map(|_| trace(new_id(), json!({}))).collect();
    server
        .post("traces/batch", &json!({ "traces": many }))
        .await
        .is_error(422, &size);
    let one_bad = json!({"traces": [trace(new_id(), json!({})), {"project_name": PROJECT}]});
    server
        .post("traces/batch", &one_bad)
        .await
        .is_error(422, &json!({"errors": ["traces[1].startTime must not be null"]}));
    assert_eq!(
        server
            .get(&format!("traces?{}", query(&[("project_name", PROJECT)])))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn ids_are_of_version_7() {
    let server = Server::start().await;
    let v4 = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
    let error = |entity: &str| json!({"code": 400, "message": "Invalid UUID for id", "details": format!("{entity} id must be a version 7 UUID")});
    let start = "2026-01-02T03:04:05Z";
    server
        .post("traces", &json!({"id": v4, "start_time": start}))
        .await
        .is_error(400, &error("Trace"));
    server
        .patch(&format!("traces/{v4}"), &json!({"name": "a"}))
        .await
        .is_error(400, &error("Trace"));
    let span = json!({"spans": [{"id": v4, "trace_id": new_id(), "start_time": start}]});
    server.post("spans/batch", &span).await.is_error(400, &error("Span"));
    let scores = json!({"scores": [{"id": v4, "name": "a", "value": 1, "source": "sdk"}]});
    server
        .put("traces/feedback-scores", &scores)
        .await
        .is_error(400, &error("trace"));
    server
        .put("spans/feedback-scores", &scores)
        .await
        .is_error(400, &error("span"));
}

#[tokio::test]
async fn reads_need_a_project_that_exists() {
    let server = Server::start().await;
    let missing =
        json!({"code": 400, "message": "Either 'project_name' or 'project_id' query params must be provided"});
    for path in [
        "traces",
        "spans",
        "traces/threads",
        "traces/stats",
        "spans/stats",
        "traces/threads/stats",
        "traces/exists",
    ] {
        server.get(path).await.is_error(400, &missing);
        server
            .get(&format!("{path}?project_name=nope"))
            .await
            .is_error(404, &json!({"code": 404, "message": "Project name: nope not found"}));
        let id = new_id();
        server.get(&format!("{path}?project_id={id}")).await.is_error(
            404,
            &json!({"code": 404, "message": format!("Project id: {id} not found")}),
        );
    }
    for path in ["traces/search", "spans/search", "traces/threads/search"] {
        server.post(path, &json!({})).await.is_error(400, &missing);
        assert_eq!(server.post(path, &json!({"project_name": "nope"})).await.status, 404);
    }
}

#[tokio::test]
async fn parameters_are_checked() {
    let server = Server::start().await;
    server.store_traces(vec![trace(new_id(), json!({}))]).await;
    let message = |text: &str| json!({"code": 400, "message": text});
    for (name, value, error) in [
        ("filters", "x", message("Invalid filters query parameter 'x'")),
        ("sorting", "x", message("Invalid sorting query parameter 'x'")),
        ("exclude", "[\"x\"]", message("Invalid query param exclude '[\"x\"]'")),
        (
            "page",
            "0",
            json!({"errors": ["query param page must be greater than or equal to 1"]}),
        ),
        (
            "size",
            "0",
            json!({"errors": ["query param size must be greater than or equal to 1"]}),
        ),
    ] {
        let path = format!("traces?{}", query(&[("project_name", PROJECT), (name, value)]));
        server.get(&path).await.is_error(400, &error);
    }
    let range = [
        ("project_name", PROJECT),
        ("from_time", "2026-01-02T00:00:00Z"),
        ("to_time", "2026-01-01T00:00:00Z"),
    ];
    server
        .get(&format!("traces?{}", query(&range)))
        .await
        .is_error(400, &message("Parameter 'from_time' must be before 'to_time'"));
    let source = query(&[("project_name", PROJECT), ("source", "x")]);
    server
        .get(&format!("traces/exists?{source}"))
        .await
        .is_error(400, &message("Invalid source 'x'"));
    let not_found = json!({"code": 404, "message": "HTTP 404 Not Found"});
    server.get("traces/not-a-uuid").await.is_error(404, &not_found);
    server
        .get("spans/feedback-scores/names")
        .await
        .is_error(400, &message("project_id must be provided"));
    server
        .post("traces/search", &json!({"project_name": PROJECT, "limit": 2001}))
        .await
        .is_error(422, &json!({"errors": ["limit must be less than or equal to 2000"]}));
}

#[tokio::test]
async fn bodies_are_json_of_the_right_types() {
    let server = Server::start().await;
    let null = json!({"errors": ["The request body must not be null"]});
    server.post_text("traces", "").await.is_error(422, &null);
    for body in [
        "{",
        r#"{"start_time":"2026-01-02T03:04:05"}"#,
        r#"{"start_time":"2026-01-02T03:04:05Z","id":"x"}"#,
        r#"{"start_time":"2026-01-02T03:04:05Z","source":"SDK"}"#,
    ] {
        let reply = server.post_text("traces", body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(
            reply.json()["message"]
                .as_str()
                .unwrap()
                .starts_with("Unable to process JSON."),
            "{}",
            reply.text
        );
    }
    let id = new_id();
    let body = format!(
        r#"{{"id":"{id}","project_name":"{PROJECT}","start_time":"2026-01-02T03:04:05Z","unknown":[{{}}],
            "input":{{"a":NaN,"b":[Infinity,-Infinity],"c":"\ud800"}},"output":null,"ttft":null,"name":"x","name":"y"}}"#
    );
    assert_eq!(server.post_text("traces", &body).await.status, 201);
    let stored = server.trace(id).await;
    assert_eq!(
        (&stored["input"]["a"], &stored["input"]["b"]),
        (&json!("NaN"), &json!(["Infinity", "-Infinity"]))
    );
    assert_eq!((&stored["name"], stored.get("output")), (&json!("y"), None));
}

#[tokio::test]
async fn other_workspaces_are_unknown() {
    let server = Server::start().await;
    let request = Request::get("/api/v1/private/traces?project_name=x")
        .header("Comet-Workspace", "other")
        .body(Body::empty())
        .unwrap();
    server
        .request(request)
        .await
        .is_error(404, &json!({"code": 404, "message": "Workspace not found"}));
}
