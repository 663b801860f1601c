//! A server without a socket, and what tests send to it.

use std::io::Write;
use std::sync::Arc;

use axum::body::Body;
use ferropik_model::id;
use ferropik_server::attachments::Files;
use ferropik_server::{App, AppState, Prices, Settings};
use ferropik_store_sqlite::{SqliteOptions, SqliteStore};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// The project that tests write to.
pub(crate) const PROJECT: &str = "tracing tests";

/// A server on a fresh store.
pub(crate) struct Server {
    app: App,
    _directory: TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The lines of a stream.
    pub(crate) fn lines(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text);
        assert!(self.text.is_empty() || self.text.ends_with("\r\n"));
        self.text
            .split_terminator("\r\n")
            .map(|line| serde_json::from_str(line).expect("a JSON line"))
            .collect()
    }

    /// Asserts the status and the body of an error.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.json()), (status, body));
    }

    /// Asserts a 204 without a body.
    #[track_caller]
    pub(crate) fn is_done(&self) {
        assert_eq!((self.status, self.text.as_str()), (204, ""));
    }
}

impl Server {
    pub(crate) async fn start() -> Server {
        let directory = TempDir::new().expect("a temporary directory");
        let options = SqliteOptions::new(directory.path());
        let store = SqliteStore::open(&options).expect("a fresh store");
        let settings = Settings::default();
        let state = AppState::new(Arc::new(store), Files::in_memory(), Prices::builtin(), settings);
        Server {
            app: App::new(state, |_| None),
            _directory: directory,
        }
    }

    /// Sends any request.
    pub(crate) async fn request(&self, request: Request<Body>) -> Reply {
        let response = self.app.clone().oneshot(request).await.expect("errors are answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text,
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&str>) -> Reply {
        let builder = Request::builder()
            .method(method)
            .uri(format!("/v1/private/{path}"))
            .header("host", "opik.example:5173")
            .header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |text| Body::from(text.to_owned()));
        self.request(builder.body(body).expect("a valid request")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(&body.to_string())).await
    }

    /// Posts text that `Value` cannot hold.
    pub(crate) async fn post_text(&self, path: &str, body: &str) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, Some(&body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, path, Some(&body.to_string())).await
    }

    /// Posts a gzip-compressed body the way the Python SDK does.
    pub(crate) async fn post_gzip(&self, path: &str, body: &str) -> Reply {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body.as_bytes()).expect("memory takes everything");
        let body = encoder.finish().expect("memory takes everything");
        let request = Request::post(format!("/v1/private/{path}"))
            .header("content-type", "application/json;charset=utf-8")
            .header("content-encoding", "gzip")
            .body(Body::from(body))
            .expect("a valid request");
        self.request(request).await
    }

    /// Stores traces by the batch route.
    pub(crate) async fn store_traces(&self, traces: Vec<Value>) {
        self.post("traces/batch", &json!({ "traces": traces })).await.is_done();
    }

    /// Stores spans by the batch route.
    pub(crate) async fn store_spans(&self, spans: Vec<Value>) {
        self.post("spans/batch", &json!({ "spans": spans })).await.is_done();
    }

    /// A trace by id.
    pub(crate) async fn trace(&self, id: Uuid) -> Value {
        let reply = self.get(&format!("traces/{id}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// A span by id.
    pub(crate) async fn span(&self, id: Uuid) -> Value {
        let reply = self.get(&format!("spans/{id}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// Page 1 of a list of the tests' project.
    pub(crate) async fn list(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let mut all = vec![("project_name", PROJECT)];
        all.extend_from_slice(parameters);
        let reply = self.get(&format!("{path}?{}", query(&all))).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// The ids of [`Server::list`].
    pub(crate) async fn listed_ids(&self, path: &str, parameters: &[(&str, &str)]) -> Vec<String> {
        let page = self.list(path, parameters).await;
        let content = page["content"].as_array().expect("a page");
        content
            .iter()
            .map(|row| row["id"].as_str().expect("an id").to_owned())
            .collect()
    }
}

/// The text of a query.
pub(crate) fn query(parameters: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(parameters).expect("pairs of text")
}

/// A new id, greater than the ones before.
pub(crate) fn new_id() -> Uuid {
    id::new()
}

/// A trace of the tests' project with the fields of `more`.
pub(crate) fn trace(id: Uuid, more: Value) -> Value {
    merged(
        json!({"id": id, "project_name": PROJECT, "start_time": "2026-01-02T03:04:05Z"}),
        more,
    )
}

/// A span of the tests' project with the fields of `more`.
pub(crate) fn span(id: Uuid, trace_id: Uuid, more: Value) -> Value {
    let base = json!({"id": id, "trace_id": trace_id, "project_name": PROJECT, "start_time": "2026-01-02T03:04:05Z"});
    merged(base, more)
}

fn merged(mut base: Value, more: Value) -> Value {
    let (Value::Object(fields), Value::Object(more)) = (&mut base, more) else {
        panic!("objects")
    };
    fields.extend(more);
    base
}
