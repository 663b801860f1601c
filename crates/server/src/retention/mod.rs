//! Retention rules: how long traces are kept.

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{Page, RetentionLevel, RetentionRule, RetentionRuleWrite};
use ferropik_store::{NewRetentionRule, StoreError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::respond::{created_with, json, no_content, small_json};
use crate::http::{
    ApiError, ApiResult, ErrorList, ErrorMessage, Id, JsonBody, Query, RequestScope, RequestUrl, Violations,
};
use crate::records::listing;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, deactivate))
}

/// List retention rules
#[utoipa::path(
    get, path = "/v1/private/retention/rules", tag = "Retention Rules", operation_id = "findRetentionRules",
    params(
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("include_inactive" = Option<bool>, Query, description = "whether to list those that are out of force"),
    ),
    responses((status = 200, body = Page<RetentionRule>), (status = 400, body = ErrorList)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    let (page, size) = listing::paging(&query)?;
    let include_inactive = query.flag("include_inactive");
    let listed = state
        .store
        .retention_rules(&scope, page, size, include_inactive)
        .await?;
    json(Page::new(page, listed.total, listed.rows)).await
}

/// Create a retention rule
#[utoipa::path(
    post, path = "/v1/private/retention/rules", tag = "Retention Rules", operation_id = "createRetentionRule",
    request_body = RetentionRuleWrite,
    responses((status = 201, body = RetentionRule, headers(("Location" = String, description = "URL of the rule"))),
        (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn create(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    url: RequestUrl,
    JsonBody(body): JsonBody<RetentionRuleWrite>,
) -> ApiResult<Response> {
    let rule = state.store.create_retention_rule(&scope, validated(&body)?).await?;
    created_with(&url, rule.id, &rule)
}

/// Get a retention rule
#[utoipa::path(
    get, path = "/v1/private/retention/rules/{ruleId}", tag = "Retention Rules", operation_id = "getRetentionRuleById",
    params(("ruleId" = Uuid, Path)),
    responses((status = 200, body = RetentionRule), (status = 404, body = ErrorMessage)),
)]
async fn get(State(state): State<AppState>, RequestScope(scope): RequestScope, Id(id): Id) -> ApiResult<Response> {
    let rule = state.store.retention_rule(&scope, id).await?;
    small_json(&rule.ok_or_else(no_such_rule)?)
}

/// Put a retention rule out of force
#[utoipa::path(
    delete, path = "/v1/private/retention/rules/{ruleId}", tag = "Retention Rules", operation_id = "deactivateRetentionRule",
    params(("ruleId" = Uuid, Path)), responses((status = 204), (status = 404, body = ErrorMessage)),
)]
async fn deactivate(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(id): Id,
) -> ApiResult<Response> {
    match state.store.deactivate_retention_rule(&scope, id).await {
        Ok(()) => Ok(no_content()),
        Err(StoreError::NotFound) => Err(no_such_rule()),
        Err(error) => Err(error.into()),
    }
}

fn no_such_rule() -> ApiError {
    ApiError::not_found("Retention rule not found")
}

fn validated(body: &RetentionRuleWrite) -> ApiResult<NewRetentionRule> {
    let mut found = Violations::new();
    found.not_null(body.retention.as_ref(), "retention");
    found.finish()?;
    let is_organization = body.organization_level == Some(true);
    let level = match body.project_id {
        Some(_) if is_organization => {
            return Err(ApiError::bad_request(
                "Cannot set organization_level=true with a project_id",
            ));
        }
        Some(_) => RetentionLevel::Project,
        None if is_organization => RetentionLevel::Organization,
        None => RetentionLevel::Workspace,
    };
    Ok(NewRetentionRule {
        project: body.project_id,
        level,
        retention: body
            .retention
            .ok_or_else(|| ApiError::internal("no retention after validation"))?,
        apply_to_past: body.apply_to_past.unwrap_or(true),
    })
}
