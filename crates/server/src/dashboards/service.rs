//! Rules of dashboards and insights views.

use ferropik_model::{Dashboard, DashboardScope, DashboardUpdate, DashboardWrite, Page};
use ferropik_query::Entity;
use ferropik_store::{Conflict, NewDashboard, Scope, StoreError};
use uuid::Uuid;

use super::slug::slug;
use crate::AppState;
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::projects::service::ensure;
use crate::records::body::IdBatch;
use crate::records::{listing, rules};

/// Longest name, in characters.
const MAX_NAME: usize = 120;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 1000;

pub(super) async fn create(
    state: &AppState,
    scope: &Scope,
    shown: DashboardScope,
    body: DashboardWrite,
) -> ApiResult<Dashboard> {
    let mut found = Violations::new();
    found.not_blank(body.name.as_deref(), "name");
    check(body.name.as_deref(), body.description.as_deref(), &mut found);
    found.not_null(body.config.as_ref(), "config");
    found.null_or_not_blank(body.project_name.as_deref(), "projectName");
    found.finish()?;
    let project = match (body.project_id, body.project_name.as_deref()) {
        (Some(id), _) => Some(id),
        (None, Some(name)) => Some(ensure(state, scope, Some(name)).await?),
        (None, None) => None,
    };
    let name = body.name.unwrap_or_default();
    let dashboard = NewDashboard {
        project,
        scope: shown,
        kind: body.r#type.unwrap_or_default(),
        slug: slug(&name),
        name,
        description: body.description,
        config: body
            .config
            .ok_or_else(|| ApiError::internal("no config after validation"))?,
    };
    let created = state.store.create_dashboard(scope, dashboard).await;
    created.map_err(dashboard_error)
}

pub(super) async fn get(state: &AppState, scope: &Scope, shown: DashboardScope, id: Uuid) -> ApiResult<Dashboard> {
    let found = state.store.dashboard(scope, shown, id).await?;
    found.ok_or_else(|| dashboard_error(StoreError::NotFound))
}

/// One page; `project` wins over the one of the query.
pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    shown: DashboardScope,
    query: &Query,
    project: Option<Uuid>,
) -> ApiResult<Page<Dashboard>> {
    let mut wanted = listing::listing(query, Entity::Dashboard)?;
    wanted.project = project.or(wanted.project);
    wanted.name = wanted.name.map(|name| name.trim().to_owned());
    let page = wanted.page;
    let listed = state.store.dashboards(scope, shown, wanted).await?;
    Ok(listing::sortable_page(page, listed, Entity::Dashboard))
}

pub(super) async fn update(
    state: &AppState,
    scope: &Scope,
    shown: DashboardScope,
    id: Uuid,
    body: DashboardUpdate,
) -> ApiResult<Dashboard> {
    let mut found = Violations::new();
    found.null_or_not_blank(body.name.as_deref(), "name");
    check(body.name.as_deref(), body.description.as_deref(), &mut found);
    found.finish()?;
    let slug = body.name.as_deref().map(slug);
    let updated = state.store.update_dashboard(scope, shown, id, body, slug).await;
    updated.map_err(dashboard_error)
}

pub(super) async fn delete(state: &AppState, scope: &Scope, shown: DashboardScope, ids: Vec<Uuid>) -> ApiResult<()> {
    Ok(state.store.delete_dashboards(scope, shown, ids).await?)
}

pub(super) async fn delete_batch(
    state: &AppState,
    scope: &Scope,
    shown: DashboardScope,
    body: IdBatch,
) -> ApiResult<()> {
    delete(state, scope, shown, rules::required_ids(body.ids)?).await
}

fn check(name: Option<&str>, description: Option<&str>, found: &mut Violations) {
    if let Some(name) = name.filter(|name| !name.trim().is_empty()) {
        found.size(name.chars().count(), 1, MAX_NAME, "name");
    }
    rules::max_size(description, MAX_DESCRIPTION, "description", found);
}

fn dashboard_error(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => ApiError::not_found("Dashboard not found"),
        StoreError::Conflict(Conflict::NameTaken) => ApiError::conflict("Dashboard already exists"),
        other => other.into(),
    }
}
