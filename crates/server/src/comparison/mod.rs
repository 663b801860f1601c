//! Items of experiments side by side.

mod routes;

pub(crate) use routes::router;
