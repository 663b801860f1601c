//! Rules of annotation queues.

use std::time::Duration;

use ferropik_model::{
    AnnotationQueue, AnnotationQueueBatch, AnnotationQueueUpdate, AnnotationQueueWrite, Page, QueueAutomation,
    QueueAutomationWrite, QueueItem, QueueLock, QueueLocks, Timestamp,
};
use ferropik_query::Entity;
use ferropik_store::{NewAnnotationQueue, Scope, StoreError};
use uuid::Uuid;

use super::locks::LockedItem;
use crate::AppState;
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::records::body::IdBatch;
use crate::records::rules::Place;
use crate::records::{listing, rules};

/// People that look at each item, when the client does not say.
const DEFAULT_ANNOTATORS: i64 = 1;

/// Most people that look at each item.
const MAX_ANNOTATORS: i64 = 1000;

/// Seconds for which an item is reserved, when the client does not say.
const DEFAULT_LOCK_SECONDS: i64 = 300;

/// Most seconds for which an item is reserved.
const MAX_LOCK_SECONDS: i64 = 3600;

pub(super) async fn create(state: &AppState, scope: &Scope, body: AnnotationQueueWrite) -> ApiResult<Uuid> {
    let mut found = Violations::new();
    check(&body, Place::Top, &mut found);
    found.finish()?;
    let queue = validated(body)?;
    let id = queue.id;
    state.store.create_annotation_queues(scope, vec![queue]).await?;
    Ok(id)
}

pub(super) async fn create_batch(state: &AppState, scope: &Scope, body: AnnotationQueueBatch) -> ApiResult<()> {
    let mut found = Violations::new();
    let queues = rules::batch(body.annotation_queues.as_deref(), "annotationQueues", &mut found);
    for (index, queue) in queues.iter().enumerate() {
        check(queue, Place::Element("annotationQueues", index), &mut found);
    }
    found.finish()?;
    let queues = body.annotation_queues.unwrap_or_default();
    let queues = queues.into_iter().map(validated).collect::<ApiResult<_>>()?;
    Ok(state.store.create_annotation_queues(scope, queues).await?)
}

pub(super) async fn list(state: &AppState, scope: &Scope, query: &Query) -> ApiResult<Page<AnnotationQueue>> {
    let wanted = listing::listing(query, Entity::AnnotationQueue)?;
    let page = wanted.page;
    let listed = state.store.annotation_queues(scope, wanted).await?;
    Ok(listing::sortable_page(page, listed, Entity::AnnotationQueue))
}

pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<AnnotationQueue> {
    let found = state.store.annotation_queue(scope, id).await?;
    found.ok_or_else(|| no_such_queue(id))
}

pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, body: AnnotationQueueUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    found.null_or_not_blank(body.name.as_deref(), "name");
    if let Some(names) = &body.feedback_definition_names {
        for (index, name) in names.iter().enumerate() {
            let path = format_args!("feedbackDefinitionNames[{index}].<list element>");
            found.check(!name.trim().is_empty(), path, "must not be blank");
        }
    }
    check_numbers(
        body.annotators_per_item,
        body.lock_timeout_seconds,
        Place::Top,
        &mut found,
    );
    found.finish()?;
    let updated = state.store.update_annotation_queue(scope, id, body).await;
    updated.map_err(|error| queue_error(id, error))
}

pub(super) async fn delete(state: &AppState, scope: &Scope, body: IdBatch) -> ApiResult<()> {
    let ids = rules::required_ids(body.ids)?;
    Ok(state.store.delete_annotation_queues(scope, ids).await?)
}

pub(super) async fn add_items(state: &AppState, scope: &Scope, id: Uuid, body: IdBatch) -> ApiResult<()> {
    let items = rules::required_ids(body.ids)?;
    let added = state.store.add_queue_items(scope, id, items).await;
    added.map_err(|error| queue_error(id, error))
}

pub(super) async fn remove_items(state: &AppState, scope: &Scope, id: Uuid, body: IdBatch) -> ApiResult<()> {
    let items = rules::required_ids(body.ids)?;
    let removed = state.store.remove_queue_items(scope, id, items).await;
    removed.map_err(|error| queue_error(id, error))
}

pub(super) async fn find_items(state: &AppState, scope: &Scope, id: Uuid, body: IdBatch) -> ApiResult<Vec<QueueItem>> {
    let items = rules::required_ids(body.ids)?;
    let found = state.store.queue_items(scope, id, items).await;
    found.map_err(|error| queue_error(id, error))
}

/// Reserves an item for the user of the scope: when fewer people than wanted have annotated it, and those who hold it
/// leave room for one more.
pub(super) async fn lock(state: &AppState, scope: &Scope, queue: Uuid, item: Uuid) -> ApiResult<QueueLock> {
    let annotators = state.store.item_annotators(scope, queue, item).await;
    let annotators = annotators.map_err(|error| queue_error(queue, error))?;
    let wanted = usize::try_from(annotators.annotators_per_item).unwrap_or_default();
    let on = LockedItem {
        workspace: scope.workspace,
        queue,
        item,
    };
    let ttl = Duration::from_secs(annotators.lock_timeout_seconds.unsigned_abs());
    let room = wanted.saturating_sub(annotators.users.len());
    let expires_at = state.locks.acquire(on, &scope.user, room, Timestamp::now(), ttl);
    Ok(QueueLock {
        acquired: expires_at.is_some(),
        item_id: item,
        locked_by: scope.user.to_string(),
        expires_at,
    })
}

/// The locks of a queue, none for an unknown one.
pub(super) fn locks(state: &AppState, scope: &Scope, queue: Uuid) -> QueueLocks {
    state.locks.of_queue(scope.workspace, queue, Timestamp::now())
}

fn no_such_queue(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Annotation queue not found: '{id}'"))
}

fn queue_error(id: Uuid, error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => no_such_queue(id),
        other => other.into(),
    }
}

fn check(body: &AnnotationQueueWrite, place: Place, found: &mut Violations) {
    found.not_null(body.project_id.as_ref(), place.at("projectId"));
    found.not_blank(body.name.as_deref(), place.at("name"));
    found.not_null(body.scope.as_ref(), place.at("scope"));
    check_numbers(body.annotators_per_item, body.lock_timeout_seconds, place, found);
}

fn check_numbers(annotators: Option<i64>, lock_seconds: Option<i64>, place: Place, found: &mut Violations) {
    for (number, most, property) in [
        (annotators, MAX_ANNOTATORS, "annotatorsPerItem"),
        (lock_seconds, MAX_LOCK_SECONDS, "lockTimeoutSeconds"),
    ] {
        let Some(number) = number else { continue };
        let path = place.at(property);
        found.check(number >= 1, path, "must be greater than or equal to 1");
        found.check(
            number <= most,
            path,
            format_args!("must be less than or equal to {most}"),
        );
    }
}

fn validated(body: AnnotationQueueWrite) -> ApiResult<NewAnnotationQueue> {
    let missing = |name| ApiError::internal(format_args!("{name} is missing after validation"));
    let id = rules::id_or_new(body.id);
    rules::version_7(id, "Annotation queue")?;
    Ok(NewAnnotationQueue {
        id,
        project: body.project_id.ok_or_else(|| missing("the project"))?,
        name: body.name.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        instructions: body.instructions.unwrap_or_default(),
        scope: body.scope.ok_or_else(|| missing("the scope"))?,
        comments_enabled: body.comments_enabled.unwrap_or_default(),
        feedback_definition_names: body.feedback_definition_names.unwrap_or_default(),
        annotators_per_item: body.annotators_per_item.unwrap_or(DEFAULT_ANNOTATORS),
        lock_timeout_seconds: body.lock_timeout_seconds.unwrap_or(DEFAULT_LOCK_SECONDS),
        automation: body.automation.map(automation),
        annotator_view: body.annotator_view,
    })
}

fn automation(write: QueueAutomationWrite) -> QueueAutomation {
    let keeps_limit = write.clear_max_items_in_queue != Some(true);
    QueueAutomation {
        enabled: write.enabled.unwrap_or_default(),
        conditions: write.conditions.unwrap_or_default(),
        max_items_in_queue: write.max_items_in_queue.filter(|_| keeps_limit),
    }
}
