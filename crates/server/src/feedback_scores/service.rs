//! Rules of storing and deleting scores.

use ferropik_model::{ScoreDelete, ScoreWrite, SpanType, ThreadScoreDelete};
use ferropik_store::{Scope, ScoreKind, ScoreTarget, ScoredEntity, StoreError};
use uuid::Uuid;

use super::validate::{self, CheckedItem, ScoreBatch, ThreadScoreBatch};
use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::project::{self, NamedProject};
use crate::records::rules;

/// Scores a trace or span that exists.
pub(super) async fn put(state: &AppState, scope: &Scope, target: ScoreTarget, score: ScoreWrite) -> ApiResult<()> {
    let score = validate::single(score)?;
    match state.store.put_score_of_existing(scope, target.clone(), score).await {
        Err(StoreError::NotFound) => Err(unknown_target(&target)),
        other => Ok(other?),
    }
}

fn unknown_target(target: &ScoreTarget) -> ApiError {
    ApiError::not_found(match target {
        ScoreTarget::Trace(id) => format!("Trace id: {id} not found"),
        ScoreTarget::Span(id) => format!("Span id: {id} not found"),
        ScoreTarget::Thread(id) => format!("Thread id: {id} not found"),
    })
}

/// Scores traces, which may be unknown yet.
pub(super) async fn put_of_traces(state: &AppState, scope: &Scope, batch: ScoreBatch) -> ApiResult<()> {
    put_items(state, scope, validate::items(batch, "trace")?, ScoreTarget::Trace).await
}

/// Scores spans, which may be unknown yet.
pub(super) async fn put_of_spans(state: &AppState, scope: &Scope, batch: ScoreBatch) -> ApiResult<()> {
    put_items(state, scope, validate::items(batch, "span")?, ScoreTarget::Span).await
}

/// Scores threads; unknown ones are created.
pub(super) async fn put_of_threads(state: &AppState, scope: &Scope, batch: ThreadScoreBatch) -> ApiResult<()> {
    put_items(state, scope, validate::thread_items(batch)?, ScoreTarget::Thread).await
}

async fn put_items<T>(
    state: &AppState,
    scope: &Scope,
    items: Vec<CheckedItem<T>>,
    target_of: fn(T) -> ScoreTarget,
) -> ApiResult<()> {
    let names = items.iter().map(|item| item.project_name.as_deref());
    let projects = project::of_names(state, scope, names).await?;
    let scores = items
        .into_iter()
        .zip(projects)
        .map(|(item, project)| {
            (
                ScoredEntity {
                    target: target_of(item.target),
                    project,
                },
                item.score,
            )
        })
        .collect();
    Ok(state.store.put_scores(scope, scores).await?)
}

/// Deletes a score of a trace or span, if there is one.
pub(super) async fn delete(state: &AppState, scope: &Scope, target: ScoreTarget, body: ScoreDelete) -> ApiResult<()> {
    let mut found = Violations::new();
    found.not_blank(body.name.as_deref(), "name");
    found.finish()?;
    let names = Vec::from_iter(body.name);
    let author = not_blank(body.author);
    Ok(state
        .store
        .delete_scores(scope, target, None, names, author, body.source_queue_id)
        .await?)
}

/// Deletes scores of a thread, if there are any.
pub(super) async fn delete_of_thread(state: &AppState, scope: &Scope, body: ThreadScoreDelete) -> ApiResult<()> {
    check_thread_deletion(&body)?;
    let (project_name, thread_id) = (
        body.project_name.unwrap_or_default(),
        body.thread_id.unwrap_or_default(),
    );
    let Some(project) = state.store.project_by_name(scope, project_name.trim()).await? else {
        return Ok(());
    };
    let (target, names) = (ScoreTarget::Thread(thread_id), body.names.unwrap_or_default());
    let author = not_blank(body.author);
    Ok(state
        .store
        .delete_scores(scope, target, Some(project.id), names, author, body.source_queue_id)
        .await?)
}

fn check_thread_deletion(body: &ThreadScoreDelete) -> ApiResult<()> {
    let mut found = Violations::new();
    found.not_blank(body.project_name.as_deref(), "projectName");
    found.not_blank(body.thread_id.as_deref(), "threadId");
    for name in rules::batch(body.names.as_deref(), "names", &mut found) {
        found.not_blank(Some(name), "names[].<iterable element>");
    }
    found.finish()
}

fn not_blank(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Names of the scores of a project or of the whole workspace, sorted.
pub(super) async fn names(
    state: &AppState,
    scope: &Scope,
    kind: ScoreKind,
    project: Option<Uuid>,
    span_type: Option<SpanType>,
) -> ApiResult<Vec<String>> {
    let projects = match project {
        None => None,
        Some(id) => Some(vec![NamedProject::Id(id).existing_id(state, scope).await?]),
    };
    Ok(state.store.score_names(scope, Some(kind), projects, span_type).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_from_threads_name_project_thread_and_scores() {
        let check = |text: &str| check_thread_deletion(&serde_json::from_str(text).unwrap());
        assert_eq!(
            check(r#"{"names":["a",""]}"#).unwrap_err().body(),
            concat!(
                r#"{"errors":["projectName must not be blank","threadId must not be blank","#,
                r#""names[].<iterable element> must not be blank"]}"#
            )
        );
        assert_eq!(check(r#"{"project_name":"p","thread_id":"t","names":["a"]}"#), Ok(()));
        let empty = check(r#"{"project_name":"p","thread_id":"t","names":[]}"#);
        assert_eq!(
            empty.unwrap_err().body(),
            r#"{"errors":["names size must be between 1 and 1000"]}"#
        );
    }
}
