//! Rules of versions.

use ferropik_model::{
    DatasetDiffStatistics, DatasetVersion, DatasetVersionDiff, DatasetVersionUpdate, LATEST_TAG, Page, wire,
};
use ferropik_store::{Conflict, Scope, StoreError, VersionRef};
use http::StatusCode;
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::records::listing::paging;
use crate::records::rules;

/// Most tags that one request may add.
const MAX_TAGS: usize = 100;

/// Longest tag in characters.
const MAX_TAG_CHARS: usize = 100;

/// 404 for a version that is referred to by hash, tag or id.
pub(super) fn no_such_version(reference: &str, dataset: Uuid) -> ApiError {
    ApiError::not_found(format!(
        "Version not found for dataset hash='{reference}' datasetId='{dataset}'"
    ))
}

fn no_such_hash(hash: &str, dataset: Uuid) -> ApiError {
    ApiError::not_found(format!(
        "Version with hash not found hash='{hash}' datasetId='{dataset}'"
    ))
}

/// 409 for tags.
pub(super) fn tags_taken() -> ApiError {
    ApiError::conflict("One or more tags already exist for this dataset")
}

/// Checks tags of a version.
pub(super) fn tag_rules(tags: Option<&[String]>, property: &str, found: &mut Violations) {
    let tags = tags.unwrap_or_default();
    found.check(
        tags.len() <= MAX_TAGS,
        property,
        format_args!("size must be between 0 and {MAX_TAGS}"),
    );
    for (index, tag) in tags.iter().take(MAX_TAGS).enumerate() {
        tag_rule(tag, &format!("{property}[{index}]"), found);
    }
}

fn tag_rule(tag: &str, property: &str, found: &mut Violations) {
    found.not_blank(Some(tag), property);
    found.check(
        rules::at_most(tag, MAX_TAG_CHARS),
        property,
        format_args!("size must be between 0 and {MAX_TAG_CHARS}"),
    );
}

/// One page of versions, newest first. `size` is the one that was asked for.
pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    query: &Query,
) -> ApiResult<Page<DatasetVersion>> {
    let (page, size) = paging(query)?;
    let listed = state.store.dataset_versions(scope, dataset, page, size).await?;
    Ok(Page {
        page,
        size,
        total: listed.total,
        content: listed.rows,
        sortable_by: None,
    })
}

/// The version of a name such as `v3`.
pub(super) async fn retrieve(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    name: Option<&str>,
) -> ApiResult<DatasetVersion> {
    let mut found = Violations::new();
    let name = name.unwrap_or_default();
    let digits = name
        .strip_prefix('v')
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
    match digits {
        None if name.trim().is_empty() => found.add("versionName", "must not be blank"),
        None => found.add(
            "versionName",
            "Version name must be in format 'vN' (e.g., 'v1', 'v373')",
        ),
        Some(_) => {}
    }
    found.finish()?;
    // A number that is too large belongs to no version.
    let number = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    let version = state
        .store
        .dataset_version(scope, dataset, VersionRef::Number(number))
        .await?;
    version.ok_or_else(|| ApiError::not_found(format!("Version '{name}' not found for dataset '{dataset}'")))
}

/// The version of a hash.
pub(super) async fn by_hash(state: &AppState, scope: &Scope, dataset: Uuid, hash: &str) -> ApiResult<DatasetVersion> {
    let reference = VersionRef::Hash(hash.to_owned());
    let version = state.store.dataset_version(scope, dataset, reference).await?;
    version.ok_or_else(|| no_such_hash(hash, dataset))
}

/// Changes a version.
pub(super) async fn update(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    hash: &str,
    body: DatasetVersionUpdate,
) -> ApiResult<DatasetVersion> {
    let mut found = Violations::new();
    tag_rules(body.tags_to_add.as_deref(), "tagsToAdd", &mut found);
    found.finish()?;
    let tags = wire::each_once(body.tags_to_add.unwrap_or_default());
    let updated = state
        .store
        .update_dataset_version(scope, dataset, hash, body.change_description, tags)
        .await;
    match updated {
        Err(StoreError::NotFound) => Err(no_such_hash(hash, dataset)),
        Err(StoreError::Conflict(Conflict::Exists)) => Err(tags_taken()),
        other => Ok(other?),
    }
}

/// Adds a tag to a version.
pub(super) async fn add_tag(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    hash: &str,
    tag: Option<String>,
) -> ApiResult<()> {
    let mut found = Violations::new();
    let tag = tag.unwrap_or_default();
    tag_rule(&tag, "tag", &mut found);
    found.finish()?;
    let added = state
        .store
        .update_dataset_version(scope, dataset, hash, None, vec![tag.clone()])
        .await;
    match added {
        Err(StoreError::NotFound) => Err(no_such_hash(hash, dataset)),
        Err(StoreError::Conflict(Conflict::Exists)) => Err(ApiError::conflict(format!(
            "Tag already exists for this dataset, tag='{tag}'"
        ))),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Takes a tag off.
pub(super) async fn delete_tag(state: &AppState, scope: &Scope, dataset: Uuid, tag: &str) -> ApiResult<()> {
    if tag == LATEST_TAG {
        return Err(ApiError::errors(
            StatusCode::BAD_REQUEST,
            vec!["Cannot delete 'latest' tag - it is automatically managed".to_owned()],
        ));
    }
    Ok(state.store.delete_dataset_version_tag(scope, dataset, tag).await?)
}

/// Makes a version out of an older one.
pub(super) async fn restore(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    reference: Option<&str>,
) -> ApiResult<DatasetVersion> {
    let mut found = Violations::new();
    found.not_blank(reference, "versionRef");
    found.finish()?;
    let reference = reference.unwrap_or_default().trim();
    match state.store.restore_dataset_version(scope, dataset, reference).await {
        Err(StoreError::NotFound) => Err(no_such_version(reference, dataset)),
        other => Ok(other?),
    }
}

/// The comparison of the latest version with a draft; the server keeps no drafts, so nothing differs.
pub(super) async fn diff(state: &AppState, scope: &Scope, dataset: Uuid) -> ApiResult<DatasetVersionDiff> {
    let latest = state.store.dataset_version(scope, dataset, VersionRef::Latest).await?;
    let latest = latest.ok_or_else(|| no_such_version(LATEST_TAG, dataset))?;
    Ok(DatasetVersionDiff {
        from_version: LATEST_TAG,
        to_version: "draft",
        statistics: DatasetDiffStatistics {
            items_unchanged: latest.items_total,
            ..DatasetDiffStatistics::default()
        },
    })
}
