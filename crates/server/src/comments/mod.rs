//! Comments on traces, spans and threads.

mod routes;
mod service;

pub(crate) use routes::router;
