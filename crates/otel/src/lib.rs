//! OpenTelemetry: what OTLP exporters send, protobuf or JSON, becomes traces and spans.
//!
//! [`Export`] reads a body. Its traces need ids, which stay the same for later exports of the same trace, so they come
//! from a store; with them [`Export::into_records`] makes the records. Nothing here does I/O, and nothing panics, whatever
//! the body.

mod export;
mod fields;
mod ids;
mod json;
mod limits;
mod message;
mod rules;
mod value;

pub use export::{Export, ExportError, MAX_SPANS, OtelTrace, Records, Rejected};
