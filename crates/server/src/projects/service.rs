//! Rules of projects.

use ferropik_model::{Page, Project, ProjectDetails, ProjectStats, ProjectUpdate, ProjectWrite, Timestamp};
use ferropik_query::Filter;
use ferropik_store::{Conflict, ProjectList, Scope, StoreError};
use http::StatusCode;
use uuid::Uuid;

use super::sorting::SORTABLE;
use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};

/// Project of everything that names none.
pub(crate) const DEFAULT_PROJECT: &str = "Default Project";

/// Longest name in characters.
const MAX_NAME: usize = 150;

/// Longest description in characters.
const MAX_DESCRIPTION: usize = 255;

/// The name that a client means: without blanks around it, the default project for none.
pub(crate) fn effective_name(name: Option<&str>) -> &str {
    name.map(str::trim)
        .filter(|name| !name.is_empty())
        .unwrap_or(DEFAULT_PROJECT)
}

/// Id of the project of that name for a write. It is created when missing.
///
/// # Errors
/// Those of the store.
pub(crate) async fn ensure(state: &AppState, scope: &Scope, name: Option<&str>) -> ApiResult<Uuid> {
    let ids = state.store.ensure_projects(scope, &[effective_name(name)]).await?;
    ids.first()
        .copied()
        .ok_or_else(|| ApiError::internal("the store answered no project"))
}

/// Id of an existing project, by id or else by name, for a read.
///
/// # Errors
/// 404 when there is no such project, 400 when neither is given.
pub(crate) async fn find(state: &AppState, scope: &Scope, name: Option<&str>, id: Option<Uuid>) -> ApiResult<Uuid> {
    if let Some(id) = id {
        let project = state.store.project(scope, id).await?;
        return project
            .map(|project| project.id)
            .ok_or_else(|| ApiError::from(StoreError::ProjectNotFound(id)));
    }
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
        return Err(ApiError::bad_request(
            "Either 'project_name' or 'project_id' query params must be provided",
        ));
    };
    let project = state.store.project_by_name(scope, name).await?;
    project
        .map(|project| project.id)
        .ok_or_else(|| ApiError::not_found(format!("Project name: {name} not found")))
}

pub(super) async fn create(state: &AppState, scope: &Scope, body: ProjectWrite) -> ApiResult<Uuid> {
    let mut violations = Violations::new();
    violations.not_blank(body.name.as_deref(), "name");
    check_lengths(&mut violations, body.name.as_deref(), body.description.as_deref());
    violations.finish()?;
    let name = body.name.unwrap_or_default();
    let created = state
        .store
        .create_project(scope, &name, body.visibility.unwrap_or_default(), body.description)
        .await;
    Ok(created.map_err(project_error)?.id)
}

pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, body: ProjectUpdate) -> ApiResult<()> {
    let mut violations = Violations::new();
    violations.null_or_not_blank(body.name.as_deref(), "name");
    check_lengths(&mut violations, body.name.as_deref(), body.description.as_deref());
    violations.finish()?;
    state.store.update_project(scope, id, body).await.map_err(project_error)
}

pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<Project> {
    state.store.project(scope, id).await?.ok_or_else(no_such_project)
}

pub(super) async fn list(state: &AppState, scope: &Scope, list: ProjectList) -> ApiResult<Page<Project>> {
    let page = list.page;
    let listed = state.store.projects(scope, list).await?;
    if listed.rows.is_empty() {
        return Ok(Page::new(page, 0, Vec::new()).sortable_by(Vec::new()));
    }
    Ok(Page::new(page, listed.total, listed.rows).sortable_by(SORTABLE.map(str::to_owned).to_vec()))
}

/// A project by its name regardless of case. Threads are not counted in its statistics.
pub(super) async fn retrieve(
    state: &AppState,
    scope: &Scope,
    name: Option<&str>,
    with_stats: bool,
) -> ApiResult<ProjectDetails> {
    let mut violations = Violations::new();
    violations.not_blank(name, "name");
    violations.finish()?;
    let name = name.unwrap_or_default();
    let project = state
        .store
        .project_by_name(scope, name)
        .await?
        .ok_or_else(no_such_project)?;
    if !with_stats {
        return Ok(ProjectDetails { project, stats: None });
    }
    let stats = state
        .store
        .project_stats(scope, vec![project.id], Filter::default(), None, None)
        .await?;
    let stats = stats.into_iter().next().map(|stats| ProjectStats {
        project_id: None,
        thread_count: None,
        ..stats
    });
    Ok(ProjectDetails { project, stats })
}

/// Statistics of a page of projects, over the traces that the filter and the time range leave.
pub(super) async fn stats(
    state: &AppState,
    scope: &Scope,
    list: ProjectList,
    filter: Filter,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> ApiResult<Vec<ProjectStats>> {
    let listed = state.store.projects(scope, list).await?;
    let ids = listed.rows.into_iter().map(|project| project.id).collect();
    Ok(state.store.project_stats(scope, ids, filter, from, to).await?)
}

fn check_lengths(violations: &mut Violations, name: Option<&str>, description: Option<&str>) {
    if name.is_some_and(|name| name.chars().count() > MAX_NAME) {
        violations.add("name", format_args!("size must be between 0 and {MAX_NAME}"));
    }
    if description.is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        violations.add("description", "cannot exceed 255 characters");
    }
}

fn project_error(error: StoreError) -> ApiError {
    match error {
        StoreError::Conflict(Conflict::NameTaken | Conflict::Exists) => ApiError::conflict("Project already exists"),
        StoreError::NotFound | StoreError::ProjectNotFound(_) => no_such_project(),
        other => other.into(),
    }
}

fn no_such_project() -> ApiError {
    ApiError::errors(StatusCode::NOT_FOUND, vec!["Project not found".to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_names_mean_the_default_project() {
        for name in [None, Some(""), Some("  \t")] {
            assert_eq!(effective_name(name), DEFAULT_PROJECT);
        }
        assert_eq!(effective_name(Some(" a b ")), "a b");
    }

    #[test]
    fn errors_of_projects_are_lists() {
        for (error, status, body) in [
            (StoreError::NotFound, 404, r#"{"errors":["Project not found"]}"#),
            (
                StoreError::Conflict(Conflict::NameTaken),
                409,
                r#"{"errors":["Project already exists"]}"#,
            ),
        ] {
            let error = project_error(error);
            assert_eq!((error.status().as_u16(), error.body().as_str()), (status, body));
        }
    }

    #[test]
    fn lengths_count_characters() {
        let mut violations = Violations::new();
        check_lengths(&mut violations, Some(&"ä".repeat(150)), Some(&"ä".repeat(255)));
        assert!(violations.is_empty());
        check_lengths(&mut violations, Some(&"a".repeat(151)), Some(&"a".repeat(256)));
        assert_eq!(
            violations.finish().unwrap_err().body(),
            r#"{"errors":["name size must be between 0 and 150","description cannot exceed 255 characters"]}"#
        );
    }
}
