//! Traces: writing, reading, searching, statistics.

mod routes;
mod service;
mod validate;

pub(crate) use routes::router;
