//! Rules of spans.

use std::sync::Arc;

use axum::response::Response;
use ferropik_model::{AttachmentEntity, NewAttachment, Page, Source, Span, SpanType, SpanUpdate, SpanWrite, Stats};
use ferropik_query::Entity;
use ferropik_store::{List, NewSpan, Scope, SpanPatch, SpanSelection, View, ViewField};
use uuid::Uuid;

use super::prices::{Prices, named_in};
use super::validate::{self, SpanBatch, SpanBatchUpdate};
use crate::AppState;
use crate::attachments::service::{Payloads, extract};
use crate::http::{ApiError, ApiResult};
use crate::projects::service::ensure;
use crate::records::payload::{excluded_from_store, finish};
use crate::records::project::{self, NamedProject};
use crate::records::query::{Wanted, sortable};
use crate::records::search::{self, Conditions, SpanSearch};
use crate::records::{rules, write};

const ENTITY: AttachmentEntity = AttachmentEntity::Span;

/// Stores one span and answers its id.
pub(super) async fn create(state: &AppState, scope: &Scope, span: SpanWrite) -> ApiResult<Uuid> {
    validate::create(&span)?;
    let project = ensure(state, scope, span.project_name.as_deref()).await?;
    let mut rows = [new_span(span, project, &state.prices)];
    write::extract_all(state, scope, ENTITY, &mut rows, parts).await?;
    let [row] = rows;
    let id = row.id;
    let (store, owned_scope) = (state.store.clone(), scope.clone());
    write::commit(state, row.attachments.clone(), async move {
        store.create_span(&owned_scope, row).await
    })
    .await?
    .map_err(|error| write::write_error(error, ENTITY))?;
    Ok(id)
}

/// Stores whole spans; the newest of each id stays.
pub(crate) async fn create_batch(state: &AppState, scope: &Scope, batch: SpanBatch) -> ApiResult<()> {
    validate::batch(&batch)?;
    let spans = batch.spans.unwrap_or_default();
    let spans = write::newest_of_each(spans, |span| (span.id, span.last_updated_at));
    let names = spans.iter().map(|span| span.project_name.as_deref());
    let projects = project::of_names(state, scope, names).await?;
    let prices = state.prices.clone();
    // Pricing looks into the metadata, which may be large.
    let mut rows: Vec<NewSpan> = tokio::task::spawn_blocking(move || {
        spans
            .into_iter()
            .zip(projects)
            .map(|(span, project)| new_span(span, project, &prices))
            .collect()
    })
    .await?;
    write::extract_all(state, scope, ENTITY, &mut rows, parts).await?;
    let files = rows.iter().flat_map(|row| row.attachments.iter().cloned()).collect();
    let (store, owned_scope) = (state.store.clone(), scope.clone());
    write::commit(
        state,
        files,
        async move { store.upsert_spans(&owned_scope, rows).await },
    )
    .await?
    .map_err(|error| write::write_error(error, ENTITY))
}

/// A span for the store.
pub(crate) fn new_span(mut span: SpanWrite, project: Uuid, prices: &Prices) -> NewSpan {
    for text in [
        &mut span.name,
        &mut span.model,
        &mut span.provider,
        &mut span.environment,
    ] {
        rules::drop_blank(text);
    }
    let cost = prices.of_new_span(&span);
    NewSpan {
        id: rules::id_or_new(span.id),
        project,
        trace_id: span.trace_id.unwrap_or_default(),
        cost: cost.amount,
        cost_is_estimated: cost.estimated,
        attachments: Vec::new(),
        span,
    }
}

/// What large files are taken out of, and where they are noted.
pub(crate) fn parts(row: &mut NewSpan) -> (Uuid, Uuid, Payloads<'_>, &mut Vec<NewAttachment>) {
    let NewSpan {
        id,
        project,
        span,
        attachments,
        ..
    } = row;
    let payloads = Payloads {
        input: &mut span.input,
        output: &mut span.output,
        metadata: &mut span.metadata,
    };
    (*project, *id, payloads, attachments)
}

/// Changes one span; an unknown one is stored as far as the change says.
pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, mut update: SpanUpdate) -> ApiResult<()> {
    let trace_id = validate::update(id, &update)?;
    drop_blanks(&mut update);
    let project = project::of_update(state, scope, update.project_id, update.project_name.as_deref()).await?;
    let metadata_cost = update
        .metadata
        .as_ref()
        .and_then(|metadata| named_in(metadata.as_str()));
    let payloads = Payloads {
        input: &mut update.input,
        output: &mut update.output,
        metadata: &mut update.metadata,
    };
    let attachments = extract(state, scope, project, ENTITY, id, payloads).await?;
    let patch = SpanPatch {
        id,
        project,
        trace_id,
        update,
        metadata_cost,
        pricer: Arc::new(state.prices.clone()),
        attachments: attachments.clone(),
    };
    let (store, owned_scope) = (state.store.clone(), scope.clone());
    write::commit(state, attachments, async move {
        store.update_span(&owned_scope, patch).await
    })
    .await?
    .map_err(|error| write::write_error(error, ENTITY))
}

/// Applies one change to many spans.
pub(super) async fn update_batch(state: &AppState, scope: &Scope, body: SpanBatchUpdate) -> ApiResult<()> {
    validate::batch_update(&body)?;
    let mut update = body.update.unwrap_or_default();
    drop_blanks(&mut update);
    update.source = None;
    let merge_tags = body.merge_tags.unwrap_or_default();
    state
        .store
        .update_spans(scope, body.ids.unwrap_or_default(), update, merge_tags)
        .await?;
    Ok(())
}

fn drop_blanks(update: &mut SpanUpdate) {
    for text in [
        &mut update.name,
        &mut update.model,
        &mut update.provider,
        &mut update.environment,
    ] {
        rules::drop_blank(text);
    }
}

/// Which spans of a project a read is about.
pub(super) struct WantedSpans {
    pub(super) base: Wanted,
    pub(super) trace_id: Option<Uuid>,
    pub(super) span_type: Option<SpanType>,
}

impl WantedSpans {
    async fn selection(self, state: &AppState, scope: &Scope) -> ApiResult<SpanSelection> {
        let base = self.base.selection(state, scope).await?;
        Ok(SpanSelection {
            base,
            trace_id: self.trace_id,
            span_type: self.span_type,
        })
    }
}

/// One span with all it has.
pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid, strip_attachments: bool) -> ApiResult<Span> {
    let view = View::default();
    let found = state.store.span(scope, id, view).await?;
    let rows = finish(state, scope, Vec::from_iter(found), view.exclude, strip_attachments).await?;
    rows.into_iter()
        .next()
        .ok_or_else(|| ApiError::not_found(format!("Span id: {id} not found")))
}

/// One page of spans.
pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    wanted: WantedSpans,
    mut list: List,
    strip_attachments: bool,
) -> ApiResult<Page<Span>> {
    let selection = wanted.selection(state, scope).await?;
    let (page, exclude) = (list.page, list.view.exclude);
    list.view.exclude = excluded_from_store(ViewField::OF_SPANS, exclude);
    let listed = state.store.spans(scope, selection, list).await?;
    let rows = finish(state, scope, listed.rows, exclude, strip_attachments).await?;
    Ok(Page::new(page, listed.total, rows).sortable_by(sortable(Entity::Span)))
}

/// A stream of spans in descending id order.
pub(super) async fn search(state: AppState, scope: Scope, body: SpanSearch) -> ApiResult<Response> {
    let exclude = search::exclude(body.exclude.as_deref(), ViewField::OF_SPANS)?;
    let conditions = Conditions {
        project_id: body.project_id,
        project_name: body.project_name,
        filters: body.filters,
        limit: body.limit,
        from_time: body.from_time,
        to_time: body.to_time,
    };
    let (base, limit) = conditions.check(Entity::Span)?;
    let wanted = WantedSpans {
        base,
        trace_id: body.trace_id,
        span_type: body.r#type,
    };
    let selection = wanted.selection(&state, &scope).await?;
    let view = View {
        truncate: body.truncate.unwrap_or_default(),
        exclude: excluded_from_store(ViewField::OF_SPANS, exclude),
    };
    let strip_attachments = body.strip_attachments.unwrap_or_default();
    search::stream(
        body.last_retrieved_id,
        limit,
        view,
        |span: &Span| span.id,
        move |scan| {
            let (state, scope, selection) = (state.clone(), scope.clone(), selection.clone());
            async move {
                let rows = state.store.scan_spans(&scope, selection, scan).await?;
                finish(&state, &scope, rows, exclude, strip_attachments).await
            }
        },
    )
    .await
}

/// Statistics.
pub(super) async fn stats(state: &AppState, scope: &Scope, wanted: WantedSpans) -> ApiResult<Stats> {
    let selection = wanted.selection(state, scope).await?;
    Ok(state.store.span_stats(scope, selection).await?)
}

/// Whether a project has a span.
pub(super) async fn exists(
    state: &AppState,
    scope: &Scope,
    project: NamedProject,
    source: Option<Source>,
) -> ApiResult<bool> {
    let project = project.existing_id(state, scope).await?;
    Ok(state.store.span_exists(scope, project, source).await?)
}
