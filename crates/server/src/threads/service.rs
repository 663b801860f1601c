//! Rules of threads.

use axum::response::Response;
use ferropik_model::{Page, Stats, Thread, ThreadUpdate};
use ferropik_query::Entity;
use ferropik_store::{List, Scope, StoreError, View};
use uuid::Uuid;

use super::bodies::{
    NO_PROJECT, NO_PROJECT_TO_READ, ThreadBatchIdentifier, ThreadBatchUpdate, ThreadDeletion, ThreadIdentifier,
    check_batch_update, check_update,
};
use crate::AppState;
use crate::attachments::service::discard;
use crate::http::{ApiError, ApiResult, Query};
use crate::records::query::{Wanted, sortable};
use crate::records::search::{self, Conditions, ThreadSearch};

/// Names of the fields that a list of threads leaves out. Unknown names are of no effect.
///
/// # Errors
/// 400 for text that is no JSON array of names.
pub(super) fn excluded_fields(query: &Query) -> ApiResult<Vec<String>> {
    let Some(text) = query.text("exclude") else {
        return Ok(Vec::new());
    };
    serde_json::from_str(text).map_err(|_| ApiError::bad_request(format!("Invalid query param exclude '{text}'")))
}

fn leave_out(thread: &mut Thread, names: &[String]) {
    for name in names {
        match name.as_str() {
            "start_time" => thread.start_time = None,
            "end_time" => thread.end_time = None,
            "duration" => thread.duration = None,
            "first_message" => thread.first_message = None,
            "last_message" => thread.last_message = None,
            "feedback_scores" => thread.feedback_scores.clear(),
            "total_estimated_cost" => thread.total_estimated_cost = None,
            "usage" => thread.usage.clear(),
            "tags" => thread.tags.clear(),
            "comments" => thread.comments.clear(),
            "annotation_queues" => thread.annotation_queues.clear(),
            _ => {}
        }
    }
}

/// One page of threads.
pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    wanted: Wanted,
    list: List,
    exclude: &[String],
) -> ApiResult<Page<Thread>> {
    let selection = wanted.selection(state, scope).await?;
    let page = list.page;
    let mut listed = state.store.threads(scope, selection, list).await?;
    listed.rows.iter_mut().for_each(|thread| leave_out(thread, exclude));
    Ok(Page::new(page, listed.total, listed.rows).sortable_by(sortable(Entity::Thread)))
}

/// A stream of threads in descending order of the ids of their records.
pub(super) async fn search(state: AppState, scope: Scope, body: ThreadSearch) -> ApiResult<Response> {
    let conditions = Conditions {
        project_id: body.project_id,
        project_name: body.project_name,
        filters: body.filters,
        limit: body.limit,
        from_time: body.from_time,
        to_time: body.to_time,
    };
    let (wanted, limit) = conditions.check(Entity::Thread)?;
    let selection = wanted.selection(&state, &scope).await?;
    let before = match body
        .last_retrieved_thread_model_id
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        None => None,
        Some(cursor) => Some(record_of_cursor(&state, &scope, selection.project, cursor).await?),
    };
    let view = View {
        truncate: body.truncate.unwrap_or_default(),
        ..View::default()
    };
    search::stream(
        before,
        limit,
        view,
        |thread: &Thread| thread.thread_model_id,
        move |scan| {
            let (state, scope, selection) = (state.clone(), scope.clone(), selection.clone());
            async move { Ok(state.store.scan_threads(&scope, selection, scan).await?) }
        },
    )
    .await
}

/// The record that a cursor stands for. Clients send the last thread's text id as well as the id of its record, and
/// text ids may look like UUIDs.
async fn record_of_cursor(state: &AppState, scope: &Scope, project: Uuid, cursor: &str) -> ApiResult<Uuid> {
    if let Some(id) = state.store.thread_model_id(scope, project, cursor).await? {
        return Ok(id);
    }
    Uuid::try_parse(cursor).map_err(|_| {
        ApiError::unprocessable_json(format_args!(
            "Cannot deserialize value of type `UUID` from String \"{cursor}\""
        ))
    })
}

/// Statistics.
pub(super) async fn stats(state: &AppState, scope: &Scope, wanted: Wanted) -> ApiResult<Stats> {
    let selection = wanted.selection(state, scope).await?;
    Ok(state.store.thread_stats(scope, selection).await?)
}

/// One thread.
pub(super) async fn get(state: &AppState, scope: &Scope, body: ThreadIdentifier) -> ApiResult<Thread> {
    let truncate = body.truncate.unwrap_or_default();
    let named = body.check(NO_PROJECT_TO_READ)?;
    let project = named.project.id(state, scope).await?;
    let found = state.store.thread(scope, project, &named.threads, truncate).await?;
    found.ok_or_else(|| ApiError::not_found(format!("Trace Thread id: {} not found", named.threads)))
}

/// Opens a thread.
pub(super) async fn open(state: &AppState, scope: &Scope, body: ThreadIdentifier) -> ApiResult<()> {
    let named = body.check(NO_PROJECT)?;
    let project = named.project.existing_id(state, scope).await?;
    Ok(state.store.open_thread(scope, project, &named.threads).await?)
}

/// Closes threads.
pub(super) async fn close(state: &AppState, scope: &Scope, body: ThreadBatchIdentifier) -> ApiResult<()> {
    let named = body.check()?;
    let project = named.project.existing_id(state, scope).await?;
    let names = named.threads.join(", ");
    match state.store.close_threads(scope, project, named.threads).await {
        Ok(_closed) => Ok(()),
        Err(StoreError::NotFound) => Err(ApiError::not_found(format!("Thread '[{names}]' not found:"))),
        Err(error) => Err(error.into()),
    }
}

/// Deletes threads with their traces; unknown ones, also of unknown projects, are skipped.
pub(super) async fn delete(state: &AppState, scope: &Scope, body: ThreadDeletion) -> ApiResult<()> {
    let named = body.check()?;
    let project = match named.project.id(state, scope).await {
        Ok(project) => project,
        Err(error) if error.status() == http::StatusCode::NOT_FOUND => return Ok(()),
        Err(error) => return Err(error),
    };
    let leftovers = state.store.delete_threads(scope, project, named.threads).await?;
    discard(state, leftovers).await;
    Ok(())
}

/// Changes one thread.
pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, update: ThreadUpdate) -> ApiResult<()> {
    check_update(&update)?;
    let changed = state.store.update_threads(scope, vec![id], update, false).await?;
    if changed == 0 {
        Err(ApiError::not_found(format!("Thread id: {id} not found")))
    } else {
        Ok(())
    }
}

/// Changes many threads alike; unknown ones are skipped.
pub(super) async fn update_batch(state: &AppState, scope: &Scope, body: ThreadBatchUpdate) -> ApiResult<()> {
    check_batch_update(&body)?;
    let (ids, update) = (body.ids.unwrap_or_default(), body.update.unwrap_or_default());
    state
        .store
        .update_threads(scope, ids, update, body.merge_tags.unwrap_or_default())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_of_no_effect() {
        let names = excluded_fields(&Query::parse(r#"exclude=["tags","nope"]"#)).unwrap();
        let mut thread = Thread {
            tags: vec!["a".to_owned()],
            duration: Some(1.0),
            ..Thread::default()
        };
        leave_out(&mut thread, &names);
        assert!(thread.tags.is_empty() && thread.duration.is_some());
        assert_eq!(
            excluded_fields(&Query::parse("exclude=tags")).unwrap_err().status(),
            400
        );
    }
}
