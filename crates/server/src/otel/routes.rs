//! `/v1/private/otel/v1/traces`

use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use ferropik_otel::{Export, Rejected};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service::{self, Encoding};
use crate::AppState;
use crate::http::body::{decode_body, media_type};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, RequestScope};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(receive_traces))
}

/// An export and what belongs to it.
struct ExportBody {
    export: Export,
    encoding: Encoding,
    project: String,
}

impl FromRequest<AppState> for ExportBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<ExportBody, ApiError> {
        let encoding = Encoding::of(&media_type(request.headers()))?;
        let project = service::project_of(request.headers())?;
        let export = decode_body(request, state, Export::len, move |body| encoding.read(body)).await?;
        Ok(ExportBody {
            export,
            encoding,
            project,
        })
    }
}

/// Store spans of an OpenTelemetry exporter
///
/// An OTLP/HTTP endpoint for traces: exporters are given this path without `/v1/traces`. Bodies are an
/// `ExportTraceServiceRequest` as protobuf or JSON, and may be compressed with gzip. Spans without parent also become
/// traces. The answer has a body only when some spans could not be stored, or for JSON.
#[utoipa::path(
    post, path = "/v1/private/otel/v1/traces", tag = "OpenTelemetry", operation_id = "receiveProtobufTraces",
    params(("projectName" = Option<String>, Header, description = "Project of the traces; created when missing")),
    request_body(content((Object = "application/json"), (String = "application/x-protobuf")),
        description = "`ExportTraceServiceRequest`"),
    responses((status = 200, description = "`ExportTraceServiceResponse`",
            content((Object = "application/json"), (String = "application/x-protobuf"))),
        (status = 400, body = ErrorMessage), (status = 413, body = ErrorMessage), (status = 415, body = ErrorMessage),
        (status = 422, body = ErrorList)),
)]
async fn receive_traces(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    body: ExportBody,
) -> ApiResult<Response> {
    let rejected = service::store(&state, &scope, body.project, body.export).await?;
    Ok(answer(body.encoding, &rejected))
}

fn answer(encoding: Encoding, rejected: &Rejected) -> Response {
    let (media_type, body) = match encoding {
        Encoding::Protobuf => ("application/x-protobuf", Body::from(rejected.to_protobuf())),
        Encoding::Json => ("application/json", Body::from(rejected.to_json())),
    };
    (StatusCode::OK, [(CONTENT_TYPE, media_type)], body).into_response()
}
