//! Series of metrics over time: of a project, and of a workspace.

mod bodies;
mod routes;
mod service;
mod shape;
mod workspace;
mod workspace_routes;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(routes::router())
        .merge(workspace_routes::router())
}
