//! Comments on traces, spans and threads.

use async_trait::async_trait;
use ferropik_model::{Comment, Timestamp};
use ferropik_store::{CommentStore, CommentTarget, NewComment, Scope, ScoreKind, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rows::{SpanRow, ThreadRow, TraceRow, flag, optional_uuid_at, uuid_at};
use crate::scoring;
use crate::spans::write as span_write;
use crate::state::workspace_key;
use crate::work::Work;

fn kind_of(kind: ScoreKind) -> i64 {
    match kind {
        ScoreKind::Trace => scoring::TRACE,
        ScoreKind::Span => scoring::SPAN,
        ScoreKind::Thread => scoring::THREAD,
    }
}

/// The comments of an entity by ascending id; with a queue only those that were given in it.
pub(crate) fn of_entity(
    connection: &Connection,
    strings: &Strings,
    kind: i64,
    entity: i64,
    queue: Option<Uuid>,
) -> rusqlite::Result<Vec<Comment>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, text, queue, created_ns, updated_ns, created_by, updated_by FROM comment \
         WHERE kind = ?1 AND entity = ?2 AND (?3 IS NULL OR queue = ?3) ORDER BY id",
    )?;
    let mut rows = statement.query(params![kind, entity, queue.as_ref().map(Uuid::as_bytes)])?;
    let mut comments = Vec::new();
    while let Some(row) = rows.next()? {
        comments.push(from_row(connection, strings, row)?);
    }
    Ok(comments)
}

fn from_row(connection: &Connection, strings: &Strings, row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment {
        id: uuid_at(row, 0)?,
        text: row.get(1)?,
        source_queue_id: optional_uuid_at(row, 2)?,
        created_at: Timestamp::from_nanos(row.get(3)?),
        last_updated_at: Timestamp::from_nanos(row.get(4)?),
        created_by: strings.text(connection, row.get(5)?)?.to_string(),
        last_updated_by: strings.text(connection, row.get(6)?)?.to_string(),
    })
}

/// The kind and number of an entity that exists.
fn entity_of(connection: &Connection, workspace: i64, target: CommentTarget) -> rusqlite::Result<Option<(i64, i64)>> {
    Ok(match target {
        CommentTarget::Trace(id) => TraceRow::find(connection, workspace, id)?
            .filter(TraceRow::is_visible)
            .map(|row| (scoring::TRACE, row.seq)),
        CommentTarget::Span(id) => SpanRow::find(connection, workspace, id)?
            .filter(SpanRow::is_visible)
            .map(|row| (scoring::SPAN, row.seq)),
        CommentTarget::Thread(id) => {
            ThreadRow::by_model_id(connection, workspace, id)?.map(|row| (scoring::THREAD, row.seq))
        }
    })
}

fn flag_entity(work: &mut Work<'_>, kind: i64, entity: i64) -> StoreResult<()> {
    match kind {
        scoring::TRACE => work.flag_trace(entity, flag::COMMENTS, true),
        scoring::SPAN => {
            if let Some(row) = SpanRow::by_seq(work.connection, entity).map_err(translate)? {
                span_write::set_flag(work, &row, flag::COMMENTS, true)?;
            }
            Ok(())
        }
        _ => {
            if let Some(thread) = work.thread_by_seq(entity)? {
                thread.flags |= flag::COMMENTS;
            }
            Ok(())
        }
    }
}

#[async_trait]
impl CommentStore for SqliteStore {
    async fn add_comment(&self, scope: &Scope, target: CommentTarget, comment: NewComment) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let (kind, entity) = entity_of(connection, work.workspace, target)
                .map_err(translate)?
                .ok_or(StoreError::NotFound)?;
            connection
                .prepare_cached(
                    "INSERT INTO comment (id, workspace, kind, entity, text, queue, created_ns, updated_ns, \
                     created_by, updated_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?8)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        comment.id.as_bytes(),
                        work.workspace,
                        kind,
                        entity,
                        comment.text,
                        comment.source_queue_id.as_ref().map(Uuid::as_bytes),
                        work.now.as_nanos(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            flag_entity(&mut work, kind, entity)?;
            work.finish()
        })
        .await
    }

    async fn comment(&self, scope: &Scope, target: CommentTarget, id: Uuid) -> StoreResult<Option<Comment>> {
        let scope = scope.clone();
        let strings = self.strings();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let Some((kind, entity)) = entity_of(connection, workspace, target).map_err(translate)? else {
                return Ok(None);
            };
            connection
                .prepare_cached(
                    "SELECT id, text, queue, created_ns, updated_ns, created_by, updated_by FROM comment \
                     WHERE workspace = ?1 AND id = ?2 AND kind = ?3 AND entity = ?4",
                )
                .and_then(|mut statement| {
                    statement
                        .query_row(params![workspace, id.as_bytes(), kind, entity], |row| {
                            from_row(connection, &strings, row)
                        })
                        .optional()
                })
                .map_err(translate)
        })
        .await
    }

    async fn update_comment(&self, scope: &Scope, kind: ScoreKind, id: Uuid, text: String) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let changed = connection
                .prepare_cached(
                    "UPDATE comment SET text = ?4, updated_ns = ?5, updated_by = ?6 \
                     WHERE workspace = ?1 AND id = ?2 AND kind = ?3",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        work.workspace,
                        id.as_bytes(),
                        kind_of(kind),
                        text,
                        work.now.as_nanos(),
                        work.user
                    ])
                })
                .map_err(translate)?;
            if changed == 0 {
                Err(StoreError::NotFound)
            } else {
                work.finish()
            }
        })
        .await
    }

    async fn delete_comments(&self, scope: &Scope, kind: ScoreKind, ids: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            for id in &ids {
                connection
                    .prepare_cached("DELETE FROM comment WHERE workspace = ?1 AND id = ?2 AND kind = ?3")
                    .and_then(|mut statement| statement.execute(params![work.workspace, id.as_bytes(), kind_of(kind)]))
                    .map_err(translate)?;
            }
            work.finish()
        })
        .await
    }
}
