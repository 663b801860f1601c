//! Optimizations.

mod routes;
mod service;

pub(crate) use routes::router;
