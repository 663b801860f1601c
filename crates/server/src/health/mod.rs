//! Probes: whether the server is alive, and which version it is.

mod routes;

pub use routes::COMPATIBLE_VERSION;
pub(crate) use routes::router;
