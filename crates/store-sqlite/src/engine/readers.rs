//! Readers: a few threads, each with a connection of its own, that run queries off the async threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use ferropik_store::{StoreError, StoreResult};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::open_reader;
use crate::error::translate;

/// Queries that may wait for a reader; more are refused.
const QUEUE_LIMIT: usize = 1_024;

/// How long a query may run.
pub(crate) const QUERY_TIME_LIMIT: Duration = Duration::from_secs(85);

/// Steps of the database engine between two looks at the clock.
const STEPS_BETWEEN_CHECKS: i32 = 20_000;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The pool of readers.
pub(crate) struct Readers {
    jobs: parking_lot::Mutex<Option<Sender<Job>>>,
    threads: parking_lot::Mutex<Vec<JoinHandle<()>>>,
}

/// Set when whoever asked does not wait any more.
#[derive(Clone, Default)]
pub(crate) struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    /// Nobody waits any more.
    #[cfg(test)]
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether nobody waits for the result.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct CancelOnDrop(Cancelled);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Readers {
    /// Starts `count` readers of a database, after `prepare` has readied each connection.
    pub(crate) fn start(
        path: &Path,
        count: usize,
        prepare: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Readers> {
        let (sender, receiver) = crossbeam_channel::bounded::<Job>(QUEUE_LIMIT);
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let mut connection = open_reader(path)?;
            prepare(&connection)?;
            let receiver: Receiver<Job> = receiver.clone();
            let thread = std::thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || {
                    for job in receiver {
                        job(&mut connection);
                    }
                })
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            threads.push(thread);
        }
        Ok(Readers {
            jobs: parking_lot::Mutex::new(Some(sender)),
            threads: parking_lot::Mutex::new(threads),
        })
    }

    /// Runs a query on a reader, inside of one read transaction. The query is interrupted when the time limit is
    /// reached or when the returned future is dropped.
    pub(crate) async fn run<T, F>(&self, query: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Cancelled) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let cancelled = Cancelled::default();
        let guard = CancelOnDrop(cancelled.clone());
        let job: Job = Box::new(move |connection| {
            if cancelled.is_set() {
                return;
            }
            let result = catch_unwind(AssertUnwindSafe(|| run_in_transaction(connection, &cancelled, query)))
                .unwrap_or_else(|_| Err(StoreError::internal("a query panicked")));
            // The asker may be gone.
            let _ = reply.send(result);
        });
        let sender = self.jobs.lock().clone().ok_or(StoreError::Closed)?;
        match sender.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(StoreError::Overloaded),
            Err(TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
        }
        drop(sender);
        let result = answer.await.map_err(|_| StoreError::Closed)?;
        drop(guard);
        result
    }

    /// Lets the readers finish and ends them.
    pub(crate) fn close(&self) {
        self.jobs.lock().take();
        for thread in self.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reader thread panicked");
            }
        }
    }
}

fn run_in_transaction<T>(
    connection: &mut Connection,
    cancelled: &Cancelled,
    query: impl FnOnce(&Connection, &Cancelled) -> StoreResult<T>,
) -> StoreResult<T> {
    let deadline = Instant::now() + QUERY_TIME_LIMIT;
    let watched = cancelled.clone();
    connection
        .progress_handler(
            STEPS_BETWEEN_CHECKS,
            Some(move || watched.is_set() || Instant::now() > deadline),
        )
        .map_err(translate)?;
    let transaction = connection.unchecked_transaction().map_err(translate)?;
    let result = query(&transaction, cancelled);
    drop(transaction);
    connection
        .progress_handler(0, None::<fn() -> bool>)
        .map_err(translate)?;
    result
}
