//! Environments: the deployment names of a workspace.

mod routes;
mod service;

pub(crate) use routes::router;
pub(crate) use service::NAME_RULE;
