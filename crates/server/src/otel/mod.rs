//! OpenTelemetry: traces from OTLP exporters.

mod routes;
mod service;

pub(crate) use routes::router;
