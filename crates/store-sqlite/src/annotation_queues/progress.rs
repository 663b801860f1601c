//! What people have done in a queue. Indexes by queue lead from it to its scores and comments, so that the work grows
//! with the annotations and not with the items or the scores of the project.

use std::collections::BTreeMap;

use ferropik_model::{NamedScore, QueueReviewer, QueueScope, decimal};
use ferropik_store::{ItemAnnotators, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::queues;
use crate::engine::strings::{self, Strings};
use crate::error::translate;
use crate::rows::{ThreadRow, TraceRow};
use crate::scoring::{self, mean};

/// What progress depends on.
pub(super) struct Queue<'a> {
    pub(super) key: i64,
    pub(super) id: Uuid,
    pub(super) workspace: i64,
    pub(super) scope: QueueScope,
    /// Names of the scores that count.
    pub(super) definitions: &'a [String],
}

/// Progress of a queue.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// By name.
    pub(super) reviewers: Vec<QueueReviewer>,
    /// By name.
    pub(super) feedback_scores: Vec<NamedScore>,
}

/// The kind of scores and comments on the items of a queue.
fn kind_of(scope: QueueScope) -> i64 {
    match scope {
        QueueScope::Trace => scoring::TRACE,
        QueueScope::Thread => scoring::THREAD,
    }
}

/// Interned names of the scores that count; what was never interned was never scored.
fn names_of(connection: &Connection, definitions: &[String]) -> StoreResult<FxHashSet<i64>> {
    let mut names = FxHashSet::default();
    for definition in definitions {
        names.extend(strings::find(connection, definition).map_err(translate)?);
    }
    Ok(names)
}

/// Adds up what was annotated in a queue.
pub(super) fn of_queue(connection: &Connection, strings: &Strings, queue: &Queue<'_>) -> StoreResult<Progress> {
    let mut held = Held::new(connection, queue)?;
    let mut annotated: FxHashMap<i64, FxHashSet<i64>> = FxHashMap::default();
    let mut values: FxHashMap<(i64, i64), (i128, i128)> = FxHashMap::default();
    let names = names_of(connection, queue.definitions)?;
    let mut scores = connection
        .prepare_cached(
            "SELECT entity, author, name, value, category FROM score INDEXED BY score_by_queue \
             WHERE queue = ?1 AND queue <> x'' AND kind = ?2",
        )
        .map_err(translate)?;
    let mut rows = scores
        .query(params![queue.id.as_bytes(), kind_of(queue.scope)])
        .map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let (entity, name) = (row.get(0).map_err(translate)?, row.get(2).map_err(translate)?);
        if !names.contains(&name) || is_assertion(row)? || !held.holds(entity)? {
            continue;
        }
        annotated
            .entry(row.get(1).map_err(translate)?)
            .or_default()
            .insert(entity);
        let value: i64 = row.get(3).map_err(translate)?;
        let slot = values.entry((name, entity)).or_default();
        slot.0 += i128::from(value);
        slot.1 += 1;
    }
    let mut comments = connection
        .prepare_cached("SELECT entity, created_by FROM comment WHERE queue = ?1 AND kind = ?2")
        .map_err(translate)?;
    let mut rows = comments
        .query(params![queue.id.as_bytes(), kind_of(queue.scope)])
        .map_err(translate)?;
    while let Some(row) = rows.next().map_err(translate)? {
        let entity = row.get(0).map_err(translate)?;
        if held.holds(entity)? {
            annotated
                .entry(row.get(1).map_err(translate)?)
                .or_default()
                .insert(entity);
        }
    }
    let text = |number| strings.text(connection, number).map_err(translate);
    let mut reviewers = Vec::with_capacity(annotated.len());
    for (user, entities) in annotated {
        reviewers.push(QueueReviewer {
            username: text(user)?.to_string(),
            status: entities.len() as u64,
        });
    }
    reviewers.sort_by(|a, b| a.username.cmp(&b.username));
    let mut by_name: BTreeMap<String, (i128, i128)> = BTreeMap::new();
    for ((name, _), (sum, count)) in values {
        let slot = by_name.entry(text(name)?.to_string()).or_default();
        slot.0 += i128::from(mean(sum, count));
        slot.1 += 1;
    }
    let feedback_scores = by_name
        .into_iter()
        .map(|(name, (sum, count))| NamedScore {
            name,
            value: decimal::from_scaled(mean(sum, count), decimal::SCORE_SCALE),
        })
        .collect();
    Ok(Progress {
        reviewers,
        feedback_scores,
    })
}

fn is_assertion(row: &rusqlite::Row<'_>) -> StoreResult<bool> {
    let category = row.get_ref(4).map_err(translate)?;
    Ok(category.as_str_or_null().ok().flatten() == Some(scoring::ASSERTION_CATEGORY))
}

/// Which entities a queue holds.
struct Held<'a> {
    statement: rusqlite::CachedStatement<'a>,
    queue: i64,
    workspace: i64,
    known: FxHashMap<i64, bool>,
}

impl<'a> Held<'a> {
    fn new(connection: &'a Connection, queue: &Queue<'_>) -> StoreResult<Held<'a>> {
        let sql = match queue.scope {
            QueueScope::Trace => {
                "SELECT EXISTS (SELECT 1 FROM trace t JOIN annotation_queue_item i ON i.queue = ?1 AND i.item = t.id \
                 WHERE t.seq = ?2 AND t.workspace = ?3)"
            }
            QueueScope::Thread => {
                "SELECT EXISTS (SELECT 1 FROM thread h JOIN annotation_queue_item i \
                 ON i.queue = ?1 AND i.item = h.model_id WHERE h.seq = ?2 AND h.workspace = ?3)"
            }
        };
        Ok(Held {
            statement: connection.prepare_cached(sql).map_err(translate)?,
            queue: queue.key,
            workspace: queue.workspace,
            known: FxHashMap::default(),
        })
    }

    fn holds(&mut self, entity: i64) -> StoreResult<bool> {
        if let Some(known) = self.known.get(&entity) {
            return Ok(*known);
        }
        let holds = self
            .statement
            .query_row([self.queue, entity, self.workspace], |row| row.get(0))
            .map_err(translate)?;
        self.known.insert(entity, holds);
        Ok(holds)
    }
}

/// Who has annotated an item in a queue.
pub(super) fn annotators(
    connection: &Connection,
    strings: &Strings,
    workspace: i64,
    id: Uuid,
    item: Uuid,
) -> StoreResult<ItemAnnotators> {
    let queue = lock_rules(connection, workspace, id)?.ok_or(StoreError::NotFound)?;
    let entity = match queue.scope {
        QueueScope::Trace => TraceRow::find(connection, workspace, item)
            .map_err(translate)?
            .map(|row| row.seq),
        QueueScope::Thread => ThreadRow::by_model_id(connection, workspace, item)
            .map_err(translate)?
            .map(|row| row.seq),
    };
    let mut users = FxHashSet::default();
    if let Some(entity) = entity {
        let names = names_of(connection, &queue.definitions)?;
        let mut scores = connection
            .prepare_cached(
                "SELECT author, name FROM score INDEXED BY score_by_queue WHERE queue = ?1 AND queue <> x'' AND kind = ?2 AND entity = ?3",
            )
            .map_err(translate)?;
        let mut rows = scores
            .query(params![id.as_bytes(), kind_of(queue.scope), entity])
            .map_err(translate)?;
        while let Some(row) = rows.next().map_err(translate)? {
            if names.contains(&row.get(1).map_err(translate)?) {
                users.insert(row.get::<_, i64>(0).map_err(translate)?);
            }
        }
        let mut comments = connection
            .prepare_cached("SELECT created_by FROM comment WHERE queue = ?1 AND kind = ?2 AND entity = ?3")
            .map_err(translate)?;
        let mut rows = comments
            .query(params![id.as_bytes(), kind_of(queue.scope), entity])
            .map_err(translate)?;
        while let Some(row) = rows.next().map_err(translate)? {
            users.insert(row.get(0).map_err(translate)?);
        }
    }
    let mut names = Vec::with_capacity(users.len());
    for user in users {
        names.push(strings.text(connection, user).map_err(translate)?.to_string());
    }
    names.sort();
    Ok(ItemAnnotators {
        users: names,
        annotators_per_item: queue.annotators_per_item,
        lock_timeout_seconds: queue.lock_timeout_seconds,
    })
}

/// What [`annotators`] needs of a queue.
pub(super) struct LockRules {
    pub(super) scope: QueueScope,
    pub(super) definitions: Vec<String>,
    pub(super) annotators_per_item: i64,
    pub(super) lock_timeout_seconds: i64,
}

/// What locks depend on; none when there is no queue of that id.
pub(super) fn lock_rules(connection: &Connection, workspace: i64, id: Uuid) -> StoreResult<Option<LockRules>> {
    connection
        .prepare_cached(
            "SELECT scope, definitions, annotators, lock_seconds FROM annotation_queue \
             WHERE workspace = ?1 AND id = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![workspace, id.as_bytes()], |row| {
                    Ok(LockRules {
                        scope: queues::scope_from_number(row.get(0)?),
                        definitions: queues::list_from_text(&row.get::<_, String>(1)?),
                        annotators_per_item: row.get(2)?,
                        lock_timeout_seconds: row.get(3)?,
                    })
                })
                .optional()
        })
        .map_err(translate)
}
