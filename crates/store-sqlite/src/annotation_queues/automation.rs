//! Queues that fill themselves: when a trace or a thread is scored, it joins the queues of its project whose conditions
//! its scores meet.

use std::collections::hash_map::Entry;

use ferropik_model::{QueueAutomation, QueueCondition, QueueScope, ScoreComparison, decimal};
use ferropik_store::StoreResult;
use rusqlite::params;
use rustc_hash::FxHashMap;

use uuid::Uuid;

use super::{items, queues};
use crate::engine::strings;
use crate::error::translate;
use crate::scoring::{self, Subject};
use crate::work::Work;

struct Automated {
    queue: i64,
    automation: QueueAutomation,
}

/// Remembers what was scored in a write, to look at each trace and thread once when all scores are in place.
#[derive(Default)]
pub(crate) struct Router {
    /// By key of the project and scope; most have no automated queue.
    queues: FxHashMap<(i64, bool), Vec<Automated>>,
    scored: FxHashMap<(i64, i64), (Subject, Uuid)>,
}

impl Router {
    /// Notes that a trace, or a thread by the id of its record, has a new score.
    pub(crate) fn note(&mut self, work: &Work<'_>, subject: Subject, item: Uuid) -> StoreResult<()> {
        let is_thread = subject.kind == scoring::THREAD;
        let key = (subject.project, is_thread);
        let queues = match self.queues.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let scope = if is_thread {
                    QueueScope::Thread
                } else {
                    QueueScope::Trace
                };
                place.insert(automated(work, subject.project, scope)?)
            }
        };
        if !queues.is_empty() {
            self.scored.insert((subject.kind, subject.entity), (subject, item));
        }
        Ok(())
    }

    /// Adds what was scored to the queues that it fits.
    pub(crate) fn finish(self, work: &Work<'_>) -> StoreResult<()> {
        for (subject, item) in self.scored.into_values() {
            let key = (subject.project, subject.kind == scoring::THREAD);
            for Automated { queue, automation } in self.queues.get(&key).into_iter().flatten() {
                if fits(work, &subject, automation)? && has_room(work, *queue, automation)? {
                    items::add(work.connection, *queue, item, true)?;
                }
            }
        }
        Ok(())
    }
}

fn automated(work: &Work<'_>, project: i64, scope: QueueScope) -> StoreResult<Vec<Automated>> {
    let mut statement = work
        .connection
        .prepare_cached(
            "SELECT key, automation FROM annotation_queue WHERE workspace = ?1 AND automated = 1 \
             AND project = (SELECT id FROM project WHERE key = ?2) AND scope = ?3",
        )
        .map_err(translate)?;
    let mut rows = statement
        .query(params![work.workspace, project, queues::scope_number(scope)])
        .map_err(translate)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(translate)? {
        let text: Option<String> = row.get(1).map_err(translate)?;
        if let Some(automation) = text.as_deref().and_then(queues::automation_from_text) {
            found.push(Automated {
                queue: row.get(0).map_err(translate)?,
                automation,
            });
        }
    }
    Ok(found)
}

/// Whether all conditions of some group hold.
fn fits(work: &Work<'_>, subject: &Subject, automation: &QueueAutomation) -> StoreResult<bool> {
    for group in &automation.conditions.groups {
        let mut holds = !group.conditions.is_empty();
        for condition in &group.conditions {
            holds = holds && condition_holds(work, subject, condition)?;
        }
        if holds {
            return Ok(true);
        }
    }
    Ok(false)
}

fn condition_holds(work: &Work<'_>, subject: &Subject, condition: &QueueCondition) -> StoreResult<bool> {
    let Some(name) = strings::find(work.connection, &condition.score_name).map_err(translate)? else {
        return Ok(false);
    };
    let Some(value) = scoring::aggregate(work.connection, subject, name)? else {
        return Ok(false);
    };
    let value = decimal::from_scaled(value, decimal::SCORE_SCALE);
    Ok(match condition.operator {
        ScoreComparison::Above => value > condition.value,
        ScoreComparison::Below => value < condition.value,
        ScoreComparison::Equal => value == condition.value,
    })
}

fn has_room(work: &Work<'_>, queue: i64, automation: &QueueAutomation) -> StoreResult<bool> {
    let Some(most) = automation.max_items_in_queue else {
        return Ok(true);
    };
    let items: i64 = work
        .connection
        .prepare_cached("SELECT items FROM annotation_queue WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([queue], |row| row.get(0)))
        .map_err(translate)?;
    Ok(items.unsigned_abs() < most)
}
