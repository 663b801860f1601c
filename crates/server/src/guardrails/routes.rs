//! `/v1/private/guardrails`

use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::{self, GuardrailBatch};
use crate::AppState;
use crate::http::respond::no_content;
use crate::http::{ApiResult, ErrorList, ErrorMessage, JsonBody, RequestScope};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_guardrails))
}

/// Store guardrail results of traces
#[utoipa::path(
    post, path = "/v1/private/guardrails", tag = "Guardrails", operation_id = "createGuardrails",
    request_body = GuardrailBatch,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create_guardrails(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(batch): JsonBody<GuardrailBatch>,
) -> ApiResult<Response> {
    service::create(&state, &scope, batch).await?;
    Ok(no_content())
}
