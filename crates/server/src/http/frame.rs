//! What happens around every request: prefixes, limits, request ids, errors, compression, metrics.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ALLOW, CONTENT_LENGTH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tower::{Service, ServiceExt};

use super::budget::BodyLease;
use super::coding::Codings;
use super::compress::compress;
use super::error::ApiError;
use super::metrics;
use super::mount::Mount;
use super::respond::OriginalPath;
use crate::Settings;

/// Largest head of a request, in bytes.
pub(super) const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Longest request id that is taken over from a client.
const MAX_REQUEST_ID: usize = 128;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole server as a service: routes and what is around them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Frame {
    routes: Router,
    settings: Arc<Settings>,
}

impl Frame {
    /// Puts the frame around routes, whose paths start at `/v1`.
    pub(crate) fn new(routes: Router, settings: Arc<Settings>) -> Frame {
        Frame { routes, settings }
    }

    /// Answers a request.
    pub async fn answer(self, mut request: Request) -> Response {
        let start = Instant::now();
        let in_flight = metrics::InFlight::start();
        let method = request.method().clone();
        let request_id = request_id(request.headers());
        let takes_gzip = Codings::of(request.headers()).gzip() > 0.0;
        let path: Box<str> = request.uri().path().into();
        let response = match self.admit(&mut request) {
            Ok(()) => {
                request.extensions_mut().insert(OriginalPath(path.clone()));
                run(self.routes, request).await
            }
            Err(error) => error.into_response(),
        };
        let mut response = shaped(&method, response);
        if takes_gzip {
            response = compress(response).await;
        }
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            headers.insert(REQUEST_ID, value);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        drop(in_flight);
        let route = response.extensions().get::<Route>().map_or("none", Route::as_str);
        let (status, duration) = (response.status(), start.elapsed());
        metrics::record(&method, route, status, duration);
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        if status.is_server_error() {
            tracing::warn!(request_id, %method, path, status = status.as_u16(), millis, "request failed");
        } else {
            tracing::debug!(request_id, %method, path, status = status.as_u16(), millis, "request answered");
        }
        response
    }

    fn admit(&self, request: &mut Request) -> Result<(), ApiError> {
        let head_bytes: usize = request
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        if head_bytes + request.uri().path().len() > MAX_HEADER_BYTES {
            return Err(ApiError::message(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "The head of the request exceeds the maximum allowed size",
            ));
        }
        let announced = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|len| len > self.settings.max_body_bytes) {
            return Err(ApiError::too_large(self.settings.max_body_bytes));
        }
        let (mount, changed) = Mount::of(request.uri(), &self.settings.base_path);
        if let Some(uri) = changed {
            *request.uri_mut() = uri;
        }
        request.extensions_mut().insert(mount);
        Ok(())
    }
}

/// Runs a request. One that may change something is run to its end even when its client goes away meanwhile, so that
/// nothing is left half done.
async fn run(routes: Router, mut request: Request) -> Response {
    let may_change = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let lease = BodyLease::default();
    request.extensions_mut().insert(lease.clone());
    let answered = async move {
        let answered = AssertUnwindSafe(routes.oneshot(request)).catch_unwind().await;
        drop(lease);
        answered
    };
    let answered = if may_change {
        match tokio::spawn(answered).await {
            Ok(answered) => answered,
            Err(error) => return ApiError::internal(error).into_response(),
        }
    } else {
        answered.await
    };
    match answered {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(ToString::to_string);
            let text = text
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            ApiError::internal(format_args!("panic: {text}")).into_response()
        }
    }
}

impl Service<Request> for Frame {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let frame = self.clone();
        Box::pin(async move { Ok(frame.answer(request).await) })
    }
}

/// What answered, as metrics name it.
#[derive(Clone)]
pub(crate) enum Route {
    /// The route with this pattern.
    Matched(MatchedPath),
    /// The web interface.
    Web,
}

impl Route {
    fn as_str(&self) -> &str {
        match self {
            Route::Matched(path) => path.as_str(),
            Route::Web => "web",
        }
    }
}

async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(Route::Matched(route));
    }
    response
}

/// Routes as the frame wants them: they tell which of them has answered, and other paths are answered in their way.
pub(crate) fn framed<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .layer(from_fn(remember_route))
        .fallback(async || ApiError::no_such_route())
}

/// Gives errors that the router made their wire shape, and answers questions for the allowed methods.
fn shaped(method: &Method, mut response: Response) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || response.body().size_hint().exact() != Some(0) {
        return response;
    }
    let allow = response.headers_mut().remove(ALLOW);
    let mut shaped = if *method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        ApiError::message(StatusCode::METHOD_NOT_ALLOWED, "HTTP 405 Method Not Allowed").into_response()
    };
    if let Some(allow) = allow {
        shaped.headers_mut().insert(ALLOW, allow);
    }
    *shaped.extensions_mut() = std::mem::take(response.extensions_mut());
    if *method == Method::HEAD {
        *shaped.body_mut() = Body::empty();
    }
    shaped
}

fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given.filter(|id| !id.is_empty() && id.len() <= MAX_REQUEST_ID) {
        Some(id) => id.to_owned(),
        None => uuid::Uuid::now_v7().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use http::Uri;
    use http_body_util::BodyExt;

    use super::*;

    fn frame() -> Frame {
        let panics: Router = Router::new().route("/v1/panic", post(async || -> StatusCode { panic!("boom") }));
        let routes = panics
            .route(
                "/v1/things",
                get(async || "x".repeat(1000)).post(async || StatusCode::NO_CONTENT),
            )
            .route("/v1/things/{id}", get(async |uri: Uri| uri.to_string()));
        let settings = Settings {
            base_path: "/opik".to_owned(),
            max_body_bytes: 10,
            ..Settings::default()
        };
        Frame::new(framed(routes), Arc::new(settings))
    }

    async fn send(method: &str, uri: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = frame().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (
            Response::from_parts(parts, ()),
            String::from_utf8_lossy(&body).into_owned(),
        )
    }

    #[tokio::test]
    async fn every_way_to_a_route() {
        for uri in [
            "/v1/things/5?a=1",
            "/api/v1/things/5?a=1",
            "/opik/api/v1/things/5/?a=1",
            "/v1/things/5/?a=1",
        ] {
            let (response, body) = send("GET", uri, &[]).await;
            assert_eq!(
                (response.status().as_u16(), body.as_str()),
                (200, "/v1/things/5?a=1"),
                "{uri}"
            );
        }
    }

    #[tokio::test]
    async fn unknown_routes_and_methods_have_json_bodies() {
        for uri in ["/v1/nothing", "/api/nothing/", "/api", "/v1/things/5/6"] {
            let (response, body) = send("GET", uri, &[]).await;
            assert_eq!(response.status(), 404);
            assert_eq!(body, r#"{"code":404,"message":"HTTP 404 Not Found"}"#);
            assert_eq!(response.headers()["content-type"], "application/json");
        }
        let (response, body) = send("DELETE", "/api/v1/things/", &[]).await;
        assert_eq!(body, r#"{"code":405,"message":"HTTP 405 Method Not Allowed"}"#);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &HeaderValue::from_static("GET,HEAD,POST"))
        );
    }

    #[tokio::test]
    async fn head_and_options() {
        let (response, body) = send("HEAD", "/v1/things", &[]).await;
        assert_eq!((response.status().as_u16(), body.as_str()), (200, ""));
        let (response, body) = send("OPTIONS", "/v1/things", &[]).await;
        assert_eq!((response.status().as_u16(), body.as_str()), (204, ""));
        assert_eq!(response.headers()["allow"], "GET,HEAD,POST");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let (response, body) = send("POST", "/v1/panic", &[]).await;
        assert_eq!(response.status(), 500);
        assert!(
            body.starts_with(r#"{"code":500,"message":"There was an error processing your request."#),
            "{body}"
        );
        assert!(!body.contains("boom"));
    }

    #[tokio::test]
    async fn a_change_is_ended_without_its_client() {
        let (started, is_started) = tokio::sync::oneshot::channel();
        let (ended, is_ended) = tokio::sync::oneshot::channel();
        let signals = Arc::new(parking_lot::Mutex::new(Some((started, ended))));
        let change = async move || {
            let signals = signals.lock().take();
            if let Some((started, ended)) = signals {
                started.send(()).unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                ended.send(()).unwrap();
            }
        };
        let routes = Router::new().route("/v1/change", post(change));
        let frame = Frame::new(routes, Arc::default());
        let request = Request::post("/v1/change").body(Body::empty()).unwrap();
        let client = tokio::spawn(frame.oneshot(request));
        is_started.await.unwrap();
        client.abort();
        is_ended.await.unwrap();
    }

    #[tokio::test]
    async fn limits_on_heads_and_announced_bodies() {
        let long = "x".repeat(MAX_HEADER_BYTES);
        assert_eq!(send("GET", "/v1/things", &[("cookie", &long)]).await.0.status(), 431);
        assert_eq!(
            send("POST", "/v1/things", &[("content-length", "11")]).await.0.status(),
            413
        );
        assert_eq!(
            send("POST", "/v1/things", &[("content-length", "10")]).await.0.status(),
            204
        );
    }

    #[tokio::test]
    async fn answers_carry_an_id_and_are_packed() {
        let (response, _) = send(
            "GET",
            "/v1/things",
            &[("x-request-id", "abc"), ("accept-encoding", "gzip")],
        )
        .await;
        assert_eq!(response.headers()["x-request-id"], "abc");
        assert_eq!(response.headers()["content-encoding"], "gzip");
        let (response, body) = send("GET", "/v1/things", &[]).await;
        assert!(response.headers().contains_key("x-request-id") && body.len() == 1000);
    }
}
