//! Projects: the folders of a workspace.

mod routes;
pub(crate) mod service;
mod sorting;

pub(crate) use routes::router;
