//! Rules of dataset items.

use axum::response::Response;
use ferropik_model::{
    ColumnPage, DatasetItem, DatasetItemBatch, DatasetItemStreamRequest, DatasetItemUpdate, DatasetItemWrite,
};
use ferropik_query::{Entity, Filter, RawFilter};
use ferropik_store::merge::TagChange;
use ferropik_store::{
    CopyFrom, DatasetItemList, DatasetItemPatch, DatasetItemSelection, DatasetItemStream, DatasetItemsPut, Scope,
    SelectionOutcome, StoreError, VersionRef, WriteTo,
};
use http::StatusCode;
use uuid::Uuid;

use super::bodies::{DatasetItemBatchUpdate, DatasetItemsDelete};
use super::service::{self, Named, Whereabouts, no_such_dataset};
use super::validate;
use super::versions::no_such_version;
use crate::AppState;
use crate::http::ndjson::{self, Piece};
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::records::listing::paging;
use crate::records::query::sortable;
use crate::records::rules::{self, Place};

/// Items that a stream reads at a time at most.
const PIECE_ITEMS: u64 = 200;

/// Most items of one stream; clients ask for the next ones.
const MAX_STREAM: i64 = 2000;

fn no_such_item() -> ApiError {
    ApiError::errors(StatusCode::NOT_FOUND, vec!["Dataset item not found".to_owned()])
}

/// The version to copy from that a body names.
///
/// # Errors
/// 400 when only one of the two ids is there.
pub(super) fn copy_from(dataset: Option<Uuid>, version: Option<Uuid>) -> ApiResult<Option<CopyFrom>> {
    match (dataset, version) {
        (None, None) => Ok(None),
        (Some(dataset), Some(version)) => Ok(Some(CopyFrom { dataset, version })),
        _ => Err(ApiError::bad_request(
            "copy_from_dataset_id and copy_from_version_id must be provided together",
        )),
    }
}

/// Adds or replaces items.
pub(super) async fn put(state: &AppState, scope: &Scope, body: DatasetItemBatch) -> ApiResult<Named> {
    let mut found = Violations::new();
    let name = body.dataset_name.as_deref();
    found.null_or_not_blank(name, "datasetName");
    rules::project_name(body.project_name.as_deref(), Place::Top, &mut found);
    if name.is_none() && body.dataset_id.is_none() {
        found.add("The request body", "must provide either a dataset_name or a dataset_id");
    }
    let items = rules::batch(body.items.as_deref(), "items", &mut found);
    if items.len() <= rules::MAX_BATCH {
        for (index, item) in items.iter().enumerate() {
            validate::item(item, "items", index, &mut found);
            let place = Place::Element("items", index);
            rules::tag_lists(item.tags.as_deref(), None, None, place, &mut found);
        }
    }
    found.finish()?;
    let copy_from = copy_from(body.copy_from_dataset_id, body.copy_from_version_id)?;
    let items = body
        .items
        .unwrap_or_default()
        .into_iter()
        .map(|item| validate::stored_item(item, true))
        .collect::<ApiResult<Vec<_>>>()?;
    let whereabouts = Whereabouts {
        project_id: body.project_id,
        project_name: body.project_name.as_deref(),
    };
    let dataset = match (body.dataset_id, body.dataset_name.as_deref()) {
        (Some(id), _) => Named::by_id(id),
        (None, Some(name)) => service::ensure(state, scope, name, whereabouts).await?,
        (None, None) => return Err(no_such_dataset()),
    };
    let put = DatasetItemsPut {
        target: body.batch_group_id.map_or(WriteTo::Latest, WriteTo::Group),
        description: None,
        copy_from,
        items,
    };
    match state.store.put_dataset_items(scope, dataset.id, put).await {
        Err(StoreError::NotFound) => match copy_from {
            Some(copy) if state.store.dataset(scope, dataset.id).await?.is_some() => {
                Err(no_such_version(&copy.version.to_string(), copy.dataset))
            }
            _ => Err(no_such_dataset()),
        },
        Ok(()) => Ok(dataset),
        Err(error) => Err(error.into()),
    }
}

/// The newest state of an item.
pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<DatasetItem> {
    state.store.dataset_item(scope, id).await?.ok_or_else(no_such_item)
}

/// Changes one item.
pub(super) async fn patch(state: &AppState, scope: &Scope, id: Uuid, body: DatasetItemWrite) -> ApiResult<()> {
    let mut found = Violations::new();
    rules::tag_lists(body.tags.as_deref(), None, None, Place::Top, &mut found);
    found.finish()?;
    validate::object(body.data.as_ref())?;
    let patch = DatasetItemPatch {
        data: body.data,
        source: body.source,
        trace_id: body.trace_id,
        span_id: body.span_id,
        tags: TagChange {
            tags: body.tags,
            ..TagChange::default()
        },
        ..DatasetItemPatch::default()
    };
    let selection = DatasetItemSelection::Ids(vec![id]);
    match state.store.update_dataset_items(scope, selection, patch).await? {
        SelectionOutcome::NoneFound => Err(no_such_item()),
        _ => Ok(()),
    }
}

fn selection_filter(filters: Vec<RawFilter>) -> ApiResult<Filter> {
    Ok(Filter::from_values(Entity::DatasetItem, filters)?)
}

fn several_datasets() -> ApiError {
    ApiError::bad_request("Cannot operate on items across multiple datasets")
}

/// Changes several items.
pub(super) async fn patch_many(state: &AppState, scope: &Scope, body: DatasetItemBatchUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    match (&body.ids, &body.filters) {
        (None, None) => found.add_sentence("Either 'ids' or 'filters' must be provided."),
        (Some(_), Some(_)) => found.add_sentence(
            "Cannot provide both 'ids' and 'filters'. Use 'ids' for specific items or 'filters' to update items \
             matching the filter criteria.",
        ),
        (None, Some(_)) if body.dataset_id.is_none() => found.add_sentence(
            "'dataset_id' is required when using 'filters'. This ensures updates are scoped to a specific dataset.",
        ),
        (Some(ids), None) => found.size(ids.len(), 1, rules::MAX_BATCH, "ids"),
        _ => {}
    }
    found.not_null(body.update.as_ref(), "update");
    if let Some(update) = &body.update {
        let place = Place::Within("update");
        rules::tag_lists(
            update.tags.as_deref(),
            update.tags_to_add.as_deref(),
            update.tags_to_remove.as_deref(),
            place,
            &mut found,
        );
        validate::evaluators(update.evaluators.as_deref(), place, &mut found);
        validate::policy(update.execution_policy, place, &mut found);
    }
    found.finish()?;
    let is_filter = body.filters.is_some();
    let patch = patch_of(body.update.unwrap_or_default(), body.merge_tags.unwrap_or(is_filter))?;
    let selection = match (body.filters, body.dataset_id) {
        (Some(filters), Some(dataset)) => DatasetItemSelection::Filter {
            dataset,
            filter: selection_filter(filters)?,
        },
        _ => DatasetItemSelection::Ids(body.ids.unwrap_or_default()),
    };
    match state.store.update_dataset_items(scope, selection, patch).await {
        Ok(SelectionOutcome::SeveralDatasets) => Err(several_datasets()),
        Ok(SelectionOutcome::NoneFound) if !is_filter => Err(ApiError::errors(
            StatusCode::NOT_FOUND,
            vec!["Dataset items not found".to_owned()],
        )),
        Ok(_) => Ok(()),
        Err(StoreError::NotFound) => Err(no_such_dataset()),
        Err(error) => Err(error.into()),
    }
}

fn patch_of(update: DatasetItemUpdate, merge: bool) -> ApiResult<DatasetItemPatch> {
    validate::object(update.data.as_ref())?;
    let evaluators = update.evaluators.as_deref().map(validate::stored_evaluators);
    Ok(DatasetItemPatch {
        data: update.data,
        description: update.description,
        tags: TagChange {
            tags: update.tags,
            add: update.tags_to_add,
            remove: update.tags_to_remove,
            merge,
        },
        evaluators: evaluators.transpose()?,
        policy: validate::policy_change(update.execution_policy, update.clear_execution_policy),
        ..DatasetItemPatch::default()
    })
}

/// Deletes items.
pub(super) async fn delete(state: &AppState, scope: &Scope, body: DatasetItemsDelete) -> ApiResult<()> {
    let mut found = Violations::new();
    match &body.item_ids {
        Some(_) if body.dataset_id.is_some() || body.filters.is_some() => found.add_sentence(
            "Cannot provide 'dataset_id' or 'filters' when using 'item_ids'. Use 'item_ids' alone to delete specific \
             items.",
        ),
        Some(ids) => found.size(ids.len(), 1, rules::MAX_BATCH, "itemIds"),
        None if body.dataset_id.is_none() => found.add_sentence(
            "Either 'item_ids' (to delete specific items) or 'dataset_id' (to delete by filters) must be provided.",
        ),
        None => {}
    }
    found.finish()?;
    let selection = match (body.item_ids, body.dataset_id) {
        (None, Some(dataset)) => DatasetItemSelection::Filter {
            dataset,
            filter: selection_filter(body.filters.unwrap_or_default())?,
        },
        (ids, _) => DatasetItemSelection::Ids(ids.unwrap_or_default()),
    };
    match state
        .store
        .delete_dataset_items(scope, selection, body.batch_group_id)
        .await
    {
        Ok(_) => Ok(()),
        Err(StoreError::NotFound) => Err(no_such_dataset()),
        Err(error) => Err(error.into()),
    }
}

/// The version that a parameter names.
fn version_of(reference: Option<&str>) -> VersionRef {
    match reference.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => VersionRef::Text(text.to_owned()),
        None => VersionRef::Latest,
    }
}

/// One page of items.
pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    query: &Query,
) -> ApiResult<ColumnPage<DatasetItem>> {
    let (page, size) = paging(query)?;
    let reference = query.text("version");
    let list = DatasetItemList {
        page,
        size,
        version: version_of(reference),
        filter: Filter::from_query_param(Entity::DatasetItem, query.raw("filters").unwrap_or_default())?,
        truncate: query.flag("truncate"),
    };
    let listed = match state.store.dataset_items(scope, dataset, list).await {
        Err(StoreError::NotFound) => return Err(no_such_version(reference.unwrap_or_default(), dataset)),
        other => other?,
    };
    Ok(ColumnPage {
        page,
        size: listed.rows.len() as u64,
        total: listed.total,
        content: listed.rows,
        columns: listed.columns,
        sortable_by: sortable(Entity::DatasetItem),
    })
}

/// Streams items of a dataset, newest id first.
pub(super) async fn stream(state: &AppState, scope: &Scope, body: DatasetItemStreamRequest) -> ApiResult<Response> {
    let mut found = Violations::new();
    found.not_blank(body.dataset_name.as_deref(), "datasetName");
    let limit = body.steam_limit.unwrap_or(MAX_STREAM);
    found.check(limit >= 1, "steamLimit", "must be greater than or equal to 1");
    found.check(
        limit <= MAX_STREAM,
        "steamLimit",
        format_args!("must be less than or equal to {MAX_STREAM}"),
    );
    found.finish()?;
    let filter = Filter::from_query_param(Entity::DatasetItem, body.filters.as_deref().unwrap_or_default())?;
    let name = body.dataset_name.as_deref().unwrap_or_default();
    let whereabouts = Whereabouts::named(body.project_name.as_deref());
    let dataset = service::find(state, scope, name, whereabouts).await?;
    let cursor = match &dataset {
        None => None,
        Some(dataset) => {
            let reference = version_of(body.dataset_version.as_deref());
            // All pieces come from one version, even when somebody makes a newer one meanwhile.
            let version = state
                .store
                .dataset_version(scope, dataset.id, reference.clone())
                .await?;
            if let (None, VersionRef::Text(text)) = (&version, &reference) {
                return Err(no_such_version(text, dataset.id));
            }
            version.map(|version| DatasetItemStream {
                dataset: dataset.id,
                version: VersionRef::Id(version.id),
                filter,
                before: body.last_retrieved_id,
                limit: limit.unsigned_abs(),
            })
        }
    };
    let (state, scope) = (state.clone(), scope.clone());
    let response = ndjson::stream(cursor, move |cursor: Option<DatasetItemStream>| {
        let (state, scope) = (state.clone(), scope.clone());
        async move {
            let Some(cursor) = cursor else {
                return Ok(Piece {
                    rows: Vec::new(),
                    next: None,
                });
            };
            let wanted = cursor.limit.min(PIECE_ITEMS);
            let piece = DatasetItemStream {
                limit: wanted,
                ..cursor.clone()
            };
            let rows = match state.store.stream_dataset_items(&scope, piece).await {
                // The dataset was deleted meanwhile.
                Err(StoreError::NotFound) => Vec::new(),
                other => other?,
            };
            let left = cursor.limit.saturating_sub(rows.len() as u64);
            let next = rows.last().filter(|_| left > 0).map(|last| {
                Some(DatasetItemStream {
                    before: Some(last.id),
                    limit: left,
                    ..cursor
                })
            });
            Ok(Piece { rows, next })
        }
    })
    .await?;
    Ok(match dataset {
        Some(dataset) => dataset.mark(response),
        None => response,
    })
}
