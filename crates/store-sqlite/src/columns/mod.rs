//! Columns in memory: the narrow rows of large projects once more, column by column, so that filters, sorts, totals and
//! statistics over a million rows take milliseconds.
//!
//! - **On demand.** The first query that would profit lets a thread of its own read the rows ([`load`]) and waits a
//!   moment for it; as long as columns are missing, queries go to the tables, with the same results. Columns that
//!   nobody asks for are dropped after a while, and the longest unused ones when the memory budget is exceeded.
//! - **Up to date.** The writer hands over every committed change before it acknowledges the writes; a query applies
//!   what is waiting before it looks. Changes that happen while columns are read are applied afterwards: each carries
//!   the whole row, so that applying one twice does no harm.
//! - **Compact.** See [`column`].

mod bits;
mod change;
mod column;
mod load;
mod order;
mod query;
mod select;
mod series;
mod table;
mod tally;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ferropik_store::StoreResult;
use parking_lot::{Condvar, Mutex, RwLock, RwLockWriteGuard};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

pub(crate) use change::{Cells, Change, Key, Kind, RowChange};
pub(crate) use query::{before, costs_by_start, durations, page, series, totals, usage_outside};

use table::Table;

use crate::error::translate;

/// How much the columns may take, and when they are used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnOptions {
    /// Bytes of all columns together; 0 switches columns off.
    pub(crate) budget: usize,
    /// Rows of a project below which the tables are fast enough.
    pub(crate) min_rows: i64,
    /// How long after their reading began queries wait for columns.
    pub(crate) patience: Duration,
    /// After how long columns that nobody asks for are dropped.
    pub(crate) idle: Duration,
}

impl Default for ColumnOptions {
    fn default() -> ColumnOptions {
        ColumnOptions {
            budget: BUDGET,
            min_rows: 2_000,
            patience: Duration::from_millis(1_500),
            idle: Duration::from_secs(5 * 60),
        }
    }
}

/// Bytes that all columns may take together.
const BUDGET: usize = 384 << 20;

/// Changes that may wait for a query; with more the columns are dropped.
const MAX_WAITING: usize = 400_000;

/// Waiting changes that the upkeep applies when no query does.
const UPKEEP_WAITING: usize = 1_000;

/// How long a table that is too large is not tried again.
const REFUSED_FOR: Duration = Duration::from_secs(10 * 60);

/// Rows that have gone, in percent, from which on columns are read anew.
const MAX_GONE_PERCENT: usize = 30;

/// How long reading waits for the transaction that is going on.
const WRITER_PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Loading,
    Ready,
    Failed,
}

/// One table with what is waiting for it.
struct Slot {
    state: Mutex<State>,
    changed: Condvar,
    /// Taken only while `table` is locked for writing.
    waiting: Mutex<Vec<Change>>,
    /// Changes that have not been applied yet.
    waiting_count: AtomicUsize,
    table: RwLock<Table>,
    bytes: AtomicUsize,
    /// When reading began.
    created: Instant,
    /// Milliseconds since the start.
    used: AtomicU64,
}

/// The columns of all projects that queries have asked for.
pub(crate) struct Columns {
    path: PathBuf,
    options: ColumnOptions,
    started: Instant,
    slots: RwLock<FxHashMap<Key, Arc<Slot>>>,
    /// Number of slots, for a look without a lock.
    count: AtomicUsize,
    /// Odd while a transaction has noted changes, or has not noted them because nobody wanted them.
    transaction: AtomicU64,
    refused: Mutex<FxHashMap<Key, Instant>>,
    /// Held while rows are read, so that one table is read at a time.
    reading: Mutex<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    closed: AtomicBool,
    disabled: AtomicBool,
    #[cfg(test)]
    answered: AtomicUsize,
}

impl Columns {
    /// Columns over the database of that path, none of them read yet.
    pub(crate) fn new(path: PathBuf, options: ColumnOptions) -> Columns {
        Columns {
            path,
            options,
            started: Instant::now(),
            slots: RwLock::default(),
            count: AtomicUsize::new(0),
            transaction: AtomicU64::new(0),
            refused: Mutex::default(),
            reading: Mutex::default(),
            threads: Mutex::default(),
            closed: AtomicBool::new(false),
            disabled: AtomicBool::new(options.budget == 0),
            #[cfg(test)]
            answered: AtomicUsize::new(0),
        }
    }

    /// The writer has begun to note changes of a transaction.
    pub(crate) fn begin(&self) {
        self.transaction.fetch_add(1, Ordering::SeqCst);
    }

    /// The transaction has ended and its changes were handed over.
    pub(crate) fn end(&self) {
        self.transaction.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether changes of a table are of interest.
    pub(crate) fn wants(&self, key: Key) -> bool {
        self.count.load(Ordering::SeqCst) > 0 && self.slots.read().contains_key(&key)
    }

    /// Learns of committed changes, in the order of the commits.
    pub(crate) fn apply(&self, changes: Vec<RowChange>) {
        let mut by_key: FxHashMap<Key, Vec<Change>> = FxHashMap::default();
        for RowChange { key, change } in changes {
            by_key.entry(key).or_default().push(change);
        }
        for (key, changes) in by_key {
            let Some(slot) = self.slots.read().get(&key).cloned() else {
                continue;
            };
            let mut waiting = slot.waiting.lock();
            if waiting.len() + changes.len() > MAX_WAITING {
                drop(waiting);
                self.drop_slot(key, &slot);
                continue;
            }
            slot.waiting_count.fetch_add(changes.len(), Ordering::SeqCst);
            waiting.extend(changes);
        }
    }

    /// Runs a query on the columns of a table; `None` when they are not there, and the tables have to answer.
    ///
    /// The read transaction of the connection begins anew, so that it knows all that the columns know.
    pub(crate) fn with<T>(
        self: &Arc<Columns>,
        connection: &Connection,
        key: Key,
        query: impl FnOnce(&Table) -> StoreResult<T>,
    ) -> StoreResult<Option<T>> {
        if self.disabled.load(Ordering::Relaxed) || self.closed.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Some(slot) = self.slot(connection, key)? else {
            return Ok(None);
        };
        slot.used.store(self.now(), Ordering::Relaxed);
        if !self.is_ready(&slot) {
            return Ok(None);
        }
        let mut table = slot.table.read();
        if slot.waiting_count.load(Ordering::SeqCst) > 0 {
            drop(table);
            let mut writing = slot.table.write();
            slot.drain(&mut writing);
            table = RwLockWriteGuard::downgrade(writing);
        }
        if *slot.state.lock() != State::Ready {
            return Ok(None);
        }
        connection.execute_batch("COMMIT; BEGIN").map_err(translate)?;
        #[cfg(test)]
        self.answered.fetch_add(1, Ordering::SeqCst);
        query(&table).map(Some)
    }

    /// The slot of a table; when there is none and the project is large enough, a new one whose rows are being read.
    fn slot(self: &Arc<Columns>, connection: &Connection, key: Key) -> StoreResult<Option<Arc<Slot>>> {
        if let Some(slot) = self.slots.read().get(&key) {
            return Ok(Some(Arc::clone(slot)));
        }
        if self
            .refused
            .lock()
            .get(&key)
            .is_some_and(|since| since.elapsed() < REFUSED_FOR)
        {
            return Ok(None);
        }
        if load::stored_rows(connection, key).map_err(translate)? < self.options.min_rows {
            return Ok(None);
        }
        let mut slots = self.slots.write();
        if let Some(slot) = slots.get(&key) {
            return Ok(Some(Arc::clone(slot)));
        }
        let slot = Arc::new(Slot {
            state: Mutex::new(State::Loading),
            changed: Condvar::new(),
            waiting: Mutex::default(),
            waiting_count: AtomicUsize::new(0),
            table: RwLock::new(Table::new(key.0)),
            bytes: AtomicUsize::new(0),
            created: Instant::now(),
            used: AtomicU64::new(self.now()),
        });
        slots.insert(key, Arc::clone(&slot));
        self.count.store(slots.len(), Ordering::SeqCst);
        drop(slots);
        let (columns, loading) = (Arc::clone(self), Arc::clone(&slot));
        let thread = std::thread::Builder::new()
            .name("columns".to_owned())
            .spawn(move || columns.read(key, &loading));
        match thread {
            Ok(thread) => {
                let mut threads = self.threads.lock();
                threads.retain(|thread| !thread.is_finished());
                threads.push(thread);
                Ok(Some(slot))
            }
            Err(error) => {
                tracing::warn!(%error, "could not start a thread to read columns");
                self.drop_slot(key, &slot);
                Ok(None)
            }
        }
    }

    fn is_ready(&self, slot: &Slot) -> bool {
        let deadline = slot.created + self.options.patience;
        let mut state = slot.state.lock();
        while *state == State::Loading {
            if slot.changed.wait_until(&mut state, deadline).timed_out() {
                return false;
            }
        }
        *state == State::Ready
    }

    /// Reads the rows of a table, on a thread of its own.
    fn read(&self, key: Key, slot: &Arc<Slot>) {
        let result = {
            let _one_at_a_time = self.reading.lock();
            self.wait_for_writer().then(|| load::read(self, key))
        };
        match result {
            Some(Ok(table)) => {
                slot.bytes.store(table.bytes(), Ordering::Relaxed);
                *slot.table.write() = table;
                slot.finish(State::Ready);
                self.keep_budget(key);
            }
            other => {
                if let Some(Err(error)) = other {
                    if error.is_too_large() {
                        tracing::info!(?key, "a project is too large for columns in memory");
                        self.refused.lock().insert(key, Instant::now());
                    } else if !self.closed.load(Ordering::Relaxed) {
                        tracing::warn!(%error, "could not read columns");
                    }
                }
                self.drop_slot(key, slot);
            }
        }
    }

    /// Waits until the transaction has ended that may have begun before the slot was there to take its changes.
    fn wait_for_writer(&self) -> bool {
        let seen = self.transaction.load(Ordering::SeqCst);
        let deadline = Instant::now() + WRITER_PATIENCE;
        while seen % 2 == 1 && self.transaction.load(Ordering::SeqCst) == seen {
            if Instant::now() > deadline || self.closed.load(Ordering::Relaxed) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Bytes that a new table may take at most.
    fn budget(&self) -> usize {
        self.options.budget
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Drops the longest unused tables until the rest fits.
    fn keep_budget(&self, newest: Key) {
        loop {
            let (total, oldest) = {
                let slots = self.slots.read();
                let total: usize = slots.values().map(|slot| slot.bytes.load(Ordering::Relaxed)).sum();
                let others = slots
                    .iter()
                    .filter(|(key, slot)| **key != newest && *slot.state.lock() == State::Ready);
                let oldest = others
                    .min_by_key(|(_, slot)| slot.used.load(Ordering::Relaxed))
                    .map(|(key, slot)| (*key, Arc::clone(slot)));
                (total, oldest)
            };
            if total <= self.options.budget {
                return;
            }
            let Some((key, slot)) = oldest else {
                let Some(slot) = self.slots.read().get(&newest).cloned() else {
                    return;
                };
                self.refused.lock().insert(newest, Instant::now());
                self.drop_slot(newest, &slot);
                return;
            };
            tracing::debug!(?key, "drop columns that exceed the memory budget");
            self.drop_slot(key, &slot);
        }
    }

    fn drop_slot(&self, key: Key, slot: &Arc<Slot>) {
        let mut slots = self.slots.write();
        if slots.get(&key).is_some_and(|current| Arc::ptr_eq(current, slot)) {
            slots.remove(&key);
            self.count.store(slots.len(), Ordering::SeqCst);
        }
        drop(slots);
        slot.finish(State::Failed);
    }

    /// Applies what is waiting, drops what is unused; to be called every second or so.
    pub(crate) fn upkeep(&self) {
        let slots: Vec<(Key, Arc<Slot>)> = self
            .slots
            .read()
            .iter()
            .map(|(key, slot)| (*key, Arc::clone(slot)))
            .collect();
        let idle = u64::try_from(self.options.idle.as_millis()).unwrap_or(u64::MAX);
        for (key, slot) in slots {
            if *slot.state.lock() != State::Ready {
                continue;
            }
            if self.now().saturating_sub(slot.used.load(Ordering::Relaxed)) > idle {
                self.drop_slot(key, &slot);
                continue;
            }
            if slot.waiting_count.load(Ordering::Relaxed) >= UPKEEP_WAITING {
                slot.drain(&mut slot.table.write());
            }
            let (bytes, rows, gone) = {
                let table = slot.table.read();
                (table.bytes(), table.len(), table.gone())
            };
            slot.bytes.store(bytes, Ordering::Relaxed);
            if gone * 100 > rows * MAX_GONE_PERCENT && rows > 10_000 {
                self.drop_slot(key, &slot);
                continue;
            }
            self.keep_budget(key);
        }
    }

    /// Ends all reading and forgets everything.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        for thread in std::mem::take(&mut *self.threads.lock()) {
            if thread.join().is_err() {
                tracing::error!("a thread that reads columns panicked");
            }
        }
        self.slots.write().clear();
        self.count.store(0, Ordering::SeqCst);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Switches the columns off or on again.
    #[cfg(test)]
    pub(crate) fn set_disabled(&self, disabled: bool) {
        self.disabled.store(disabled, Ordering::SeqCst);
    }

    /// Forgets all columns.
    #[cfg(test)]
    pub(crate) fn forget(&self) {
        let slots: Vec<(Key, Arc<Slot>)> = self
            .slots
            .read()
            .iter()
            .map(|(key, slot)| (*key, Arc::clone(slot)))
            .collect();
        for (key, slot) in slots {
            self.drop_slot(key, &slot);
        }
    }
}

impl Slot {
    /// Applies what is waiting to the locked table.
    fn drain(&self, table: &mut Table) {
        let changes = std::mem::take(&mut *self.waiting.lock());
        let count = changes.len();
        table.apply(changes);
        self.waiting_count.fetch_sub(count, Ordering::SeqCst);
    }

    fn finish(&self, state: State) {
        let mut current = self.state.lock();
        *current = state;
        if state == State::Failed {
            self.waiting.lock().clear();
            self.bytes.store(0, Ordering::Relaxed);
        }
        self.changed.notify_all();
    }
}
