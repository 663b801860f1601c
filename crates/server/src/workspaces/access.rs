//! Who asks and what they may do. Without authentication everybody is the same user and may do everything.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::respond::{no_content, small_json};
use crate::http::scope::DEFAULT_WORKSPACE_NAME;
use crate::http::{ApiResult, ErrorMessage, RequestScope};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(check_access))
        .routes(routes!(workspace_name))
        .routes(routes!(permissions))
        .routes(routes!(workspace_version))
}

/// Name of the workspace of a request.
#[derive(Debug, Serialize, ToSchema)]
struct WorkspaceName {
    workspace_name: &'static str,
}

/// What a user may do.
#[derive(Debug, Serialize, ToSchema)]
struct Permissions {
    user_name: String,
    workspace_name: &'static str,
    /// Nothing is listed where everything is allowed.
    permissions: [Permission; 0],
}

/// One permission.
#[derive(Debug, Serialize, ToSchema)]
struct Permission {
    permission_name: &'static str,
    permission_value: &'static str,
}

/// Version of the page layout that a workspace sees.
#[derive(Debug, Serialize, ToSchema)]
struct WorkspaceVersion {
    opik_version: &'static str,
}

/// Check access
#[utoipa::path(
    post, path = "/v1/private/auth", tag = "Workspaces", operation_id = "checkAccess",
    responses((status = 204), (status = 404, body = ErrorMessage)),
)]
async fn check_access(_scope: RequestScope) -> Response {
    no_content()
}

/// Name of the workspace
#[utoipa::path(
    get, path = "/v1/private/auth/workspace", tag = "Workspaces", operation_id = "getWorkspaceName",
    responses((status = 200, body = WorkspaceName), (status = 404, body = ErrorMessage)),
)]
async fn workspace_name(_scope: RequestScope) -> ApiResult<Response> {
    small_json(&WorkspaceName {
        workspace_name: DEFAULT_WORKSPACE_NAME,
    })
}

/// Permissions of the user
#[utoipa::path(
    get, path = "/v1/private/workspace-permissions", tag = "Workspaces", operation_id = "getWorkspaceUserPermissions",
    responses((status = 200, body = Permissions), (status = 404, body = ErrorMessage)),
)]
async fn permissions(RequestScope(scope): RequestScope) -> ApiResult<Response> {
    let user_name = scope.user.to_string();
    small_json(&Permissions {
        user_name,
        workspace_name: DEFAULT_WORKSPACE_NAME,
        permissions: [],
    })
}

/// Layout version of the workspace
#[utoipa::path(
    get, path = "/v1/private/workspaces/versions", tag = "Workspaces", operation_id = "getWorkspaceVersion",
    responses((status = 200, body = WorkspaceVersion), (status = 404, body = ErrorMessage)),
)]
async fn workspace_version(_scope: RequestScope) -> ApiResult<Response> {
    small_json(&WorkspaceVersion {
        opik_version: "version_2",
    })
}
