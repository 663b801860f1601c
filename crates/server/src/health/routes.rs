//! `/is-alive`, `/health-check` and `/health`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::respond::small_json;
use crate::http::{ApiResult, Query};

/// Version of Opik whose API this server speaks. SDKs look at it to decide what they may use: from 2.2.8 on they upload
/// the items of datasets in parallel.
pub const COMPATIBLE_VERSION: &str = "2.2.8";

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(ping))
        .routes(routes!(version))
        .routes(routes!(check))
        .routes(routes!(health))
}

/// Whether the server is alive.
#[derive(Debug, Serialize, ToSchema)]
struct Alive {
    message: &'static str,
    healthy: bool,
}

/// Version of the API.
#[derive(Debug, Serialize, ToSchema)]
struct Version {
    version: &'static str,
}

/// State of one part of the server.
#[derive(Debug, Serialize, ToSchema)]
struct Check {
    name: &'static str,
    healthy: bool,
    /// `ALIVE` or `READY`.
    r#type: &'static str,
    critical: bool,
}

/// Whether the server is alive
#[utoipa::path(
    get, path = "/is-alive/ping", tag = "Health", operation_id = "isAlive",
    responses((status = 200, body = Alive), (status = 500, body = Alive)),
)]
async fn ping(State(state): State<AppState>) -> ApiResult<Response> {
    if state.store.is_healthy().await {
        return small_json(&Alive {
            message: "Healthy Server",
            healthy: true,
        });
    }
    let mut response = small_json(&Alive {
        message: "Not Healthy",
        healthy: false,
    })?;
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    Ok(response)
}

/// Version of the API
#[utoipa::path(get, path = "/is-alive/ver", tag = "Health", operation_id = "version", responses((status = 200, body = Version)))]
async fn version() -> ApiResult<Response> {
    small_json(&Version {
        version: COMPATIBLE_VERSION,
    })
}

/// State of the parts of the server
#[utoipa::path(
    get, path = "/health-check", tag = "Health", operation_id = "healthCheck",
    params(
        ("name" = Option<String>, Query, description = "part, or `all`"),
        ("type" = Option<String>, Query, description = "`alive` or `ready`"),
    ),
    responses((status = 200, body = Vec<Check>), (status = 503, body = Vec<Check>)),
)]
async fn check(State(state): State<AppState>, query: Query) -> ApiResult<Response> {
    let wanted = query.text("name").unwrap_or("all");
    let kind = if query
        .text("type")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("ready"))
    {
        "READY"
    } else {
        "ALIVE"
    };
    let healthy = state.store.is_healthy().await;
    let checks: Vec<Check> = [Check {
        name: "store",
        healthy,
        r#type: kind,
        critical: true,
    }]
    .into_iter()
    .filter(|check| wanted == "all" || wanted == check.name)
    .collect();
    let mut response = small_json(&checks)?;
    if checks.iter().any(|check| !check.healthy) {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}

/// Whether the server answers
#[utoipa::path(
    get, path = "/health", tag = "Health", operation_id = "health",
    responses((status = 200, body = String, content_type = "text/plain")),
)]
async fn health() -> Response {
    ([(CONTENT_TYPE, "text/plain")], "healthy\n").into_response()
}
