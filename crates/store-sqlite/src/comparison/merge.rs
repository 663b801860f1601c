//! The runs of several experiments, item by item.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use ferropik_store::StoreResult;
use rusqlite::{CachedStatement, Rows};
use uuid::Uuid;

use super::scope::{Compared, Watch};
use crate::error::translate;
use crate::rows::uuid_at;

/// Items between two looks at the clock.
const CHECK_INTERVAL: usize = 256;

/// A run of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Place of the experiment among the compared ones.
    pub(super) experiment: usize,
    /// Number of the experiment item.
    pub(super) seq: i64,
    /// Number of the trace.
    pub(super) trace: i64,
}

/// The next run of one experiment.
struct Head {
    item: Uuid,
    run: Run,
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    /// The greatest is the one that comes next: the highest item, of equal ones the first experiment.
    fn cmp(&self, other: &Head) -> Ordering {
        (self.item, other.run.experiment).cmp(&(other.item, self.run.experiment))
    }
}

/// Calls `visit` with each item that has runs, in descending order of the ids, and with its runs: by experiment, then
/// by age. The work is the number of runs; memory does not depend on it.
pub(super) fn for_each_item(
    watch: &Watch<'_>,
    compared: &Compared,
    mut visit: impl FnMut(Uuid, &[Run]) -> StoreResult<()>,
) -> StoreResult<()> {
    let mut statements: Vec<CachedStatement<'_>> = compared
        .experiments
        .iter()
        .map(|_| {
            watch
                .connection
                .prepare_cached("SELECT item, seq, trace FROM experiment_item WHERE experiment = ?1 ORDER BY item DESC")
        })
        .collect::<rusqlite::Result<_>>()
        .map_err(translate)?;
    let mut cursors: Vec<Rows<'_>> = statements
        .iter_mut()
        .zip(&compared.experiments)
        .map(|(statement, experiment)| statement.query([experiment.key]))
        .collect::<rusqlite::Result<_>>()
        .map_err(translate)?;
    let mut heads = BinaryHeap::with_capacity(cursors.len());
    for (experiment, cursor) in cursors.iter_mut().enumerate() {
        heads.extend(next(cursor, experiment).map_err(translate)?);
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut count = 0_usize;
    while let Some(item) = heads.peek().map(|head| head.item) {
        if count % CHECK_INTERVAL == 0 {
            watch.check()?;
        }
        count += 1;
        runs.clear();
        while let Some(mut head) = heads.peek_mut()
            && head.item == item
        {
            let experiment = head.run.experiment;
            runs.push(head.run);
            match next(&mut cursors[experiment], experiment).map_err(translate)? {
                Some(following) => *head = following,
                None => {
                    std::collections::binary_heap::PeekMut::pop(head);
                }
            }
        }
        runs.sort_unstable_by_key(|run| (run.experiment, run.seq));
        visit(item, &runs)?;
    }
    Ok(())
}

fn next(cursor: &mut Rows<'_>, experiment: usize) -> rusqlite::Result<Option<Head>> {
    let Some(row) = cursor.next()? else { return Ok(None) };
    Ok(Some(Head {
        item: uuid_at(row, 0)?,
        run: Run {
            experiment,
            seq: row.get(1)?,
            trace: row.get(2)?,
        },
    }))
}

/// The runs of one item.
pub(super) fn runs_of(watch: &Watch<'_>, compared: &Compared, item: Uuid) -> StoreResult<Vec<Run>> {
    let mut statement = watch
        .connection
        .prepare_cached("SELECT seq, trace FROM experiment_item WHERE experiment = ?1 AND item = ?2")
        .map_err(translate)?;
    let mut runs = Vec::new();
    for (experiment, compared) in compared.experiments.iter().enumerate() {
        let found = statement
            .query_map(rusqlite::params![compared.key, item.as_bytes()], |row| {
                Ok(Run {
                    experiment,
                    seq: row.get(0)?,
                    trace: row.get(1)?,
                })
            })
            .map_err(translate)?;
        for run in found {
            runs.push(run.map_err(translate)?);
        }
    }
    runs.sort_unstable_by_key(|run| (run.experiment, run.seq));
    Ok(runs)
}
