//! Rules of experiments.

use axum::response::Response;
use ferropik_model::{
    AttachmentEntity, Experiment, ExperimentBatchUpdate, ExperimentItem, ExperimentItemBatch, ExperimentItemDetails,
    ExperimentItemStreamRequest, ExperimentScoreName, ExperimentStreamRequest, ExperimentType, ExperimentUpdate,
    ExperimentWrite, Page, wire,
};
use ferropik_query::Entity;
use ferropik_store::{
    AttachmentOwner, ExcludedFields, ExperimentCreation, ExperimentList, ExperimentSelection, ItemCreation,
    NewExperiment, NewExperimentItem, Scope, View,
};
use http::StatusCode;
use uuid::Uuid;

use super::groups::{self, AggregatedAnswer, GroupedAnswer};
use super::{names, validate};
use crate::AppState;
use crate::attachments::service::Payloads;
use crate::datasets::service::Whereabouts;
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::projects::service::ensure;
use crate::records::listing::{ids, listing, sortable_page};
use crate::records::payload::{StoredRow, finish};
use crate::records::rules::{self, Place};
use crate::records::search;

/// The text that tells a client that a dataset of another project was found.
pub(crate) fn found_elsewhere(dataset_name: &str) -> String {
    format!(
        "Dataset '{dataset_name}' was found via workspace-wide search. In a future version, you will need to specify \
         the project explicitly."
    )
}

/// Announces to a client that what it does will cease to work.
pub(crate) fn deprecated(mut response: Response, text: Option<&str>) -> Response {
    let value = text.and_then(|text| {
        let printable: String = text.chars().filter(|letter| !letter.is_control()).collect();
        http::HeaderValue::from_bytes(printable.as_bytes()).ok()
    });
    if let Some(value) = value {
        response
            .headers_mut()
            .insert(http::HeaderName::from_static("x-opik-deprecation"), value);
    }
    response
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
    let whereabouts = Whereabouts {
        project_id: body.project_id,
        project_name: body.project_name.as_deref(),
    };
    let project = whereabouts.ensure(state, scope).await?;
    let dataset_name = body.dataset_name.unwrap_or_default();
    let links = match body.prompt_versions {
        Some(links) if !links.is_empty() => links,
        _ => Vec::from_iter(body.prompt_version),
    };
    let experiment = NewExperiment {
        id,
        dataset_name: dataset_name.clone(),
        project,
        name: body
            .name
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(names::generated),
        metadata: body.metadata,
        tags: wire::each_once(body.tags.unwrap_or_default()),
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

/// Which experiments a query is about; `project` is that of the path.
pub(super) fn list_of(query: &Query, project: Option<Uuid>) -> ApiResult<ExperimentList> {
    let listing = listing(query, Entity::Experiment)?;
    Ok(ExperimentList {
        page: listing.page,
        size: listing.size,
        sort: listing.sort,
        selection: ExperimentSelection {
            name: listing.name,
            dataset: query.uuid("datasetId")?,
            project: project.or(listing.project),
            types: types_of(query)?,
            optimization: query.uuid("optimization_id")?,
            prompt: query.uuid("prompt_id")?,
            ids: ids(query, "experiment_ids")?,
            dataset_deleted: query.flag("dataset_deleted"),
            project_deleted: query.flag("project_deleted"),
            filter: listing.filter,
        },
    })
}

fn types_of(query: &Query) -> ApiResult<Option<Vec<ExperimentType>>> {
    let Some(text) = query.text("types") else {
        return Ok(None);
    };
    let types: Vec<ExperimentType> = serde_json::from_str(text).map_err(|_| {
        let echo: String = text.chars().take(200).collect();
        ApiError::bad_request(format!("Invalid query param types '{echo}'"))
    })?;
    Ok((!types.is_empty()).then_some(types))
}

/// One page.
pub(super) async fn list(state: &AppState, scope: &Scope, list: ExperimentList) -> ApiResult<Page<Experiment>> {
    let page = list.page;
    let listed = state.store.experiments(scope, list).await?;
    Ok(sortable_page(page, listed, Entity::Experiment))
}

/// Experiments in groups.
pub(super) async fn grouped(state: &AppState, scope: &Scope, query: &Query) -> ApiResult<GroupedAnswer> {
    let levels = groups::levels(query)?;
    let (count, selection) = (levels.len(), list_of(query, None)?.selection);
    let rows = state.store.grouped_experiments(scope, selection, levels).await?;
    Ok(tokio::task::spawn_blocking(move || groups::grouped(&rows, count)).await?)
}

/// What experiments in groups add up to.
pub(super) async fn aggregated(state: &AppState, scope: &Scope, query: &Query) -> ApiResult<AggregatedAnswer> {
    let levels = groups::levels(query)?;
    let (count, selection) = (levels.len(), list_of(query, None)?.selection);
    let rows = state.store.grouped_experiments(scope, selection, levels).await?;
    Ok(tokio::task::spawn_blocking(move || groups::aggregated(&rows, count)).await?)
}

/// The project of a stream. A project that does not exist has no experiments.
async fn project_of_stream(state: &AppState, scope: &Scope, name: Option<&str>) -> ApiResult<Option<Uuid>> {
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let project = state.store.project_by_name(scope, name).await?;
    Ok(Some(project.map_or(Uuid::nil(), |project| project.id)))
}

/// A stream of experiments in descending id order.
pub(super) async fn stream(state: AppState, scope: Scope, body: ExperimentStreamRequest) -> ApiResult<Response> {
    let mut found = Violations::new();
    found.not_blank(body.name.as_deref(), "name");
    found.finish()?;
    let limit = search::checked_limit(body.limit)?;
    let selection = ExperimentSelection {
        name: body.name,
        project: project_of_stream(&state, &scope, body.project_name.as_deref()).await?,
        ..ExperimentSelection::default()
    };
    search::stream(
        body.last_retrieved_id,
        limit,
        View::default(),
        |experiment: &Experiment| experiment.id,
        move |scan| {
            let (state, scope, selection) = (state.clone(), scope.clone(), selection.clone());
            async move {
                let found = state.store.scan_experiments(&scope, selection, scan.before, scan.limit);
                Ok(found.await?)
            }
        },
    )
    .await
}

impl StoredRow for ExperimentItemDetails {
    fn owner(&self) -> AttachmentOwner {
        AttachmentOwner {
            entity: AttachmentEntity::Trace,
            id: self.item.trace_id,
        }
    }

    fn payloads(&mut self) -> Payloads<'_> {
        Payloads {
            input: &mut self.input,
            output: &mut self.output,
            metadata: &mut self.trace_metadata,
        }
    }

    fn add_provider(&mut self, _exclude: ExcludedFields) {}
}

/// A stream of items in descending id order.
pub(super) async fn stream_items(
    state: AppState,
    scope: Scope,
    body: ExperimentItemStreamRequest,
) -> ApiResult<Response> {
    let mut found = Violations::new();
    found.not_blank(body.experiment_name.as_deref(), "experimentName");
    found.finish()?;
    let limit = search::checked_limit(body.limit)?;
    let project = project_of_stream(&state, &scope, body.project_name.as_deref()).await?;
    let name = body.experiment_name.unwrap_or_default();
    let truncate = body.truncate.unwrap_or_default();
    let view = View {
        truncate,
        ..View::default()
    };
    search::stream(
        body.last_retrieved_id,
        limit,
        view,
        |details: &ExperimentItemDetails| details.item.id,
        move |scan| {
            let (state, scope, name) = (state.clone(), scope.clone(), name.clone());
            async move {
                let rows = state.store.scan_experiment_items(&scope, name, project, scan).await?;
                finish(&state, &scope, rows, ExcludedFields::NONE, truncate).await
            }
        },
    )
    .await
}

/// Changes one experiment.
pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, body: ExperimentUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    validate::update(&body, Place::Top, &mut found);
    found.finish()?;
    match state.store.update_experiments(scope, vec![id], body, false).await? {
        0 => Err(ApiError::not_found(format!("Experiment not found: '{id}'"))),
        _ => Ok(()),
    }
}

/// Applies one change to many experiments.
pub(super) async fn update_batch(state: &AppState, scope: &Scope, body: ExperimentBatchUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    rules::batch(body.ids.as_deref(), "ids", &mut found);
    found.not_null(body.update.as_ref(), "update");
    if let Some(update) = &body.update {
        validate::update(update, Place::Within("update"), &mut found);
    }
    found.finish()?;
    let merge_tags = body.merge_tags.unwrap_or_default();
    state
        .store
        .update_experiments(
            scope,
            body.ids.unwrap_or_default(),
            body.update.unwrap_or_default(),
            merge_tags,
        )
        .await?;
    Ok(())
}

/// Names of scores.
pub(super) async fn score_names(state: &AppState, scope: &Scope, query: &Query) -> ApiResult<Vec<ExperimentScoreName>> {
    let (ids, project) = (ids(query, "experiment_ids")?, query.uuid("project_id")?);
    Ok(state.store.experiment_score_names(scope, ids, project).await?)
}
