//! Feedback scores of traces, spans and threads.

mod routes;
mod service;
mod validate;

pub(crate) use routes::router;
