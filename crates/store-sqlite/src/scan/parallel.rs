//! Scans with several threads.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use ferropik_query::{Entity, Filter, TextSearch};
use ferropik_store::{StoreError, StoreResult};
use parking_lot::Mutex;
use rusqlite::Connection;
use uuid::Uuid;

use super::chunk::{Item, Tester, is_in_id};
use super::plan::Plan;
use super::signature;
use crate::Context;
use crate::engine::connection::open_reader;
use crate::engine::readers::{Cancelled, QUERY_TIME_LIMIT};

/// Rows of the first piece, so that a first page is there soon; later pieces grow to [`MAX_PIECE`].
const MIN_PIECE: usize = 64;

/// Rows of a piece: enough that handing out pieces costs nothing.
const MAX_PIECE: usize = 1_024;

/// Candidates that one thread looks at without asking others for help.
const ALONE: usize = 256;

/// Connections for the helpers of scans, shared by all scans. A scan that finds none left goes on alone.
pub(crate) struct Helpers {
    connections: Mutex<Vec<Connection>>,
    /// Helpers that one scan takes at most.
    share: usize,
}

impl Helpers {
    /// Opens connections for as many helpers.
    pub(crate) fn open(path: &Path, count: usize) -> rusqlite::Result<Helpers> {
        let connections = (0..count)
            .map(|_| open_reader(path))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Helpers {
            connections: Mutex::new(connections),
            share: count.saturating_sub(1).max(1),
        })
    }

    fn take(&self) -> Vec<Connection> {
        let mut connections = self.connections.lock();
        let left = connections.len().saturating_sub(self.share);
        connections.split_off(left)
    }

    fn give_back(&self, connection: Connection) {
        self.connections.lock().push(connection);
    }
}

/// How many matches are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// All.
    All,
    /// The first so many.
    First(usize),
}

/// What a query reads with.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) context: &'a Context,
    pub(crate) connection: &'a Connection,
    /// Whether anybody waits for the answer.
    pub(crate) cancelled: &'a Cancelled,
}

/// What a scan reads with, and what it looks for.
#[derive(Clone, Copy)]
pub(crate) struct Scan<'a> {
    /// Of the thread that asks.
    pub(crate) reader: Reader<'a>,
    /// Traces or spans.
    pub(crate) entity: Entity,
    /// Conditions on payloads, see [`super::split`].
    pub(crate) residual: &'a Filter,
    pub(crate) search: Option<&'a TextSearch>,
    /// Ids of the candidates, if they are at hand; of use only for searches that [`super::is_id_like`] holds for.
    pub(crate) ids: Option<&'a [Uuid]>,
}

/// The candidates (numbers of rows) that pass the conditions and the search, as ascending indexes.
///
/// # Errors
/// [`StoreError::Timeout`] when the scan takes too long or nobody waits for it any more.
pub(crate) fn matching(scan: &Scan<'_>, candidates: &[i64], want: Want) -> StoreResult<Vec<usize>> {
    let limit = match want {
        Want::All => usize::MAX,
        Want::First(limit) => limit,
    };
    if candidates.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    if u32::try_from(candidates.len()).is_err() {
        return Err(StoreError::Unrepresentable("too many rows to look through".to_owned()));
    }
    let plan = Plan::new(scan.entity, scan.residual, scan.search);
    let run = Run {
        context: scan.reader.context,
        cancelled: scan.reader.cancelled,
        plan: &plan,
        selected: Selected::new(scan, &plan, candidates)?,
        deadline: Instant::now() + QUERY_TIME_LIMIT,
        next_piece: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        progress: Mutex::new(Progress {
            limit,
            ..Progress::default()
        }),
    };
    run.everyone(scan.reader.connection);
    if run.is_interrupted() {
        return Err(StoreError::Timeout);
    }
    let progress = run.progress.into_inner();
    match progress.failure {
        Some(failure) => Err(failure),
        None => Ok(progress.found),
    }
}

/// The candidates that the signatures leave.
struct Selected<'a> {
    candidates: &'a [i64],
    /// Indexes of the candidates that are looked at; all when none.
    kept: Option<Vec<u32>>,
    /// Candidates whose payload may hold what is searched; all when none.
    payload: Option<Vec<u64>>,
}

impl<'a> Selected<'a> {
    fn new(scan: &Scan<'_>, plan: &Plan, candidates: &'a [i64]) -> StoreResult<Selected<'a>> {
        let mut selected = Selected {
            candidates,
            kept: None,
            payload: None,
        };
        if plan.entity != Entity::Trace {
            return Ok(selected);
        }
        if let Some(possible) = signature::possible(scan.reader.connection, candidates, &plan.implied())? {
            selected.keep(&possible);
        }
        if let Some(search) = &plan.search
            && let Some(possible) = signature::possible(scan.reader.connection, candidates, &[search.needle.folded()])?
        {
            match (search.in_ids, scan.ids) {
                (false, _) => selected.keep(&possible),
                (true, None) => selected.payload = Some(possible),
                (true, Some(ids)) => {
                    let mut worth = possible.clone();
                    for (index, id) in ids.iter().enumerate() {
                        if is_in_id(&search.needle, *id) {
                            worth[index / 64] |= 1 << (index % 64);
                        }
                    }
                    selected.keep(&worth);
                    selected.payload = Some(possible);
                }
            }
        }
        Ok(selected)
    }

    fn keep(&mut self, possible: &[u64]) {
        let passes = |index: &u32| has(possible, *index);
        self.kept = Some(match self.kept.take() {
            Some(kept) => kept.into_iter().filter(passes).collect(),
            None => (0..u32::try_from(self.candidates.len()).unwrap_or(u32::MAX))
                .filter(passes)
                .collect(),
        });
    }

    fn len(&self) -> usize {
        self.kept.as_ref().map_or(self.candidates.len(), Vec::len)
    }

    fn items(&self, from: usize, to: usize, items: &mut Vec<Item>) {
        items.clear();
        let item = |place: u32| Item {
            seq: self.candidates[place as usize],
            place,
            payload: self.payload.as_ref().is_none_or(|bits| has(bits, place)),
        };
        match &self.kept {
            Some(kept) => items.extend(kept[from..to].iter().map(|place| item(*place))),
            None => items.extend((from..to).filter_map(|place| u32::try_from(place).ok()).map(item)),
        }
    }
}

fn has(bits: &[u64], index: u32) -> bool {
    bits.get(index as usize / 64)
        .is_some_and(|word| word >> (index % 64) & 1 != 0)
}

/// What is found so far.
#[derive(Default)]
struct Progress {
    limit: usize,
    /// Pieces that are complete, from the first one on.
    complete: usize,
    /// Matches of later pieces.
    ahead: BTreeMap<usize, Vec<u32>>,
    found: Vec<usize>,
    failure: Option<StoreError>,
}

impl Progress {
    /// Takes the matches of a piece; whether enough are found.
    fn add(&mut self, piece: usize, places: Vec<u32>) -> bool {
        self.ahead.insert(piece, places);
        while let Some(places) = self.ahead.remove(&self.complete) {
            self.complete += 1;
            self.found.extend(places.into_iter().map(|place| place as usize));
            if self.found.len() >= self.limit {
                self.found.truncate(self.limit);
                return true;
            }
        }
        false
    }
}

/// What the threads of one scan share.
struct Run<'a> {
    context: &'a Context,
    cancelled: &'a Cancelled,
    plan: &'a Plan,
    selected: Selected<'a>,
    deadline: Instant,
    /// The next piece.
    next_piece: AtomicUsize,
    stop: AtomicBool,
    progress: Mutex<Progress>,
}

impl Run<'_> {
    /// Lets the asker's thread and helpers work until enough is found.
    fn everyone(&self, connection: &Connection) {
        if self.selected.len() <= ALONE {
            self.work(connection);
            return;
        }
        std::thread::scope(|scope| {
            for (number, connection) in self.context.helpers.take().into_iter().enumerate() {
                let helper =
                    std::thread::Builder::new()
                        .name(format!("scan-{number}"))
                        .spawn_scoped(scope, move || {
                            let transaction = connection.unchecked_transaction();
                            match &transaction {
                                Ok(transaction) => self.work(transaction),
                                // The asker does the work alone.
                                Err(error) => tracing::warn!(%error, "a helper of a scan cannot read"),
                            }
                            drop(transaction);
                            self.context.helpers.give_back(connection);
                        });
                if let Err(error) = helper {
                    tracing::warn!(%error, "could not start a helper of a scan");
                }
            }
            self.work(connection);
        });
    }

    /// Takes pieces until there are none or enough is found.
    fn work(&self, connection: &Connection) {
        let result = catch_unwind(AssertUnwindSafe(|| self.pieces(connection)))
            .unwrap_or_else(|_| Err(StoreError::internal("a scan panicked")));
        if let Err(failure) = result {
            self.stop.store(true, Ordering::Relaxed);
            self.progress.lock().failure.get_or_insert(failure);
        }
    }

    fn pieces(&self, connection: &Connection) -> StoreResult<()> {
        let mut tester = Tester::new(self.context, connection, self.plan);
        let mut items = Vec::with_capacity(MAX_PIECE);
        let is_over = || self.is_over();
        while !self.is_over() {
            let piece = self.next_piece.fetch_add(1, Ordering::Relaxed);
            let (from, to) = bounds(piece);
            let to = to.min(self.selected.len());
            if from >= to {
                break;
            }
            self.selected.items(from, to, &mut items);
            let mut places = Vec::new();
            tester.test(&mut items, &is_over, &mut places)?;
            if self.is_over() {
                break;
            }
            places.sort_unstable();
            if self.progress.lock().add(piece, places) {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.is_interrupted()
    }

    fn is_interrupted(&self) -> bool {
        self.cancelled.is_set() || Instant::now() > self.deadline
    }
}

/// Where a piece begins and ends: the first ones are small, each twice as long as the one before.
fn bounds(piece: usize) -> (usize, usize) {
    let growing = (MAX_PIECE / MIN_PIECE).ilog2() as usize;
    let start = |piece: usize| {
        let doubled = MIN_PIECE * ((1 << piece.min(growing)) - 1);
        doubled + piece.saturating_sub(growing) * MAX_PIECE
    };
    (start(piece), start(piece + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_and_leave_no_gap() {
        let mut end = 0;
        for piece in 0..20 {
            let (from, to) = bounds(piece);
            assert_eq!(from, end);
            assert!(to - from <= MAX_PIECE && to > from);
            end = to;
        }
        assert_eq!(bounds(0), (0, MIN_PIECE));
        assert_eq!(bounds(10).1 - bounds(10).0, MAX_PIECE);
    }

    #[test]
    fn enough_is_only_what_is_found_in_order() {
        let mut progress = Progress {
            limit: 3,
            ..Progress::default()
        };
        assert!(!progress.add(1, vec![70, 71, 72]));
        assert!(!progress.add(3, vec![300]));
        assert!(progress.add(0, vec![5]));
        assert_eq!(progress.found, [5, 70, 71]);
    }
}
