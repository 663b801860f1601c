//! Feedback scores inside of a unit of work, and what follows from them: aggregated values, rollups, flags.

use ferropik_store::{NewScore, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::columns::{Change, Key, Kind};
use crate::error::translate;
use crate::rollup::Bucket;
use crate::rows::{SpanRow, ThreadRow, TraceRow, flag, hour_of};
use crate::work::Work;

/// `kind` of scores of traces.
pub(crate) const TRACE: i64 = 1;
/// `kind` of scores of spans.
pub(crate) const SPAN: i64 = 2;
/// `kind` of scores of threads.
pub(crate) const THREAD: i64 = 3;
/// `kind` of aggregated scores of all spans of a trace.
pub(crate) const SPANS_OF_TRACE: i64 = 4;

/// Scores of this category are assertion results; they are kept apart from feedback scores.
pub(crate) const ASSERTION_CATEGORY: &str = "suite_assertion";

/// The column `queue` of assertion results, which no annotation queue has: an assertion and a score of the same name and
/// author do not meet.
pub(crate) const ASSERTION_QUEUE: &[u8] = &[1];

/// What carries scores, and where its aggregates are counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) kind: i64,
    pub(crate) entity: i64,
    pub(crate) project: i64,
    hour: i64,
    source: i64,
    pub(crate) visible: bool,
}

impl Subject {
    /// A trace.
    pub(crate) fn trace(row: &TraceRow) -> Subject {
        Subject {
            kind: TRACE,
            entity: row.seq,
            project: row.project,
            hour: hour_of(row.id),
            source: row.source,
            visible: row.is_visible(),
        }
    }

    /// All spans of a trace.
    pub(crate) fn spans_of_trace(row: &TraceRow) -> Subject {
        Subject {
            kind: SPANS_OF_TRACE,
            ..Subject::trace(row)
        }
    }

    /// A span.
    pub(crate) fn span(row: &SpanRow) -> Subject {
        Subject {
            kind: SPAN,
            entity: row.seq,
            project: row.project,
            hour: hour_of(row.id),
            source: row.source,
            visible: row.is_visible(),
        }
    }

    /// A thread.
    pub(crate) fn thread(row: &ThreadRow) -> Subject {
        Subject {
            kind: THREAD,
            entity: row.seq,
            project: row.project,
            hour: hour_of(row.model_id),
            source: crate::rows::source::UNKNOWN,
            visible: true,
        }
    }

    /// The columns in memory that hold its aggregates.
    fn columns(&self) -> Option<Key> {
        match self.kind {
            TRACE | SPANS_OF_TRACE => Some((Kind::Trace, self.project)),
            SPAN => Some((Kind::Span, self.project)),
            _ => None,
        }
    }

    /// The rollup that the aggregates are counted in.
    pub(crate) fn bucket(&self) -> Bucket {
        Bucket {
            kind: self.kind,
            project: self.project,
            hour: self.hour,
            source: self.source,
        }
    }
}

/// The aggregated value of a name: the mean over all authors and queues, in 1e-9; none when there is no score.
pub(crate) fn aggregate(connection: &Connection, subject: &Subject, name: i64) -> StoreResult<Option<i64>> {
    let sql = if subject.kind == SPANS_OF_TRACE {
        "SELECT c.value FROM span s JOIN score c ON c.kind = 2 AND c.entity = s.seq AND c.name = ?3 \
         WHERE s.trace = ?2 AND ?1 = 4 AND c.category IS NOT 'suite_assertion'"
    } else {
        "SELECT value FROM score WHERE kind = ?1 AND entity = ?2 AND name = ?3 AND category IS NOT 'suite_assertion'"
    };
    let mut statement = connection.prepare_cached(sql).map_err(translate)?;
    let mut rows = statement
        .query([subject.kind, subject.entity, name])
        .map_err(translate)?;
    let (mut sum, mut count) = (0_i128, 0_i128);
    while let Some(row) = rows.next().map_err(translate)? {
        sum += i128::from(row.get::<_, i64>(0).map_err(translate)?);
        count += 1;
    }
    Ok((count > 0).then(|| mean(sum, count)))
}

/// The mean, rounded half away from zero.
pub(crate) fn mean(sum: i128, count: i128) -> i64 {
    let half = if sum < 0 { -count / 2 } else { count / 2 };
    i64::try_from((sum + half) / count).unwrap_or(i64::MAX)
}

/// Puts the aggregated value of a name in place of an earlier one.
fn replace_value(
    work: &mut Work<'_>,
    subject: &Subject,
    name: i64,
    before: Option<i64>,
    now: Option<i64>,
) -> StoreResult<()> {
    if before == now {
        return Ok(());
    }
    if let Some(value) = before {
        work.connection
            .prepare_cached(
                "DELETE FROM score_value WHERE kind = ?1 AND project = ?2 AND name = ?3 AND value = ?4 AND entity = ?5",
            )
            .and_then(|mut statement| statement.execute([subject.kind, subject.project, name, value, subject.entity]))
            .map_err(translate)?;
        if subject.visible {
            work.rollups.add_score(subject.bucket(), name, value, -1);
        }
    }
    if let Some(key) = subject.columns() {
        let (kind, seq) = (subject.kind, subject.entity);
        work.state.note(key, || Change::Score {
            kind,
            seq,
            name,
            value: now,
        });
    }
    if let Some(value) = now {
        work.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO score_value (kind, project, name, value, entity) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut statement| statement.execute([subject.kind, subject.project, name, value, subject.entity]))
            .map_err(translate)?;
        if subject.visible {
            work.rollups.add_score(subject.bucket(), name, value, 1);
        }
    }
    Ok(())
}

/// Stores a score. The caller sets the flag of the row.
pub(crate) fn put(work: &mut Work<'_>, subject: &Subject, score: &NewScore) -> StoreResult<()> {
    let name = work
        .state
        .strings
        .intern(work.connection, &score.name)
        .map_err(translate)?;
    let is_assertion = score.category_name.as_deref() == Some(ASSERTION_CATEGORY);
    let value = if is_assertion {
        verdict(score.value >= rust_decimal::Decimal::ONE)
    } else {
        ferropik_model::decimal::to_scaled(score.value, ferropik_model::decimal::SCORE_SCALE)
            .ok_or_else(|| ferropik_store::StoreError::Unrepresentable("a score value is out of range".to_owned()))?
    };
    let queue = if is_assertion {
        ASSERTION_QUEUE.to_vec()
    } else {
        queue_bytes(score.source_queue_id)
    };
    let before = aggregate(work.connection, subject, name)?;
    let author = work.user;
    let now = work.now.as_nanos();
    work.connection
        .prepare_cached(
            "INSERT INTO score (kind, entity, name, author, queue, value, category, reason, source, created_ns, \
             updated_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10) \
             ON CONFLICT DO UPDATE SET value = excluded.value, category = excluded.category, \
             reason = excluded.reason, source = excluded.source, updated_ns = excluded.updated_ns",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                subject.kind,
                subject.entity,
                name,
                author,
                queue,
                value,
                score.category_name,
                score.reason,
                source_number(score.source),
                now,
            ])
        })
        .map_err(translate)?;
    scores_changed(work, subject);
    let after = aggregate(work.connection, subject, name)?;
    replace_value(work, subject, name, before, after)
}

/// The value of an assertion that holds or does not.
fn verdict(holds: bool) -> i64 {
    if holds { 1_000_000_000 } else { 0 }
}

/// Notes a change of scores for what is derived from them elsewhere.
fn scores_changed(work: &mut Work<'_>, subject: &Subject) {
    if subject.kind == TRACE {
        work.trace_scored(subject.entity);
    }
}

/// Brings the aggregated value of a name up to date after a change of the scores of spans. `before` is what
/// [`aggregate`] answered before the change.
pub(crate) fn refresh_spans_of_trace(
    work: &mut Work<'_>,
    subject: &Subject,
    name: i64,
    before: Option<i64>,
) -> StoreResult<()> {
    let after = aggregate(work.connection, subject, name)?;
    replace_value(work, subject, name, before, after)
}

/// Deletes scores of a name: of one author or all, of one queue or those without. Answers whether there were any.
pub(crate) fn delete(
    work: &mut Work<'_>,
    subject: &Subject,
    name: i64,
    author: Option<i64>,
    queue: Option<Uuid>,
) -> StoreResult<bool> {
    let before = aggregate(work.connection, subject, name)?;
    let deleted = work
        .connection
        .prepare_cached(
            "DELETE FROM score WHERE kind = ?1 AND entity = ?2 AND name = ?3 AND (?4 IS NULL OR author = ?4) \
             AND queue = ?5",
        )
        .and_then(|mut statement| {
            statement.execute(params![subject.kind, subject.entity, name, author, queue_bytes(queue)])
        })
        .map_err(translate)?;
    if deleted > 0 {
        scores_changed(work, subject);
    }
    let after = aggregate(work.connection, subject, name)?;
    replace_value(work, subject, name, before, after)?;
    Ok(deleted > 0)
}

/// Deletes all scores of a subject and their aggregates.
pub(crate) fn delete_all(work: &mut Work<'_>, subject: &Subject) -> StoreResult<()> {
    for name in names(work.connection, subject)? {
        let before = aggregate(work.connection, subject, name)?;
        replace_value(work, subject, name, before, None)?;
    }
    if subject.kind != SPANS_OF_TRACE {
        work.connection
            .prepare_cached("DELETE FROM score WHERE kind = ?1 AND entity = ?2")
            .and_then(|mut statement| statement.execute([subject.kind, subject.entity]))
            .map_err(translate)?;
    }
    Ok(())
}

/// Interned names of the scores of a subject.
pub(crate) fn names(connection: &Connection, subject: &Subject) -> StoreResult<Vec<i64>> {
    let sql = if subject.kind == SPANS_OF_TRACE {
        "SELECT DISTINCT c.name FROM span s JOIN score c ON c.kind = 2 AND c.entity = s.seq \
         WHERE s.trace = ?2 AND ?1 = 4"
    } else {
        "SELECT DISTINCT name FROM score WHERE kind = ?1 AND entity = ?2"
    };
    let mut statement = connection.prepare_cached(sql).map_err(translate)?;
    let rows = statement
        .query_map([subject.kind, subject.entity], |row| row.get(0))
        .map_err(translate)?;
    rows.collect::<rusqlite::Result<_>>().map_err(translate)
}

/// Moves the aggregates of a trace when its row moves to another project or source, or becomes visible.
pub(crate) fn trace_moved(work: &mut Work<'_>, before: &TraceRow, now: &TraceRow) -> StoreResult<()> {
    if !now.has(flag::SCORES | flag::SPAN_SCORES) {
        return Ok(());
    }
    move_values(work, Subject::trace(before), Subject::trace(now))?;
    move_values(work, Subject::spans_of_trace(before), Subject::spans_of_trace(now))
}

/// The same for a span.
pub(crate) fn span_moved(work: &mut Work<'_>, before: &SpanRow, now: &SpanRow) -> StoreResult<()> {
    if !now.has(flag::SCORES) {
        return Ok(());
    }
    move_values(work, Subject::span(before), Subject::span(now))
}

fn move_values(work: &mut Work<'_>, before: Subject, now: Subject) -> StoreResult<()> {
    let place = |subject: &Subject| (subject.project, subject.hour, subject.source, subject.visible);
    if place(&before) == place(&now) {
        return Ok(());
    }
    for name in names(work.connection, &now)? {
        let value = aggregate(work.connection, &now, name)?;
        replace_value(work, &before, name, value, None)?;
        replace_value(work, &now, name, None, value)?;
    }
    Ok(())
}

/// The column `queue`: empty for no annotation queue.
pub(crate) fn queue_bytes(queue: Option<Uuid>) -> Vec<u8> {
    queue.map(|queue| queue.as_bytes().to_vec()).unwrap_or_default()
}

/// The number of a score source.
pub(crate) fn source_number(source: ferropik_model::ScoreSource) -> i64 {
    match source {
        ferropik_model::ScoreSource::Ui => 0,
        ferropik_model::ScoreSource::Sdk => 1,
        ferropik_model::ScoreSource::OnlineScoring => 2,
    }
}

/// The inverse of [`source_number`].
pub(crate) fn source_from_number(number: i64) -> ferropik_model::ScoreSource {
    match number {
        0 => ferropik_model::ScoreSource::Ui,
        2 => ferropik_model::ScoreSource::OnlineScoring,
        _ => ferropik_model::ScoreSource::Sdk,
    }
}

/// Whether a score exists for the entity at all.
pub(crate) fn has_any(connection: &Connection, kind: i64, entity: i64) -> StoreResult<bool> {
    connection
        .prepare_cached("SELECT 1 FROM score WHERE kind = ?1 AND entity = ?2 LIMIT 1")
        .and_then(|mut statement| statement.query_row([kind, entity], |_| Ok(())).optional())
        .map(|found| found.is_some())
        .map_err(translate)
}
