//! Writes of traces.

use ferropik_model::{NewAttachment, TraceUpdate, TraceWrite};
use ferropik_store::merge::{self, Stored, TagChange, Upsert};
use ferropik_store::{Conflict, Leftovers, StoreError, StoreResult};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::attachments;
use crate::payloads::{Mode, Payload};
use crate::rows::{TraceRow, flag, source};
use crate::work::Work;
use crate::{cascade, environments};

/// A trace whose payload is compressed.
#[derive(Clone)]
pub(crate) struct PreparedTrace {
    pub(crate) id: Uuid,
    pub(crate) project: Uuid,
    pub(crate) trace: TraceWrite,
    pub(crate) payload: Payload,
    pub(crate) attachments: Vec<NewAttachment>,
}

/// A change whose payload is compressed.
#[derive(Clone)]
pub(crate) struct PreparedPatch {
    pub(crate) id: Uuid,
    pub(crate) project: Uuid,
    pub(crate) update: TraceUpdate,
    pub(crate) payload: Payload,
    pub(crate) attachments: Vec<NewAttachment>,
}

/// Stores a trace that must not exist yet.
pub(crate) fn create(work: &mut Work<'_>, trace: &PreparedTrace, leftovers: &mut Leftovers) -> StoreResult<()> {
    let project = work.project(trace.project)?;
    if let Some(stored) = work.find_trace(trace.id)?
        && stored.now.is_visible()
    {
        if stored.now.project != project {
            return Err(StoreError::Conflict(Conflict::OtherProject));
        }
        if !stored.now.is_partial() {
            return Err(StoreError::Conflict(Conflict::Exists));
        }
    }
    store(work, trace, trace.id, leftovers)
}

/// The earliest trace of each thread in a batch, by project and thread id: a thread that the batch creates takes its
/// time.
pub(crate) fn earliest_by_thread(traces: &[PreparedTrace]) -> FxHashMap<(Uuid, &str), Uuid> {
    let mut earliest = FxHashMap::default();
    for trace in traces {
        if let Some(thread_id) = trace.trace.thread_id.as_deref() {
            let first = earliest.entry((trace.project, thread_id)).or_insert(trace.id);
            *first = trace.id.min(*first);
        }
    }
    earliest
}

/// Stores the whole rows of a batch.
pub(crate) fn store_all(work: &mut Work<'_>, traces: &[PreparedTrace], leftovers: &mut Leftovers) -> StoreResult<()> {
    let earliest = earliest_by_thread(traces);
    for trace in traces {
        let thread_id = trace.trace.thread_id.as_deref().unwrap_or_default();
        let first = earliest.get(&(trace.project, thread_id)).copied().unwrap_or(trace.id);
        store(work, trace, first, leftovers)?;
    }
    Ok(())
}

/// Stores a whole row according to the rules of [`merge::upsert`]. A thread that this creates takes the time of
/// `earliest`.
fn store(work: &mut Work<'_>, trace: &PreparedTrace, earliest: Uuid, leftovers: &mut Leftovers) -> StoreResult<()> {
    let project = work.project(trace.project)?;
    let now = work.now;
    let body = &trace.trace;
    let updated_us = body.last_updated_at.unwrap_or(now).as_micros();

    let name = work.intern(body.name.as_deref())?;
    let environment = work.intern(body.environment.as_deref())?;
    let error_type = work.intern(trace.payload.error_type.as_deref())?;
    let tags = work.intern_all(body.tags.as_deref().unwrap_or_default())?;
    let user = work.user;

    let stored = work.trace(trace.id, project)?;
    let exists = stored.now.is_visible();
    let action = match &stored.now {
        row if !row.is_visible() => merge::upsert(Stored::Nothing, updated_us),
        row if row.is_partial() => merge::upsert(Stored::Partial, updated_us),
        row => merge::upsert(
            Stored::Complete {
                updated_at: row.updated_us,
            },
            updated_us,
        ),
    };
    if action == Upsert::Ignore {
        leftovers
            .object_keys
            .extend(trace.attachments.iter().map(|file| file.object_key.clone()));
        return Ok(());
    }
    let had_attachments = stored.now.has(flag::ATTACHMENTS);
    let start_ns = body.start_time.map_or(0, ferropik_model::Timestamp::as_nanos);
    let end_ns = body.end_time.map(ferropik_model::Timestamp::as_nanos);
    let payload_flags = trace.payload.flags();
    let thread_text = body.thread_id.as_deref().filter(|text| !text.trim().is_empty());

    let row = &mut stored.now;
    let (old_thread, old_project) = (row.thread, row.project);
    let merging = action == Upsert::Merge;
    let kept_fields = if merging { row.flags } else { 0 };
    let whole = TraceRow {
        seq: row.seq,
        id: row.id,
        workspace: row.workspace,
        project,
        flags: (row.flags & !(flag::GHOST | flag::INPUT | flag::OUTPUT | flag::METADATA | flag::ERROR)) | payload_flags,
        source: source::number(body.source),
        name,
        start_ns,
        end_ns,
        created_ns: if exists { row.created_ns } else { now.as_nanos() },
        created_by: if exists { row.created_by } else { user },
        updated_us,
        updated_by: user,
        thread: None,
        environment,
        error_type,
        ttft: body.ttft,
        tags,
        ..row.clone()
    };
    if merging {
        let partial = row.clone();
        *row = TraceRow {
            flags: whole.flags | (partial.flags & (flag::INPUT | flag::OUTPUT | flag::METADATA | flag::ERROR)),
            source: if partial.source == source::UNKNOWN {
                whole.source
            } else {
                partial.source
            },
            name: partial.name.or(whole.name),
            end_ns: partial.end_ns.or(whole.end_ns),
            environment: partial.environment.or(whole.environment),
            error_type: if partial.has(flag::ERROR) {
                partial.error_type
            } else {
                whole.error_type
            },
            ttft: partial.ttft.or(whole.ttft),
            tags: if partial.tags.is_empty() {
                whole.tags.clone()
            } else {
                partial.tags
            },
            thread: partial.thread,
            updated_us: now.as_micros().max(updated_us),
            ..whole
        };
    } else {
        *row = whole;
    }
    if !trace.attachments.is_empty() {
        row.set(flag::ATTACHMENTS, true);
    }
    let seq = row.seq;
    let mut keep_thread = if merging { old_thread } else { None };
    let mut thread_text = thread_text.map(str::to_owned);
    if let Some(thread) = keep_thread.filter(|_| old_project != project) {
        // Threads do not span projects: the trace joins the thread of that name in the new one.
        thread_text = work
            .thread_by_seq(thread)?
            .map(|thread| thread.thread_id.clone())
            .or(thread_text);
        keep_thread = None;
        work.trace(trace.id, project)?.now.thread = None;
    }

    let mode = if merging { Mode::Fill } else { Mode::Replace };
    trace
        .payload
        .write(work.connection, "trace_payload", seq, exists, mode)?;
    work.state.sealing.changed(work.connection, seq)?;
    if had_attachments || !trace.attachments.is_empty() {
        attachments::replace_all_extracted(
            work,
            attachments::TRACE,
            trace.id,
            project,
            &trace.attachments,
            kept_fields,
            leftovers,
        )?;
    }
    match (keep_thread, thread_text) {
        (Some(thread), _) => reopen(work, thread, updated_us)?,
        (None, Some(text)) => join_thread(work, trace.id, earliest, project, &text, updated_us)?,
        (None, None) => {}
    }
    work.touch_project(project, updated_us.max(now.as_micros()));
    if let Some(environment) = &body.environment {
        environments::ensure(work, environment)?;
    }
    Ok(())
}

/// Puts a trace into a thread, which becomes active.
fn join_thread(
    work: &mut Work<'_>,
    id: Uuid,
    earliest: Uuid,
    project: i64,
    thread_id: &str,
    updated_us: i64,
) -> StoreResult<()> {
    let user = work.user;
    let thread = work.thread(project, thread_id, Some(earliest))?;
    thread.inactive = false;
    thread.updated_us = thread.updated_us.max(updated_us);
    thread.updated_by = user;
    let seq = thread.seq;
    work.trace(id, project)?.now.thread = Some(seq);
    Ok(())
}

fn reopen(work: &mut Work<'_>, thread: i64, updated_us: i64) -> StoreResult<()> {
    if let Some(thread) = work.thread_by_seq(thread)? {
        thread.inactive = false;
        thread.updated_us = thread.updated_us.max(updated_us);
    }
    Ok(())
}

/// Changes one trace, or leaves a partial row.
pub(crate) fn update(work: &mut Work<'_>, patch: &PreparedPatch, leftovers: &mut Leftovers) -> StoreResult<()> {
    let project = work.project(patch.project)?;
    if let Some(stored) = work.find_trace(patch.id)?
        && stored.now.is_visible()
        && stored.now.project != project
    {
        return Err(StoreError::Conflict(Conflict::OtherProject));
    }
    let tags = new_tags(work, patch.id, &tag_change(&patch.update, false))?;
    let exists = work.find_trace(patch.id)?.is_some();
    let row = &mut work.trace(patch.id, project)?.now;
    if !row.is_visible() {
        row.set(flag::GHOST, false);
        row.project = project;
    }
    let seq = row.seq;
    apply(work, patch.id, &patch.update, &patch.payload, tags)?;
    let updated_us = work.now.as_micros();
    let row = &mut work.trace(patch.id, project)?.now;
    if let Some(source) = patch.update.source {
        row.source = source::number(Some(source));
    }
    let had_attachments = row.has(flag::ATTACHMENTS);
    if !patch.attachments.is_empty() {
        row.set(flag::ATTACHMENTS, true);
    }
    patch
        .payload
        .write(work.connection, "trace_payload", seq, exists, Mode::Overlay)?;
    work.state.sealing.changed(work.connection, seq)?;
    if had_attachments || !patch.attachments.is_empty() {
        let fields = attachments::fields_of(&patch.payload);
        attachments::replace_extracted(
            work,
            attachments::TRACE,
            patch.id,
            project,
            &patch.attachments,
            &fields,
            leftovers,
        )?;
    }
    work.touch_project(project, updated_us);
    if let Some(environment) = &patch.update.environment {
        environments::ensure(work, environment)?;
    }
    Ok(())
}

/// Applies one change to many existing traces. All tags are worked out before anything changes.
pub(crate) fn update_many(
    work: &mut Work<'_>,
    ids: &[Uuid],
    update: &TraceUpdate,
    payload: &Payload,
    merge_tags: bool,
) -> StoreResult<()> {
    let change = tag_change(update, merge_tags);
    let mut changes = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(stored) = work.find_trace(*id)? else { continue };
        if stored.now.is_visible() {
            changes.push((*id, new_tags(work, *id, &change)?));
        }
    }
    for (id, tags) in changes {
        apply(work, id, update, payload, tags)?;
        let row = &work.trace(id, 0)?.now;
        let (seq, project) = (row.seq, row.project);
        payload.write(work.connection, "trace_payload", seq, true, Mode::Overlay)?;
        work.state.sealing.changed(work.connection, seq)?;
        let updated_us = work.now.as_micros();
        work.touch_project(project, updated_us);
    }
    Ok(())
}

fn tag_change(update: &TraceUpdate, merge: bool) -> TagChange {
    TagChange {
        tags: update.tags.clone(),
        add: update.tags_to_add.clone(),
        remove: update.tags_to_remove.clone(),
        merge,
    }
}

fn new_tags(work: &mut Work<'_>, id: Uuid, change: &TagChange) -> StoreResult<Option<Vec<i64>>> {
    let stored = work
        .find_trace(id)?
        .map(|trace| trace.now.tags.clone())
        .unwrap_or_default();
    crate::tags::apply(work, &stored, change)
}

fn apply(
    work: &mut Work<'_>,
    id: Uuid,
    update: &TraceUpdate,
    payload: &Payload,
    tags: Option<Vec<i64>>,
) -> StoreResult<()> {
    let name = work.intern(update.name.as_deref())?;
    let environment = work.intern(update.environment.as_deref())?;
    let error_type = work.intern(payload.error_type.as_deref())?;
    let (user, updated_us) = (work.user, work.now.as_micros());
    let row = &mut work.trace(id, 0)?.now;
    row.name = name.or(row.name);
    row.environment = environment.or(row.environment);
    row.end_ns = update.end_time.map(ferropik_model::Timestamp::as_nanos).or(row.end_ns);
    row.ttft = update.ttft.or(row.ttft);
    if payload.error.is_some() {
        row.error_type = error_type;
    }
    row.flags |= payload.flags();
    if let Some(tags) = tags {
        row.tags = tags;
    }
    row.updated_us = updated_us;
    row.updated_by = user;
    let project = row.project;
    if let Some(thread_id) = update.thread_id.as_deref().filter(|text| !text.trim().is_empty()) {
        join_thread(work, id, id, project, thread_id, updated_us)?;
    }
    Ok(())
}

/// Deletes traces with everything that belongs to them.
pub(crate) fn delete(
    work: &mut Work<'_>,
    ids: &[Uuid],
    project: Option<i64>,
    leftovers: &mut Leftovers,
) -> StoreResult<()> {
    for id in ids {
        let Some(stored) = work.find_trace(*id)? else { continue };
        let row = stored.now.clone();
        if stored.deleted || project.is_some_and(|project| project != row.project) {
            continue;
        }
        cascade::delete_trace(work, &row, leftovers)?;
    }
    Ok(())
}
