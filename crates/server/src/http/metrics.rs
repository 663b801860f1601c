//! Metrics of the process in the text format of Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::error::{ApiError, ApiResult};

const REQUESTS: &str = "ferropik_http_requests_total";
const DURATION: &str = "ferropik_http_request_duration_seconds";
const IN_FLIGHT: &str = "ferropik_http_requests_in_flight";
const CONNECTIONS: &str = "ferropik_http_connections";

/// Upper bounds of the classes of durations, in seconds.
const DURATION_BOUNDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts to collect what the process reports through the `metrics` facade. Call it once, early. Every histogram whose
/// name ends in `_seconds` gets classes for durations.
///
/// # Errors
/// Another recorder is installed already.
pub fn install() -> Result<(), BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BOUNDS)?
        .install_recorder()?;
    describe_counter!(REQUESTS, "requests by route, method and status");
    describe_histogram!(DURATION, "time until the head of the answer, in seconds");
    describe_gauge!(IN_FLIGHT, "requests that are being answered");
    describe_gauge!(CONNECTIONS, "open connections");
    // A second call fails above, so this is the first value.
    let _ = HANDLE.set(handle);
    Ok(())
}

/// Gives back what old samples take. Call it every few seconds.
pub fn upkeep() {
    if let Some(handle) = HANDLE.get() {
        handle.run_upkeep();
    }
}

/// Metrics of the process
#[utoipa::path(
    get, path = "/metrics", tag = "Health", operation_id = "metrics",
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, body = super::ErrorMessage)),
)]
pub(crate) async fn render() -> ApiResult<Response> {
    let Some(handle) = HANDLE.get() else {
        return Err(ApiError::no_such_route());
    };
    let text = tokio::task::spawn_blocking(|| handle.render()).await?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// A request that is being answered, as long as this lives.
pub(super) struct InFlight;

impl InFlight {
    pub(super) fn start() -> InFlight {
        gauge!(IN_FLIGHT).increment(1.0);
        InFlight
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// An open connection, as long as this lives.
pub(super) struct OpenConnection;

impl OpenConnection {
    pub(super) fn start() -> OpenConnection {
        gauge!(CONNECTIONS).increment(1.0);
        OpenConnection
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        gauge!(CONNECTIONS).decrement(1.0);
    }
}

/// Counts an answered request. `route` is the pattern, never the path: labels must be few.
pub(super) fn record(method: &Method, route: &str, status: StatusCode, duration: Duration) {
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    counter!(REQUESTS, &labels).increment(1);
    histogram!(DURATION, &labels[..2]).record(duration.as_secs_f64());
}
