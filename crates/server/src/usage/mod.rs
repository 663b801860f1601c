//! How much is used, for operators; what has happened in a project lately; and queries that are not available.

mod activities;
mod internal;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(activities::router())
        .merge(internal::router())
}
