//! Lists of the smaller things: their parameters and pages.

use ferropik_model::Page;
use ferropik_query::{Entity, Filter, Sorting};
use ferropik_store::{Listed, Listing};
use uuid::Uuid;

use super::query::{MAX_PAGE_SIZE, sortable};
use crate::http::query::DEFAULT_PAGE_SIZE;
use crate::http::{ApiError, ApiResult, Query};

/// Longest text of a client that an error repeats, in characters.
const MAX_ECHO: usize = 200;

/// Reads `page`, `size`, `name`, `project_id`, `filters` and `sorting`.
///
/// # Errors
/// 400 as the parameters have them, 404 for a malformed id.
pub(crate) fn listing(query: &Query, entity: Entity) -> ApiResult<Listing> {
    let (page, size) = paging(query)?;
    Ok(Listing {
        page,
        size,
        name: query.text("name").map(str::to_owned),
        project: query.uuid("project_id")?,
        filter: Filter::from_query_param(entity, query.raw("filters").unwrap_or_default())?,
        sort: Sorting::from_query_param(entity, query.raw("sorting").unwrap_or_default())?,
    })
}

/// Reads `page` and `size`.
///
/// # Errors
/// 400 for numbers out of range.
pub(crate) fn paging(query: &Query) -> ApiResult<(u64, u64)> {
    let size = query.size(DEFAULT_PAGE_SIZE)?;
    if size > MAX_PAGE_SIZE {
        return Err(ApiError::invalid_parameter(format!(
            "query param size must be less than or equal to {MAX_PAGE_SIZE}"
        )));
    }
    Ok((query.page()?, size))
}

/// The page of what a store has listed, with the names that the entity can be sorted by.
pub(crate) fn sortable_page<T>(page: u64, listed: Listed<T>, entity: Entity) -> Page<T> {
    Page::new(page, listed.total, listed.rows).sortable_by(sortable(entity))
}

/// Reads a parameter that holds the text of a JSON array of ids.
///
/// # Errors
/// 400 for other text.
pub(crate) fn ids(query: &Query, name: &str) -> ApiResult<Option<Vec<Uuid>>> {
    query.text(name).map(ids_of_text).transpose()
}

/// Reads the text of a JSON array of ids.
///
/// # Errors
/// 400 for other text.
pub(crate) fn ids_of_text(text: &str) -> ApiResult<Vec<Uuid>> {
    serde_json::from_str(text).map_err(|_| {
        let echo: String = text.chars().take(MAX_ECHO).collect();
        ApiError::bad_request(format!("Invalid query param ids '{echo}'"))
    })
}
