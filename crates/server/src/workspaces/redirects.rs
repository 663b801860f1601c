//! `/v1/session/redirect`: links that SDKs print and users click.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ferropik_store::{ExcludedFields, View, ViewField};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode, Uri};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::attachments::decode_text;
use crate::http::scope::DEFAULT_WORKSPACE_NAME;
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, Query, RequestScope, RequestUrl};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(redirect_to_trace))
        .routes(routes!(redirect_to_dataset))
        .routes(routes!(redirect_to_experiment))
        .routes(routes!(redirect_to_optimization))
}

/// Go to a trace in the web UI
#[utoipa::path(
    get, path = "/v1/session/redirect/projects", tag = "Workspaces", operation_id = "projectsRedirect",
    params(
        ("trace_id" = Uuid, Query, description = "trace"),
        ("path" = String, Query, description = "base URL of this API as the SDK sees it, in base64"),
        ("workspace_name" = Option<String>, Query, description = "workspace"),
    ),
    responses((status = 303, headers(("Location" = String, description = "page of the trace"))),
        (status = 400, body = ErrorList), (status = 404, body = ErrorMessage)),
)]
async fn redirect_to_trace(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    query: Query,
) -> ApiResult<Response> {
    let id = query.required_uuid("trace_id")?;
    let base = ui_base(query.required("path")?, url.origin());
    let payloads = [ViewField::Input, ViewField::Output, ViewField::Metadata];
    let exclude = payloads.into_iter().fold(ExcludedFields::NONE, ExcludedFields::with);
    let trace = state
        .store
        .trace(
            &scope,
            id,
            View {
                truncate: true,
                exclude,
            },
        )
        .await?;
    let trace = trace.ok_or_else(|| ApiError::not_found(format!("Trace id: {id} not found")))?;
    let target = format!(
        "{base}/{DEFAULT_WORKSPACE_NAME}/projects/{}/traces?tab=logs&logsType=traces&trace={id}",
        trace.project_id
    );
    see_other(target)
}

/// Go to a dataset in the web UI
#[utoipa::path(
    get, path = "/v1/session/redirect/datasets", tag = "Workspaces", operation_id = "datasetsRedirect",
    params(
        ("dataset_id" = Uuid, Query, description = "dataset"),
        ("path" = String, Query, description = "base URL of this API as the SDK sees it, in base64"),
        ("workspace_name" = Option<String>, Query, description = "workspace"),
    ),
    responses((status = 303, headers(("Location" = String, description = "page of the dataset"))),
        (status = 400, body = ErrorList), (status = 404, body = ErrorMessage)),
)]
async fn redirect_to_dataset(_: RequestScope, url: RequestUrl, query: Query) -> ApiResult<Response> {
    let dataset = query.required_uuid("dataset_id")?;
    let base = ui_base(query.required("path")?, url.origin());
    see_other(format!("{base}/{DEFAULT_WORKSPACE_NAME}/datasets/{dataset}/items"))
}

/// Go to an experiment in the web UI
#[utoipa::path(
    get, path = "/v1/session/redirect/experiments", tag = "Workspaces", operation_id = "experimentsRedirect",
    params(
        ("dataset_id" = Uuid, Query, description = "dataset of the experiment"),
        ("experiment_id" = Uuid, Query, description = "experiment"),
        ("path" = String, Query, description = "base URL of this API as the SDK sees it, in base64"),
        ("workspace_name" = Option<String>, Query, description = "workspace"),
    ),
    responses((status = 303, headers(("Location" = String, description = "page of the experiment"))),
        (status = 400, body = ErrorList), (status = 404, body = ErrorMessage)),
)]
async fn redirect_to_experiment(_: RequestScope, url: RequestUrl, query: Query) -> ApiResult<Response> {
    let dataset = query.required_uuid("dataset_id")?;
    let experiment = query.required_uuid("experiment_id")?;
    let base = ui_base(query.required("path")?, url.origin());
    see_other(format!(
        "{base}/{DEFAULT_WORKSPACE_NAME}/experiments/{dataset}/compare?experiments=%5B%22{experiment}%22%5D"
    ))
}

/// Go to an optimization in the web UI
#[utoipa::path(
    get, path = "/v1/session/redirect/optimizations", tag = "Workspaces", operation_id = "optimizationsRedirect",
    params(
        ("dataset_id" = Uuid, Query, description = "dataset of the optimization"),
        ("optimization_id" = Uuid, Query, description = "optimization"),
        ("path" = String, Query, description = "base URL of this API as the SDK sees it, in base64"),
        ("workspace_name" = Option<String>, Query, description = "workspace"),
    ),
    responses((status = 303, headers(("Location" = String, description = "page of the optimization"))),
        (status = 400, body = ErrorList), (status = 404, body = ErrorMessage)),
)]
async fn redirect_to_optimization(_: RequestScope, url: RequestUrl, query: Query) -> ApiResult<Response> {
    let dataset = query.required_uuid("dataset_id")?;
    let optimization = query.required_uuid("optimization_id")?;
    let base = ui_base(query.required("path")?, url.origin());
    see_other(format!(
        "{base}/{DEFAULT_WORKSPACE_NAME}/optimizations/{dataset}/compare?optimizations=%5B%22{optimization}%22%5D"
    ))
}

fn see_other(target: String) -> ApiResult<Response> {
    let target = HeaderValue::try_from(target).map_err(ApiError::internal)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response())
}

/// Where the web UI is: the SDK's base URL up to `/api`. A URL that leads to another host is not followed; then it is
/// where the request was sent to.
fn ui_base(encoded: &str, own_origin: &str) -> String {
    let same_host = |base: &str| -> bool {
        let host = |url: &str| url.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned());
        let is_web = base.starts_with("http://") || base.starts_with("https://");
        let (theirs, own) = (host(base), host(own_origin));
        is_web && theirs.is_some() && theirs == own && !base.contains(['@', '?', '#'])
    };
    decode_text(encoded)
        .map(|url| {
            url.split("/api")
                .next()
                .unwrap_or_default()
                .trim_end_matches('/')
                .to_owned()
        })
        .filter(|base| same_host(base))
        .unwrap_or_else(|| own_origin.to_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn only_the_own_host_is_a_target() {
        let base = |url: &str| ui_base(&STANDARD.encode(url), "http://localhost:5173");
        assert_eq!(base("http://localhost:5173/api"), "http://localhost:5173");
        assert_eq!(base("https://localhost:5173/opik/api/"), "https://localhost:5173/opik");
        assert_eq!(base("http://localhost:5173"), "http://localhost:5173");
        for evil in [
            "http://evil.example/api",
            "http://localhost:5173@evil.example/api",
            "javascript:alert(1)//api",
            "//evil",
        ] {
            assert_eq!(base(evil), "http://localhost:5173", "{evil}");
        }
        assert_eq!(ui_base("***", "http://localhost:5173"), "http://localhost:5173");
    }
}
