//! `/v1/private/ollie/state`: bytes that an assistant keeps for a user, as they are.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::body::RawBody;
use crate::http::respond::no_content;
use crate::http::{ApiError, ApiResult, ErrorMessage, RequestScope};

/// Most bytes of a user.
const MAX_BYTES: usize = 50 * 1024 * 1024;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(download, replace, delete))
}

/// Get the state of the assistant
#[utoipa::path(
    get, path = "/v1/private/ollie/state", tag = "Ollie State", operation_id = "downloadOllieState",
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 404, body = ErrorMessage)),
)]
async fn download(State(state): State<AppState>, RequestScope(scope): RequestScope) -> ApiResult<Response> {
    let bytes = state.store.assistant_state(&scope).await?;
    let bytes = bytes.ok_or_else(|| ApiError::not_found("Assistant state not found"))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// Replace the state of the assistant
#[utoipa::path(
    put, path = "/v1/private/ollie/state", tag = "Ollie State", operation_id = "replaceOllieState",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 413, body = ErrorMessage)),
)]
async fn replace(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    body: RawBody<MAX_BYTES>,
) -> ApiResult<Response> {
    if body.bytes.is_empty() {
        return Err(ApiError::bad_request("The request body must not be empty"));
    }
    state
        .store
        .set_assistant_state(&scope, Some(body.bytes.to_vec()))
        .await?;
    Ok(no_content())
}

/// Forget the state of the assistant
#[utoipa::path(
    delete, path = "/v1/private/ollie/state", tag = "Ollie State", operation_id = "deleteOllieState", responses((status = 204)),
)]
async fn delete(State(state): State<AppState>, RequestScope(scope): RequestScope) -> ApiResult<Response> {
    state.store.set_assistant_state(&scope, None).await?;
    Ok(no_content())
}
