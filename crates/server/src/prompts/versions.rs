//! Rules of prompt versions.

use ferropik_model::{
    Page, PromptVersion, PromptVersionBatchUpdate, PromptVersionCommits, PromptVersionCreate,
    PromptVersionEnvironments, PromptVersionRef, PromptVersionRetrieve, id, wire,
};
use ferropik_query::Entity;
use ferropik_store::{
    Conflict, EnvironmentConflict, Listing, NewPrompt, NewPromptVersion, PromptPlace, Scope, StoreError,
    VersionConflict, VersionSelector,
};
use http::StatusCode;
use uuid::Uuid;

use super::checks;
use super::service::{
    all_with_variables, no_such_prompt, no_such_version, project_of_write, prompt_error, with_variables,
};
use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::body::IdBatch;
use crate::records::listing;
use crate::records::rules::{self, Place};

/// A version that was retrieved.
pub(super) struct Retrieved {
    pub(super) version: PromptVersion,
    /// What the client should change.
    pub(super) deprecation: Option<String>,
}

/// Adds a version to the prompt of a name, which is created when missing.
pub(super) async fn create(state: &AppState, scope: &Scope, body: PromptVersionCreate) -> ApiResult<PromptVersion> {
    checks::new_version(&body)?;
    let version = body.version.unwrap_or_default();
    if let Some(id) = version.id {
        rules::version_7(id, "prompt version")?;
    }
    let project = project_of_write(state, scope, body.project_id, body.project_name.as_deref()).await?;
    let prompt = NewPrompt {
        id: id::new(),
        project,
        name: body.name.unwrap_or_default(),
        description: None,
        structure: body.template_structure.unwrap_or_default(),
        tags: Vec::new(),
    };
    let version = NewPromptVersion {
        id: rules::id_or_new(version.id),
        commit: version.commit,
        template: version.template.unwrap_or_default(),
        metadata: version.metadata,
        template_type: version.r#type.unwrap_or_default(),
        kind: version.version_type.unwrap_or_default(),
        change_description: version.change_description,
        tags: wire::each_once(version.tags.unwrap_or_default()),
        environments: checks::environment_names(version.environments.as_deref().unwrap_or_default()),
    };
    match state.store.add_prompt_version(scope, prompt, version).await {
        Ok(Ok(version)) => with_variables(version).await,
        Ok(Err(conflict)) => Err(version_conflict(conflict)),
        Err(StoreError::Conflict(Conflict::Exists)) => Err(version_conflict(VersionConflict::Exists)),
        Err(error) => Err(prompt_error(error)),
    }
}

fn version_conflict(conflict: VersionConflict) -> ApiError {
    let text = match conflict {
        VersionConflict::Exists => "Prompt version already exists".to_owned(),
        VersionConflict::EnvironmentsTaken(names) => format!(
            "Environments already mapped to another version: '[{}]'",
            names.join(", ")
        ),
    };
    ApiError::message(StatusCode::CONFLICT, text)
}

/// The version of a prompt that is named together with its project.
///
/// Other projects are never looked into. A prompt without a project is found from everywhere, but a client that named a
/// project should say so in the future.
pub(super) async fn retrieve(state: &AppState, scope: &Scope, body: PromptVersionRetrieve) -> ApiResult<Retrieved> {
    checks::retrieval(&body)?;
    let name = body.name.as_deref().unwrap_or_default();
    let place = match body.project_name.as_deref().map(str::trim) {
        None => PromptPlace::Workspace,
        Some(project) => {
            let project = state.store.project_by_name(scope, project).await?;
            PromptPlace::Project(project.ok_or_else(no_such_prompt)?.id)
        }
    };
    let prompt = state
        .store
        .prompt_by_name(scope, name, place)
        .await?
        .ok_or_else(no_such_prompt)?;
    let selector = match (body.commit, body.version_number, body.environment) {
        (Some(commit), ..) => VersionSelector::Commit(commit),
        (_, Some(number), _) => VersionSelector::Number(checks::number_of(&number).ok_or_else(no_such_version)?),
        (.., Some(environment)) => VersionSelector::Environment(environment),
        (None, None, None) => VersionSelector::Latest,
    };
    let version = state.store.select_prompt_version(scope, prompt.id, selector).await?;
    let version = with_variables(version.ok_or_else(no_such_version)?).await?;
    let was_elsewhere = place != PromptPlace::Workspace && prompt.project_id.is_none();
    let deprecation = was_elsewhere.then(|| {
        format!(
            "Prompt '{name}' was found via workspace-wide search. In a future version, you will need to specify the \
             project explicitly."
        )
    });
    Ok(Retrieved { version, deprecation })
}

pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    prompt: Uuid,
    search: Option<String>,
    wanted: Listing,
) -> ApiResult<Page<PromptVersion>> {
    let page = wanted.page;
    let listed = state.store.prompt_versions(scope, prompt, search, wanted).await?;
    Ok(listing::sortable_page(page, listed, Entity::PromptVersion))
}

pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<PromptVersion> {
    let versions = state.store.prompt_versions_by_id(scope, vec![id]).await?;
    with_variables(versions.into_iter().next().ok_or_else(no_such_version)?).await
}

pub(super) async fn by_number(state: &AppState, scope: &Scope, prompt: Uuid, number: &str) -> ApiResult<PromptVersion> {
    let number = checks::number_parameter(number)?.ok_or_else(no_such_version)?;
    let selector = VersionSelector::Number(number);
    let version = state.store.select_prompt_version(scope, prompt, selector).await?;
    with_variables(version.ok_or_else(no_such_version)?).await
}

pub(super) async fn by_ids(state: &AppState, scope: &Scope, body: IdBatch) -> ApiResult<Vec<PromptVersion>> {
    let ids = rules::required_ids(body.ids)?;
    all_with_variables(state.store.prompt_versions_by_id(scope, ids).await?).await
}

pub(super) async fn by_commits(
    state: &AppState,
    scope: &Scope,
    body: PromptVersionCommits,
) -> ApiResult<Vec<PromptVersionRef>> {
    let mut violations = Violations::new();
    let commits = rules::batch(body.commits.as_deref(), "commits", &mut violations);
    for commit in commits {
        violations.check(
            !commit.trim().is_empty(),
            "commits[].<list element>",
            "must not be blank",
        );
    }
    violations.finish()?;
    Ok(state
        .store
        .prompt_commits(scope, body.commits.unwrap_or_default())
        .await?)
}

/// Adds a version with the content of another one.
pub(super) async fn restore(state: &AppState, scope: &Scope, prompt: Uuid, version: Uuid) -> ApiResult<PromptVersion> {
    let restored = state
        .store
        .restore_prompt_version(scope, prompt, version, id::new())
        .await?
        .ok_or_else(|| ApiError::not_found("Prompt version not found for the specified prompt"))?;
    with_variables(restored).await
}

/// Changes the tags of versions.
pub(super) async fn update_many(state: &AppState, scope: &Scope, body: PromptVersionBatchUpdate) -> ApiResult<()> {
    let mut violations = Violations::new();
    rules::batch(body.ids.as_deref(), "ids", &mut violations);
    violations.not_null(body.update.as_ref(), "update");
    let tags = body.update.and_then(|update| update.tags);
    rules::tag_lists(tags.as_deref(), None, None, Place::Within("update"), &mut violations);
    violations.finish()?;
    let Some(tags) = tags else { return Ok(()) };
    let merge = body.merge_tags.unwrap_or(false);
    let ids = body.ids.unwrap_or_default();
    Ok(state.store.tag_prompt_versions(scope, ids, tags, merge).await?)
}

/// Lets exactly these environments use a version.
pub(super) async fn set_environments(
    state: &AppState,
    scope: &Scope,
    version: Uuid,
    body: PromptVersionEnvironments,
) -> ApiResult<()> {
    let names = checks::environments(body.environments.as_deref())?;
    match state.store.set_prompt_version_environments(scope, version, names).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(EnvironmentConflict::Mask)) => Err(ApiError::bad_request("environment cannot be set on a mask version")),
        Ok(Err(EnvironmentConflict::Unknown(names))) => Err(ApiError::message(
            StatusCode::CONFLICT,
            format!("Environments do not exist in the workspace: '[{}]'", names.join(", ")),
        )),
        Err(StoreError::NotFound) => Err(no_such_version()),
        Err(error) => Err(error.into()),
    }
}
