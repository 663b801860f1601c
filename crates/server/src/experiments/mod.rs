//! Experiments, their items and assertion results.

mod assertions;
mod bulk;
mod groups;
mod item_routes;
pub(crate) mod names;
mod routes;
pub(crate) mod service;
mod validate;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    routes::router().merge(item_routes::router())
}
