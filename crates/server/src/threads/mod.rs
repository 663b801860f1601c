//! Threads: reading, searching, statistics, opening and closing, tags, deletion.

mod bodies;
mod routes;
mod service;

pub(crate) use routes::router;
