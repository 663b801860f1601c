//! Writes of spans.

use std::sync::Arc;

use ferropik_model::{NewAttachment, SpanUpdate, SpanWrite, Timestamp, Usage, decimal};
use ferropik_store::merge::{self, CostBasis, SpanCost, Stored, TagChange, Upsert};
use ferropik_store::{Conflict, Leftovers, SpanPricer, StoreError, StoreResult};
use rusqlite::params;
use rust_decimal::Decimal;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::attachments;
use crate::columns::{Cells, Change, Kind};
use crate::error::translate;
use crate::payloads::{Mode, Payload};
use crate::rows::{SpanRow, SpanUsage, flag, source, span_type};
use crate::scoring::{self, Subject};
use crate::work::Work;

/// A span whose payload is compressed.
#[derive(Clone)]
pub(crate) struct PreparedSpan {
    pub(crate) id: Uuid,
    pub(crate) project: Uuid,
    pub(crate) trace_id: Uuid,
    pub(crate) span: SpanWrite,
    pub(crate) cost: i64,
    pub(crate) cost_is_estimated: bool,
    pub(crate) payload: Payload,
    pub(crate) attachments: Vec<NewAttachment>,
}

/// A change whose payload is compressed.
#[derive(Clone)]
pub(crate) struct PreparedPatch {
    pub(crate) id: Uuid,
    pub(crate) project: Uuid,
    pub(crate) trace_id: Uuid,
    pub(crate) update: SpanUpdate,
    pub(crate) metadata_cost: Option<Decimal>,
    pub(crate) pricer: Arc<dyn SpanPricer>,
    pub(crate) payload: Payload,
    pub(crate) attachments: Vec<NewAttachment>,
}

/// A cost in 1e-12 US dollars.
pub(crate) fn scaled_cost(cost: Decimal) -> StoreResult<i64> {
    decimal::to_scaled(cost, decimal::COST_SCALE)
        .ok_or_else(|| StoreError::Unrepresentable(format!("a cost of {cost} US dollars is out of range")))
}

fn find(work: &Work<'_>, id: Uuid) -> StoreResult<Option<SpanRow>> {
    SpanRow::find(work.connection, work.workspace, id).map_err(translate)
}

/// Writes a row in place of an earlier one, with all that follows.
fn put_row(work: &mut Work<'_>, before: Option<&SpanRow>, now: &SpanRow) -> StoreResult<()> {
    let moves_trace = before.is_some_and(|before| before.trace != now.trace) && now.has(flag::SCORES);
    if moves_trace && let Some(before) = before {
        forget_scores_in_trace(work, before)?;
    }
    now.write(work.connection, before.is_some()).map_err(translate)?;
    if let Some(before) = before {
        scoring::span_moved(work, before, now)?;
    }
    work.span_changed(before, Some(now))?;
    if moves_trace {
        count_scores_in_trace(work, now)?;
    }
    Ok(())
}

/// Takes the scores of a span out of the aggregates of its trace. The row stays as it is.
pub(crate) fn forget_scores_in_trace(work: &mut Work<'_>, row: &SpanRow) -> StoreResult<()> {
    let names = scoring::names(work.connection, &Subject::span(row))?;
    let Some(trace) = work.trace_by_seq(row.trace)?.map(|trace| trace.now.clone()) else {
        return Ok(());
    };
    let subject = Subject::spans_of_trace(&trace);
    for name in names {
        let before = scoring::aggregate(work.connection, &subject, name)?;
        work.connection
            .prepare_cached("UPDATE span SET trace = 0 WHERE seq = ?1")
            .and_then(|mut statement| statement.execute([row.seq]))
            .map_err(translate)?;
        scoring::refresh_spans_of_trace(work, &subject, name, before)?;
        work.connection
            .prepare_cached("UPDATE span SET trace = ?2 WHERE seq = ?1")
            .and_then(|mut statement| statement.execute([row.seq, row.trace]))
            .map_err(translate)?;
    }
    Ok(())
}

fn count_scores_in_trace(work: &mut Work<'_>, row: &SpanRow) -> StoreResult<()> {
    let names = scoring::names(work.connection, &Subject::span(row))?;
    let Some(trace) = work.trace_by_seq(row.trace)?.map(|trace| trace.now.clone()) else {
        return Ok(());
    };
    work.flag_trace(row.trace, flag::SPAN_SCORES, true)?;
    let subject = Subject::spans_of_trace(&trace);
    for name in names {
        let stored = stored_value(work, &subject, name)?;
        scoring::refresh_spans_of_trace(work, &subject, name, stored)?;
    }
    Ok(())
}

/// The aggregated value that the table of values holds at the moment.
fn stored_value(work: &Work<'_>, subject: &Subject, name: i64) -> StoreResult<Option<i64>> {
    // The value before the span joined: the aggregate over the other spans of the trace.
    let mut statement = work
        .connection
        .prepare_cached("SELECT value FROM score_value WHERE kind = ?1 AND project = ?2 AND name = ?3 AND entity = ?4")
        .map_err(translate)?;
    let mut rows = statement
        .query(params![subject.kind, subject.project, name, subject.entity])
        .map_err(translate)?;
    rows.next()
        .map_err(translate)?
        .map(|row| row.get(0))
        .transpose()
        .map_err(translate)
}

/// Stores a span that is new, partial, or known and then left alone.
pub(crate) fn create(work: &mut Work<'_>, span: &PreparedSpan, leftovers: &mut Leftovers) -> StoreResult<()> {
    let project = work.project(span.project)?;
    if let Some(stored) = find(work, span.id)?
        && stored.is_visible()
    {
        if stored.project != project {
            return Err(StoreError::Conflict(Conflict::OtherProject));
        }
        if !belongs_to(work, &stored, span.trace_id)? {
            return Err(StoreError::Conflict(Conflict::OtherTrace));
        }
        if stored.parent.is_some() && stored.parent != span.span.parent_span_id {
            return Err(StoreError::Conflict(Conflict::OtherParent));
        }
        if !stored.is_partial() {
            leftovers
                .object_keys
                .extend(span.attachments.iter().map(|file| file.object_key.clone()));
            return Ok(());
        }
    }
    store(work, span, leftovers)
}

fn belongs_to(work: &mut Work<'_>, row: &SpanRow, trace_id: Uuid) -> StoreResult<bool> {
    Ok(work
        .trace_by_seq(row.trace)?
        .is_some_and(|trace| trace.now.id == trace_id))
}

fn intern_usage(work: &mut Work<'_>, usage: Option<&Usage>) -> StoreResult<SpanUsage> {
    let mut pairs = SpanUsage::default();
    for (key, value) in usage.into_iter().flatten() {
        let key = work.state.strings.intern(work.connection, key).map_err(translate)?;
        pairs.0.push((key, *value));
    }
    Ok(pairs)
}

/// Stores a whole row according to the rules of [`merge::upsert`].
pub(crate) fn store(work: &mut Work<'_>, span: &PreparedSpan, leftovers: &mut Leftovers) -> StoreResult<()> {
    let project = work.project(span.project)?;
    let now = work.now;
    let body = &span.span;
    let updated_us = body.last_updated_at.unwrap_or(now).as_micros();
    let stored = find(work, span.id)?;
    let exists = stored.as_ref().is_some_and(SpanRow::is_visible);
    let action = match &stored {
        Some(row) if row.is_partial() => merge::upsert(Stored::Partial, updated_us),
        Some(row) if row.is_visible() => merge::upsert(
            Stored::Complete {
                updated_at: row.updated_us,
            },
            updated_us,
        ),
        _ => merge::upsert(Stored::Nothing, updated_us),
    };
    if action == Upsert::Ignore {
        leftovers
            .object_keys
            .extend(span.attachments.iter().map(|file| file.object_key.clone()));
        return Ok(());
    }
    let trace = &work.trace(span.trace_id, project)?.now;
    let (trace_seq, trace_project) = (trace.seq, trace.project);
    if trace_project != project {
        note_foreign_span(work, project)?;
    }
    let seq = match &stored {
        Some(row) => row.seq,
        None => work.state.next_span(work.connection).map_err(translate)?,
    };
    let kept_flags = stored
        .as_ref()
        .map_or(0, |row| row.flags & (flag::SCORES | flag::COMMENTS | flag::ATTACHMENTS));
    let estimated = if span.cost_is_estimated && span.cost > 0 {
        flag::COST_ESTIMATED
    } else {
        0
    };
    let mut row = SpanRow {
        seq,
        id: span.id,
        workspace: work.workspace,
        project,
        trace: trace_seq,
        parent: body.parent_span_id,
        flags: kept_flags | span.payload.flags() | estimated,
        source: source::number(body.source),
        span_type: span_type::number(body.r#type),
        name: work.intern(body.name.as_deref())?,
        start_ns: body.start_time.map_or(0, Timestamp::as_nanos),
        end_ns: body.end_time.map(Timestamp::as_nanos),
        created_ns: stored
            .as_ref()
            .filter(|_| exists)
            .map_or(now.as_nanos(), |row| row.created_ns),
        created_by: stored
            .as_ref()
            .filter(|_| exists)
            .map_or(work.user, |row| row.created_by),
        updated_us,
        updated_by: work.user,
        model: work.intern(body.model.as_deref())?,
        provider: work.intern(body.provider.as_deref())?,
        environment: work.intern(body.environment.as_deref())?,
        error_type: work.intern(span.payload.error_type.as_deref())?,
        ttft: body.ttft,
        tags: work.intern_all(body.tags.as_deref().unwrap_or_default())?,
        cost: span.cost,
        usage: intern_usage(work, body.usage.as_ref())?,
    };
    let merging = action == Upsert::Merge;
    if merging && let Some(partial) = &stored {
        fill(&mut row, partial, now);
    }
    let had_attachments = kept_flags & flag::ATTACHMENTS != 0;
    if !span.attachments.is_empty() {
        row.set(flag::ATTACHMENTS, true);
    }
    let mode = if merging { Mode::Fill } else { Mode::Replace };
    span.payload.write(work.connection, "span_payload", seq, exists, mode)?;
    put_row(work, stored.as_ref(), &row)?;
    if had_attachments || !span.attachments.is_empty() {
        let kept = stored.as_ref().filter(|_| merging).map_or(0, |partial| partial.flags);
        attachments::replace_all_extracted(
            work,
            attachments::SPAN,
            span.id,
            project,
            &span.attachments,
            kept,
            leftovers,
        )?;
    }
    Ok(())
}

/// What updates have written before the create goes over what the create brings.
fn fill(row: &mut SpanRow, partial: &SpanRow, now: Timestamp) {
    let payload_bits = flag::INPUT | flag::OUTPUT | flag::METADATA | flag::ERROR;
    row.flags |= partial.flags & payload_bits;
    row.parent = partial.parent.or(row.parent);
    row.name = partial.name.or(row.name);
    row.end_ns = partial.end_ns.or(row.end_ns);
    row.model = partial.model.or(row.model);
    row.provider = partial.provider.or(row.provider);
    row.environment = partial.environment.or(row.environment);
    row.ttft = partial.ttft.or(row.ttft);
    if partial.has(flag::ERROR) {
        row.error_type = partial.error_type;
    }
    if partial.source != source::UNKNOWN {
        row.source = partial.source;
    }
    if partial.span_type != 0 {
        row.span_type = partial.span_type;
    }
    if !partial.tags.is_empty() {
        row.tags.clone_from(&partial.tags);
    }
    if !partial.usage.0.is_empty() {
        row.usage = partial.usage.clone();
    }
    if partial.cost > 0 {
        row.cost = partial.cost;
        row.set(flag::COST_ESTIMATED, partial.has(flag::COST_ESTIMATED));
    }
    row.updated_us = now.as_micros().max(row.updated_us);
}

/// Notes that the project has spans in traces of other projects, so that lists do not rely on its own traces alone.
fn note_foreign_span(work: &Work<'_>, project: i64) -> StoreResult<()> {
    work.connection
        .prepare_cached("UPDATE project SET has_foreign_spans = 1 WHERE key = ?1 AND has_foreign_spans = 0")
        .and_then(|mut statement| statement.execute([project]))
        .map_err(translate)?;
    Ok(())
}

/// Changes one span, or leaves a partial row.
pub(crate) fn update(work: &mut Work<'_>, patch: &PreparedPatch, leftovers: &mut Leftovers) -> StoreResult<()> {
    let project = work.project(patch.project)?;
    let stored = find(work, patch.id)?;
    let visible = stored.as_ref().filter(|row| row.is_visible());
    if let Some(row) = visible {
        if row.project != project {
            return Err(StoreError::Conflict(Conflict::OtherProject));
        }
        if !belongs_to(work, row, patch.trace_id)? {
            return Err(StoreError::Conflict(Conflict::OtherTrace));
        }
        if row.parent != patch.update.parent_span_id {
            return Err(StoreError::Conflict(Conflict::OtherParent));
        }
    }
    let change = tag_change(&patch.update, false);
    let stored_tags = stored.as_ref().map(|row| row.tags.clone()).unwrap_or_default();
    let tags = crate::tags::apply(work, &stored_tags, &change)?;
    let mut row = match &stored {
        Some(row) => row.clone(),
        None => {
            let seq = work.state.next_span(work.connection).map_err(translate)?;
            SpanRow::ghost(seq, patch.id, work.workspace, project, work.user, work.now.as_nanos())
        }
    };
    if visible.is_none() {
        let trace = &work.trace(patch.trace_id, project)?.now;
        let (trace_seq, trace_project) = (trace.seq, trace.project);
        if trace_project != project {
            note_foreign_span(work, project)?;
        }
        row.set(flag::GHOST, false);
        row.project = project;
        row.trace = trace_seq;
        row.parent = patch.update.parent_span_id;
    }
    let cost = new_cost(work, visible, patch)?;
    apply(work, &mut row, &patch.update, &patch.payload, tags)?;
    if let Some(source) = patch.update.source {
        row.source = source::number(Some(source));
    }
    if let Some(cost) = cost {
        row.cost = scaled_cost(cost.amount)?;
        row.set(flag::COST_ESTIMATED, cost.estimated);
    }
    let had_attachments = row.has(flag::ATTACHMENTS);
    if !patch.attachments.is_empty() {
        row.set(flag::ATTACHMENTS, true);
    }
    patch.payload.write(
        work.connection,
        "span_payload",
        row.seq,
        stored.is_some(),
        Mode::Overlay,
    )?;
    put_row(work, stored.as_ref(), &row)?;
    if had_attachments || !patch.attachments.is_empty() {
        let fields = attachments::fields_of(&patch.payload);
        let files = &patch.attachments;
        attachments::replace_extracted(work, attachments::SPAN, patch.id, project, files, &fields, leftovers)?;
    }
    Ok(())
}

fn new_cost(work: &Work<'_>, stored: Option<&SpanRow>, patch: &PreparedPatch) -> StoreResult<Option<SpanCost>> {
    let update = CostBasis {
        model: patch.update.model.clone().filter(|model| !model.trim().is_empty()),
        provider: patch
            .update
            .provider
            .clone()
            .filter(|provider| !provider.trim().is_empty()),
        usage: patch.update.usage.clone(),
    };
    let basis = match stored {
        None => None,
        Some(row) => {
            let mut usage = Usage::new();
            for (key, value) in &row.usage.0 {
                usage.insert(text(work, Some(*key))?.unwrap_or_default(), *value);
            }
            let basis = CostBasis {
                model: text(work, row.model)?,
                provider: text(work, row.provider)?,
                usage: Some(usage),
            };
            let amount = decimal::from_scaled(row.cost, decimal::COST_SCALE);
            Some((
                basis,
                SpanCost {
                    amount,
                    estimated: row.has(flag::COST_ESTIMATED),
                },
            ))
        }
    };
    Ok(merge::span_cost_after_update(
        basis.as_ref().map(|(basis, cost)| (basis, *cost)),
        &update,
        patch.update.total_estimated_cost,
        patch.metadata_cost,
        patch.pricer.as_ref(),
    ))
}

fn text(work: &Work<'_>, number: Option<i64>) -> StoreResult<Option<String>> {
    number
        .map(|number| {
            work.connection
                .prepare_cached("SELECT text FROM string WHERE key = ?1")
                .and_then(|mut statement| statement.query_row([number], |row| row.get(0)))
                .map_err(translate)
        })
        .transpose()
}

/// Applies one change to many existing spans. All tags are worked out before anything changes.
pub(crate) fn update_many(
    work: &mut Work<'_>,
    ids: &[Uuid],
    update: &SpanUpdate,
    payload: &Payload,
    merge_tags: bool,
) -> StoreResult<()> {
    let change = tag_change(update, merge_tags);
    let mut changes = Vec::with_capacity(ids.len());
    let mut seen = FxHashSet::default();
    for id in ids.iter().filter(|id| seen.insert(**id)) {
        let Some(row) = find(work, *id)?.filter(SpanRow::is_visible) else {
            continue;
        };
        let tags = crate::tags::apply(work, &row.tags, &change)?;
        changes.push((row, tags));
    }
    let cost = update.total_estimated_cost.map(scaled_cost).transpose()?;
    for (before, tags) in changes {
        let mut row = before.clone();
        apply(work, &mut row, update, payload, tags)?;
        if let Some(cost) = cost {
            row.cost = cost;
            row.set(flag::COST_ESTIMATED, false);
        }
        payload.write(work.connection, "span_payload", row.seq, true, Mode::Overlay)?;
        put_row(work, Some(&before), &row)?;
    }
    Ok(())
}

fn tag_change(update: &SpanUpdate, merge: bool) -> TagChange {
    TagChange {
        tags: update.tags.clone(),
        add: update.tags_to_add.clone(),
        remove: update.tags_to_remove.clone(),
        merge,
    }
}

fn apply(
    work: &mut Work<'_>,
    row: &mut SpanRow,
    update: &SpanUpdate,
    payload: &Payload,
    tags: Option<Vec<i64>>,
) -> StoreResult<()> {
    row.name = work.intern(update.name.as_deref())?.or(row.name);
    row.model = work.intern(update.model.as_deref())?.or(row.model);
    row.provider = work.intern(update.provider.as_deref())?.or(row.provider);
    row.environment = work.intern(update.environment.as_deref())?.or(row.environment);
    row.end_ns = update.end_time.map(Timestamp::as_nanos).or(row.end_ns);
    row.ttft = update.ttft.or(row.ttft);
    if let Some(kind) = update.r#type {
        row.span_type = span_type::number(Some(kind));
    }
    if update.usage.is_some() {
        row.usage = intern_usage(work, update.usage.as_ref())?;
    }
    if payload.error.is_some() {
        row.error_type = work.intern(payload.error_type.as_deref())?;
    }
    row.flags |= payload.flags();
    if let Some(tags) = tags {
        row.tags = tags;
    }
    row.updated_us = work.now.as_micros();
    row.updated_by = work.user;
    Ok(())
}

/// The span of an id; a ghost in the project when there is none.
pub(crate) fn find_or_ghost(work: &mut Work<'_>, id: Uuid, project: i64) -> StoreResult<SpanRow> {
    if let Some(row) = find(work, id)? {
        return Ok(row);
    }
    let seq = work.state.next_span(work.connection).map_err(translate)?;
    let row = SpanRow::ghost(seq, id, work.workspace, project, work.user, work.now.as_nanos());
    row.write(work.connection, false).map_err(translate)?;
    Ok(row)
}

/// Sets or clears a bit of `flags` of a span.
pub(crate) fn set_flag(work: &mut Work<'_>, before: &SpanRow, bit: i64, on: bool) -> StoreResult<SpanRow> {
    let mut row = before.clone();
    row.set(bit, on);
    if row.flags != before.flags {
        work.connection
            .prepare_cached("UPDATE span SET flags = ?2 WHERE seq = ?1")
            .and_then(|mut statement| statement.execute([row.seq, row.flags]))
            .map_err(translate)?;
        let trace_id = work
            .trace_by_seq(row.trace)?
            .map(|trace| trace.now.id)
            .unwrap_or_default();
        work.state.note((Kind::Span, row.project), || {
            Change::Put(Box::new(Cells::of_span(&row, trace_id)))
        });
    }
    Ok(row)
}
