//! The writer: the one thread that changes the database.
//!
//! Writes wait in a bounded queue. The writer takes what is waiting, runs it in one transaction and commits once
//! (group commit), so that the cost of making data durable is shared. A write is answered after the commit.
//!
//! Writes are closures that may run twice: when one fails after it has changed something, the transaction is rolled
//! back and every write of the group runs again in a transaction of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use ferropik_store::{StoreError, StoreResult};
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::error::translate;

/// Writes that may wait in the queue; more wait in front of it.
const QUEUE_LIMIT: usize = 256;

/// How long a write waits for a place in the queue before it is refused, so that clients slow down.
const QUEUE_PATIENCE: Duration = Duration::from_secs(10);

/// Writes that share a commit at most. With more the first would wait too long.
const GROUP_LIMIT: usize = 32;

/// A group is also closed when its writes have changed this many rows.
const GROUP_ROWS: u64 = 40_000;

/// What the writer keeps between writes and has to forget when a transaction is rolled back.
pub(crate) trait WriterState: Send + 'static {
    /// Forgets everything that the transaction may have added.
    fn rolled_back(&mut self);

    /// Called after a commit: what was pending becomes visible to readers of in-memory structures.
    fn committed(&mut self);
}

/// One write, whatever it answers.
trait Task<S>: Send {
    /// Runs the write; whether it succeeded.
    fn run(&mut self, connection: &Connection, state: &mut S) -> bool;

    /// Answers with the result of the last run, or with the failure of its commit.
    fn answer(self: Box<Self>, committed: StoreResult<()>);
}

struct Write<T, F> {
    write: F,
    result: StoreResult<T>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<S, T, F> Task<S> for Write<T, F>
where
    T: Send,
    F: FnMut(&Connection, &mut S) -> StoreResult<T> + Send,
{
    fn run(&mut self, connection: &Connection, state: &mut S) -> bool {
        self.result = catch_unwind(AssertUnwindSafe(|| (self.write)(connection, state)))
            .unwrap_or_else(|_| Err(StoreError::internal("a write panicked")));
        self.result.is_ok()
    }

    fn answer(self: Box<Self>, committed: StoreResult<()>) {
        let result = self.result.and_then(|value| committed.map(|()| value));
        // The asker may be gone; what is committed stays committed.
        let _ = self.reply.send(result);
    }
}

/// A handle to the writer.
pub(crate) struct Writer<S> {
    tasks: parking_lot::Mutex<Option<Sender<Box<dyn Task<S>>>>>,
    thread: parking_lot::Mutex<Option<JoinHandle<()>>>,
    places: Semaphore,
}

impl<S: WriterState> Writer<S> {
    /// Starts the thread.
    pub(crate) fn start(connection: Connection, state: S) -> std::io::Result<Writer<S>> {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(&connection, state, &receiver))?;
        Ok(Writer {
            tasks: parking_lot::Mutex::new(Some(sender)),
            thread: parking_lot::Mutex::new(Some(thread)),
            places: Semaphore::new(QUEUE_LIMIT),
        })
    }

    /// Runs a write and waits for the commit that holds it. A write that returns an error has changed nothing.
    ///
    /// The closure may run twice, see the module.
    pub(crate) async fn write<T, F>(&self, write: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnMut(&Connection, &mut S) -> StoreResult<T> + Send + 'static,
    {
        let place = tokio::time::timeout(QUEUE_PATIENCE, self.places.acquire()).await;
        let _place = place
            .map_err(|_| StoreError::Overloaded)?
            .map_err(|_| StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let task = Write {
            write,
            result: Err(StoreError::Closed),
            reply,
        };
        {
            let tasks = self.tasks.lock();
            let sender = tasks.as_ref().ok_or(StoreError::Closed)?;
            sender.send(Box::new(task)).map_err(|_| StoreError::Closed)?;
            metrics::gauge!("ferropik_write_queue_depth").set(sender.len() as f64);
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// The same for threads of the store itself: waits for nothing but the commit, and must not be called on a thread
    /// of the async runtime.
    pub(crate) fn write_blocking<T, F>(&self, write: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnMut(&Connection, &mut S) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Write {
            write,
            result: Err(StoreError::Closed),
            reply,
        };
        {
            let tasks = self.tasks.lock();
            let sender = tasks.as_ref().ok_or(StoreError::Closed)?;
            sender.send(Box::new(task)).map_err(|_| StoreError::Closed)?;
        }
        answer.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    /// Lets the waiting writes finish, moves the log into the database and ends the thread.
    pub(crate) fn close(&self) {
        self.tasks.lock().take();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
    }
}

fn run<S: WriterState>(connection: &Connection, mut state: S, tasks: &Receiver<Box<dyn Task<S>>>) {
    while let Ok(first) = tasks.recv() {
        let started = Instant::now();
        let group = run_group(connection, &mut state, first, tasks);
        metrics::histogram!("ferropik_write_group_seconds").record(started.elapsed().as_secs_f64());
        metrics::histogram!("ferropik_write_group_size").record(group as f64);
    }
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "could not move the log into the database");
    }
}

/// Runs the first task and those that wait behind it in one transaction; answers their number.
fn run_group<S: WriterState>(
    connection: &Connection,
    state: &mut S,
    first: Box<dyn Task<S>>,
    tasks: &Receiver<Box<dyn Task<S>>>,
) -> usize {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        first.answer(Err(translate(error)));
        return 1;
    }
    let changes_before = connection.total_changes();
    let mut group = Vec::new();
    let mut next = Some(first);
    let mut half_done = false;
    while let Some(mut task) = next.take() {
        let before = connection.total_changes();
        let succeeded = task.run(connection, state);
        group.push(task);
        if !succeeded && (connection.total_changes() != before || connection.is_autocommit()) {
            half_done = true;
            break;
        }
        if group.len() < GROUP_LIMIT && connection.total_changes() - changes_before < GROUP_ROWS {
            next = tasks.try_recv().ok();
        }
    }
    let size = group.len();
    if half_done {
        roll_back(connection, state);
        for task in group {
            run_alone(connection, state, task);
        }
        return size;
    }
    match connection.execute_batch("COMMIT") {
        Ok(()) => {
            state.committed();
            for task in group {
                task.answer(Ok(()));
            }
        }
        Err(error) => {
            tracing::error!(%error, "commit failed");
            let failure = translate(error);
            roll_back(connection, state);
            for task in group {
                task.answer(Err(copy_of(&failure)));
            }
        }
    }
    size
}

fn run_alone<S: WriterState>(connection: &Connection, state: &mut S, mut task: Box<dyn Task<S>>) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        task.answer(Err(translate(error)));
        return;
    }
    if !task.run(connection, state) {
        roll_back(connection, state);
        task.answer(Ok(()));
        return;
    }
    match connection.execute_batch("COMMIT") {
        Ok(()) => {
            state.committed();
            task.answer(Ok(()));
        }
        Err(error) => {
            tracing::error!(%error, "commit failed");
            let failure = translate(error);
            roll_back(connection, state);
            task.answer(Err(failure));
        }
    }
}

fn roll_back<S: WriterState>(connection: &Connection, state: &mut S) {
    state.rolled_back();
    if connection.is_autocommit() {
        // The engine has rolled back by itself, as it does when the disk is full.
        return;
    }
    if let Err(error) = connection.execute_batch("ROLLBACK") {
        tracing::error!(%error, "could not roll back");
    }
}

fn copy_of(error: &StoreError) -> StoreError {
    match error {
        StoreError::StorageFull => StoreError::StorageFull,
        StoreError::Overloaded => StoreError::Overloaded,
        other => StoreError::internal(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Counting {
        rolled_back: usize,
    }

    impl WriterState for Counting {
        fn rolled_back(&mut self) {
            self.rolled_back += 1;
        }

        fn committed(&mut self) {}
    }

    #[tokio::test]
    async fn a_failing_write_leaves_nothing_and_harms_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::open(directory.path().join("x.db")).unwrap();
        connection.execute_batch("CREATE TABLE t (v INTEGER)").unwrap();
        let writer = Writer::start(connection, Counting::default()).unwrap();
        let writes = (0..50_i64).map(|n| {
            writer.write(move |connection, _state| {
                connection
                    .execute("INSERT INTO t VALUES (?1)", [n])
                    .map_err(translate)?;
                if n % 7 == 0 { Err(StoreError::NotFound) } else { Ok(n) }
            })
        });
        let results = futures::future::join_all(writes).await;
        for (n, result) in results.iter().enumerate() {
            assert_eq!(result.is_err(), n % 7 == 0, "{n}");
        }
        let count: i64 = writer
            .write(|connection, _| {
                connection
                    .query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0))
                    .map_err(translate)
            })
            .await
            .unwrap();
        assert_eq!(count, 50 - 8);
        writer.close();
        assert!(matches!(writer.write(|_, _| Ok(())).await, Err(StoreError::Closed)));
    }

    #[tokio::test]
    async fn a_panicking_write_is_an_error_and_the_writer_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::open(directory.path().join("x.db")).unwrap();
        let writer = Writer::start(connection, Counting::default()).unwrap();
        assert!(
            writer
                .write(|_, _| -> StoreResult<()> { panic!("on purpose") })
                .await
                .is_err()
        );
        assert_eq!(writer.write(|_, _| Ok(7)).await.unwrap(), 7);
    }
}
