//! Rules of agent configurations.

use ferropik_model::{
    AgentConfigWrite, Blueprint, BlueprintEnvironments, BlueprintName, BlueprintType, ConfigKeysRemoval, ConfigValue,
    Page, id,
};
use ferropik_store::{BlueprintSelector, Conflict, MaskConflict, NewBlueprint, Scope, StoreError, overlay};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::checks;
use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::projects::service as projects;
use crate::records::rules;

/// What a create answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CreatedBlueprint {
    /// The blueprint.
    pub(super) id: Uuid,
    /// What it is for.
    r#type: BlueprintType,
    /// What changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The values.
    values: Vec<ConfigValue>,
}

/// Creates the configuration of a project with its first blueprint.
pub(super) async fn create(state: &AppState, scope: &Scope, body: AgentConfigWrite) -> ApiResult<CreatedBlueprint> {
    let (named, config, blueprint) = checked(body)?;
    if blueprint.kind == BlueprintType::Mask {
        return Err(ApiError::errors(
            StatusCode::BAD_REQUEST,
            vec!["Cannot create config with a MASK blueprint. Use BLUEPRINT type for POST.".to_owned()],
        ));
    }
    let project = match &named {
        (Some(id), _) => existing_project(state, scope, *id).await?,
        (None, name) => projects::ensure(state, scope, name.as_deref()).await?,
    };
    let mut answer = CreatedBlueprint {
        id: blueprint.id,
        r#type: blueprint.kind,
        description: None,
        values: blueprint.values.clone(),
    };
    let config = rules::id_or_new(config);
    answer.description = state
        .store
        .create_agent_config(scope, project, config, blueprint)
        .await
        .map_err(|error| config_error(error, project))?;
    Ok(answer)
}

/// Adds a blueprint or mask and answers its id.
pub(super) async fn add(state: &AppState, scope: &Scope, body: AgentConfigWrite) -> ApiResult<Uuid> {
    let (named, _, blueprint) = checked(body)?;
    let project = known_project(state, scope, named).await?;
    let blueprint_id = blueprint.id;
    state
        .store
        .add_blueprint(scope, project, blueprint)
        .await
        .map_err(|error| config_error(error, project))?;
    Ok(blueprint_id)
}

/// A project by id or by name.
type NamedProject = (Option<Uuid>, Option<String>);

fn checked(body: AgentConfigWrite) -> ApiResult<(NamedProject, Option<Uuid>, NewBlueprint)> {
    let mut violations = Violations::new();
    checks::project(body.project_id, body.project_name.as_deref(), &mut violations);
    let blueprint = checks::blueprint(body.blueprint, violations)?;
    if let Some(id) = body.id {
        rules::version_7(id, "agent config")?;
    }
    Ok(((body.project_id, body.project_name), body.id, blueprint))
}

async fn existing_project(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<Uuid> {
    match state.store.project(scope, id).await? {
        Some(project) => Ok(project.id),
        None => Err(no_such_project()),
    }
}

/// The project of a change, which is never created.
async fn known_project(state: &AppState, scope: &Scope, (id, name): NamedProject) -> ApiResult<Uuid> {
    if let Some(id) = id {
        return existing_project(state, scope, id).await;
    }
    let name = name.unwrap_or_default();
    match state.store.project_by_name(scope, name.trim()).await? {
        Some(project) => Ok(project.id),
        None => Err(ApiError::not_found(format!("Project '{name}' not found"))),
    }
}

fn no_such_project() -> ApiError {
    ApiError::errors(StatusCode::NOT_FOUND, vec!["Project not found".to_owned()])
}

fn config_error(error: StoreError, project: Uuid) -> ApiError {
    match error {
        StoreError::Conflict(Conflict::Exists) => ApiError::conflict(format!(
            "Config already exists for project '{project}'. Use PATCH to add blueprints."
        )),
        StoreError::Conflict(Conflict::NameTaken) => ApiError::conflict("Blueprint already exists"),
        StoreError::NotFound => ApiError::errors(
            StatusCode::NOT_FOUND,
            vec![format!(
                "No config found for project '{project}'. Use POST to create one first."
            )],
        ),
        StoreError::ProjectNotFound(_) => no_such_project(),
        other => other.into(),
    }
}

fn no_configuration(project: Uuid) -> ApiError {
    ApiError::not_found(format!("No configuration found for project '{project}'"))
}

fn no_such_blueprint(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Blueprint '{id}' not found"))
}

fn no_blueprint_of_name(name: &str) -> ApiError {
    ApiError::not_found(format!("Blueprint with name '{name}' not found"))
}

fn no_such_mask(mask: Uuid, project: Uuid) -> ApiError {
    ApiError::not_found(format!("Mask blueprint '{mask}' not found in project '{project}'"))
}

/// A state by id.
pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid, mask: Option<Uuid>) -> ApiResult<Blueprint> {
    let blueprint = state.store.blueprint(scope, id).await?;
    let blueprint = blueprint
        .filter(|blueprint| blueprint.r#type == BlueprintType::Blueprint)
        .ok_or_else(|| no_such_blueprint(id))?;
    masked(state, scope, blueprint, mask).await
}

/// A state or mask by id, as it was written.
pub(super) async fn as_written(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<Blueprint> {
    let blueprint = state.store.blueprint(scope, id).await?;
    Ok(Blueprint {
        envs: None,
        ..blueprint.ok_or_else(|| no_such_blueprint(id))?
    })
}

/// The latest state of a project.
pub(super) async fn latest(state: &AppState, scope: &Scope, project: Uuid, mask: Option<Uuid>) -> ApiResult<Blueprint> {
    let selector = BlueprintSelector::Latest;
    let blueprint = state.store.select_blueprint(scope, project, selector).await?;
    masked(state, scope, blueprint.ok_or_else(|| no_configuration(project))?, mask).await
}

/// The state of a project that an environment uses.
pub(super) async fn of_environment(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    name: &str,
    mask: Option<Uuid>,
) -> ApiResult<Blueprint> {
    let selector = BlueprintSelector::Environment(name.to_owned());
    let blueprint = state.store.select_blueprint(scope, project, selector).await?;
    let blueprint =
        blueprint.ok_or_else(|| ApiError::not_found(format!("No blueprint found for environment '{name}'")))?;
    masked(state, scope, blueprint, mask).await
}

/// The state of a project of a name such as `v3`.
pub(super) async fn of_name(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    name: &str,
    mask: Option<Uuid>,
) -> ApiResult<Blueprint> {
    let number = number_of(name).ok_or_else(|| no_blueprint_of_name(name))?;
    let selector = BlueprintSelector::Number(number);
    let blueprint = state.store.select_blueprint(scope, project, selector).await?;
    masked(state, scope, blueprint.ok_or_else(|| no_blueprint_of_name(name))?, mask).await
}

/// The number of a name. Only the shortest way to write one counts.
fn number_of(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('v')?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The blueprint with the values of a mask over its own.
async fn masked(state: &AppState, scope: &Scope, blueprint: Blueprint, mask: Option<Uuid>) -> ApiResult<Blueprint> {
    let Some(mask_id) = mask else { return Ok(blueprint) };
    let project = blueprint.project_id;
    let mask = state.store.blueprint(scope, mask_id).await?;
    let mask = mask
        .filter(|mask| mask.r#type == BlueprintType::Mask && mask.project_id == project)
        .ok_or_else(|| no_such_mask(mask_id, project))?;
    Ok(Blueprint {
        values: overlay(blueprint.values, &mask.values),
        ..blueprint
    })
}

/// One page of the states of a project. `size` is the one that was asked for.
pub(super) async fn history(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    (page, size): (u64, u64),
) -> ApiResult<Page<Blueprint>> {
    let listed = state.store.blueprint_history(scope, project, page, size).await?;
    let content = listed.rows.into_iter().map(|blueprint| Blueprint {
        envs: blueprint.envs.filter(|names| !names.is_empty()),
        ..blueprint
    });
    Ok(Page {
        page,
        size,
        total: listed.total,
        content: content.collect(),
        sortable_by: None,
    })
}

/// Adds a state made of the latest one and a mask; answers its id.
pub(super) async fn add_of_mask(state: &AppState, scope: &Scope, project: Uuid, mask: Uuid) -> ApiResult<Uuid> {
    let new_id = id::new();
    let added = state.store.add_blueprint_of_mask(scope, project, mask, new_id).await;
    match added {
        Ok(Ok(())) => Ok(new_id),
        Ok(Err(MaskConflict::NoMask)) => Err(no_such_mask(mask, project)),
        Ok(Err(MaskConflict::NoConfig)) | Err(StoreError::ProjectNotFound(_)) => Err(no_configuration(project)),
        Err(error) => Err(config_error(error, project)),
    }
}

/// Removes values; answers the id of the new state, none when there was nothing to remove.
pub(super) async fn remove_keys(state: &AppState, scope: &Scope, body: ConfigKeysRemoval) -> ApiResult<Option<Uuid>> {
    checks::keys(&body)?;
    let project = known_project(state, scope, (body.project_id, body.project_name)).await?;
    let new_id = id::new();
    let keys = body.keys.unwrap_or_default();
    let has_changed = state
        .store
        .remove_config_keys(scope, project, keys, new_id)
        .await
        .map_err(|error| config_error(error, project))?;
    Ok(has_changed.then_some(new_id))
}

/// Lets environments use blueprints.
pub(super) async fn set_environments(state: &AppState, scope: &Scope, body: BlueprintEnvironments) -> ApiResult<()> {
    let (project, environments) = checks::environments(body)?;
    let unknown = state
        .store
        .set_blueprint_environments(scope, project, environments)
        .await?;
    if unknown.is_empty() {
        return Ok(());
    }
    let unknown: Vec<String> = unknown.iter().map(Uuid::to_string).collect();
    Err(ApiError::not_found(format!(
        "Blueprints not found: [{}]",
        unknown.join(", ")
    )))
}

/// Lets an environment use the blueprint of a name.
pub(super) async fn set_environment(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    environment: &str,
    body: BlueprintName,
) -> ApiResult<()> {
    checks::environment_parameter(environment)?;
    let mut violations = Violations::new();
    violations.not_blank(body.blueprint_name.as_deref(), "blueprintName");
    violations.finish()?;
    let name = body.blueprint_name.unwrap_or_default();
    let blueprint = of_name(state, scope, project, &name, None).await?;
    let pair = (environment.to_owned(), blueprint.id);
    let unknown = state
        .store
        .set_blueprint_environments(scope, project, vec![pair])
        .await?;
    if unknown.is_empty() {
        return Ok(());
    }
    Err(no_blueprint_of_name(&name))
}
