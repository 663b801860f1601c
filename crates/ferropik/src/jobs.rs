//! What the server does on its own from time to time.

use std::time::Duration;

use ferropik_model::Timestamp;
use ferropik_server::http::metrics;
use ferropik_server::{AppState, run_uploads_and_exports};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::options::Options;
use crate::storage::Storage;

/// Pause between two looks for threads that have become inactive.
const CLOSE_THREADS_EVERY: Duration = Duration::from_secs(15);

/// Threads that are closed in one write.
const CLOSE_THREADS_BATCH: usize = 1000;

/// Pause between two deletions of files whose owners were deleted in the background.
const DELETE_FILES_EVERY: Duration = Duration::from_secs(5);

/// Pause between two clean-ups of collected metrics.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Pause between two looks for traces that retention rules made too old.
const APPLY_RETENTION_EVERY: Duration = Duration::from_secs(30 * 60);

/// Rows that are deleted before the files that they leave behind are.
const APPLY_RETENTION_BATCH: usize = 10_000;

/// Starts all jobs. They end when `stop` is cancelled; wait for `tasks`.
pub(crate) fn start(
    state: &AppState,
    storage: &Storage,
    options: &Options,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    let app = state.clone();
    tasks.spawn(repeat(CLOSE_THREADS_EVERY, stop.clone(), move || {
        let app = app.clone();
        async move { close_inactive_threads(&app).await }
    }));
    tasks.spawn(run_uploads_and_exports(state.clone(), stop.clone()));
    let (files, storage) = (state.files.clone(), storage.clone());
    tasks.spawn(repeat(DELETE_FILES_EVERY, stop.clone(), move || {
        let (files, keys) = (files.clone(), storage.take_orphans());
        async move { files.delete(keys).await }
    }));
    tasks.spawn(repeat(UPKEEP_EVERY, stop.clone(), async || metrics::upkeep()));
    if options.retention {
        let (app, stop_retention) = (state.clone(), stop.clone());
        tasks.spawn(repeat(APPLY_RETENTION_EVERY, stop.clone(), move || {
            let (app, stop) = (app.clone(), stop_retention.clone());
            async move { apply_retention(&app, &stop).await }
        }));
    }
}

async fn repeat<Fut: Future<Output = ()>>(every: Duration, stop: CancellationToken, mut job: impl FnMut() -> Fut) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => job().await,
            () = stop.cancelled() => return,
        }
    }
}

async fn close_inactive_threads(state: &AppState) {
    let timeout = state.settings.thread_timeout.as_secs();
    loop {
        match state.store.close_inactive_threads(timeout, CLOSE_THREADS_BATCH).await {
            Ok(closed) => {
                if !closed.is_empty() {
                    tracing::debug!(count = closed.len(), "inactive threads closed");
                }
                if closed.len() < CLOSE_THREADS_BATCH {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "inactive threads could not be closed");
                return;
            }
        }
    }
}

async fn apply_retention(state: &AppState, stop: &CancellationToken) {
    let now = Timestamp::now();
    while !stop.is_cancelled() {
        match state.store.apply_retention(now, APPLY_RETENTION_BATCH).await {
            Ok(pass) => {
                if pass.deleted > 0 {
                    tracing::info!(count = pass.deleted, "what retention rules made too old was deleted");
                }
                state.files.delete(pass.leftovers.object_keys).await;
                if pass.is_finished {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "retention rules could not be applied");
                return;
            }
        }
    }
}
