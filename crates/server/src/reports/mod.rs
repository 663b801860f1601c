//! What belongs to assistants: failures and preferences of reports, the welcome wizard, the state of a user.

mod assistant;
mod routes;
mod service;
mod welcome;

pub(crate) use service::{RequestedPage, small_paging};
use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(routes::router())
        .merge(welcome::router())
        .merge(assistant::router())
}
