//! Rules of change sets.

use ferropik_model::{DatasetItemChanges, DatasetItemEdit, DatasetVersion, wire};
use ferropik_store::merge::TagChange;
use ferropik_store::{ChangeRefusal, DatasetChanges, DatasetItemPatch, Scope, VersionRef};
use uuid::Uuid;

use super::items::copy_from;
use super::service::no_such_dataset;
use super::{validate, versions};
use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::rules::Place;

const BASE_REQUIRED: &str = "baseVersion is required. Use override=true to create the first version without a base.";
const HAS_VERSIONS: &str = "baseVersion is required when the dataset already has versions.";
const LISTS_NOT_EMPTY: &str = "addedItems, editedItems, and deletedIds must be empty when baseVersion is null.";
const STALE_BASE: &str = "Version conflict: baseVersion is not the latest. Use override=true to force creation.";

/// Makes a new version out of a change set.
pub(super) async fn apply(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    is_override: bool,
    body: DatasetItemChanges,
) -> ApiResult<DatasetVersion> {
    check(&body)?;
    let copy_from = copy_from(body.copy_from_dataset_id, body.copy_from_version_id)?;
    if body.base_version.is_none() && copy_from.is_none() {
        check_first(state, scope, dataset, is_override, &body).await?;
    }
    let base = body.base_version;
    let evaluators = body.evaluators.as_deref().map(validate::stored_evaluators);
    let changes = DatasetChanges {
        base,
        is_override,
        added: body
            .added_items
            .unwrap_or_default()
            .into_iter()
            .map(|item| validate::stored_item(item, false))
            .collect::<ApiResult<_>>()?,
        edited: body
            .edited_items
            .unwrap_or_default()
            .into_iter()
            .filter_map(|edit| edit.id.map(|id| patch_of(edit).map(|patch| (id, patch))))
            .collect::<ApiResult<_>>()?,
        deleted: body.deleted_ids.unwrap_or_default(),
        tags: wire::each_once(body.tags.unwrap_or_default()),
        description: body.change_description,
        metadata: body.metadata,
        evaluators: evaluators.transpose()?,
        policy: validate::policy_change(body.execution_policy, body.clear_execution_policy),
        copy_from,
    };
    let refusal = match state.store.change_dataset(scope, dataset, changes).await? {
        Ok(version) => return Ok(version),
        Err(refusal) => refusal,
    };
    Err(match refusal {
        ChangeRefusal::UnknownDataset => no_such_dataset(),
        ChangeRefusal::UnknownVersion => {
            let (of, version) = match copy_from {
                Some(copy) if base.is_none() => (copy.dataset, Some(copy.version)),
                _ => (dataset, base),
            };
            versions::no_such_version(&version.unwrap_or_default().to_string(), of)
        }
        ChangeRefusal::StaleBase => ApiError::conflict(STALE_BASE),
        ChangeRefusal::HasVersions => ApiError::bad_request(HAS_VERSIONS),
        ChangeRefusal::TagTaken => versions::tags_taken(),
    })
}

/// Without a base there can only be the first version, and that without items.
async fn check_first(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    is_override: bool,
    body: &DatasetItemChanges,
) -> ApiResult<()> {
    if state.store.dataset(scope, dataset).await?.is_none() {
        return Err(no_such_dataset());
    }
    if !is_override {
        return Err(ApiError::bad_request(BASE_REQUIRED));
    }
    let latest = state.store.dataset_version(scope, dataset, VersionRef::Latest).await?;
    if latest.is_some() {
        return Err(ApiError::bad_request(HAS_VERSIONS));
    }
    let has_items = body.added_items.as_ref().is_some_and(|list| !list.is_empty())
        || body.edited_items.as_ref().is_some_and(|list| !list.is_empty())
        || body.deleted_ids.as_ref().is_some_and(|list| !list.is_empty());
    if has_items {
        return Err(ApiError::bad_request(LISTS_NOT_EMPTY));
    }
    Ok(())
}

fn check(body: &DatasetItemChanges) -> ApiResult<()> {
    let mut found = Violations::new();
    for (index, item) in body.added_items.iter().flatten().enumerate() {
        validate::item(item, "addedItems", index, &mut found);
    }
    for (index, edit) in body.edited_items.iter().flatten().enumerate() {
        let place = Place::Element("editedItems", index);
        found.not_null(edit.id.as_ref(), place.at("id"));
        validate::evaluators(edit.evaluators.as_deref(), place, &mut found);
        validate::policy(edit.execution_policy, place, &mut found);
    }
    versions::tag_rules(body.tags.as_deref(), "tags", &mut found);
    validate::evaluators(body.evaluators.as_deref(), Place::Top, &mut found);
    validate::policy(body.execution_policy, Place::Top, &mut found);
    found.finish()?;
    for item in body.added_items.iter().flatten() {
        validate::tag_count(item.tags.as_deref())?;
    }
    for edit in body.edited_items.iter().flatten() {
        validate::tag_count(edit.tags.as_deref())?;
    }
    Ok(())
}

fn patch_of(edit: DatasetItemEdit) -> ApiResult<DatasetItemPatch> {
    validate::object(edit.data.as_ref())?;
    let evaluators = edit.evaluators.as_deref().map(validate::stored_evaluators);
    Ok(DatasetItemPatch {
        data: edit.data,
        description: edit.description,
        tags: TagChange {
            tags: edit.tags,
            ..TagChange::default()
        },
        evaluators: evaluators.transpose()?,
        policy: validate::policy_change(edit.execution_policy, edit.clear_execution_policy),
        ..DatasetItemPatch::default()
    })
}
