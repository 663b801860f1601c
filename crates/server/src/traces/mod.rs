//! Traces: writing, reading, searching, statistics.

mod routes;
pub(crate) mod service;
pub(crate) mod validate;

pub(crate) use routes::router;
