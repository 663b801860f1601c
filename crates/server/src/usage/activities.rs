//! `/v1/private/projects/{projectId}/activities`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Activity, Timestamp};
use ferropik_store::Scope;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::AppState;
use crate::http::respond::json;
use crate::http::{ApiResult, ErrorList, Id, Query, RequestScope};
use crate::reports::{RequestedPage, small_paging};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What has happened in a project lately
#[utoipa::path(
    get, path = "/v1/private/projects/{projectId}/activities", tag = "Projects", operation_id = "getRecentActivity",
    params(
        ("projectId" = Uuid, Path),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "1 to 100, 10 when absent"),
    ),
    responses((status = 200, body = RequestedPage<Activity>), (status = 400, body = ErrorList)),
)]
async fn list(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(project): Id,
    query: Query,
) -> ApiResult<Response> {
    let (page, size) = small_paging(&query)?;
    json(activities(&state, &scope, project, page, size).await?).await
}

async fn activities(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    page: u64,
    size: u64,
) -> ApiResult<RequestedPage<Activity>> {
    let of_each = usize::try_from(size).unwrap_or(usize::MAX);
    let all = state
        .store
        .activities(scope, project, Timestamp::now(), of_each)
        .await?;
    let skipped = usize::try_from(page.saturating_sub(1).saturating_mul(size)).unwrap_or(usize::MAX);
    Ok(RequestedPage {
        page,
        size,
        total: all.len() as u64,
        content: all.into_iter().skip(skipped).take(of_each).collect(),
    })
}
