//! Items of annotation queues.

use ferropik_model::{AnnotationQueueRef, QueueItem, QueueItemSource};
use ferropik_query::ListTest;
use ferropik_query::contains_folded;
use ferropik_store::StoreResult;
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::error::translate;
use crate::rows::uuid_at;

/// The key of a queue.
pub(super) fn queue_key(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<i64>> {
    connection
        .prepare_cached("SELECT key FROM annotation_queue WHERE workspace = ?1 AND id = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, id.as_bytes()], |row| row.get(0))
                .optional()
        })
        .map_err(translate)
}

fn count(connection: &Connection, queue: i64, change: i64) -> StoreResult<()> {
    connection
        .prepare_cached("UPDATE annotation_queue SET items = items + ?2 WHERE key = ?1")
        .and_then(|mut statement| statement.execute([queue, change]))
        .map_err(translate)?;
    Ok(())
}

/// Adds an item unless the queue holds it.
pub(super) fn add(connection: &Connection, queue: i64, item: Uuid, automated: bool) -> StoreResult<()> {
    let added = connection
        .prepare_cached("INSERT OR IGNORE INTO annotation_queue_item (queue, item, automated) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![queue, item.as_bytes(), automated]))
        .map_err(translate)?;
    if added > 0 { count(connection, queue, 1) } else { Ok(()) }
}

/// Takes an item out of a queue.
pub(super) fn remove(connection: &Connection, queue: i64, item: Uuid) -> StoreResult<()> {
    let removed = connection
        .prepare_cached("DELETE FROM annotation_queue_item WHERE queue = ?1 AND item = ?2")
        .and_then(|mut statement| statement.execute(params![queue, item.as_bytes()]))
        .map_err(translate)?;
    if removed > 0 {
        count(connection, queue, -1)
    } else {
        Ok(())
    }
}

/// Takes some items out of a queue that goes; answers whether none is left.
pub(super) fn remove_slice(connection: &Connection, queue: i64, limit: usize) -> StoreResult<bool> {
    let removed = connection
        .prepare_cached(
            "DELETE FROM annotation_queue_item WHERE queue = ?1 AND item IN \
             (SELECT item FROM annotation_queue_item WHERE queue = ?1 LIMIT ?2)",
        )
        .and_then(|mut statement| statement.execute(params![queue, i64::try_from(limit).unwrap_or(i64::MAX)]))
        .map_err(translate)?;
    count(connection, queue, -i64::try_from(removed).unwrap_or(0))?;
    Ok(removed < limit)
}

/// Takes a trace, or the record of a thread, out of all queues.
pub(crate) fn forget(connection: &Connection, workspace: i64, item: Uuid) -> StoreResult<()> {
    let mut statement = connection
        .prepare_cached(
            "SELECT q.key FROM annotation_queue_item i CROSS JOIN annotation_queue q ON q.key = i.queue \
             WHERE i.item = ?1 AND q.workspace = ?2",
        )
        .map_err(translate)?;
    let queues: Vec<i64> = statement
        .query_map(params![item.as_bytes(), workspace], |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(translate)?;
    for queue in queues {
        remove(connection, queue, item)?;
    }
    Ok(())
}

/// The queues that hold a trace or the record of a thread, by ascending id.
pub(crate) fn of_item(
    connection: &Connection,
    workspace: i64,
    item: Uuid,
) -> rusqlite::Result<Vec<AnnotationQueueRef>> {
    let mut statement = connection.prepare_cached(
        "SELECT q.id, q.name FROM annotation_queue_item i CROSS JOIN annotation_queue q ON q.key = i.queue \
         WHERE i.item = ?1 AND q.workspace = ?2 ORDER BY q.id",
    )?;
    let rows = statement.query_map(params![item.as_bytes(), workspace], |row| {
        Ok(AnnotationQueueRef {
            id: uuid_at(row, 0)?,
            name: row.get(1)?,
        })
    })?;
    rows.collect()
}

/// The items of all queues of a project's workspace that a test of queue ids is about, and whether it wants those: tests
/// of absence want the others.
pub(crate) fn ids_of_matching(
    connection: &Connection,
    project: i64,
    test: &ListTest,
) -> StoreResult<(FxHashSet<Uuid>, bool)> {
    let wants = |id: &str| match test {
        ListTest::Contains(needle) | ListTest::NotContains(needle) => contains_folded(id, needle),
        ListTest::HasAny(words) | ListTest::HasNone(words) => words.iter().any(|word| word == id),
        ListTest::IsEmpty | ListTest::IsNotEmpty => true,
    };
    let is_absence = matches!(
        test,
        ListTest::NotContains(_) | ListTest::HasNone(_) | ListTest::IsEmpty
    );
    let mut queues = connection
        .prepare_cached(
            "SELECT key, id FROM annotation_queue WHERE workspace = (SELECT workspace FROM project WHERE key = ?1)",
        )
        .map_err(translate)?;
    let mut items = connection
        .prepare_cached("SELECT item FROM annotation_queue_item WHERE queue = ?1")
        .map_err(translate)?;
    let mut found = FxHashSet::default();
    let mut rows = queues.query([project]).map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let id = uuid_at(row, 1).map_err(translate)?;
        if !wants(&id.to_string()) {
            continue;
        }
        let key: i64 = row.get(0).map_err(translate)?;
        let ids = items.query_map([key], |row| uuid_at(row, 0)).map_err(translate)?;
        for id in ids {
            found.insert(id.map_err(translate)?);
        }
    }
    Ok((found, !is_absence))
}

/// Those of the items that a queue holds, in their order.
pub(super) fn found(connection: &Connection, queue: i64, items: &[Uuid]) -> StoreResult<Vec<QueueItem>> {
    let mut statement = connection
        .prepare_cached("SELECT automated FROM annotation_queue_item WHERE queue = ?1 AND item = ?2")
        .map_err(translate)?;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let automated: Option<bool> = statement
            .query_row(params![queue, item.as_bytes()], |row| row.get(0))
            .optional()
            .map_err(translate)?;
        if let Some(automated) = automated {
            found.push(QueueItem {
                id: *item,
                source: if automated {
                    QueueItemSource::Automated
                } else {
                    QueueItemSource::Manual
                },
            });
        }
    }
    Ok(found)
}
