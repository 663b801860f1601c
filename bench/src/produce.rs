//! Generation of request bodies on several threads.

use crate::corpus::Corpus;
use crate::dataset::{Dataset, TracePlan};
use crate::process;
use crate::wire::{Body, BodyWriter, Route};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Traces whose bodies are handed over together. They are sent in order on one connection, so that
/// a trace is usually known before its spans and scores arrive.
const CHUNK_TRACES: u64 = 1000;

/// How bodies are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyOptions {
    /// Elements per body, 1 to 1000.
    pub(crate) batch_rows: usize,
    /// Gzip level, 1 to 12.
    pub(crate) gzip_level: i32,
}

/// Hands out chunks of rows to producer threads and adds up their processor time.
pub(crate) struct Producer<'a> {
    dataset: &'a Dataset,
    corpus: &'a Corpus,
    options: BodyOptions,
    next_chunk: AtomicU64,
    cpu_seconds: Mutex<f64>,
}

impl<'a> Producer<'a> {
    /// Prepares the production of all rows of a data set.
    pub(crate) fn new(dataset: &'a Dataset, corpus: &'a Corpus, options: BodyOptions) -> Self {
        Self {
            dataset,
            corpus,
            options,
            next_chunk: AtomicU64::new(0),
            cpu_seconds: Mutex::new(0.0),
        }
    }

    /// Generates chunks until none is left or the receiver is gone. Runs on a thread of its own,
    /// several at the same time if wanted; blocks while the channel is full.
    ///
    /// # Errors
    /// When the options are out of range.
    pub(crate) fn run(&self, bodies: &mpsc::Sender<Vec<Body>>) -> anyhow::Result<()> {
        self.each_chunk(|_, chunk| bodies.blocking_send(chunk).is_ok())
    }

    /// Generates chunks until none is left and keeps only the bodies of the `wanted` routes, with
    /// the number of their chunk.
    ///
    /// # Errors
    /// When the options are out of range.
    pub(crate) fn collect(&self, wanted: &[Route]) -> anyhow::Result<Vec<(u64, Vec<Body>)>> {
        let mut chunks = Vec::new();
        self.each_chunk(|number, mut chunk| {
            chunk.retain(|body| wanted.contains(&body.route));
            chunks.push((number, chunk));
            true
        })?;
        Ok(chunks)
    }

    /// Processor seconds spent by the producer threads that have ended.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        *self
            .cpu_seconds
            .lock()
            .expect("producers do not panic while holding the lock")
    }

    fn each_chunk(&self, mut deliver: impl FnMut(u64, Vec<Body>) -> bool) -> anyhow::Result<()> {
        let before = process::cpu_seconds("/proc/thread-self/stat")?;
        let BodyOptions { batch_rows, gzip_level } = self.options;
        let mut writer = BodyWriter::new(self.dataset, self.corpus, batch_rows, gzip_level)?;
        loop {
            let chunk = self.next_chunk.fetch_add(1, Ordering::Relaxed);
            let first = chunk * CHUNK_TRACES;
            if first >= self.dataset.traces {
                break;
            }
            let mut bodies = Vec::new();
            for row in first..(first + CHUNK_TRACES).min(self.dataset.traces) {
                writer.add(&self.dataset.plan(row), &mut bodies);
            }
            writer.flush(&mut bodies);
            in_sending_order(&mut bodies);
            if !deliver(chunk, bodies) {
                break;
            }
        }
        let spent = process::cpu_seconds("/proc/thread-self/stat")? - before;
        *self
            .cpu_seconds
            .lock()
            .expect("producers do not panic while holding the lock") += spent;
        Ok(())
    }
}

/// The bodies of a single trace, in sending order.
///
/// # Errors
/// When the options are out of range.
pub(crate) fn bodies_of(
    dataset: &Dataset,
    corpus: &Corpus,
    options: BodyOptions,
    plan: &TracePlan,
) -> anyhow::Result<Vec<Body>> {
    let mut writer = BodyWriter::new(dataset, corpus, options.batch_rows, options.gzip_level)?;
    let mut bodies = Vec::new();
    writer.add(plan, &mut bodies);
    writer.flush(&mut bodies);
    in_sending_order(&mut bodies);
    Ok(bodies)
}

fn in_sending_order(bodies: &mut [Body]) {
    bodies.sort_by_key(|body| match body.route {
        Route::Traces => 0,
        Route::Spans => 1,
        Route::Scores => 2,
    });
}
