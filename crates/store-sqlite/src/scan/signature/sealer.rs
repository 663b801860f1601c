//! Sealing of segments, beside everything else.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ferropik_model::Timestamp;
use ferropik_store::{StoreError, StoreResult};
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use super::build::{Built, RowBits};
use super::{SEGMENT_ROWS, first_of, stored};
use crate::Context;
use crate::engine::connection::open_reader;
use crate::engine::writer::Writer;
use crate::error::translate;
use crate::rows::decode_numbers;
use crate::state::State;

/// How long the rows of a segment have to be at rest.
const REST: Duration = Duration::from_secs(20);

/// Pause when there is nothing to do.
const PAUSE: Duration = Duration::from_secs(5);

/// Changed rows of a segment from which on it is sealed anew.
const ENOUGH_CHANGES: i64 = 100;

/// While others write, sealing takes at most one part in so many of the time of a core.
const BUSY_SHARE: u32 = 5;

/// How much others come first: the value of `nice`.
const NICENESS: i32 = 10;

/// What the writer knows of sealing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sealing {
    /// Changes of rows with smaller numbers have to be noted.
    noted_below: i64,
    /// Tells changes that a sealing knows from later ones.
    mark: i64,
}

impl Sealing {
    /// What the database says.
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Sealing> {
        let mark: i64 = connection.query_row("SELECT COALESCE(MAX(mark), 0) + 1 FROM search_change", [], |row| {
            row.get(0)
        })?;
        Ok(Sealing {
            noted_below: first_of(stored::sealed_segments(connection)?),
            mark,
        })
    }

    /// Notes that searched texts of a trace have changed. To be called in the transaction that changes them.
    pub(crate) fn changed(&self, connection: &Connection, trace: i64) -> StoreResult<()> {
        if trace >= self.noted_below {
            return Ok(());
        }
        connection
            .prepare_cached("INSERT OR REPLACE INTO search_change (trace, mark) VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute([trace, self.mark]))
            .map_err(translate)?;
        Ok(())
    }

    /// From now on, changes of the rows of a segment are noted; answers the mark that they get.
    fn begin(&mut self, segment: i64) -> i64 {
        self.noted_below = self.noted_below.max(first_of(segment + 1));
        self.mark += 1;
        self.mark
    }
}

#[derive(Default)]
struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
}

/// The thread that seals segments.
pub(crate) struct Sealer {
    stop: Arc<Stop>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Sealer {
    /// Starts the thread.
    pub(crate) fn start(path: &Path, context: Context, writer: Arc<Writer<State>>) -> rusqlite::Result<Sealer> {
        let connection = open_reader(path)?;
        let stop = Arc::new(Stop::default());
        let seen = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("sealer".to_owned())
            .spawn(move || {
                run(
                    &Sealery {
                        connection,
                        context,
                        writer,
                    },
                    &seen,
                )
            })
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok(Sealer {
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Ends the thread.
    pub(crate) fn close(&self) {
        *self.stop.is_set.lock() = true;
        self.stop.changed.notify_all();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that seals search segments panicked");
        }
    }
}

fn run(sealery: &Sealery, stop: &Stop) {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "could not lower the priority of sealing");
    }
    let mut newest = 0;
    loop {
        let started = Instant::now();
        let pause = match sealery.step(REST) {
            Ok(Some(segment)) => {
                tracing::debug!(segment, elapsed = ?started.elapsed(), "sealed a search segment");
                let before = std::mem::replace(&mut newest, sealery.newest().unwrap_or(0));
                if newest == before {
                    Duration::ZERO
                } else {
                    started.elapsed() * (BUSY_SHARE - 1)
                }
            }
            Ok(None) => PAUSE,
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "could not seal a search segment");
                PAUSE
            }
        };
        let mut is_set = stop.is_set.lock();
        if !*is_set && pause > Duration::ZERO {
            stop.changed.wait_for(&mut is_set, pause);
        }
        if *is_set {
            return;
        }
    }
}

/// What sealing works with.
pub(crate) struct Sealery {
    pub(crate) connection: Connection,
    pub(crate) context: Context,
    pub(crate) writer: Arc<Writer<State>>,
}

impl Sealery {
    /// Seals one segment; none when there is nothing to do. `rest` is how long its rows have to be at rest.
    pub(crate) fn step(&self, rest: Duration) -> StoreResult<Option<i64>> {
        let Some(segment) = self.next(rest).map_err(translate)? else {
            return Ok(None);
        };
        let mark = self
            .writer
            .write_blocking(move |_, state| Ok(state.sealing.begin(segment)))?;
        // What was written before is visible now, what is written from now on is noted as changed.
        let built = Arc::new(self.build(segment)?);
        self.writer
            .write_blocking(move |connection, _| stored::write(connection, segment, &built, mark).map_err(translate))?;
        Ok(Some(segment))
    }

    fn newest(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT COALESCE(MAX(seq), 0) FROM trace")?
            .query_row([], |row| row.get(0))
    }

    fn next(&self, rest: Duration) -> rusqlite::Result<Option<i64>> {
        let sealed = stored::sealed_segments(&self.connection)?;
        if first_of(sealed + 1) <= self.newest()? && self.is_at_rest(sealed, rest)? {
            return Ok(Some(sealed));
        }
        if let Some(segment) = stored::most_changed(&self.connection, sealed, ENOUGH_CHANGES)?
            && self.is_at_rest(segment, rest)?
        {
            return Ok(Some(segment));
        }
        stored::abandoned(&self.connection)
    }

    fn is_at_rest(&self, segment: i64, rest: Duration) -> rusqlite::Result<bool> {
        let rest = i64::try_from(rest.as_micros()).unwrap_or(i64::MAX);
        let updated: i64 = self
            .connection
            .prepare_cached("SELECT COALESCE(MAX(updated_us), 0) FROM trace WHERE seq BETWEEN ?1 AND ?2")?
            .query_row([first_of(segment), first_of(segment + 1) - 1], |row| row.get(0))?;
        // Clients may name a time in the future.
        let now = Timestamp::now().as_micros();
        Ok(updated.saturating_add(rest) <= now || updated > now)
    }

    fn build(&self, segment: i64) -> StoreResult<Built> {
        let transaction = self.connection.unchecked_transaction().map_err(translate)?;
        let mut rows = Vec::with_capacity(usize::try_from(SEGMENT_ROWS).unwrap_or(0));
        let mut statement = transaction
            .prepare_cached(
                "SELECT t.seq, t.project, t.name, t.tags, h.thread_id, p.input, p.output, p.metadata, p.error \
                 FROM trace t LEFT JOIN trace_payload p ON p.seq = t.seq LEFT JOIN thread h ON h.seq = t.thread \
                 WHERE t.seq BETWEEN ?1 AND ?2",
            )
            .map_err(translate)?;
        let mut found = statement
            .query([first_of(segment), first_of(segment + 1) - 1])
            .map_err(translate)?;
        let mut text = Vec::new();
        while let Some(row) = found.next().map_err(translate)? {
            let name: Option<i64> = row.get(2).map_err(translate)?;
            let project = row.get(1).map_err(translate)?;
            let mut bits = RowBits::new(row.get(0).map_err(translate)?, (project, name.unwrap_or(0)));
            let tags = decode_numbers(
                row.get_ref(3)
                    .and_then(|value| Ok(value.as_blob_or_null()?))
                    .map_err(translate)?,
            );
            for string in name.into_iter().chain(tags) {
                bits.add(&self.context.strings.text(&transaction, string).map_err(translate)?);
            }
            let thread = row
                .get_ref(4)
                .and_then(|value| Ok(value.as_str_or_null()?))
                .map_err(translate)?;
            bits.add(thread.unwrap_or_default());
            for column in 5..9 {
                let frame = row
                    .get_ref(column)
                    .and_then(|value| Ok(value.as_blob_or_null()?))
                    .map_err(translate)?;
                let Some(frame) = frame else { continue };
                self.context
                    .codec
                    .decode_into(frame, &mut text)
                    .map_err(StoreError::internal)?;
                bits.add_json(std::str::from_utf8(&text).map_err(StoreError::internal)?);
            }
            rows.push(bits);
        }
        Ok(Built::new(first_of(segment), rows))
    }
}
