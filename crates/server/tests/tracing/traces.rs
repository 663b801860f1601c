use serde_json::json;

use crate::client::{PROJECT, Server, new_id, trace};

#[tokio::test]
async fn a_compressed_batch_keeps_the_order_of_keys() {
    let server = Server::start().await;
    let id = new_id();
    let body = format!(
        r#"{{"traces":[{{"id":"{id}","project_name":"{PROJECT}","start_time":"2026-01-02T03:04:05.1Z",
            "input":{{"z":1,"a":{{"y":1.5,"b":123456789012345678901234567890}}}},"tags":["x"," "]}}]}}"#
    );
    server.post_gzip("traces/batch", &body).await.is_done();
    let reply = server.get(&format!("traces/{id}")).await;
    assert!(
        reply
            .text
            .contains(r#""input":{"z":1,"a":{"y":1.5,"b":123456789012345678901234567890}}"#),
        "{}",
        reply.text
    );
    let trace = reply.json();
    assert_eq!(trace["tags"], json!(["x"]));
    assert_eq!(trace["start_time"], "2026-01-02T03:04:05.100Z");
    assert_eq!(
        (&trace["span_count"], &trace["has_tool_spans"], &trace["providers"]),
        (&json!(0), &json!(false), &json!([]))
    );
    assert_eq!(
        (&trace["environment"], &trace["visibility_mode"]),
        (&json!(""), &json!("default"))
    );
    assert_eq!(
        (&trace["created_by"], trace.get("project_name")),
        (&json!("admin"), None)
    );
    for absent in [
        "output",
        "end_time",
        "duration",
        "feedback_scores",
        "comments",
        "usage",
        "source",
        "thread_id",
    ] {
        assert!(trace.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn the_newest_row_of_an_id_wins_in_any_order() {
    let server = Server::start().await;
    for swapped in [false, true] {
        let id = new_id();
        let start = trace(
            id,
            json!({"name": "run", "last_updated_at": "2026-01-02T03:04:05.000001Z"}),
        );
        let end = trace(
            id,
            json!({"name": "run", "end_time": "2026-01-02T03:04:06.5Z", "output": {"a": 1},
                "last_updated_at": "2026-01-02T03:04:06.600000Z"}),
        );
        let rows = if swapped { [end, start] } else { [start, end] };
        for row in rows {
            server.store_traces(vec![row]).await;
        }
        let stored = server.trace(id).await;
        assert_eq!(
            (&stored["duration"], &stored["output"]),
            (&json!(1500.0), &json!({"a": 1})),
            "{swapped}"
        );
    }
    let id = new_id();
    let of = |name: &str, at: &str| trace(id, json!({"name": name, "last_updated_at": at}));
    server
        .store_traces(vec![
            of("new", "2026-01-02T00:00:02Z"),
            of("old", "2026-01-02T00:00:01Z"),
        ])
        .await;
    assert_eq!(server.trace(id).await["name"], "new");
}

#[tokio::test]
async fn a_create_says_where_and_a_second_one_conflicts() {
    let server = Server::start().await;
    let id = new_id();
    let created = server.post("traces", &trace(id, json!({"name": "a"}))).await;
    assert_eq!((created.status, created.text.as_str()), (201, ""));
    assert_eq!(
        created.headers["location"],
        format!("http://opik.example:5173/v1/private/traces/{id}")
    );
    server
        .post("traces", &trace(id, json!({"name": "b"})))
        .await
        .is_error(409, &json!({"errors": ["Trace already exists"]}));
    let elsewhere = json!({"id": id, "project_name": "elsewhere", "start_time": "2026-01-02T03:04:05Z"});
    server.post("traces", &elsewhere).await.is_error(
        409,
        &json!({"errors": ["Project name and workspace name do not match the existing trace"]}),
    );
    assert_eq!(server.trace(id).await["name"], "a");
    let generated = server
        .post("traces", &json!({"start_time": "2026-01-02T03:04:05+01:00"}))
        .await;
    let location = generated.headers["location"]
        .to_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let stored = server.trace(location.parse().unwrap()).await;
    assert_eq!(stored["start_time"], "2026-01-02T02:04:05Z");
}

#[tokio::test]
async fn an_update_before_the_create_is_merged() {
    let server = Server::start().await;
    let id = new_id();
    let update = json!({"project_name": PROJECT, "output": {"done": true}, "tags": ["patched"], "name": " "});
    server.patch(&format!("traces/{id}"), &update).await.is_done();
    let partial = server.trace(id).await;
    assert_eq!(
        (&partial["start_time"], partial.get("duration")),
        (&json!("1970-01-01T00:00:00Z"), None)
    );
    let create = trace(
        id,
        json!({"name": "late", "input": {"q": 1}, "output": {"done": false}}),
    );
    assert_eq!(server.post("traces", &create).await.status, 201);
    let merged = server.trace(id).await;
    assert_eq!((&merged["name"], &merged["input"]), (&json!("late"), &json!({"q": 1})));
    assert_eq!(
        (&merged["output"], &merged["tags"]),
        (&json!({"done": true}), &json!(["patched"]))
    );
    assert_eq!(merged["start_time"], "2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn updates_keep_what_they_do_not_name() {
    let server = Server::start().await;
    let id = new_id();
    let fields = json!({"name": "a", "tags": ["x", "y"], "metadata": {"k": 1}, "environment": "prod"});
    server.store_traces(vec![trace(id, fields)]).await;
    let path = format!("traces/{id}");
    server
        .patch(
            &path,
            &json!({"project_name": PROJECT, "metadata": {"n": 2}, "name": null}),
        )
        .await
        .is_done();
    let stored = server.trace(id).await;
    assert_eq!(
        (&stored["name"], &stored["metadata"], &stored["environment"]),
        (&json!("a"), &json!({"n": 2}), &json!("prod"))
    );
    server
        .patch(
            &path,
            &json!({"project_name": PROJECT, "tags_to_add": ["z"], "tags_to_remove": ["x"]}),
        )
        .await
        .is_done();
    assert_eq!(sorted_tags(&server.trace(id).await), ["y", "z"]);
    server
        .patch(&path, &json!({"project_name": PROJECT, "tags": []}))
        .await
        .is_done();
    assert!(server.trace(id).await.get("tags").is_none());
    server.patch(&path, &json!({"name": "b"})).await.is_error(
        409,
        &json!({"errors": ["Project name and workspace name do not match the existing trace"]}),
    );
    server
        .patch(&path, &json!({"project_id": new_id()}))
        .await
        .is_error(404, &json!({"code": 404, "message": "Project not found"}));
}

fn sorted_tags(row: &serde_json::Value) -> Vec<String> {
    let mut tags: Vec<String> = serde_json::from_value(row["tags"].clone()).unwrap();
    tags.sort();
    tags
}

#[tokio::test]
async fn many_traces_change_alike_or_not_at_all() {
    let server = Server::start().await;
    let (first, second) = (new_id(), new_id());
    let full: Vec<String> = (0..50).map(|number| format!("t{number}")).collect();
    server
        .store_traces(vec![
            trace(first, json!({"tags": ["a"]})),
            trace(second, json!({"tags": full})),
        ])
        .await;
    let merge =
        |ids: serde_json::Value| json!({"ids": ids, "update": {"tags": ["b"], "source": "sdk"}, "merge_tags": true});
    server
        .patch("traces/batch", &merge(json!([first, new_id()])))
        .await
        .is_done();
    let stored = server.trace(first).await;
    assert_eq!(
        (sorted_tags(&stored), stored.get("source")),
        (vec!["a".to_owned(), "b".to_owned()], None)
    );
    let too_many = json!({"errors": ["Tag limit exceeded: maximum 50 tags per item"]});
    let more = json!({"ids": [first, second], "update": {"tags_to_add": ["c"]}});
    server.patch("traces/batch", &more).await.is_error(422, &too_many);
    assert_eq!(sorted_tags(&server.trace(first).await), ["a", "b"]);
}

#[tokio::test]
async fn a_deleted_trace_takes_all_it_has_with_it() {
    let server = Server::start().await;
    let (id, kept) = (new_id(), new_id());
    let span = new_id();
    server
        .store_traces(vec![trace(id, json!({})), trace(kept, json!({}))])
        .await;
    server.store_spans(vec![crate::client::span(span, id, json!({}))]).await;
    let comment = server
        .post(&format!("traces/{id}/comments"), &json!({"text": "hm"}))
        .await
        .json()["id"]
        .clone();
    let score = json!({"name": "acc", "value": 1, "source": "ui"});
    server
        .put(&format!("traces/{id}/feedback-scores"), &score)
        .await
        .is_done();
    server
        .post("traces/delete", &json!({"ids": [id, new_id()]}))
        .await
        .is_done();
    server.get(&format!("traces/{id}")).await.is_error(
        404,
        &json!({"code": 404, "message": format!("Trace id: {id} not found")}),
    );
    server.get(&format!("spans/{span}")).await.is_error(
        404,
        &json!({"code": 404, "message": format!("Span id: {span} not found")}),
    );
    assert_eq!(
        server
            .get(&format!("traces/{id}/comments/{}", comment.as_str().unwrap()))
            .await
            .status,
        404
    );
    assert_eq!(server.listed_ids("traces", &[]).await, [kept.to_string()]);
    server.delete(&format!("traces/{kept}")).await.is_done();
    server.delete(&format!("traces/{kept}")).await.is_done();
    assert_eq!(server.list("traces", &[]).await["total"], 0);
}

#[tokio::test]
async fn lists_are_pages_with_views() {
    let server = Server::start().await;
    let ids: Vec<_> = (0..5).map(|_| new_id()).collect();
    let rows = ids.iter().enumerate().map(|(index, id)| {
        trace(
            *id,
            json!({"name": format!("n{index}"), "input": {"text": "x".repeat(12_000)}, "metadata": {"i": index}}),
        )
    });
    server.store_traces(rows.collect()).await;
    let page = server
        .list("traces/", &[("page", "2"), ("size", "2"), ("truncate", "true")])
        .await;
    assert_eq!(
        (&page["page"], &page["size"], &page["total"]),
        (&json!(2), &json!(2), &json!(5))
    );
    assert_eq!(page["content"][0]["id"], ids[2].to_string());
    assert_eq!(page["content"][0]["input"].as_str().unwrap().len(), 10_001);
    assert!(page["sortable_by"].as_array().unwrap().contains(&json!("usage.*")));
    let beyond = server.list("traces", &[("page", "9")]).await;
    assert_eq!(
        (&beyond["size"], &beyond["content"], &beyond["total"]),
        (&json!(0), &json!([]), &json!(5))
    );
    let slim = server
        .list(
            "traces",
            &[("exclude", r#"["input","metadata","span_count"]"#), ("size", "1")],
        )
        .await;
    let row = &slim["content"][0];
    assert!(
        row.get("input").is_none() && row.get("metadata").is_none() && row["span_count"] == 0 && row["name"] == "n4"
    );
    let sorted = server
        .listed_ids("traces", &[("sorting", r#"[{"field":"name","direction":"ASC"}]"#)])
        .await;
    assert_eq!(sorted, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    let filter = r#"[{"field":"metadata","operator":"=","key":"i","value":"3"}]"#;
    assert_eq!(
        server.listed_ids("traces", &[("filters", filter)]).await,
        [ids[3].to_string()]
    );
}

#[tokio::test]
async fn a_project_has_traces_or_not() {
    let server = Server::start().await;
    let id = new_id();
    server
        .store_traces(vec![trace(id, json!({"source": "experiment"}))])
        .await;
    let exists = async |parameters: &[(&str, &str)]| server.list("traces/exists", parameters).await["exists"].clone();
    assert_eq!(exists(&[]).await, json!(true));
    assert_eq!(exists(&[("source", "sdk")]).await, json!(false));
    assert_eq!(exists(&[("thread_only", "true")]).await, json!(false));
    server
        .store_traces(vec![trace(new_id(), json!({"thread_id": "t"}))])
        .await;
    assert_eq!(exists(&[("source", "sdk")]).await, json!(true));
    assert_eq!(exists(&[("thread_only", "true")]).await, json!(true));
}

#[tokio::test]
async fn lists_narrow_to_a_time_and_a_text() {
    let server = Server::start().await;
    let at =
        |millis: u64, low: u64| uuid::Uuid::new_v7(uuid::Timestamp::from_unix_time(millis / 1000, low as u32, 0, 0));
    // Ids of 2026-01-02T00:00:00Z and of one second and of two seconds later.
    let ids = [
        at(1_767_312_000_000, 0),
        at(1_767_312_001_000, 0),
        at(1_767_312_002_000, 0),
    ];
    let inputs = ["a needle in HAY", "straw", "hay too"];
    let rows = ids
        .iter()
        .zip(inputs)
        .map(|(id, text)| trace(*id, json!({"input": {"q": text}})));
    server.store_traces(rows.collect()).await;
    let listed = async |parameters: &[(&str, &str)]| server.listed_ids("traces", parameters).await;
    let strings = |wanted: &[usize]| wanted.iter().map(|index| ids[*index].to_string()).collect::<Vec<_>>();
    assert_eq!(listed(&[("from_time", "2026-01-02T00:00:01Z")]).await, strings(&[2, 1]));
    assert_eq!(listed(&[("to_time", "1767312001000")]).await, strings(&[1, 0]));
    let second = [
        ("from_time", "2026-01-02T00:00:00.500Z"),
        ("to_time", "2026-01-02T00:00:01.500Z"),
    ];
    assert_eq!(listed(&second).await, strings(&[1]));
    assert_eq!(listed(&[("search", " hay ")]).await, strings(&[2, 0]));
    let both = [("search", "hay"), ("to_time", "2026-01-02T00:00:00Z")];
    assert_eq!(listed(&both).await, strings(&[0]));
}

#[tokio::test]
async fn concurrent_writers_see_their_own_rows() {
    let server = std::sync::Arc::new(Server::start().await);
    let writers = (0..8).map(|writer| {
        let server = std::sync::Arc::clone(&server);
        tokio::spawn(async move {
            for round in 0..10 {
                let id = new_id();
                server
                    .store_traces(vec![trace(id, json!({"name": format!("{writer}-{round}")}))])
                    .await;
                assert_eq!(server.trace(id).await["name"], format!("{writer}-{round}"));
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(server.list("traces", &[("size", "1")]).await["total"], 80);
}
