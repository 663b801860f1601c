//! Spans.

mod read;
pub(crate) mod write;

use async_trait::async_trait;
use ferropik_model::{Source, Span, SpanUpdate, Stats};
use ferropik_store::{
    Leftovers, List, Listed, NewSpan, Scan, Scope, SpanPatch, SpanSelection, SpanStore, StoreResult, View,
};
use uuid::Uuid;

use self::write::{PreparedPatch, PreparedSpan, scaled_cost};
use crate::SqliteStore;
use crate::payloads::Encoder;
use crate::scan::Reader;
use crate::work::Work;

/// Compresses the payload of a span.
pub(crate) fn prepare(encoder: &mut Encoder<'_>, new: NewSpan) -> StoreResult<PreparedSpan> {
    let mut span = new.span;
    let payload = encoder.payload(
        span.input.as_ref(),
        span.output.as_ref(),
        span.metadata.as_ref(),
        span.error_info.as_ref(),
    )?;
    // The frames hold them now.
    (span.input, span.output, span.metadata, span.error_info) = (None, None, None, None);
    Ok(PreparedSpan {
        id: new.id,
        project: new.project,
        trace_id: new.trace_id,
        span,
        cost: scaled_cost(new.cost)?,
        cost_is_estimated: new.cost_is_estimated,
        payload,
        attachments: new.attachments,
    })
}

#[async_trait]
impl SpanStore for SqliteStore {
    async fn create_span(&self, scope: &Scope, span: NewSpan) -> StoreResult<Leftovers> {
        let span = self.encode(move |encoder| prepare(encoder, span)).await?;
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let mut leftovers = Leftovers::default();
            write::create(&mut work, &span, &mut leftovers)?;
            work.finish()?;
            Ok(leftovers)
        })
        .await
    }

    async fn upsert_spans(&self, scope: &Scope, spans: Vec<NewSpan>) -> StoreResult<Leftovers> {
        let count = spans.len();
        let spans = self
            .encode(move |encoder| {
                spans
                    .into_iter()
                    .map(|span| prepare(encoder, span))
                    .collect::<StoreResult<Vec<_>>>()
            })
            .await?;
        let scope = scope.clone();
        let leftovers = self
            .write(move |connection, state| {
                let mut work = Work::begin(connection, state, &scope)?;
                let mut leftovers = Leftovers::default();
                for span in &spans {
                    write::store(&mut work, span, &mut leftovers)?;
                }
                work.finish()?;
                Ok(leftovers)
            })
            .await?;
        metrics::counter!("ferropik_ingested_spans_total").increment(count as u64);
        Ok(leftovers)
    }

    async fn update_span(&self, scope: &Scope, patch: SpanPatch) -> StoreResult<Leftovers> {
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
                    trace_id: patch.trace_id,
                    update,
                    metadata_cost: patch.metadata_cost,
                    pricer: patch.pricer,
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

    async fn update_spans(
        &self,
        scope: &Scope,
        ids: Vec<Uuid>,
        update: SpanUpdate,
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

    async fn span(&self, scope: &Scope, id: Uuid, view: View) -> StoreResult<Option<Span>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| read::by_id(&context, connection, &scope, id, view))
            .await
    }

    async fn spans(&self, scope: &Scope, selection: SpanSelection, list: List) -> StoreResult<Listed<Span>> {
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

    async fn scan_spans(&self, scope: &Scope, selection: SpanSelection, scan: Scan) -> StoreResult<Vec<Span>> {
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

    async fn span_stats(&self, scope: &Scope, selection: SpanSelection) -> StoreResult<Stats> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            read::stats(reader, &scope, &selection)
        })
        .await
    }

    async fn span_exists(&self, scope: &Scope, project: Uuid, source: Option<Source>) -> StoreResult<bool> {
        let scope = scope.clone();
        self.read(move |connection, _| crate::rollup::exists(connection, &scope, crate::rollup::SPANS, project, source))
            .await
    }
}
