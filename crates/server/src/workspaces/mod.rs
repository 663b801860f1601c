//! What belongs to a workspace as a whole: who asks, what they may do, switches, preferences, and the links that SDKs
//! print.

mod access;
mod configuration;
mod redirects;
mod toggles;

use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(access::router())
        .merge(configuration::router())
        .merge(redirects::router())
        .merge(toggles::router())
}
