//! Rules of experiments.

use ferropik_model::{Experiment, ExperimentItem, ExperimentItemBatch, ExperimentWrite};
use ferropik_store::{ExperimentCreation, ItemCreation, NewExperiment, NewExperimentItem, Scope};
use http::StatusCode;
use uuid::Uuid;

use super::{names, validate};
use crate::AppState;
use crate::http::{ApiError, ApiResult};
use crate::projects::service::ensure;
use crate::records::rules;

/// The project that a new resource belongs to: by id, which must exist, else by name, which is created when missing.
///
/// # Errors
/// 404 for an unknown id.
pub(crate) async fn own_project(
    state: &AppState,
    scope: &Scope,
    id: Option<Uuid>,
    name: Option<&str>,
) -> ApiResult<Option<Uuid>> {
    if let Some(id) = id {
        return match state.store.project(scope, id).await? {
            Some(project) => Ok(Some(project.id)),
            None => Err(ApiError::not_found(format!("Project id: {id} not found"))),
        };
    }
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => ensure(state, scope, Some(name)).await.map(Some),
        None => Ok(None),
    }
}

/// The header that tells a client that a dataset of another project was found.
pub(crate) fn found_elsewhere(dataset_name: &str) -> String {
    format!(
        "Dataset '{dataset_name}' was found via workspace-wide search. In a future version, you will need to specify \
         the project explicitly."
    )
}

/// What has become of a create.
pub(super) struct Created {
    pub(super) id: Uuid,
    /// Value of the header that announces a deprecation.
    pub(super) deprecation: Option<String>,
}

/// Stores an experiment. One of an id that exists stays as it is.
pub(super) async fn create(state: &AppState, scope: &Scope, body: ExperimentWrite) -> ApiResult<Created> {
    validate::create(&body)?;
    let id = rules::id_or_new(body.id);
    if body.id.is_some() && state.store.experiment_place(scope, id).await?.is_some() {
        return Ok(Created { id, deprecation: None });
    }
    let project = own_project(state, scope, body.project_id, body.project_name.as_deref()).await?;
    let dataset_name = body.dataset_name.unwrap_or_default();
    let links = match body.prompt_versions {
        Some(links) if !links.is_empty() => links,
        _ => Vec::from_iter(body.prompt_version),
    };
    let mut tags: Vec<String> = Vec::new();
    for tag in body.tags.unwrap_or_default() {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let experiment = NewExperiment {
        id,
        dataset_name: dataset_name.clone(),
        project,
        name: body
            .name
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(names::generated),
        metadata: body.metadata,
        tags,
        kind: body.r#type.unwrap_or_default(),
        method: body.evaluation_method.unwrap_or_default(),
        optimization: body.optimization_id,
        status: body.status.unwrap_or_default(),
        scores: validate::named(body.experiment_scores.unwrap_or_default()),
        prompt_versions: links
            .into_iter()
            .filter_map(|link| link.id.or(link.prompt_version_id))
            .collect(),
        dataset_version: body.dataset_version_id,
    };
    let dataset_elsewhere = created(state.store.create_experiment(scope, experiment).await?)?;
    Ok(Created {
        id,
        deprecation: dataset_elsewhere.then(|| found_elsewhere(&dataset_name)),
    })
}

/// Whether the dataset of a new experiment was found elsewhere.
///
/// # Errors
/// 409 when the experiment names what does not exist.
pub(super) fn created(outcome: ExperimentCreation) -> ApiResult<bool> {
    match outcome {
        ExperimentCreation::Created { dataset_elsewhere } => Ok(dataset_elsewhere),
        ExperimentCreation::Exists => Ok(false),
        ExperimentCreation::UnknownPromptVersion => {
            Err(ApiError::message(StatusCode::CONFLICT, "Prompt version not found"))
        }
        ExperimentCreation::UnknownDatasetVersion => {
            Err(ApiError::message(StatusCode::CONFLICT, "Dataset version not found"))
        }
    }
}

/// One experiment.
pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<Experiment> {
    let found = state.store.experiment(scope, id).await?;
    found.ok_or_else(|| ApiError::not_found(format!("Not found experiment with id '{id}'")))
}

/// Stores items.
pub(super) async fn put_items(state: &AppState, scope: &Scope, batch: ExperimentItemBatch) -> ApiResult<()> {
    let checked = validate::items(batch)?;
    let mut projects: indexmap::IndexMap<String, Uuid> = indexmap::IndexMap::new();
    let mut items = Vec::with_capacity(checked.len());
    for item in checked {
        let project = match item.body.project_name.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(name) => Some(match projects.get(name) {
                Some(project) => *project,
                None => {
                    let project = ensure(state, scope, Some(name)).await?;
                    projects.insert(name.to_owned(), project);
                    project
                }
            }),
        };
        items.push(NewExperimentItem {
            id: rules::id_or_new(item.body.id),
            experiment: item.experiment,
            item: item.item,
            trace: item.trace,
            project,
            policy: item.body.execution_policy,
        });
    }
    stored(state.store.put_experiment_items(scope, items).await?)
}

/// Whether items were stored.
///
/// # Errors
/// 409 when they name what belongs to another workspace.
pub(super) fn stored(outcome: ItemCreation) -> ApiResult<()> {
    let foreign = match outcome {
        ItemCreation::Stored => return Ok(()),
        ItemCreation::ForeignExperiment => "experiment_id",
        ItemCreation::ForeignDatasetItem => "dataset_item_id",
    };
    Err(ApiError::message(
        StatusCode::CONFLICT,
        format!("Upserting experiment item with '{foreign}' not belonging to the workspace"),
    ))
}

/// One item.
pub(super) async fn get_item(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<ExperimentItem> {
    let found = state.store.experiment_item(scope, id).await?;
    found.ok_or_else(|| ApiError::not_found(format!("Not found experiment item with id '{id}'")))
}
