//! `/v1/private/datasets/{id}/items/experiments/items`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{ColumnPage, Columns, ComparedItem, Stats};
use ferropik_query::{Entity, Filter, Sorting, TermSearch};
use ferropik_store::Comparison;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::AppState;
use crate::http::respond::json;
use crate::http::{ApiError, ApiResult, ErrorMessage, Id, Query, RequestScope};
use crate::records::listing::{ids, paging};
use crate::records::query::sortable;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(items))
        .routes(routes!(stats))
        .routes(routes!(output_columns))
}

/// Compare the items of experiments
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}/items/experiments/items", tag = "Datasets",
    operation_id = "findDatasetItemsWithExperimentItems",
    params(
        ("id" = Uuid, Path, description = "dataset, also a deleted one"),
        ("experiment_ids" = String, Query, description = "JSON array of ids, at least one"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "10 when absent"),
        ("filters" = Option<String>, Query, description = "JSON array of filters that a run has to pass"),
        ("sorting" = Option<String>, Query, description = "JSON array of `{\"field\", \"direction\"}`, of which the first counts"),
        ("search" = Option<String>, Query, description = "words, of which one has to be in the item, or in the input or output of a run"),
        ("truncate" = Option<bool>, Query, description = "whether data, inputs and outputs are cut to their first bytes"),
    ),
    responses((status = 200, body = ColumnPage<ComparedItem>), (status = 400, body = ErrorMessage)),
)]
async fn items(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(dataset): Id,
    query: Query,
) -> ApiResult<Response> {
    let (page, size) = paging(&query)?;
    let comparison = Comparison {
        dataset,
        experiments: required_experiments(&query)?,
        filter: filter(&query)?,
        search: query.text("search").and_then(TermSearch::new),
        sort: Sorting::from_query_param(Entity::ExperimentItem, query.raw("sorting").unwrap_or_default())?,
        page,
        size,
        truncate: query.flag("truncate"),
    };
    let found = state.store.compared_items(&scope, comparison).await?;
    json(ColumnPage {
        page,
        size: found.rows.len() as u64,
        total: found.total,
        content: found.rows,
        columns: found.columns,
        sortable_by: sortable(Entity::ExperimentItem),
    })
    .await
}

/// Statistics of the items of experiments
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}/items/experiments/items/stats", tag = "Datasets",
    operation_id = "getDatasetExperimentItemsStats",
    params(
        ("id" = Uuid, Path, description = "dataset, also a deleted one"),
        ("experiment_ids" = String, Query, description = "JSON array of ids, at least one"),
        ("filters" = Option<String>, Query, description = "JSON array of filters that a run has to pass"),
    ),
    responses((status = 200, body = Stats), (status = 400, body = ErrorMessage)),
)]
async fn stats(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(dataset): Id,
    query: Query,
) -> ApiResult<Response> {
    let experiments = required_experiments(&query)?;
    let filter = filter(&query)?;
    let stats = state
        .store
        .comparison_stats(&scope, dataset, experiments, filter)
        .await?;
    json(stats).await
}

/// Keys of the outputs of the items of experiments
#[utoipa::path(
    get, path = "/v1/private/datasets/{id}/items/experiments/items/output/columns", tag = "Datasets",
    operation_id = "getDatasetItemsOutputColumns",
    params(
        ("id" = Uuid, Path, description = "dataset, also a deleted one"),
        ("experiment_ids" = Option<String>, Query, description = "JSON array of ids; all experiments of the dataset when absent"),
    ),
    responses((status = 200, body = Columns), (status = 400, body = ErrorMessage)),
)]
async fn output_columns(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    Id(dataset): Id,
    query: Query,
) -> ApiResult<Response> {
    let experiments = ids(&query, "experiment_ids")?.filter(|ids| !ids.is_empty());
    let columns = state.store.output_columns(&scope, dataset, experiments).await?;
    json(Columns { columns }).await
}

/// Reads `experiment_ids`.
fn required_experiments(query: &Query) -> ApiResult<Vec<Uuid>> {
    ids(query, "experiment_ids")?
        .filter(|ids| !ids.is_empty())
        .ok_or_else(|| ApiError::bad_request("experiment_ids cannot be empty"))
}

/// Reads `filters`.
fn filter(query: &Query) -> ApiResult<Filter> {
    Ok(Filter::from_query_param(
        Entity::ExperimentItem,
        query.raw("filters").unwrap_or_default(),
    )?)
}
