//! Feedback definitions: which values a feedback score may have, for those who annotate.

mod routes;
mod service;

pub(crate) use routes::router;
