use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::client::{PROJECT, Server, new_id, span, trace};

/// A PNG file (as far as its first bytes tell) as a data URI of more than 256 000 characters.
fn picture(seed: u8) -> String {
    let mut bytes = vec![0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
    bytes.extend((0..240_000_u32).map(|number| (number % 251) as u8 ^ seed));
    format!("data:image/png;base64,{}", STANDARD.encode(bytes))
}

#[tokio::test]
async fn large_files_leave_the_payload_and_come_back() {
    let server = Server::start().await;
    let (trace_id, span_id) = (new_id(), new_id());
    let input = json!({"messages": [{"image": picture(1)}]});
    server
        .store_traces(vec![trace(trace_id, json!({"input": input}))])
        .await;
    assert_eq!(
        server
            .post("spans", &span(span_id, trace_id, json!({"output": input})))
            .await
            .status,
        201
    );
    for (base, id, field) in [("traces", trace_id, "input"), ("spans", span_id, "output")] {
        let stripped = server.get(&format!("{base}/{id}?strip_attachments=true")).await.json();
        let text = stripped[field]["messages"][0]["image"].as_str().unwrap().to_owned();
        assert!(
            text.starts_with(&format!("data:image/png;base64,[{field}-attachment-1-")),
            "{text}"
        );
        assert!(text.ends_with(".png]"), "{text}");
        assert_eq!(server.get(&format!("{base}/{id}")).await.json()[field], input);
        assert_eq!(server.list(base, &[]).await["content"][0][field], input);
        let search = |strip: bool| json!({"project_name": PROJECT, "strip_attachments": strip});
        assert_eq!(
            server.post(&format!("{base}/search"), &search(false)).await.lines()[0][field],
            input
        );
        let line = server
            .post(&format!("{base}/search"), &search(true))
            .await
            .lines()
            .remove(0);
        assert_eq!(line[field]["messages"][0]["image"], text);
    }
}

#[tokio::test]
async fn a_new_version_replaces_the_files_of_the_old_one() {
    let server = Server::start().await;
    let id = new_id();
    server
        .store_traces(vec![trace(id, json!({"input": picture(1), "output": picture(2)}))])
        .await;
    let update = json!({"project_name": PROJECT, "input": picture(3)});
    server.patch(&format!("traces/{id}"), &update).await.is_done();
    let stored = server.trace(id).await;
    assert_eq!(
        (&stored["input"], &stored["output"]),
        (&json!(picture(3)), &json!(picture(2)))
    );
    let project = stored["project_id"].as_str().unwrap();
    let list = async || {
        let path = STANDARD.encode("http://localhost:5173/api/");
        let parameters = [
            ("project_id", project),
            ("entity_type", "trace"),
            ("entity_id", &id.to_string()),
            ("path", &path),
        ];
        server
            .get(&format!("attachment/list?{}", crate::client::query(&parameters)))
            .await
            .json()
    };
    assert_eq!(list().await["total"], 2);
    let refused = server.post("traces", &trace(id, json!({"input": picture(4)}))).await;
    assert_eq!(refused.status, 409);
    assert_eq!(list().await["total"], 2);
    assert_eq!(server.trace(id).await["input"], json!(picture(3)));
    server.delete(&format!("traces/{id}")).await.is_done();
    assert_eq!(list().await["total"], 0);
}
