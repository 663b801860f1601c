//! Feedback scores of traces, spans and threads.

mod routes;
mod service;
pub(crate) mod validate;

pub(crate) use routes::router;
