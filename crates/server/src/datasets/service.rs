//! Rules of datasets.

use axum::response::Response;
use ferropik_model::{Dataset, DatasetIdentifier, DatasetUpdate, DatasetWrite, Page, id};
use ferropik_query::Entity;
use ferropik_store::{Conflict, DatasetList, DatasetPatch, NewDataset, Scope, StoreError};
use http::{HeaderName, HeaderValue, StatusCode};
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::projects;
use crate::records::listing::sortable_page;
use crate::records::rules::{self, Place};

/// Longest name and description in characters.
const MAX_CHARS: usize = 255;

/// Header that tells a client that its way to find something will end.
const DEPRECATION: HeaderName = HeaderName::from_static("x-opik-deprecation");

/// 404 for a dataset.
pub(crate) fn no_such_dataset() -> ApiError {
    ApiError::errors(StatusCode::NOT_FOUND, vec!["Dataset not found".to_owned()])
}

fn name_taken(name: &str) -> ApiError {
    ApiError::conflict(format!("Dataset already exists with name '{name}'"))
}

/// Where a dataset that is meant by its name may be.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Whereabouts<'a> {
    /// Project by id; wins over the name.
    pub(crate) project_id: Option<Uuid>,
    /// Project by name.
    pub(crate) project_name: Option<&'a str>,
}

impl<'a> Whereabouts<'a> {
    /// By the name of the project alone.
    pub(crate) fn named(project_name: Option<&'a str>) -> Whereabouts<'a> {
        Whereabouts {
            project_id: None,
            project_name,
        }
    }

    fn name(&self) -> Option<&'a str> {
        self.project_name.map(str::trim).filter(|name| !name.is_empty())
    }

    /// The project to look in: none when no project is named, `Some(None)` when the named one does not exist.
    async fn lookup(&self, state: &AppState, scope: &Scope) -> ApiResult<Option<Option<Uuid>>> {
        if let Some(id) = self.project_id {
            return Ok(Some(Some(id)));
        }
        let Some(name) = self.name() else { return Ok(None) };
        let project = state.store.project_by_name(scope, name).await?;
        Ok(Some(project.map(|project| project.id)))
    }

    /// The project to create something in. It is created itself when it is missing and was named by name.
    ///
    /// # Errors
    /// 404 for an unknown id.
    pub(crate) async fn ensure(&self, state: &AppState, scope: &Scope) -> ApiResult<Option<Uuid>> {
        if self.project_id.is_some() {
            return projects::service::find(state, scope, None, self.project_id)
                .await
                .map(Some);
        }
        match self.name() {
            Some(name) => projects::service::ensure(state, scope, Some(name)).await.map(Some),
            None => Ok(None),
        }
    }
}

/// A dataset that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The dataset.
    pub(crate) id: Uuid,
    deprecation: Option<String>,
}

impl Named {
    /// A dataset that was named by its id.
    pub(crate) fn by_id(id: Uuid) -> Named {
        Named { id, deprecation: None }
    }

    /// The answer with the header that tells a client that it has looked in the wrong project.
    pub(crate) fn mark(&self, mut response: Response) -> Response {
        let value = self.deprecation.as_deref().map(|text| {
            let printable: String = text.chars().filter(|letter| !letter.is_control()).collect();
            HeaderValue::from_bytes(printable.as_bytes())
        });
        if let Some(Ok(value)) = value {
            response.headers_mut().insert(DEPRECATION, value);
        }
        response
    }
}

/// Finds a dataset by name: in the project that is named, else anywhere in the workspace.
///
/// # Errors
/// Those of the store.
pub(crate) async fn find(
    state: &AppState,
    scope: &Scope,
    name: &str,
    whereabouts: Whereabouts<'_>,
) -> ApiResult<Option<Named>> {
    let project = whereabouts.lookup(state, scope).await?;
    let found = state.store.find_dataset(scope, name, project).await?;
    Ok(found.map(|found| Named {
        id: found.id,
        deprecation: found.is_elsewhere.then(|| {
            format!(
                "Dataset '{name}' was found via workspace-wide search. In a future version, you will need to specify the \
                 project explicitly."
            )
        }),
    }))
}

/// Finds a dataset by name as [`find`] does, and creates it in the project when there is none.
///
/// # Errors
/// 404 for the id of an unknown project.
pub(crate) async fn ensure(
    state: &AppState,
    scope: &Scope,
    name: &str,
    whereabouts: Whereabouts<'_>,
) -> ApiResult<Named> {
    if let Some(found) = find(state, scope, name, whereabouts).await? {
        return Ok(found);
    }
    check_name(Some(name), "datasetName")?;
    let dataset = NewDataset {
        id: id::new(),
        name: name.to_owned(),
        project: whereabouts.ensure(state, scope).await?,
        kind: ferropik_model::DatasetType::default(),
        visibility: ferropik_model::Visibility::default(),
        tags: Vec::new(),
        description: None,
    };
    let id = dataset.id;
    match state.store.create_dataset(scope, dataset).await {
        Ok(()) => Ok(Named::by_id(id)),
        // Another request was faster.
        Err(StoreError::Conflict(Conflict::NameTaken)) => {
            find(state, scope, name, whereabouts).await?.ok_or_else(no_such_dataset)
        }
        Err(error) => Err(error.into()),
    }
}

fn check_name(name: Option<&str>, property: &str) -> ApiResult<()> {
    let mut found = Violations::new();
    name_rules(name, property, &mut found);
    found.finish()
}

fn name_rules(name: Option<&str>, property: &str, found: &mut Violations) {
    found.not_blank(name, property);
    found.check(
        name.is_none_or(|name| rules::at_most(name, MAX_CHARS)),
        property,
        format_args!("cannot exceed {MAX_CHARS} characters"),
    );
}

fn description_rules(description: Option<&str>, found: &mut Violations) {
    found.null_or_not_blank(description, "description");
    found.check(
        description.is_none_or(|text| rules::at_most(text, MAX_CHARS)),
        "description",
        format_args!("cannot exceed {MAX_CHARS} characters"),
    );
}

pub(super) async fn create(state: &AppState, scope: &Scope, body: DatasetWrite) -> ApiResult<Uuid> {
    let mut found = Violations::new();
    name_rules(body.name.as_deref(), "name", &mut found);
    description_rules(body.description.as_deref(), &mut found);
    rules::project_name(body.project_name.as_deref(), Place::Top, &mut found);
    found.finish()?;
    if let Some(id) = body.id {
        rules::version_7(id, "dataset")?;
    }
    let whereabouts = Whereabouts {
        project_id: body.project_id,
        project_name: body.project_name.as_deref(),
    };
    let name = body.name.unwrap_or_default();
    if state.store.find_dataset(scope, &name, None).await?.is_some() {
        return Err(name_taken(&name));
    }
    let dataset = NewDataset {
        id: rules::id_or_new(body.id),
        project: whereabouts.ensure(state, scope).await?,
        kind: body.r#type.unwrap_or_default(),
        visibility: body.visibility.unwrap_or_default(),
        tags: body.tags.unwrap_or_default(),
        description: body.description,
        name,
    };
    let (id, name) = (dataset.id, dataset.name.clone());
    match state.store.create_dataset(scope, dataset).await {
        Ok(()) => Ok(id),
        Err(StoreError::Conflict(Conflict::NameTaken)) => Err(name_taken(&name)),
        Err(StoreError::Conflict(_)) => Err(ApiError::conflict("Dataset already exists")),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<Dataset> {
    state.store.dataset(scope, id).await?.ok_or_else(no_such_dataset)
}

pub(super) async fn list(state: &AppState, scope: &Scope, list: DatasetList) -> ApiResult<Page<Dataset>> {
    let page = list.listing.page;
    let listed = state.store.datasets(scope, list).await?;
    Ok(sortable_page(page, listed, Entity::Dataset))
}

/// The dataset that an identifier names.
pub(super) async fn identified(state: &AppState, scope: &Scope, body: &DatasetIdentifier) -> ApiResult<Named> {
    let mut found = Violations::new();
    found.not_blank(body.dataset_name.as_deref(), "datasetName");
    found.finish()?;
    let name = body.dataset_name.as_deref().unwrap_or_default();
    find(state, scope, name, Whereabouts::named(body.project_name.as_deref()))
        .await?
        .ok_or_else(no_such_dataset)
}

pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, body: DatasetUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    name_rules(body.name.as_deref(), "name", &mut found);
    description_rules(body.description.as_deref(), &mut found);
    found.finish()?;
    let patch = DatasetPatch {
        name: body.name.unwrap_or_default(),
        description: body.description,
        visibility: body.visibility,
        tags: body.tags,
    };
    let name = patch.name.clone();
    match state.store.update_dataset(scope, id, patch).await {
        Err(StoreError::NotFound) => Err(no_such_dataset()),
        Err(StoreError::Conflict(_)) => Err(name_taken(&name)),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_may_hold_any_name() {
        let named = Named {
            id: Uuid::nil(),
            deprecation: Some("Dataset 'größer\n' was found".to_owned()),
        };
        let response = named.mark(Response::default());
        assert_eq!(
            response.headers()["X-Opik-Deprecation"].as_bytes(),
            "Dataset 'größer' was found".as_bytes()
        );
        let plain = Named {
            id: Uuid::nil(),
            deprecation: None,
        };
        assert!(plain.mark(Response::default()).headers().is_empty());
    }

    #[test]
    fn names_and_descriptions_have_bounds() {
        let mut found = Violations::new();
        name_rules(Some(&"ä".repeat(256)), "name", &mut found);
        description_rules(Some(" "), &mut found);
        assert_eq!(
            found.finish().unwrap_err().body(),
            r#"{"errors":["name cannot exceed 255 characters","description must not be blank"]}"#
        );
        assert!(check_name(Some(&"ä".repeat(255)), "name").is_ok());
    }
}
