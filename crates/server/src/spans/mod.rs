//! Spans: writing, reading, searching, statistics, cost.

mod prices;
mod routes;
mod service;
mod validate;

pub use prices::Prices;
pub(crate) use routes::router;
