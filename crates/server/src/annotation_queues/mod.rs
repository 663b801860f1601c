//! Annotation queues: traces or threads that people are asked to look at and to score.

mod locks;
mod routes;
mod service;

pub(crate) use locks::Locks;
pub(crate) use routes::router;
