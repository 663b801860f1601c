//! Annotation queues themselves.

use ferropik_model::{
    AnnotationQueue, AnnotationQueueUpdate, QueueAutomation, QueueAutomationWrite, QueueScope, RawJson, Timestamp,
};
use ferropik_query::Field;
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{Listed, Listing, NewAnnotationQueue, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use uuid::Uuid;

use super::items;
use super::progress::{self, Progress, Queue};
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::read::listing::{self, PlainColumns, Table, push_contains};
use crate::read::statement::id_value;
use crate::rows::uuid_at;
use crate::work::Work;

const COLUMNS: &str = "q.key, q.id, q.project, (SELECT name FROM project p WHERE p.id = q.project \
                       AND p.workspace = q.workspace), q.name, q.description, q.instructions, q.scope, \
                       q.comments_enabled, q.definitions, q.annotators, q.lock_seconds, q.automation, \
                       q.annotator_view, q.items, q.created_ns, q.created_by, q.updated_ns, q.updated_by";

/// How filters and orders of lists spell fields.
const FIELDS: PlainColumns = PlainColumns {
    id: "q.id",
    folds: false,
    texts: &[
        (Field::ProjectId, "fp_uuid(q.project)"),
        (Field::Name, "q.name"),
        (Field::Description, "q.description"),
        (Field::Instructions, "q.instructions"),
        (Field::Scope, "(CASE q.scope WHEN 0 THEN 'trace' ELSE 'thread' END)"),
        (Field::CreatedBy, "(SELECT text FROM string WHERE key = q.created_by)"),
        (
            Field::LastUpdatedBy,
            "(SELECT text FROM string WHERE key = q.updated_by)",
        ),
    ],
    times: &[
        (Field::CreatedAt, "q.created_ns"),
        (Field::LastUpdatedAt, "q.updated_ns"),
    ],
    lists: &[(Field::FeedbackDefinitionNames, "q.definitions")],
};

/// The number in the column `scope`.
pub(super) fn scope_number(scope: QueueScope) -> i64 {
    match scope {
        QueueScope::Trace => 0,
        QueueScope::Thread => 1,
    }
}

/// The inverse of [`scope_number`].
pub(super) fn scope_from_number(number: i64) -> QueueScope {
    match number {
        0 => QueueScope::Trace,
        _ => QueueScope::Thread,
    }
}

/// The list of a column with a JSON array of texts.
pub(super) fn list_from_text(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

fn json<T: Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(StoreError::internal)
}

/// The automation of a column.
pub(super) fn automation_from_text(text: &str) -> Option<QueueAutomation> {
    serde_json::from_str(text).ok()
}

/// A row with the key of its queue; progress is not filled in.
fn from_row(connection: &Connection, strings: &Strings, row: &Row<'_>) -> rusqlite::Result<(i64, AnnotationQueue)> {
    let queue = AnnotationQueue {
        id: uuid_at(row, 1)?,
        project_id: uuid_at(row, 2)?,
        project_name: row.get(3)?,
        name: row.get(4)?,
        description: row.get(5)?,
        instructions: row.get(6)?,
        scope: scope_from_number(row.get(7)?),
        comments_enabled: row.get(8)?,
        feedback_definition_names: list_from_text(&row.get::<_, String>(9)?),
        annotators_per_item: row.get(10)?,
        lock_timeout_seconds: row.get(11)?,
        automation: row
            .get::<_, Option<String>>(12)?
            .and_then(|text| automation_from_text(&text)),
        annotator_view: row
            .get::<_, Option<String>>(13)?
            .map(|text| RawJson::from_stored(&text)),
        reviewers: Vec::new(),
        feedback_scores: Vec::new(),
        items_count: row.get::<_, i64>(14)?.unsigned_abs(),
        created_at: Timestamp::from_nanos(row.get(15)?),
        created_by: strings.text(connection, row.get(16)?)?.to_string(),
        last_updated_at: Timestamp::from_nanos(row.get(17)?),
        last_updated_by: strings.text(connection, row.get(18)?)?.to_string(),
    };
    Ok((row.get(0)?, queue))
}

fn with_progress(
    connection: &Connection,
    strings: &Strings,
    workspace: i64,
    (key, queue): (i64, AnnotationQueue),
) -> StoreResult<AnnotationQueue> {
    let Progress {
        reviewers,
        feedback_scores,
    } = progress::of_queue(
        connection,
        strings,
        &Queue {
            key,
            id: queue.id,
            workspace,
            scope: queue.scope,
            definitions: &queue.feedback_definition_names,
        },
    )?;
    Ok(AnnotationQueue {
        reviewers,
        feedback_scores,
        ..queue
    })
}

/// Stores a queue, or changes the one of that id.
pub(super) fn put(work: &Work<'_>, queue: &NewAnnotationQueue) -> StoreResult<()> {
    let automation = queue.automation.as_ref().map(json).transpose()?;
    let definitions = json(&queue.feedback_definition_names)?;
    work.connection
        .prepare_cached(
            "INSERT INTO annotation_queue (workspace, id, project, name, description, instructions, scope, \
             comments_enabled, definitions, annotators, lock_seconds, automation, automated, annotator_view, \
             created_ns, created_by, updated_ns, updated_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?15, ?16) \
             ON CONFLICT (workspace, id) DO UPDATE SET project = ?3, name = ?4, description = ?5, \
             instructions = ?6, comments_enabled = ?8, definitions = ?9, annotators = ?10, lock_seconds = ?11, \
             automation = ?12, automated = ?13, annotator_view = ?14, updated_ns = ?15, updated_by = ?16",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                queue.id.as_bytes(),
                queue.project.as_bytes(),
                queue.name,
                queue.description,
                queue.instructions,
                scope_number(queue.scope),
                queue.comments_enabled,
                definitions,
                queue.annotators_per_item,
                queue.lock_timeout_seconds,
                automation,
                queue.automation.as_ref().is_some_and(|automation| automation.enabled),
                queue.annotator_view.as_ref().map(RawJson::as_str),
                work.now.as_nanos(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

/// The automation after an update of single fields.
fn merged(stored: Option<QueueAutomation>, update: &QueueAutomationWrite) -> QueueAutomation {
    let mut automation = stored.unwrap_or_default();
    if let Some(enabled) = update.enabled {
        automation.enabled = enabled;
    }
    if let Some(conditions) = &update.conditions {
        automation.conditions = conditions.clone();
    }
    if update.clear_max_items_in_queue == Some(true) {
        automation.max_items_in_queue = None;
    } else if update.max_items_in_queue.is_some() {
        automation.max_items_in_queue = update.max_items_in_queue;
    }
    automation
}

/// Changes a queue.
pub(super) fn update(work: &Work<'_>, id: Uuid, update: &AnnotationQueueUpdate) -> StoreResult<()> {
    let stored: Option<(i64, Option<String>)> = work
        .connection
        .prepare_cached("SELECT key, automation FROM annotation_queue WHERE workspace = ?1 AND id = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![work.workspace, id.as_bytes()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
        })
        .map_err(translate)?;
    let (key, automation) = stored.ok_or(StoreError::NotFound)?;
    let automation = update
        .automation
        .as_ref()
        .map(|write| merged(automation.as_deref().and_then(automation_from_text), write));
    let automation_text = automation.as_ref().map(json).transpose()?;
    let definitions = update.feedback_definition_names.as_ref().map(json).transpose()?;
    work.connection
        .prepare_cached(
            "UPDATE annotation_queue SET name = COALESCE(?2, name), description = COALESCE(?3, description), \
             instructions = COALESCE(?4, instructions), comments_enabled = COALESCE(?5, comments_enabled), \
             definitions = COALESCE(?6, definitions), annotators = COALESCE(?7, annotators), \
             lock_seconds = COALESCE(?8, lock_seconds), automation = COALESCE(?9, automation), \
             automated = COALESCE(?10, automated), annotator_view = COALESCE(?11, annotator_view), \
             updated_ns = ?12, updated_by = ?13 WHERE key = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                key,
                update.name,
                update.description,
                update.instructions,
                update.comments_enabled,
                definitions,
                update.annotators_per_item,
                update.lock_timeout_seconds,
                automation_text,
                automation.as_ref().map(|automation| automation.enabled),
                update.annotator_view.as_ref().map(RawJson::as_str),
                work.now.as_nanos(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

/// One queue.
pub(super) fn find(
    connection: &Connection,
    strings: &Strings,
    workspace: i64,
    id: Uuid,
) -> StoreResult<Option<AnnotationQueue>> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM annotation_queue q WHERE q.workspace = ?1 AND q.id = ?2"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, id.as_bytes()], |row| {
                    from_row(connection, strings, row)
                })
                .optional()
        })
        .map_err(translate)?;
    found
        .map(|queue| with_progress(connection, strings, workspace, queue))
        .transpose()
}

/// One page of queues.
pub(super) fn list(
    connection: &Connection,
    strings: &Strings,
    workspace: i64,
    wanted: &Listing,
) -> StoreResult<Listed<AnnotationQueue>> {
    let mut condition = SqlBuilder::default();
    condition.push("q.workspace = ").bind(SqlValue::Integer(workspace));
    if let Some(project) = wanted.project {
        condition.push(" AND q.project = ").bind(id_value(project));
    }
    push_contains("q.name", wanted.name.as_deref(), &mut condition);
    let table = Table {
        from: "annotation_queue q",
        selected: COLUMNS,
        order: "q.id DESC",
        columns: &FIELDS,
    };
    let listed = listing::page(connection, &table, condition, wanted, |row| {
        from_row(connection, strings, row)
    })?;
    let rows = listed
        .rows
        .into_iter()
        .map(|queue| with_progress(connection, strings, workspace, queue))
        .collect::<StoreResult<_>>()?;
    Ok(Listed {
        rows,
        total: listed.total,
    })
}

/// Deletes some items of a queue, and the queue when none is left. Answers whether the queue is gone.
pub(super) fn delete_slice(work: &Work<'_>, id: Uuid, limit: usize) -> StoreResult<bool> {
    let Some(queue) = items::queue_key(work.connection, work.workspace, id)? else {
        return Ok(true);
    };
    if !items::remove_slice(work.connection, queue, limit)? {
        return Ok(false);
    }
    work.connection
        .prepare_cached("DELETE FROM annotation_queue WHERE key = ?1")
        .and_then(|mut statement| statement.execute([queue]))
        .map_err(translate)?;
    Ok(true)
}
