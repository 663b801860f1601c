//! Datasets, their versions and items.

mod bodies;
mod changes;
mod item_routes;
mod items;
mod routes;
pub(crate) mod service;
pub(crate) mod validate;
mod version_routes;
mod versions;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    routes::router()
        .merge(item_routes::router())
        .merge(version_routes::router())
}
