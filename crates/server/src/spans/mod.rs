//! Spans: writing, reading, searching, statistics, cost.

mod prices;
mod routes;
pub(crate) mod service;
pub(crate) mod validate;

pub use prices::Prices;
pub(crate) use routes::router;
