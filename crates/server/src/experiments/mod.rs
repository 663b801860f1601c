//! Experiments, their items and assertion results.

pub(crate) mod names;
mod routes;
pub(crate) mod service;
mod validate;

pub(crate) use routes::router;
