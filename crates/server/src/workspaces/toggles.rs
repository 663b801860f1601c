//! `/v1/private/toggles`: which parts of the product the web UI shows.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::respond::small_json;
use crate::http::{ApiResult, ErrorMessage, RequestScope};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_toggles))
}

macro_rules! toggles {
    ($($name:ident: $value:literal,)*) => {
        /// Which parts of the product the web UI shows.
        #[derive(Debug, Serialize, ToSchema)]
        struct Toggles {
            $($name: bool,)*
            v1_workspace_allowlist_ids: [String; 0],
            v2_workspace_allowlist_ids: [String; 0],
            force_workspace_version: &'static str,
            default_page_size: u32,
        }

        const TOGGLES: Toggles = Toggles {
            $($name: $value,)*
            v1_workspace_allowlist_ids: [],
            v2_workspace_allowlist_ids: [],
            force_workspace_version: "version_2",
            default_page_size: 100,
        };
    };
}

toggles! {
    python_evaluator_enabled: true,
    trace_thread_python_evaluator_enabled: true,
    span_llm_as_judge_enabled: true,
    span_user_defined_metric_python_enabled: true,
    guardrails_enabled: false,
    opik_aienabled: false,
    alerts_enabled: true,
    welcome_wizard_enabled: false,
    export_enabled: true,
    dataset_versioning_enabled: true,
    dataset_export_enabled: true,
    demo_data_enabled: true,
    cost_intelligence_enabled: false,
    openai_provider_enabled: true,
    anthropic_provider_enabled: true,
    gemini_provider_enabled: true,
    openrouter_provider_enabled: true,
    vertexai_provider_enabled: true,
    bedrock_provider_enabled: true,
    customllm_provider_enabled: true,
    ollama_provider_enabled: true,
    ollie_enabled: false,
    project_homepage_enabled: false,
    agentic_tools_enabled: false,
    agent_insights_enabled: false,
    online_scoring_tracing_enabled: true,
    agent_insights_guidance_enabled: false,
    annotation_queue_automation_enabled: false,
    event_bridge_alerts_enabled: false,
    custom_charts_enabled_for_workspace: false,
}

/// Get the toggles
#[utoipa::path(
    get, path = "/v1/private/toggles", tag = "Workspaces", operation_id = "getServiceToggles",
    responses((status = 200, body = Toggles), (status = 404, body = ErrorMessage)),
)]
async fn get_toggles(_scope: RequestScope) -> ApiResult<Response> {
    small_json(&TOGGLES)
}
