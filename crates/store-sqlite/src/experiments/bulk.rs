//! Runs that are recorded as a whole: traces, spans, scores and items in one write.

use ferropik_store::{BulkItem, ItemCreation, Leftovers, NewExperimentItem, NewScore, StoreResult};

use super::items;
use crate::annotation_queues::Router;
use crate::payloads::Encoder;
use crate::rows::source;
use crate::scores::put_on_trace;
use crate::spans::write::PreparedSpan;
use crate::traces::write::PreparedTrace;
use crate::work::Work;
use crate::{spans, traces};

/// Runs whose payloads are compressed.
pub(super) struct Upload {
    items: Vec<NewExperimentItem>,
    traces: Vec<PreparedTrace>,
    hidden: Vec<bool>,
    spans: Vec<PreparedSpan>,
    /// Scores of each trace.
    scores: Vec<Vec<NewScore>>,
}

/// Compresses the payloads of runs.
pub(super) fn prepare(encoder: &mut Encoder<'_>, runs: Vec<BulkItem>) -> StoreResult<Upload> {
    let mut upload = Upload {
        items: Vec::with_capacity(runs.len()),
        traces: Vec::with_capacity(runs.len()),
        hidden: Vec::with_capacity(runs.len()),
        spans: Vec::new(),
        scores: Vec::with_capacity(runs.len()),
    };
    for run in runs {
        upload.items.push(run.item);
        upload.traces.push(traces::prepare(encoder, run.trace)?);
        upload.hidden.push(run.hidden);
        for span in run.spans {
            upload.spans.push(spans::prepare(encoder, span)?);
        }
        upload.scores.push(run.scores);
    }
    Ok(upload)
}

/// Stores runs, all or none.
pub(super) fn record(work: &mut Work<'_>, upload: &Upload, leftovers: &mut Leftovers) -> StoreResult<ItemCreation> {
    let refused = items::refusal(work.connection, work.workspace, &upload.items)?;
    if refused != ItemCreation::Stored {
        return Ok(refused);
    }
    traces::write::store_all(work, &upload.traces, leftovers)?;
    for (trace, hidden) in upload.traces.iter().zip(&upload.hidden) {
        if *hidden && let Some(stored) = work.find_trace(trace.id)? {
            stored.now.source = source::HIDDEN;
        }
    }
    for span in &upload.spans {
        spans::write::store(work, span, leftovers)?;
    }
    let mut router = Router::default();
    for (trace, scores) in upload.traces.iter().zip(&upload.scores) {
        let project = work.project(trace.project)?;
        for score in scores {
            put_on_trace(work, &mut router, trace.id, project, score)?;
        }
    }
    router.finish(work)?;
    items::put_all(work, &upload.items)
}
