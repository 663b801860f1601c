//! `/v1/private/annotation-queues`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{
    AnnotationQueue, AnnotationQueueBatch, AnnotationQueueUpdate, AnnotationQueueWrite, Page, QueueItem, QueueLock,
    QueueLocks,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service;
use crate::AppState;
use crate::http::respond::{created, json, no_content, small_json};
use crate::http::{ApiResult, ErrorList, ErrorMessage, Id, Ids, JsonBody, Query, RequestScope, RequestUrl};
use crate::records::body::IdBatch;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(create_batch))
        .routes(routes!(delete))
        .routes(routes!(get, update))
        .routes(routes!(add_items))
        .routes(routes!(remove_items))
        .routes(routes!(find_items))
        .routes(routes!(lock_item))
        .routes(routes!(locks))
}

/// Items of a queue.
#[derive(Debug, Serialize, ToSchema)]
struct QueueItems {
    /// Those that the queue holds.
    content: Vec<QueueItem>,
}

/// List annotation queues
#[utoipa::path(
    get, path = "/v1/private/annotation-queues", tag = "Annotation Queues", operation_id = "findAnnotationQueues",
    params(
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("name" = Option<String>, Query, description = "part of the name, in any case"),
        ("filters" = Option<String>, Query, description = "JSON array of filters"),
        ("sorting" = Option<String>, Query, description = "JSON array of `{\"field\", \"direction\"}`, of which the first counts"),
    ),
    responses((status = 200, body = Page<AnnotationQueue>), (status = 400, body = ErrorMessage)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    json(service::list(&state, &scope, &query).await?).await
}

/// Create an annotation queue
#[utoipa::path(
    post, path = "/v1/private/annotation-queues", tag = "Annotation Queues", operation_id = "createAnnotationQueue",
    request_body = AnnotationQueueWrite,
    responses((status = 201, headers(("Location" = String, description = "URL of the queue"))),
        (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<AnnotationQueueWrite>,
) -> ApiResult<Response> {
    let id = service::create(&state, &scope, body).await?;
    Ok(created(&url, id))
}

/// Create annotation queues
#[utoipa::path(
    post, path = "/v1/private/annotation-queues/batch", tag = "Annotation Queues", operation_id = "createAnnotationQueueBatch",
    request_body = AnnotationQueueBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create_batch(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<AnnotationQueueBatch>,
) -> ApiResult<Response> {
    service::create_batch(&state, &scope, body).await?;
    Ok(no_content())
}

/// Delete annotation queues
#[utoipa::path(
    post, path = "/v1/private/annotation-queues/delete", tag = "Annotation Queues", operation_id = "deleteAnnotationQueueBatch",
    request_body = IdBatch, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn delete(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::delete(&state, &scope, body).await?;
    Ok(no_content())
}

/// Get an annotation queue
#[utoipa::path(
    get, path = "/v1/private/annotation-queues/{id}", tag = "Annotation Queues", operation_id = "getAnnotationQueueById",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = AnnotationQueue), (status = 404, body = ErrorMessage)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    small_json(&service::get(&state, &scope, id).await?)
}

/// Change an annotation queue
#[utoipa::path(
    patch, path = "/v1/private/annotation-queues/{id}", tag = "Annotation Queues", operation_id = "updateAnnotationQueue",
    params(("id" = Uuid, Path)), request_body = AnnotationQueueUpdate,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn update(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<AnnotationQueueUpdate>,
) -> ApiResult<Response> {
    service::update(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Add items to an annotation queue
#[utoipa::path(
    post, path = "/v1/private/annotation-queues/{id}/items/add", tag = "Annotation Queues", operation_id = "addItemsToAnnotationQueue",
    params(("id" = Uuid, Path)), request_body = IdBatch,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn add_items(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::add_items(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Take items out of an annotation queue
#[utoipa::path(
    post, path = "/v1/private/annotation-queues/{id}/items/delete", tag = "Annotation Queues", operation_id = "removeItemsFromAnnotationQueue",
    params(("id" = Uuid, Path)), request_body = IdBatch,
    responses((status = 204), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn remove_items(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    service::remove_items(&state, &scope, id, body).await?;
    Ok(no_content())
}

/// Find items of an annotation queue
#[utoipa::path(
    post, path = "/v1/private/annotation-queues/{id}/items/search", tag = "Annotation Queues", operation_id = "searchAnnotationQueueItems",
    params(("id" = Uuid, Path)), request_body = IdBatch,
    responses((status = 200, body = QueueItems), (status = 404, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn find_items(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
    JsonBody(body): JsonBody<IdBatch>,
) -> ApiResult<Response> {
    small_json(&QueueItems {
        content: service::find_items(&state, &scope, id, body).await?,
    })
}

/// Reserve an item of an annotation queue
#[utoipa::path(
    put, path = "/v1/private/annotation-queues/{queueId}/items/{itemId}/lock", tag = "Annotation Queues", operation_id = "lockAnnotationQueueItem",
    params(("queueId" = Uuid, Path), ("itemId" = Uuid, Path)),
    responses((status = 200, body = QueueLock), (status = 404, body = ErrorMessage)),
)]
async fn lock_item(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    ids: Ids<2>,
) -> ApiResult<Response> {
    let Ids([queue, item]) = ids;
    small_json(&service::lock(&state, &scope, queue, item).await?)
}

/// Reserved items of an annotation queue
#[utoipa::path(
    get, path = "/v1/private/annotation-queues/{queueId}/locks", tag = "Annotation Queues", operation_id = "getAnnotationQueueLocks",
    params(("queueId" = Uuid, Path)), responses((status = 200, body = QueueLocks)),
)]
async fn locks(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(queue): Id) -> ApiResult<Response> {
    small_json(&service::locks(&state, &scope, queue))
}
