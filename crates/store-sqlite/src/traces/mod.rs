//! Traces.

mod read;
mod stats;
pub(crate) mod stats_lines {
    //! Pieces of statistics that spans and threads share.
    pub(crate) use super::stats::{dollars, named, push_scores, push_usage, ratio};
}
pub(crate) mod write;

pub(crate) use stats::{TraceTotals, project_totals};

use async_trait::async_trait;
use ferropik_model::{Source, Stats, Trace, TraceUpdate};
use ferropik_store::{
    Leftovers, List, Listed, NewTrace, Scan, Scope, Selection, StoreResult, TracePatch, TraceStore, View,
};
use uuid::Uuid;

use self::write::{PreparedPatch, PreparedTrace};
use crate::SqliteStore;
use crate::payloads::Encoder;
use crate::scan::Reader;
use crate::work::Work;

/// Compresses the payload of a trace.
pub(crate) fn prepare(encoder: &mut Encoder<'_>, new: NewTrace) -> StoreResult<PreparedTrace> {
    let mut trace = new.trace;
    let payload = encoder.payload(
        trace.input.as_ref(),
        trace.output.as_ref(),
        trace.metadata.as_ref(),
        trace.error_info.as_ref(),
    )?;
    // The frames hold them now.
    (trace.input, trace.output, trace.metadata, trace.error_info) = (None, None, None, None);
    Ok(PreparedTrace {
        id: new.id,
        project: new.project,
        trace,
        payload,
        attachments: new.attachments,
    })
}

#[async_trait]
impl TraceStore for SqliteStore {
    async fn create_trace(&self, scope: &Scope, trace: NewTrace) -> StoreResult<Leftovers> {
        let trace = self.encode(move |encoder| prepare(encoder, trace)).await?;
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let mut leftovers = Leftovers::default();
            write::create(&mut work, &trace, &mut leftovers)?;
            work.finish()?;
            Ok(leftovers)
        })
        .await
    }

    async fn upsert_traces(&self, scope: &Scope, traces: Vec<NewTrace>) -> StoreResult<Leftovers> {
        let count = traces.len();
        let traces = self
            .encode(move |encoder| {
                traces
                    .into_iter()
                    .map(|trace| prepare(encoder, trace))
                    .collect::<StoreResult<Vec<_>>>()
            })
            .await?;
        let scope = scope.clone();
        let leftovers = self
            .write(move |connection, state| {
                let mut work = Work::begin(connection, state, &scope)?;
                let mut leftovers = Leftovers::default();
                write::store_all(&mut work, &traces, &mut leftovers)?;
                work.finish()?;
                Ok(leftovers)
            })
            .await?;
        metrics::counter!("ferropik_ingested_traces_total").increment(count as u64);
        Ok(leftovers)
    }

    async fn update_trace(&self, scope: &Scope, patch: TracePatch) -> StoreResult<Leftovers> {
        let patch = self
            .encode(move |encoder| {
                let mut update = patch.update;
                let payload = encoder.payload(
                    update.input.as_ref(),
                    update.output.as_ref(),
                    update.metadata.as_ref(),
                    update.error_info.as_ref(),
                )?;
                (update.input, update.output, update.metadata, update.error_info) = (None, None, None, None);
                Ok(PreparedPatch {
                    id: patch.id,
                    project: patch.project,
                    update,
                    payload,
                    attachments: patch.attachments,
                })
            })
            .await?;
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let mut leftovers = Leftovers::default();
            write::update(&mut work, &patch, &mut leftovers)?;
            work.finish()?;
            Ok(leftovers)
        })
        .await
    }

    async fn update_traces(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        update: TraceUpdate,
        merge_tags: bool,
    ) -> StoreResult<()> {
        let (update, payload) = self
            .encode(move |encoder| {
                let payload = encoder.payload(
                    update.input.as_ref(),
                    update.output.as_ref(),
                    update.metadata.as_ref(),
                    update.error_info.as_ref(),
                )?;
                Ok((update, payload))
            })
            .await?;
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            write::update_many(&mut work, &ids, &update, &payload, merge_tags)?;
            work.finish()
        })
        .await
    }

    async fn delete_traces(&self, scope: &Scope, ids: Vec<Uuid>, project: Option<Uuid>) -> StoreResult<Leftovers> {
        let mut leftovers = Leftovers::default();
        // Slices keep the writer free for others in between.
        for slice in ids.chunks(crate::DELETE_SLICE) {
            let (scope, slice) = (scope.clone(), slice.to_vec());
            let part = self
                .write(move |connection, state| {
                    let mut work = Work::begin(connection, state, &scope)?;
                    let mut leftovers = Leftovers::default();
                    let project = match project.map(|id| work.project(id)) {
                        Some(Err(ferropik_store::StoreError::ProjectNotFound(_))) => return Ok(leftovers),
                        other => other.transpose()?,
                    };
                    write::delete(&mut work, &slice, project, &mut leftovers)?;
                    work.finish()?;
                    Ok(leftovers)
                })
                .await?;
            leftovers.object_keys.extend(part.object_keys);
        }
        Ok(leftovers)
    }

    async fn trace(&self, scope: &Scope, id: Uuid, view: View) -> StoreResult<Option<Trace>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| read::by_id(&context, connection, &scope, id, view))
            .await
    }

    async fn traces(&self, scope: &Scope, selection: Selection, list: List) -> StoreResult<Listed<Trace>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            read::page(reader, &scope, &selection, &list)
        })
        .await
    }

    async fn scan_traces(&self, scope: &Scope, selection: Selection, scan: Scan) -> StoreResult<Vec<Trace>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            read::scan(reader, &scope, &selection, &scan)
        })
        .await
    }

    async fn trace_stats(&self, scope: &Scope, selection: Selection) -> StoreResult<Stats> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            stats::stats(reader, &scope, &selection)
        })
        .await
    }

    async fn trace_exists(&self, scope: &Scope, project: Uuid, source: Option<Source>) -> StoreResult<bool> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            crate::rollup::exists(connection, &scope, crate::rollup::TRACES, project, source)
        })
        .await
    }
}
