//! Datasets, their versions and items.

mod bodies;
mod changes;
mod item_routes;
mod items;
mod producers;
mod routes;
pub(crate) mod service;
pub(crate) mod validate;
mod version_routes;
mod versions;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) use producers::Wake;
pub use producers::run;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    routes::router()
        .merge(item_routes::router())
        .merge(version_routes::router())
        .merge(producers::router())
}
