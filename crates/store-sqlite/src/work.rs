//! The unit of work: the rows that one write touches, loaded once, changed in memory, written at the end.
//!
//! Whatever is derived from rows (rollups, threads, the inverted tags, the columns in memory) follows from the
//! difference between a row before and after the write, in one place: [`Work::finish`].

use ferropik_model::Timestamp;
use ferropik_store::{Scope, StoreError, StoreResult};
use rusqlite::{Connection, params};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::annotation_queues;
use crate::columns::{Cells, Change, Kind};
use crate::error::translate;
use crate::experiments;
use crate::rollup::Rollups;
use crate::rows::{SpanRow, ThreadRow, Totals, TraceRow, flag};
use crate::scoring;
use crate::state::State;

/// A trace in a unit of work.
pub(crate) struct TraceWork {
    /// The row as it was; none when it is new.
    pub(crate) before: Option<TraceRow>,
    /// The row as it will be.
    pub(crate) now: TraceRow,
    /// Whether the row goes.
    pub(crate) deleted: bool,
}

struct ThreadWork {
    exists: bool,
    changed: bool,
    row: ThreadRow,
    /// Whether the first and last trace have to be looked for.
    recompute: bool,
    deleted: bool,
}

/// One write.
pub(crate) struct Work<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) state: &'a mut State,
    /// Key of the workspace.
    pub(crate) workspace: i64,
    /// Interned user.
    pub(crate) user: i64,
    /// Time of the write.
    pub(crate) now: Timestamp,
    pub(crate) rollups: Rollups,
    traces: Vec<TraceWork>,
    trace_by_id: FxHashMap<Uuid, usize>,
    trace_by_seq: FxHashMap<i64, usize>,
    threads: Vec<ThreadWork>,
    thread_by_seq: FxHashMap<i64, usize>,
    thread_by_id: FxHashMap<(i64, String), usize>,
    last_trace_us: FxHashMap<i64, i64>,
    /// Traces whose scores have changed.
    scored_traces: FxHashSet<i64>,
    /// Keys of experiments whose summaries have to be worked out anew.
    experiments: FxHashSet<i64>,
}

impl<'a> Work<'a> {
    /// Begins a write.
    pub(crate) fn begin(connection: &'a Connection, state: &'a mut State, scope: &Scope) -> StoreResult<Work<'a>> {
        let workspace = state.workspace(connection, scope)?;
        let user = state.strings.intern(connection, &scope.user).map_err(translate)?;
        Ok(Work {
            connection,
            state,
            workspace,
            user,
            now: Timestamp::now(),
            rollups: Rollups::default(),
            traces: Vec::new(),
            trace_by_id: FxHashMap::default(),
            trace_by_seq: FxHashMap::default(),
            threads: Vec::new(),
            thread_by_seq: FxHashMap::default(),
            thread_by_id: FxHashMap::default(),
            last_trace_us: FxHashMap::default(),
            scored_traces: FxHashSet::default(),
            experiments: FxHashSet::default(),
        })
    }

    /// The number of a text, none for blank text.
    pub(crate) fn intern(&mut self, text: Option<&str>) -> StoreResult<Option<i64>> {
        self.state
            .strings
            .intern_optional(self.connection, text)
            .map_err(translate)
    }

    /// The numbers of tags, each once.
    pub(crate) fn intern_all(&mut self, texts: &[String]) -> StoreResult<Vec<i64>> {
        let (mut numbers, mut known) = (Vec::with_capacity(texts.len()), FxHashSet::default());
        for text in texts {
            let number = self.state.strings.intern(self.connection, text).map_err(translate)?;
            if known.insert(number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// The key of an existing project.
    pub(crate) fn project(&mut self, id: Uuid) -> StoreResult<i64> {
        self.state.project(self.connection, self.workspace, id)
    }

    /// The trace of an id, if there is a row.
    pub(crate) fn find_trace(&mut self, id: Uuid) -> StoreResult<Option<&mut TraceWork>> {
        if !self.trace_by_id.contains_key(&id) {
            match TraceRow::find(self.connection, self.workspace, id).map_err(translate)? {
                Some(row) => {
                    self.keep_trace(Some(row.clone()), row);
                }
                None => return Ok(None),
            }
        }
        Ok(self.trace_by_id.get(&id).map(|index| &mut self.traces[*index]))
    }

    /// The trace of an id; a ghost in the project when there is none.
    pub(crate) fn trace(&mut self, id: Uuid, project: i64) -> StoreResult<&mut TraceWork> {
        let index = match self.trace_by_id.get(&id) {
            Some(index) => *index,
            None => match TraceRow::find(self.connection, self.workspace, id).map_err(translate)? {
                Some(row) => self.keep_trace(Some(row.clone()), row),
                None => {
                    let seq = self.state.next_trace(self.connection).map_err(translate)?;
                    let row = TraceRow::ghost(seq, id, self.workspace, project, self.user, self.now.as_nanos());
                    self.keep_trace(None, row)
                }
            },
        };
        Ok(&mut self.traces[index])
    }

    /// The trace of a number that a row refers to.
    pub(crate) fn trace_by_seq(&mut self, seq: i64) -> StoreResult<Option<&mut TraceWork>> {
        if !self.trace_by_seq.contains_key(&seq) {
            match TraceRow::by_seq(self.connection, seq).map_err(translate)? {
                Some(row) => {
                    self.keep_trace(Some(row.clone()), row);
                }
                None => return Ok(None),
            }
        }
        Ok(self.trace_by_seq.get(&seq).map(|index| &mut self.traces[*index]))
    }

    fn keep_trace(&mut self, before: Option<TraceRow>, now: TraceRow) -> usize {
        let index = self.traces.len();
        self.trace_by_id.insert(now.id, index);
        self.trace_by_seq.insert(now.seq, index);
        self.traces.push(TraceWork {
            before,
            now,
            deleted: false,
        });
        index
    }

    /// Notes that a trace of the project was written.
    pub(crate) fn touch_project(&mut self, project: i64, updated_us: i64) {
        let latest = self.last_trace_us.entry(project).or_insert(updated_us);
        *latest = (*latest).max(updated_us);
    }

    /// Notes that what an experiment adds up to has changed.
    pub(crate) fn touch_experiment(&mut self, key: i64) {
        self.experiments.insert(key);
    }

    /// Notes that scores of a trace have changed.
    pub(crate) fn trace_scored(&mut self, seq: i64) {
        self.scored_traces.insert(seq);
    }

    /// Notes what becomes of a span: rollups, and the sums of its trace. The row itself is written by the caller.
    pub(crate) fn span_changed(&mut self, before: Option<&SpanRow>, now: Option<&SpanRow>) -> StoreResult<()> {
        let mut trace_id = Uuid::nil();
        for (row, sign) in [(before, -1), (now, 1)] {
            let Some(row) = row.filter(|row| row.is_visible()) else {
                continue;
            };
            self.rollups.add_span(row, sign);
            let Some(trace) = self.trace_by_seq(row.trace)? else {
                continue;
            };
            trace_id = trace.now.id;
            let sums = &mut trace.now;
            sums.span_count += sign;
            sums.llm_span_count += if row.span_type == crate::rows::span_type::LLM {
                sign
            } else {
                0
            };
            sums.tool_span_count += if row.span_type == crate::rows::span_type::TOOL {
                sign
            } else {
                0
            };
            sums.cost = sums.cost.saturating_add(sign * row.cost);
            sums.totals.add_usage(&row.usage, sign);
            sums.totals.add_provider(row.provider, sign);
        }
        if let Some(before) = before
            && now.is_none_or(|now| now.project != before.project)
        {
            self.state
                .note((Kind::Span, before.project), || Change::Gone(before.seq));
        }
        if let Some(now) = now {
            self.state.note((Kind::Span, now.project), || {
                Change::Put(Box::new(Cells::of_span(now, trace_id)))
            });
        }
        Ok(())
    }

    /// The thread of a text id; created when there is none: for a trace that joins it with the time of `earliest`, and
    /// never updated before the trace.
    pub(crate) fn thread(
        &mut self,
        project: i64,
        thread_id: &str,
        earliest: Option<Uuid>,
    ) -> StoreResult<&mut ThreadRow> {
        let index = match self.thread_by_id.get(&(project, thread_id.to_owned())) {
            Some(index) => *index,
            None => match ThreadRow::find(self.connection, project, thread_id).map_err(translate)? {
                Some(row) => self.keep_thread(row, true),
                None => {
                    let model_id = match earliest {
                        Some(trace) => ferropik_model::id::new_at_time_of(trace),
                        None => ferropik_model::id::new(),
                    };
                    let row = ThreadRow {
                        seq: self.state.next_thread(self.connection).map_err(translate)?,
                        workspace: self.workspace,
                        project,
                        thread_id: thread_id.to_owned(),
                        model_id,
                        inactive: false,
                        flags: 0,
                        created_ns: self.now.as_nanos(),
                        updated_us: if earliest.is_some() { 0 } else { self.now.as_micros() },
                        created_by: self.user,
                        updated_by: self.user,
                        environment: None,
                        tags: Vec::new(),
                        trace_count: 0,
                        start_ns: None,
                        end_ns: None,
                        first_trace: None,
                        last_trace: None,
                        cost: 0,
                        totals: Totals::default(),
                    };
                    self.keep_thread(row, false)
                }
            },
        };
        let work = &mut self.threads[index];
        work.changed = true;
        Ok(&mut work.row)
    }

    /// The thread of a number that a row refers to.
    pub(crate) fn thread_by_seq(&mut self, seq: i64) -> StoreResult<Option<&mut ThreadRow>> {
        Ok(self.thread_index(seq)?.map(|index| {
            self.threads[index].changed = true;
            &mut self.threads[index].row
        }))
    }

    fn thread_index(&mut self, seq: i64) -> StoreResult<Option<usize>> {
        if let Some(index) = self.thread_by_seq.get(&seq) {
            return Ok(Some(*index));
        }
        match ThreadRow::by_seq(self.connection, seq).map_err(translate)? {
            Some(row) => Ok(Some(self.keep_thread(row, true))),
            None => Ok(None),
        }
    }

    /// Deletes the record of a thread at the end of the write. Its traces have to be deleted first.
    pub(crate) fn delete_thread(&mut self, seq: i64) -> StoreResult<()> {
        if let Some(index) = self.thread_index(seq)? {
            self.threads[index].deleted = true;
            self.threads[index].changed = true;
        }
        Ok(())
    }

    fn keep_thread(&mut self, row: ThreadRow, exists: bool) -> usize {
        let index = self.threads.len();
        self.thread_by_seq.insert(row.seq, index);
        self.thread_by_id.insert((row.project, row.thread_id.clone()), index);
        self.threads.push(ThreadWork {
            exists,
            changed: !exists,
            row,
            recompute: false,
            deleted: false,
        });
        index
    }

    /// Writes all rows and what follows from their changes.
    pub(crate) fn finish(mut self) -> StoreResult<()> {
        for index in 0..self.traces.len() {
            self.finish_trace(index)?;
        }
        for index in 0..self.threads.len() {
            self.finish_thread(index)?;
        }
        self.finish_experiments()?;
        for (project, updated_us) in std::mem::take(&mut self.last_trace_us) {
            self.connection
                .prepare_cached("UPDATE project SET last_trace_us = MAX(COALESCE(last_trace_us, 0), ?2) WHERE key = ?1")
                .and_then(|mut statement| statement.execute([project, updated_us]))
                .map_err(translate)?;
        }
        std::mem::take(&mut self.rollups)
            .flush(self.connection)
            .map_err(translate)
    }

    fn finish_trace(&mut self, index: usize) -> StoreResult<()> {
        let TraceWork { before, now, deleted } = &self.traces[index];
        let (before, now, deleted) = (before.clone(), now.clone(), *deleted);
        let now = if deleted { None } else { Some(now) };
        if before == now {
            return Ok(());
        }
        match (&before, &now) {
            (Some(before), Some(now)) if before.differs_only_in_span_sums(now) => {
                now.write_span_sums(self.connection).map_err(translate)?;
            }
            (_, Some(now)) => now.write(self.connection, before.is_some()).map_err(translate)?,
            (Some(before), None) => {
                for statement in [
                    "DELETE FROM trace WHERE seq = ?1",
                    "DELETE FROM trace_payload WHERE seq = ?1",
                ] {
                    self.connection
                        .prepare_cached(statement)
                        .and_then(|mut statement| statement.execute([before.seq]))
                        .map_err(translate)?;
                }
                annotation_queues::forget(self.connection, before.workspace, before.id)?;
            }
            (None, None) => return Ok(()),
        }
        let is_item = before.iter().chain(&now).any(|row| row.has(flag::EXPERIMENT));
        if is_item && before.as_ref().and_then(Summed::of) != now.as_ref().and_then(Summed::of) {
            self.scored_traces.extend(before.iter().chain(&now).map(|row| row.seq));
        }
        let texts = |row: &TraceRow| (row.name, row.thread, row.tags.clone());
        if let Some(now) = &now
            && before.as_ref().map(texts) != Some(texts(now))
        {
            self.state.sealing.changed(self.connection, now.seq)?;
        }
        self.finish_tags(before.as_ref(), now.as_ref()).map_err(translate)?;
        if let (Some(before), Some(now)) = (&before, &now) {
            scoring::trace_moved(self, before, now)?;
            if before.project != now.project {
                self.note_foreign_spans(now)?;
            }
        }
        if let Some(before) = &before {
            self.rollups.add_trace(before, -1);
        }
        if let Some(now) = &now {
            self.rollups.add_trace(now, 1);
        }
        self.change_threads(before.as_ref(), now.as_ref())?;
        if let Some(before) = &before
            && now.as_ref().is_none_or(|now| now.project != before.project)
        {
            self.state
                .note((Kind::Trace, before.project), || Change::Gone(before.seq));
        }
        if let Some(now) = &now {
            self.state.note((Kind::Trace, now.project), || {
                Change::Put(Box::new(Cells::of_trace(now)))
            });
        }
        Ok(())
    }

    /// Notes which experiments have to be summed up anew.
    fn finish_experiments(&mut self) -> StoreResult<()> {
        for seq in std::mem::take(&mut self.scored_traces) {
            let is_item = match self.trace_by_seq(seq)? {
                Some(trace) => trace.now.has(flag::EXPERIMENT),
                None => false,
            };
            if is_item {
                let experiments = experiments::of_trace(self.connection, seq).map_err(translate)?;
                self.experiments.extend(experiments);
            }
        }
        for key in std::mem::take(&mut self.experiments) {
            self.connection
                .prepare_cached("UPDATE experiment SET revision = revision + 1 WHERE key = ?1")
                .and_then(|mut statement| statement.execute([key]))
                .map_err(translate)?;
        }
        Ok(())
    }

    /// Spans stay in their projects when their trace moves to another one.
    fn note_foreign_spans(&self, trace: &TraceRow) -> StoreResult<()> {
        self.connection
            .prepare_cached(
                "UPDATE project SET has_foreign_spans = 1 WHERE has_foreign_spans = 0 \
                 AND key IN (SELECT project FROM span WHERE trace = ?1 AND project <> ?2)",
            )
            .and_then(|mut statement| statement.execute([trace.seq, trace.project]))
            .map_err(translate)?;
        Ok(())
    }

    fn finish_tags(&self, before: Option<&TraceRow>, now: Option<&TraceRow>) -> rusqlite::Result<()> {
        let place = |row: &TraceRow| (row.project, row.tags.clone());
        if before.map(place) == now.map(place) {
            return Ok(());
        }
        if let Some(before) = before {
            let mut delete = self
                .connection
                .prepare_cached("DELETE FROM trace_tag WHERE project = ?1 AND tag = ?2 AND trace = ?3")?;
            for tag in &before.tags {
                delete.execute([before.project, *tag, before.seq])?;
            }
        }
        if let Some(now) = now {
            let mut insert = self
                .connection
                .prepare_cached("INSERT OR IGNORE INTO trace_tag (project, tag, trace) VALUES (?1, ?2, ?3)")?;
            for tag in &now.tags {
                insert.execute([now.project, *tag, now.seq])?;
            }
        }
        Ok(())
    }

    fn change_threads(&mut self, before: Option<&TraceRow>, now: Option<&TraceRow>) -> StoreResult<()> {
        let place = |row: Option<&TraceRow>| {
            row.filter(|row| row.is_visible())
                .and_then(|row| row.thread.map(|thread| (thread, row.clone())))
        };
        let (before, now) = (place(before), place(now));
        if let Some((thread, row)) = &before
            && let Some(index) = self.thread_index(*thread)?
        {
            let work = &mut self.threads[index];
            work.changed = true;
            work.row.trace_count -= 1;
            work.row.cost = work.row.cost.saturating_sub(row.cost);
            work.row.totals.add_totals(&row.totals, -1);
            let same_place = now.as_ref().is_some_and(|(after, after_row)| {
                after == thread && after_row.start_ns == row.start_ns && after_row.end_ns == row.end_ns
            });
            if !same_place && (work.row.first_trace == Some(row.seq) || work.row.last_trace == Some(row.seq)) {
                work.recompute = true;
            }
        }
        if let Some((thread, row)) = &now
            && let Some(index) = self.thread_index(*thread)?
        {
            let work = &mut self.threads[index];
            work.changed = true;
            let thread = &mut work.row;
            thread.trace_count += 1;
            thread.cost = thread.cost.saturating_add(row.cost);
            thread.totals.add_totals(&row.totals, 1);
            if row.environment.is_some() {
                thread.environment = row.environment;
            }
            if row.start_ns > 0 && thread.start_ns.is_none_or(|start| row.start_ns < start) {
                thread.start_ns = Some(row.start_ns);
                thread.first_trace = Some(row.seq);
            }
            if row.end_ns > thread.end_ns {
                thread.end_ns = row.end_ns;
                thread.last_trace = Some(row.seq);
            }
        }
        Ok(())
    }

    fn finish_thread(&mut self, index: usize) -> StoreResult<()> {
        let work = &mut self.threads[index];
        if !work.changed {
            return Ok(());
        }
        if work.deleted {
            self.connection
                .prepare_cached("DELETE FROM thread WHERE seq = ?1")
                .and_then(|mut statement| statement.execute([work.row.seq]))
                .map_err(translate)?;
            annotation_queues::forget(self.connection, work.row.workspace, work.row.model_id)?;
            return Ok(());
        }
        if work.recompute {
            recompute_ends(self.connection, &mut work.row).map_err(translate)?;
        }
        work.row.write(self.connection, work.exists).map_err(translate)
    }

    /// Finds a comment's or score's trace or says that there is none.
    pub(crate) fn visible_trace(&mut self, id: Uuid) -> StoreResult<&mut TraceWork> {
        match self.find_trace(id)? {
            Some(trace) if trace.now.is_visible() && !trace.deleted => Ok(trace),
            _ => Err(StoreError::NotFound),
        }
    }

    /// Sets a bit on the trace of a number.
    pub(crate) fn flag_trace(&mut self, seq: i64, bit: i64, on: bool) -> StoreResult<()> {
        if let Some(trace) = self.trace_by_seq(seq)? {
            trace.now.set(bit, on);
        }
        Ok(())
    }
}

/// What experiments sum up of a trace, and its latest write, for what they remember of payloads.
#[derive(PartialEq)]
struct Summed<'a> {
    project: i64,
    updated_us: i64,
    cost: i64,
    totals: &'a Totals,
    duration_us: Option<i64>,
    has_comments: bool,
}

impl Summed<'_> {
    /// None as long as the trace has not arrived.
    fn of(row: &TraceRow) -> Option<Summed<'_>> {
        row.is_visible().then(|| Summed {
            project: row.project,
            updated_us: row.updated_us,
            cost: row.cost,
            totals: &row.totals,
            duration_us: row.duration_us(),
            has_comments: row.has(flag::COMMENTS),
        })
    }
}

/// Looks for the trace that started first and the one that ended last.
pub(crate) fn recompute_ends(connection: &Connection, thread: &mut ThreadRow) -> rusqlite::Result<()> {
    let mut first = connection.prepare_cached(
        "SELECT seq, start_ns FROM trace WHERE thread = ?1 AND flags & ?2 = 0 AND start_ns > 0 \
         ORDER BY start_ns, id LIMIT 1",
    )?;
    let mut last = connection.prepare_cached(
        "SELECT seq, end_ns FROM trace WHERE thread = ?1 AND flags & ?2 = 0 AND end_ns IS NOT NULL \
         ORDER BY end_ns DESC, id LIMIT 1",
    )?;
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let first: Option<(i64, i64)> =
        rusqlite::OptionalExtension::optional(first.query_row(params![thread.seq, flag::GHOST], pair))?;
    let last: Option<(i64, i64)> =
        rusqlite::OptionalExtension::optional(last.query_row(params![thread.seq, flag::GHOST], pair))?;
    thread.first_trace = first.map(|(seq, _)| seq);
    thread.start_ns = first.map(|(_, start)| start);
    thread.last_trace = last.map(|(seq, _)| seq);
    thread.end_ns = last.map(|(_, end)| end);
    Ok(())
}
