//! Rules of traces.

use axum::response::Response;
use ferropik_model::{AttachmentEntity, NewAttachment, Page, Source, Stats, Trace, TraceUpdate, TraceWrite};
use ferropik_query::Entity;
use ferropik_store::{List, NewTrace, Scope, TracePatch, View, ViewField};
use uuid::Uuid;

use super::validate::{self, TraceBatch, TraceBatchUpdate};
use crate::AppState;
use crate::attachments::service::{Payloads, discard, extract};
use crate::http::{ApiError, ApiResult};
use crate::projects::service::ensure;
use crate::records::body::TraceDeletion;
use crate::records::payload::{excluded_from_store, finish};
use crate::records::project::{self, NamedProject};
use crate::records::query::{Wanted, sortable};
use crate::records::search::{self, Conditions, TraceSearch};
use crate::records::{rules, write};

const ENTITY: AttachmentEntity = AttachmentEntity::Trace;

/// Stores one trace and answers its id.
pub(super) async fn create(state: &AppState, scope: &Scope, trace: TraceWrite) -> ApiResult<Uuid> {
    validate::create(&trace)?;
    let project = ensure(state, scope, trace.project_name.as_deref()).await?;
    let mut rows = [new_trace(trace, project)];
    write::extract_all(state, scope, ENTITY, &mut rows, parts).await?;
    let [row] = rows;
    let id = row.id;
    let (store, owned_scope) = (state.store.clone(), scope.clone());
    write::commit(state, row.attachments.clone(), async move {
        store.create_trace(&owned_scope, row).await
    })
    .await?
    .map_err(|error| write::write_error(error, ENTITY))?;
    Ok(id)
}

/// Stores whole traces; the newest of each id stays.
pub(crate) async fn create_batch(state: &AppState, scope: &Scope, batch: TraceBatch) -> ApiResult<()> {
    validate::batch(&batch)?;
    let traces = batch.traces.unwrap_or_default();
    let traces = write::newest_of_each(traces, |trace| (trace.id, trace.last_updated_at));
    let names = traces.iter().map(|trace| trace.project_name.as_deref());
    let projects = project::of_names(state, scope, names).await?;
    let mut rows: Vec<NewTrace> = traces
        .into_iter()
        .zip(projects)
        .map(|(trace, project)| new_trace(trace, project))
        .collect();
    write::extract_all(state, scope, ENTITY, &mut rows, parts).await?;
    let files = rows.iter().flat_map(|row| row.attachments.iter().cloned()).collect();
    let (store, owned_scope) = (state.store.clone(), scope.clone());
    write::commit(
        state,
        files,
        async move { store.upsert_traces(&owned_scope, rows).await },
    )
    .await?
    .map_err(|error| write::write_error(error, ENTITY))
}

/// A trace for the store.
pub(crate) fn new_trace(mut trace: TraceWrite, project: Uuid) -> NewTrace {
    rules::drop_blank(&mut trace.name);
    rules::drop_blank(&mut trace.thread_id);
    rules::drop_blank(&mut trace.environment);
    NewTrace {
        id: rules::id_or_new(trace.id),
        project,
        trace,
        attachments: Vec::new(),
    }
}

/// What large files are taken out of, and where they are noted.
pub(crate) fn parts(row: &mut NewTrace) -> (Uuid, Uuid, Payloads<'_>, &mut Vec<NewAttachment>) {
    let NewTrace {
        id,
        project,
        trace,
        attachments,
    } = row;
    let payloads = Payloads {
        input: &mut trace.input,
        output: &mut trace.output,
        metadata: &mut trace.metadata,
    };
    (*project, *id, payloads, attachments)
}

/// Changes one trace; an unknown one is stored as far as the change says.
pub(super) async fn update(state: &AppState, scope: &Scope, id: Uuid, mut update: TraceUpdate) -> ApiResult<()> {
    validate::update(id, &update)?;
    drop_blanks(&mut update);
    let project = project::of_update(state, scope, update.project_id, update.project_name.as_deref()).await?;
    let payloads = Payloads {
        input: &mut update.input,
        output: &mut update.output,
        metadata: &mut update.metadata,
    };
    let attachments = extract(state, scope, project, ENTITY, id, payloads).await?;
    let patch = TracePatch {
        id,
        project,
        update,
        attachments: attachments.clone(),
    };
    let (store, owned_scope) = (state.store.clone(), scope.clone());
    write::commit(state, attachments, async move {
        store.update_trace(&owned_scope, patch).await
    })
    .await?
    .map_err(|error| write::write_error(error, ENTITY))
}

/// Applies one change to many traces.
pub(super) async fn update_batch(state: &AppState, scope: &Scope, body: TraceBatchUpdate) -> ApiResult<()> {
    validate::batch_update(&body)?;
    let mut update = body.update.unwrap_or_default();
    drop_blanks(&mut update);
    update.source = None;
    let merge_tags = body.merge_tags.unwrap_or_default();
    state
        .store
        .update_traces(scope, body.ids.unwrap_or_default(), update, merge_tags)
        .await?;
    Ok(())
}

fn drop_blanks(update: &mut TraceUpdate) {
    rules::drop_blank(&mut update.name);
    rules::drop_blank(&mut update.thread_id);
    rules::drop_blank(&mut update.environment);
}

/// Deletes one trace, if there is one.
pub(super) async fn delete(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<()> {
    delete_ids(state, scope, vec![id], None).await
}

/// Deletes many traces.
pub(super) async fn delete_batch(state: &AppState, scope: &Scope, body: TraceDeletion) -> ApiResult<()> {
    let ids = rules::required_ids(body.ids)?;
    delete_ids(state, scope, ids, body.project_id).await
}

async fn delete_ids(state: &AppState, scope: &Scope, ids: Vec<Uuid>, project: Option<Uuid>) -> ApiResult<()> {
    let leftovers = state.store.delete_traces(scope, ids, project).await?;
    discard(state, leftovers).await;
    Ok(())
}

/// One trace with all it has.
pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid, strip_attachments: bool) -> ApiResult<Trace> {
    let view = View::default();
    let found = state.store.trace(scope, id, view).await?;
    let rows = finish(state, scope, Vec::from_iter(found), view.exclude, strip_attachments).await?;
    rows.into_iter()
        .next()
        .ok_or_else(|| ApiError::not_found(format!("Trace id: {id} not found")))
}

/// One page of traces.
pub(super) async fn list(
    state: &AppState,
    scope: &Scope,
    wanted: Wanted,
    mut list: List,
    strip_attachments: bool,
) -> ApiResult<Page<Trace>> {
    let selection = wanted.selection(state, scope).await?;
    let (page, exclude) = (list.page, list.view.exclude);
    list.view.exclude = excluded_from_store(ViewField::OF_TRACES, exclude);
    let listed = state.store.traces(scope, selection, list).await?;
    let rows = finish(state, scope, listed.rows, exclude, strip_attachments).await?;
    Ok(Page::new(page, listed.total, rows).sortable_by(sortable(Entity::Trace)))
}

/// A stream of traces in descending id order.
pub(super) async fn search(state: AppState, scope: Scope, body: TraceSearch) -> ApiResult<Response> {
    let exclude = search::exclude(body.exclude.as_deref(), ViewField::OF_TRACES)?;
    let conditions = Conditions {
        project_id: body.project_id,
        project_name: body.project_name,
        filters: body.filters,
        limit: body.limit,
        from_time: body.from_time,
        to_time: body.to_time,
    };
    let (wanted, limit) = conditions.check(Entity::Trace)?;
    let selection = wanted.selection(&state, &scope).await?;
    let view = View {
        truncate: body.truncate.unwrap_or_default(),
        exclude: excluded_from_store(ViewField::OF_TRACES, exclude),
    };
    let strip_attachments = body.strip_attachments.unwrap_or_default();
    search::stream(
        body.last_retrieved_id,
        limit,
        view,
        |trace: &Trace| trace.id,
        move |scan| {
            let (state, scope, selection) = (state.clone(), scope.clone(), selection.clone());
            async move {
                let rows = state.store.scan_traces(&scope, selection, scan).await?;
                finish(&state, &scope, rows, exclude, strip_attachments).await
            }
        },
    )
    .await
}

/// Statistics.
pub(super) async fn stats(state: &AppState, scope: &Scope, wanted: Wanted) -> ApiResult<Stats> {
    let selection = wanted.selection(state, scope).await?;
    Ok(state.store.trace_stats(scope, selection).await?)
}

/// Whether a project has a trace, or with `thread_only` a thread.
pub(super) async fn exists(
    state: &AppState,
    scope: &Scope,
    project: NamedProject,
    source: Option<Source>,
    thread_only: bool,
) -> ApiResult<bool> {
    let project = project.existing_id(state, scope).await?;
    if thread_only {
        return Ok(state.store.thread_exists(scope, project).await?);
    }
    Ok(state.store.trace_exists(scope, project, source).await?)
}
