//! Dashboards and insights views, which are dashboards of another scope, and saved queries.

mod queries;
mod routes;
mod service;
mod slug;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().merge(routes::router()).merge(queries::router())
}
