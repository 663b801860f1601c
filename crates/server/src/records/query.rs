//! Query parameters of lists and statistics.

use ferropik_model::{Source, SpanType};
use ferropik_query::{Entity, Filter, Sorting, TextSearch, sortable_names};
use ferropik_store::{ExcludedFields, List, Scope, Selection, View, ViewField};

use super::project::NamedProject;
use crate::AppState;
use crate::http::query::DEFAULT_PAGE_SIZE;
use crate::http::{ApiError, ApiResult, Query};

/// Most rows on a page. Clients ask for 15000 at a time.
pub(crate) const MAX_PAGE_SIZE: u64 = 100_000;

/// What a read of one project is about, before the project is looked up.
pub(crate) struct Wanted {
    project: NamedProject,
    selection: Selection,
}

impl Wanted {
    /// Reads `project_id`, `project_name`, `filters`, `search`, `from_time`, `to_time` and `annotation_queue_id`.
    ///
    /// # Errors
    /// 400 and 404 as the parameters have them.
    pub(crate) fn of_query(query: &Query, entity: Entity) -> ApiResult<Wanted> {
        let filter = Filter::from_query_param(entity, query.raw("filters").unwrap_or_default())?;
        let (from, to) = query.time_range()?;
        let project = project_of(query)?;
        Ok(Wanted::new(
            project,
            Selection {
                filter,
                search: query.text("search").and_then(TextSearch::new),
                from,
                to,
                annotation_queue: query.uuid("annotation_queue_id")?,
                ..Selection::all(uuid::Uuid::nil())
            },
        ))
    }

    /// A selection whose `project` is filled in by [`Wanted::selection`].
    pub(crate) fn new(project: NamedProject, selection: Selection) -> Wanted {
        Wanted { project, selection }
    }

    /// Looks up the project.
    ///
    /// # Errors
    /// 404 when there is none of that name.
    pub(crate) async fn selection(self, state: &AppState, scope: &Scope) -> ApiResult<Selection> {
        let project = self.project.id(state, scope).await?;
        Ok(Selection {
            project,
            ..self.selection
        })
    }
}

/// `project_id`, else `project_name`.
///
/// # Errors
/// 400 when both are missing, 404 for a malformed id.
pub(crate) fn project_of(query: &Query) -> ApiResult<NamedProject> {
    NamedProject::required(query.uuid("project_id")?, query.text("project_name"))
}

/// Reads `page`, `size`, `sorting` and `truncate`.
///
/// # Errors
/// 400 as the parameters have them.
pub(crate) fn list(query: &Query, entity: Entity, exclude: ExcludedFields) -> ApiResult<List> {
    let size = query.size(DEFAULT_PAGE_SIZE)?;
    if size > MAX_PAGE_SIZE {
        return Err(ApiError::invalid_parameter(format!(
            "query param size must be less than or equal to {MAX_PAGE_SIZE}"
        )));
    }
    Ok(List {
        page: query.page()?,
        size,
        sort: Sorting::from_query_param(entity, query.raw("sorting").unwrap_or_default())?,
        view: View {
            truncate: query.flag("truncate"),
            exclude,
        },
    })
}

/// Reads `exclude`: the text of a JSON array of names from `known`.
///
/// # Errors
/// 400 for other text and for unknown names.
pub(crate) fn exclude(query: &Query, known: &[(&str, ViewField)]) -> ApiResult<ExcludedFields> {
    let Some(text) = query.text("exclude") else {
        return Ok(ExcludedFields::NONE);
    };
    let names: Option<Vec<String>> = serde_json::from_str(text).ok();
    names
        .and_then(|names| excluded(&names, known).ok())
        .ok_or_else(|| ApiError::bad_request(format!("Invalid query param exclude '{text}'")))
}

/// The set of these names, or the first name that is not in `known`.
pub(crate) fn excluded<'a>(names: &'a [String], known: &[(&str, ViewField)]) -> Result<ExcludedFields, &'a str> {
    names.iter().try_fold(ExcludedFields::NONE, |set, name| {
        let field = known.iter().find(|(known, _)| known == name).map(|(_, field)| *field);
        field.map(|field| set.with(field)).ok_or(name.as_str())
    })
}

/// Reads `type`: the type of a span.
///
/// # Errors
/// 404 for an unknown one, as for a path that leads nowhere.
pub(crate) fn span_type(query: &Query) -> ApiResult<Option<SpanType>> {
    query
        .text("type")
        .map(|name| SpanType::from_name(name).ok_or_else(ApiError::no_such_route))
        .transpose()
}

/// Reads `source`.
///
/// # Errors
/// 400 for an unknown one.
pub(crate) fn source(query: &Query) -> ApiResult<Option<Source>> {
    let unknown = |name: &str| ApiError::bad_request(format!("Invalid source '{name}'"));
    query
        .text("source")
        .map(|name| Source::from_name(name).ok_or_else(|| unknown(name)))
        .transpose()
}

/// The names that a list of the entity can be sorted by.
pub(crate) fn sortable(entity: Entity) -> Vec<String> {
    sortable_names(entity).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excluded_names_must_be_known() {
        let known = ViewField::OF_TRACES;
        let set = exclude(&Query::parse("exclude=%5B%22input%22%2C%22tags%22%5D"), known).unwrap();
        assert!(set.contains(ViewField::Input) && set.contains(ViewField::Tags) && !set.contains(ViewField::Output));
        assert_eq!(
            exclude(&Query::parse("exclude=%20"), known).unwrap(),
            ExcludedFields::NONE
        );
        for text in ["input", r#"["input","nope"]"#, "{}", r#"["model"]"#] {
            let query = Query::parse(&serde_urlencoded::to_string([("exclude", text)]).unwrap());
            let error = exclude(&query, known).unwrap_err();
            let body: serde_json::Value = serde_json::from_str(&error.body()).unwrap();
            assert_eq!(body["message"], format!("Invalid query param exclude '{text}'"));
            assert_eq!(error.status(), 400);
        }
    }

    #[test]
    fn sources_and_types() {
        assert_eq!(source(&Query::parse("source=sdk")).unwrap(), Some(Source::Sdk));
        assert_eq!(source(&Query::parse("source=")).unwrap(), None);
        assert_eq!(
            source(&Query::parse("source=SDK")).unwrap_err().body(),
            r#"{"code":400,"message":"Invalid source 'SDK'"}"#
        );
        assert_eq!(span_type(&Query::parse("type=LLM")).unwrap(), Some(SpanType::Llm));
        assert_eq!(span_type(&Query::parse("type=x")).unwrap_err().status(), 404);
    }

    #[test]
    fn lists_have_a_limit() {
        let list = |text: &str| list(&Query::parse(text), Entity::Trace, ExcludedFields::NONE);
        assert_eq!(list("size=15000&truncate=true").unwrap().size, 15_000);
        assert!(list("truncate=true").unwrap().view.truncate);
        assert_eq!(
            list("size=100001").unwrap_err().body(),
            r#"{"errors":["query param size must be less than or equal to 100000"]}"#
        );
        assert_eq!(
            list("sorting=x").unwrap_err().body(),
            r#"{"code":400,"message":"Invalid sorting query parameter 'x'"}"#
        );
    }

    #[test]
    fn a_project_is_required() {
        let wanted = Wanted::of_query(&Query::parse("project_name=%20"), Entity::Trace);
        assert!(
            wanted
                .err()
                .unwrap()
                .body()
                .contains("Either 'project_name' or 'project_id'")
        );
        let filters = Wanted::of_query(&Query::parse("project_name=a&filters=x"), Entity::Span);
        assert_eq!(
            filters.err().unwrap().body(),
            r#"{"code":400,"message":"Invalid filters query parameter 'x'"}"#
        );
    }
}
