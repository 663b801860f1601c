use super::*;
use crate::client::Connection;
use crate::dataset::{DEFAULT_START_US, WIDE_TRACE_SPANS};
use crate::query::{self, Effort};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::sync::Mutex as StdMutex;

/// A server that counts batch elements per route and project and refuses what the contract refuses.
#[derive(Default)]
struct Counter {
    rows: StdMutex<HashMap<(String, String), u64>>,
    lose_spans: bool,
    /// Closes the connection after every answer.
    hang_up: bool,
}

impl Counter {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let reply = |status: u16, text: String| {
            let mut response = Response::new(Full::new(Bytes::from(text)));
            *response.status_mut() = StatusCode::from_u16(status).expect("valid status");
            Ok(response)
        };
        let path = parts.uri.path().trim_start_matches("/api/v1/private/").to_owned();
        let query: HashMap<String, String> =
            serde_urlencoded::from_str(parts.uri.query().unwrap_or("")).expect("valid query");
        match (parts.method.as_str(), path.as_str()) {
            ("POST", "traces/batch") => reply(self.count("traces", &parts, &body), String::new()),
            ("POST", "spans/batch") => reply(self.count("spans", &parts, &body), String::new()),
            ("PUT", "traces/feedback-scores") => reply(self.count("scores", &parts, &body), String::new()),
            ("GET", "projects") => {
                let project = json!({"id": "0190babc-62a0-71d2-832a-0feffa4676eb", "name": query["name"]});
                reply(200, json!({"content": [project]}).to_string())
            }
            ("GET", "traces/" | "spans/") if query.contains_key("project_name") => {
                let key = (path.trim_end_matches('/').to_owned(), query["project_name"].clone());
                let total = self.rows.lock().expect("not poisoned").get(&key).copied().unwrap_or(0);
                reply(
                    200,
                    json!({"page": 1, "size": 0, "total": total, "content": []}).to_string(),
                )
            }
            ("GET", path) if path.ends_with("stats") => reply(500, "not here".to_owned()),
            ("GET" | "POST", _) => reply(200, json!({"total": 3, "content": [{}]}).to_string()),
            _ => reply(204, String::new()),
        }
    }

    fn count(&self, kind: &str, parts: &http::request::Parts, body: &Bytes) -> u16 {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        if header("content-encoding") != Some("gzip")
            || header("content-type") != Some("application/json;charset=utf-8")
        {
            return 415;
        }
        let mut raw = vec![0; 64 << 20];
        let length = libdeflater::Decompressor::new()
            .gzip_decompress(body, &mut raw)
            .expect("valid gzip");
        let value: Value = serde_json::from_slice(&raw[..length]).expect("valid JSON");
        let list = value[kind].as_array().expect("the batch list");
        if list.is_empty() || list.len() > 1000 {
            return 422;
        }
        let mut rows = self.rows.lock().expect("not poisoned");
        for element in list {
            if self.lose_spans && kind == "spans" && element.get("parent_span_id").is_none() {
                continue;
            }
            let project = element["project_name"].as_str().expect("a project").to_owned();
            *rows.entry((kind.to_owned(), project)).or_default() += 1;
        }
        204
    }

    fn total(&self, kind: &str) -> u64 {
        let rows = self.rows.lock().expect("not poisoned");
        rows.iter()
            .filter(|((stored, _), _)| stored == kind)
            .map(|(_, count)| *count)
            .sum()
    }
}

/// Serves on a thread with a runtime of its own, as long as the test process lives.
fn serve(counter: Arc<Counter>) -> Target {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let hang_up = counter.hang_up;
    listener.set_nonblocking(true).expect("nonblocking");
    std::thread::spawn(move || {
        runtime().block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let counter = Arc::clone(&counter);
                let service = service_fn(move |request| Arc::clone(&counter).answer(request));
                tokio::spawn(async move {
                    let mut http = hyper::server::conn::http1::Builder::new();
                    http.keep_alive(!hang_up);
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
    });
    Target {
        address,
        pid: Some(std::process::id()),
        connections: 3,
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn dataset() -> Dataset {
    Dataset::new(5, 0, 2_300, DEFAULT_START_US, "bench")
}

const OPTIONS: BodyOptions = BodyOptions {
    batch_rows: 1000,
    gzip_level: 1,
};

#[test]
fn load_delivers_every_row_once() {
    let counter = Arc::new(Counter::default());
    let target = serve(Arc::clone(&counter));
    let report = load(&runtime(), &target, &dataset(), OPTIONS, 2, 1).expect("the load succeeds");
    let plans: Vec<_> = (0..2_300).map(|row| dataset().plan(row)).collect();
    let spans: usize = plans.iter().map(|plan| plan.spans.len()).sum();
    let scored = plans.iter().filter(|plan| plan.scores.is_some()).count();
    assert_eq!(counter.total("traces"), 2_301);
    assert_eq!(counter.total("spans"), (spans + WIDE_TRACE_SPANS) as u64);
    assert_eq!(counter.total("scores"), 2 * scored as u64);
    assert_eq!(report["spans"], spans);
    assert!(report["spans_per_second"].as_f64() > Some(0.0));
    assert!(report["raw_json_bytes"].as_u64() > report["gzip_bytes"].as_u64());
    assert!(report["usage"]["server_memory"]["resident_bytes"].as_u64() > Some(0));
}

#[test]
fn load_notices_lost_rows() {
    let target = serve(Arc::new(Counter {
        lose_spans: true,
        ..Counter::default()
    }));
    let error = load(&runtime(), &target, &dataset(), OPTIONS, 1, 1).expect_err("root spans are lost");
    assert!(error.to_string().contains("spans although"), "{error}");
}

#[test]
fn load_ends_with_an_error_when_nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let target = Target {
        address,
        pid: None,
        connections: 2,
    };
    let error = load(&runtime(), &target, &dataset(), OPTIONS, 2, 1).expect_err("no server");
    assert!(format!("{error:#}").contains("connect to"), "{error:#}");
}

#[test]
fn ingest_sends_warm_up_and_measured_spans() {
    let counter = Arc::new(Counter::default());
    let target = serve(Arc::clone(&counter));
    let options = IngestOptions {
        warmup: 2_500,
        with_traces: false,
        probe: true,
    };
    let report = ingest(&runtime(), &target, &dataset(), OPTIONS, &options).expect("the ingest succeeds");
    assert_eq!(counter.total("traces"), 0);
    let spans: usize = (0..2_300).map(|row| dataset().plan(row).spans.len()).sum();
    assert_eq!(counter.total("spans"), spans as u64);
    assert_eq!(report["spans"], spans - 3_000);
    assert_eq!(
        report["page_reads_meanwhile"]["count"].as_u64().map(|count| count > 0),
        Some(true)
    );
}

#[test]
fn queries_run_and_failures_are_reported_per_case() {
    let target = serve(Arc::new(Counter::default()));
    let effort = Effort {
        repetitions: 6,
        budget: Duration::from_secs(5),
    };
    let result = runtime()
        .block_on(query::run(&target, &dataset(), effort, ""))
        .expect("the run succeeds");
    let cases = result["cases"].as_array().expect("a list");
    let failed = query::failures(&result);
    assert!(
        failed > 10 && failed < cases.len() / 2,
        "only the statistics fail, {failed} did"
    );
    let page = cases
        .iter()
        .find(|case| case["name"] == "no filter")
        .expect("the plain page");
    assert_eq!((page["total"].as_u64(), page["count"].as_u64()), (Some(3), Some(6)));
    assert_eq!(page["target_ms"], 15.0);
    let patch = cases
        .iter()
        .find(|case| case["name"] == "PATCH one trace, tags")
        .expect("the update");
    assert_eq!(
        patch["count"], 5,
        "every update is sent once, the first one is reported apart"
    );
}

#[test]
fn connections_are_opened_again_after_the_server_closed_them() {
    let target = serve(Arc::new(Counter {
        hang_up: true,
        ..Counter::default()
    }));
    runtime().block_on(async {
        let mut connection = Connection::new(&target.address);
        let call = Call::get("/api/v1/private/traces/?size=1");
        for _ in 0..3 {
            assert_eq!(connection.send(&call).await.expect("an answer").status, StatusCode::OK);
        }
    });
}
