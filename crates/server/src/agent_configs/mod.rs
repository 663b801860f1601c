//! Agent configurations of projects.

mod checks;
mod routes;
mod service;

pub(crate) use routes::router;
