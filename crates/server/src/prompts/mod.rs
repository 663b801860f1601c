//! Prompts and their versions.

mod checks;
mod routes;
mod service;
mod variables;
mod version_routes;
mod versions;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    routes::router().merge(version_routes::router())
}
