//! Rules of prompts.

use ferropik_model::{Page, Prompt, PromptType, PromptUpdate, PromptVersion, PromptVersionKind, PromptWrite};
use ferropik_query::Entity;
use ferropik_store::{CommitMatch, Conflict, Listing, NewPrompt, NewPromptVersion, Scope, StoreError, VersionSelector};
use http::StatusCode;
use uuid::Uuid;

use super::{checks, variables};
use crate::AppState;
use crate::http::{ApiError, ApiResult, Query};
use crate::projects::service as projects;
use crate::records::body::IdBatch;
use crate::records::{listing, rules};

/// Templates up to this many bytes are looked through where they are; handing them over would cost more.
const INLINE_BYTES: usize = 64 * 1024;

/// The project of a write: by id, which must exist, else by name, which is created when missing, else none.
///
/// # Errors
/// 404.
pub(super) async fn project_of_write(
    state: &AppState,
    scope: &Scope,
    id: Option<Uuid>,
    name: Option<&str>,
) -> ApiResult<Option<Uuid>> {
    match (id, name) {
        (Some(id), _) => projects::find(state, scope, None, Some(id)).await.map(Some),
        (None, Some(name)) => projects::ensure(state, scope, Some(name)).await.map(Some),
        (None, None) => Ok(None),
    }
}

pub(super) async fn create(state: &AppState, scope: &Scope, body: PromptWrite) -> ApiResult<Uuid> {
    checks::new_prompt(&body)?;
    if let Some(id) = body.id {
        rules::version_7(id, "prompt")?;
    }
    let project = project_of_write(state, scope, body.project_id, body.project_name.as_deref()).await?;
    let id = rules::id_or_new(body.id);
    let version = body.template.map(|template| NewPromptVersion {
        id: ferropik_model::id::new(),
        commit: None,
        template,
        metadata: body.metadata,
        template_type: body.r#type.unwrap_or_default(),
        kind: PromptVersionKind::PromptVersion,
        change_description: body.change_description,
        tags: Vec::new(),
        environments: Vec::new(),
    });
    let prompt = NewPrompt {
        id,
        project,
        name: body.name.unwrap_or_default(),
        description: body.description,
        structure: body.template_structure.unwrap_or_default(),
        tags: body.tags.unwrap_or_default(),
    };
    state
        .store
        .create_prompt(scope, prompt, version)
        .await
        .map_err(prompt_error)?;
    Ok(id)
}

pub(super) async fn list(state: &AppState, scope: &Scope, wanted: Listing) -> ApiResult<Page<Prompt>> {
    let page = wanted.page;
    let listed = state.store.prompts(scope, wanted).await?;
    Ok(listing::sortable_page(page, listed, Entity::Prompt))
}

/// A prompt with its latest version, and the one that `mask_id` or `environment` ask for.
pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid, query: &Query) -> ApiResult<Prompt> {
    let mask = query.uuid("mask_id")?;
    let environment = query.text("environment");
    let selector = match (mask, environment) {
        (Some(_), Some(_)) => {
            return Err(ApiError::bad_request("environment and mask_id are mutually exclusive"));
        }
        (Some(mask), None) => Some(VersionSelector::Mask(mask)),
        (None, Some(name)) => {
            checks::environment_parameter(name)?;
            Some(VersionSelector::Environment(name.to_owned()))
        }
        (None, None) => None,
    };
    let mut prompt = state.store.prompt(scope, id).await?.ok_or_else(no_such_prompt)?;
    if let Some(selector) = selector {
        let version = state.store.select_prompt_version(scope, id, selector).await?;
        prompt.requested_version = Some(version.ok_or_else(no_such_version)?);
    }
    with_nested_versions(prompt).await
}

/// The prompt of a commit, with its version as the requested one.
pub(super) async fn by_commit(state: &AppState, scope: &Scope, commit: &str) -> ApiResult<Prompt> {
    checks::commit_parameter(commit)?;
    match state.store.prompt_by_commit(scope, commit).await? {
        CommitMatch::One(prompt) => with_nested_versions(*prompt).await,
        CommitMatch::None => Err(no_such_version()),
        CommitMatch::Ambiguous => Err(ApiError::message(
            StatusCode::CONFLICT,
            format!("Ambiguous commit: multiple prompt versions found for commit '{commit}'"),
        )),
    }
}

pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, mut body: PromptUpdate) -> ApiResult<()> {
    checks::prompt_update(&body)?;
    rules::drop_blank(&mut body.description);
    state.store.update_prompt(scope, id, body).await.map_err(prompt_error)
}

pub(super) async fn delete(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<()> {
    match state.store.delete_prompts(scope, vec![id]).await? {
        0 => Err(no_such_prompt()),
        _ => Ok(()),
    }
}

pub(super) async fn delete_many(state: &AppState, scope: &Scope, body: IdBatch) -> ApiResult<()> {
    let ids = rules::required_ids(body.ids)?;
    state.store.delete_prompts(scope, ids).await?;
    Ok(())
}

/// The version with the names in its template.
pub(super) async fn with_variables(version: PromptVersion) -> ApiResult<PromptVersion> {
    if version.template.len() <= INLINE_BYTES {
        return Ok(add_variables(version));
    }
    Ok(tokio::task::spawn_blocking(move || add_variables(version)).await?)
}

/// [`with_variables`] for many.
pub(super) async fn all_with_variables(versions: Vec<PromptVersion>) -> ApiResult<Vec<PromptVersion>> {
    Ok(tokio::task::spawn_blocking(move || versions.into_iter().map(add_variables).collect()).await?)
}

fn add_variables(version: PromptVersion) -> PromptVersion {
    let template_type: PromptType = version.r#type;
    PromptVersion {
        variables: Some(variables::of_template(&version.template, template_type)),
        ..version
    }
}

/// The versions inside of a prompt do not repeat what it says itself.
async fn with_nested_versions(mut prompt: Prompt) -> ApiResult<Prompt> {
    for slot in [&mut prompt.latest_version, &mut prompt.requested_version] {
        if let Some(version) = slot.take() {
            *slot = Some(PromptVersion {
                prompt_id: None,
                template_structure: None,
                ..with_variables(version).await?
            });
        }
    }
    Ok(prompt)
}

pub(super) fn prompt_error(error: StoreError) -> ApiError {
    match error {
        StoreError::Conflict(Conflict::Exists | Conflict::NameTaken) => {
            ApiError::message(StatusCode::CONFLICT, "Prompt id or name already exists")
        }
        StoreError::NotFound => no_such_prompt(),
        other => other.into(),
    }
}

pub(super) fn no_such_prompt() -> ApiError {
    ApiError::not_found("Prompt not found")
}

pub(super) fn no_such_version() -> ApiError {
    ApiError::not_found("Prompt version not found")
}
