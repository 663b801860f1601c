//! Rules of comments.

use ferropik_model::{Comment, CommentWrite, id};
use ferropik_store::{CommentTarget, NewComment, Scope, ScoreKind, StoreError};
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::body::IdBatch;
use crate::records::rules;

/// Adds a comment and answers its id.
pub(super) async fn add(state: &AppState, scope: &Scope, target: CommentTarget, body: CommentWrite) -> ApiResult<Uuid> {
    let comment_id = id::new();
    let comment = NewComment {
        id: comment_id,
        source_queue_id: body.source_queue_id,
        text: text_of(body)?,
    };
    match state.store.add_comment(scope, target, comment).await {
        Ok(()) => Ok(comment_id),
        Err(StoreError::NotFound) => Err(unknown_target(target)),
        Err(error) => Err(error.into()),
    }
}

fn text_of(body: CommentWrite) -> ApiResult<String> {
    let mut found = Violations::new();
    found.not_blank(body.text.as_deref(), "text");
    found.finish()?;
    Ok(body.text.unwrap_or_default())
}

fn unknown_target(target: CommentTarget) -> ApiError {
    let (entity, id) = match target {
        CommentTarget::Trace(id) => ("trace", id),
        CommentTarget::Span(id) => ("span", id),
        CommentTarget::Thread(id) => ("thread", id),
    };
    ApiError::not_found(format!("{entity} id: {id} not found"))
}

fn unknown_comment(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Comment id: {id} not found"))
}

/// One comment of an entity. Its queue is not shown.
pub(super) async fn get(state: &AppState, scope: &Scope, target: CommentTarget, id: Uuid) -> ApiResult<Comment> {
    let comment = state
        .store
        .comment(scope, target, id)
        .await?
        .ok_or_else(|| unknown_comment(id))?;
    Ok(Comment {
        source_queue_id: None,
        ..comment
    })
}

/// Changes the text of a comment.
pub(super) async fn update(
    state: &AppState,
    scope: &Scope,
    kind: ScoreKind,
    id: Uuid,
    body: CommentWrite,
) -> ApiResult<()> {
    match state.store.update_comment(scope, kind, id, text_of(body)?).await {
        Err(StoreError::NotFound) => Err(unknown_comment(id)),
        other => Ok(other?),
    }
}

/// Deletes comments; unknown ones are skipped.
pub(super) async fn delete(state: &AppState, scope: &Scope, kind: ScoreKind, body: IdBatch) -> ApiResult<()> {
    let ids = rules::required_ids(body.ids)?;
    Ok(state.store.delete_comments(scope, kind, ids).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_required() {
        for body in ["{}", r#"{"text":null}"#, r#"{"text":"  "}"#] {
            let error = text_of(serde_json::from_str(body).unwrap()).unwrap_err();
            assert_eq!(error.body(), r#"{"errors":["text must not be blank"]}"#);
        }
        assert_eq!(
            text_of(serde_json::from_str(r#"{"text":" a "}"#).unwrap()).unwrap(),
            " a "
        );
    }

    #[test]
    fn unknown_entities_are_named_in_lower_case() {
        assert_eq!(
            unknown_target(CommentTarget::Thread(Uuid::nil())).body(),
            r#"{"code":404,"message":"thread id: 00000000-0000-0000-0000-000000000000 not found"}"#
        );
    }
}
