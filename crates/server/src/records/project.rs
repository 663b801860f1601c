//! Which project a record belongs to.

use ferropik_store::Scope;
use indexmap::IndexSet;
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult};
use crate::projects::service::{effective_name, ensure, find};

/// The projects of the records of a write, in their order; missing ones are created.
pub(crate) async fn of_names<'a>(
    state: &AppState,
    scope: &Scope,
    names: impl Iterator<Item = Option<&'a str>>,
) -> ApiResult<Vec<Uuid>> {
    let mut distinct: IndexSet<&str> = IndexSet::new();
    let positions: Vec<usize> = names.map(|name| distinct.insert_full(effective_name(name)).0).collect();
    let distinct: Vec<&str> = distinct.into_iter().collect();
    let ids = state.store.ensure_projects(scope, &distinct).await?;
    positions
        .into_iter()
        .map(|position| {
            ids.get(position)
                .copied()
                .ok_or_else(|| ApiError::internal("too few project ids"))
        })
        .collect()
}

/// The project of an update: by id, which must exist, else by name, which is created when missing.
pub(crate) async fn of_update(
    state: &AppState,
    scope: &Scope,
    id: Option<Uuid>,
    name: Option<&str>,
) -> ApiResult<Uuid> {
    let Some(id) = id else {
        return ensure(state, scope, name).await;
    };
    match state.store.project(scope, id).await? {
        Some(project) => Ok(project.id),
        None => Err(ApiError::not_found("Project not found")),
    }
}

/// A project that a read names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NamedProject {
    /// By id; whether it exists is seen by the read itself.
    Id(Uuid),
    /// By name.
    Name(String),
}

impl NamedProject {
    /// The id wins over the name; `None` when both are missing.
    pub(crate) fn of(id: Option<Uuid>, name: Option<&str>) -> Option<NamedProject> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        id.map(NamedProject::Id)
            .or_else(|| name.map(|name| NamedProject::Name(name.to_owned())))
    }

    /// [`NamedProject::of`] for reads that cannot do without.
    ///
    /// # Errors
    /// 400 when both are missing.
    pub(crate) fn required(id: Option<Uuid>, name: Option<&str>) -> ApiResult<NamedProject> {
        NamedProject::of(id, name)
            .ok_or_else(|| ApiError::bad_request("Either 'project_name' or 'project_id' query params must be provided"))
    }

    /// The id.
    ///
    /// # Errors
    /// 404 when there is no project of that name.
    pub(crate) async fn id(self, state: &AppState, scope: &Scope) -> ApiResult<Uuid> {
        match self {
            NamedProject::Id(id) => Ok(id),
            NamedProject::Name(name) => find(state, scope, Some(&name), None).await,
        }
    }

    /// The id of a project that exists, for calls that would take an unknown project for an empty one.
    ///
    /// # Errors
    /// 404 when there is none.
    pub(crate) async fn existing_id(self, state: &AppState, scope: &Scope) -> ApiResult<Uuid> {
        match self {
            NamedProject::Id(id) => find(state, scope, None, Some(id)).await,
            NamedProject::Name(name) => find(state, scope, Some(&name), None).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_wins_and_blank_names_do_not_count() {
        let id = Uuid::from_u128(7);
        assert_eq!(NamedProject::of(Some(id), Some("a")), Some(NamedProject::Id(id)));
        assert_eq!(
            NamedProject::of(None, Some(" a ")),
            Some(NamedProject::Name("a".to_owned()))
        );
        assert_eq!(NamedProject::of(None, Some(" ")), None);
        assert_eq!(
            NamedProject::required(None, None).unwrap_err().body(),
            r#"{"code":400,"message":"Either 'project_name' or 'project_id' query params must be provided"}"#
        );
    }
}
