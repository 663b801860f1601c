//! Rules of optimizations.

use ferropik_model::{Optimization, OptimizationStatus, OptimizationUpdate, OptimizationWrite, Page};
use ferropik_query::{Entity, Filter};
use ferropik_store::{NewOptimization, OptimizationChange, OptimizationList, Scope};
use http::StatusCode;
use uuid::Uuid;

use crate::AppState;
use crate::datasets::service::Whereabouts;
use crate::experiments::{names, service::found_elsewhere};
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::records::listing::paging;
use crate::records::rules::{self, Place};

/// What has become of a write.
pub(super) struct Stored {
    pub(super) id: Uuid,
    /// What announces a deprecation.
    pub(super) deprecation: Option<String>,
}

/// Stores an optimization, over one of the same id.
pub(super) async fn put(state: &AppState, scope: &Scope, body: OptimizationWrite) -> ApiResult<Stored> {
    let mut found = Violations::new();
    found.not_blank(body.dataset_name.as_deref(), "datasetName");
    found.not_blank(body.objective_name.as_deref(), "objectiveName");
    found.not_null(body.status.as_ref(), "status");
    rules::project_name(body.project_name.as_deref(), Place::Top, &mut found);
    found.finish()?;
    if let Some(id) = body.id {
        rules::version_7(id, "Optimization")?;
    }
    let whereabouts = Whereabouts {
        project_id: body.project_id,
        project_name: body.project_name.as_deref(),
    };
    let project = whereabouts.ensure(state, scope).await?;
    let id = rules::id_or_new(body.id);
    let dataset_name = body.dataset_name.unwrap_or_default();
    let status = match body.status {
        // A worker takes it from there.
        _ if body.studio_config.is_some() => OptimizationStatus::Initialized,
        Some(status) => status,
        None => OptimizationStatus::Running,
    };
    let optimization = NewOptimization {
        id,
        name: body.name.filter(|name| !name.trim().is_empty()),
        spare_name: names::generated(),
        dataset_name: dataset_name.clone(),
        objective: body.objective_name.unwrap_or_default(),
        status,
        project,
        metadata: body.metadata,
        studio: body.studio_config,
        updated_at: body.last_updated_at,
        error: body.error_info,
    };
    let is_elsewhere = state.store.put_optimization(scope, optimization).await?;
    Ok(Stored {
        id,
        deprecation: is_elsewhere.then(|| found_elsewhere(&dataset_name)),
    })
}

fn unknown(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Not found optimization with id '{id}'"))
}

/// One optimization.
pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<Optimization> {
    state.store.optimization(scope, id).await?.ok_or_else(|| unknown(id))
}

/// Changes an optimization; a change of nothing is no change.
pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, body: OptimizationUpdate) -> ApiResult<()> {
    if body == OptimizationUpdate::default() {
        return Ok(());
    }
    match state.store.update_optimization(scope, id, body).await? {
        OptimizationChange::Changed => Ok(()),
        OptimizationChange::Unknown => Err(unknown(id)),
        OptimizationChange::NotCancellable(status) => Err(ApiError::message(
            StatusCode::CONFLICT,
            format!(
                "Cannot cancel optimization with status '{}'. Only optimizations with status [RUNNING, INITIALIZED] can \
                 be cancelled.",
                status.as_str().to_uppercase()
            ),
        )),
    }
}

/// Which optimizations a query is about; `project` is that of the path.
pub(super) fn list_of(query: &Query, project: Option<Uuid>) -> ApiResult<OptimizationList> {
    let (page, size) = paging(query)?;
    Ok(OptimizationList {
        page,
        size,
        name: query.text("name").map(str::to_owned),
        dataset_name: query.text("dataset_name").map(str::to_owned),
        dataset: query.uuid("dataset_id")?,
        dataset_deleted: query.flag("dataset_deleted"),
        project: match project {
            Some(project) => Some(project),
            None => query.uuid("project_id")?,
        },
        filter: Filter::from_query_param(Entity::Optimization, query.raw("filters").unwrap_or_default())?,
    })
}

/// One page.
pub(super) async fn list(state: &AppState, scope: &Scope, list: OptimizationList) -> ApiResult<Page<Optimization>> {
    let page = list.page;
    let listed = state.store.optimizations(scope, list).await?;
    Ok(Page::new(page, listed.total, listed.rows).sortable_by(Vec::new()))
}
