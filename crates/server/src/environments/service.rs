//! Rules of environments.

use ferropik_model::{Environment, EnvironmentWrite, Page};
use ferropik_store::{Conflict, Scope, StoreError};
use http::StatusCode;
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::body::IdBatch;
use crate::records::rules;

/// What is said of a name with other characters.
pub(crate) const NAME_RULE: &str = "must match '^[A-Za-z0-9_-]+$'";

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 500;

/// Longest color, in characters.
const MAX_COLOR: usize = 20;

pub(super) async fn list(state: &AppState, scope: &Scope) -> ApiResult<Page<Environment>> {
    let environments = state.store.environments(scope).await?;
    let total = environments.len() as u64;
    Ok(Page::new(1, total, environments).sortable_by(vec!["created_at".to_owned()]))
}

pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<Environment> {
    state
        .store
        .environment(scope, id)
        .await?
        .ok_or_else(no_such_environment)
}

pub(super) async fn create(state: &AppState, scope: &Scope, body: EnvironmentWrite) -> ApiResult<Uuid> {
    let mut violations = Violations::new();
    violations.not_blank(body.name.as_deref(), "name");
    check(&mut violations, &body);
    violations.finish()?;
    if let Some(id) = body.id {
        rules::version_7(id, "environment")?;
    }
    let id = rules::id_or_new(body.id);
    let name = body.name.clone().unwrap_or_default();
    match state.store.create_environment(scope, id, body).await {
        Ok(()) => Ok(id),
        Err(error) => Err(environment_error(error, &name)),
    }
}

pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, body: EnvironmentWrite) -> ApiResult<()> {
    let mut violations = Violations::new();
    violations.null_or_not_blank(body.name.as_deref(), "name");
    check(&mut violations, &body);
    violations.finish()?;
    let name = body.name.clone().unwrap_or_default();
    let updated = state.store.update_environment(scope, id, body).await;
    updated.map_err(|error| environment_error(error, &name))
}

pub(super) async fn delete(state: &AppState, scope: &Scope, body: IdBatch) -> ApiResult<()> {
    let ids = rules::required_ids(body.ids)?;
    Ok(state.store.delete_environments(scope, ids).await?)
}

fn check(violations: &mut Violations, body: &EnvironmentWrite) {
    if let Some(name) = body.name.as_deref().filter(|name| !name.trim().is_empty()) {
        violations.check(Environment::has_valid_letters(name), "name", NAME_RULE);
    }
    let lengths = [
        (body.name.as_deref(), "name", Environment::MAX_NAME),
        (body.description.as_deref(), "description", MAX_DESCRIPTION),
        (body.color.as_deref(), "color", MAX_COLOR),
    ];
    for (text, property, limit) in lengths {
        let is_short = text.is_none_or(|text| text.chars().count() <= limit);
        violations.check(is_short, property, format_args!("cannot exceed {limit} characters"));
    }
}

fn environment_error(error: StoreError, name: &str) -> ApiError {
    match error {
        StoreError::Conflict(Conflict::NameTaken | Conflict::Exists) => ApiError::conflict(format!(
            "Environment with name '{name}' already exists in the workspace"
        )),
        StoreError::Conflict(Conflict::LimitReached) => ApiError::conflict(format!(
            "Workspace already has the maximum of {} environments",
            Environment::MAX_PER_WORKSPACE
        )),
        StoreError::NotFound => no_such_environment(),
        other => other.into(),
    }
}

fn no_such_environment() -> ApiError {
    ApiError::errors(StatusCode::NOT_FOUND, vec!["Environment not found".to_owned()])
}
