//! Feedback scores: the store's door to [`crate::scoring`].

use async_trait::async_trait;
use ferropik_model::SpanType;
use ferropik_store::{NewScore, Scope, ScoreKind, ScoreStore, ScoreTarget, ScoredEntity, StoreError, StoreResult};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::annotation_queues::Router;
use crate::engine::strings;
use crate::error::translate;
use crate::rows::{SpanRow, flag, span_type};
use crate::scoring::{self, Subject};
use crate::spans::write as span_write;
use crate::state::{project_key, workspace_key};
use crate::work::Work;

fn put(work: &mut Work<'_>, router: &mut Router, entity: &ScoredEntity, score: &NewScore) -> StoreResult<()> {
    let project = work.project(entity.project)?;
    match &entity.target {
        ScoreTarget::Trace(id) => put_on_trace(work, router, *id, project, score),
        ScoreTarget::Span(id) => {
            let row = span_write::find_or_ghost(work, *id, project)?;
            put_on_span(work, &row, score)
        }
        ScoreTarget::Thread(thread_id) => {
            let thread = work.thread(project, thread_id, None)?;
            thread.flags |= flag::SCORES;
            let (subject, item) = (Subject::thread(thread), thread.model_id);
            scoring::put(work, &subject, score)?;
            router.note(work, subject, item)
        }
    }
}

/// Stores a score of a trace, which may be unknown yet.
pub(crate) fn put_on_trace(
    work: &mut Work<'_>,
    router: &mut Router,
    id: Uuid,
    project: i64,
    score: &NewScore,
) -> StoreResult<()> {
    let row = &mut work.trace(id, project)?.now;
    row.set(flag::SCORES, true);
    let subject = Subject::trace(row);
    // The row has to be there before `finish` moves values that belong to it.
    scoring::put(work, &subject, score)?;
    router.note(work, subject, id)
}

fn put_on_span(work: &mut Work<'_>, row: &SpanRow, score: &NewScore) -> StoreResult<()> {
    let name = work
        .state
        .strings
        .intern(work.connection, &score.name)
        .map_err(translate)?;
    let in_trace = subject_of_trace(work, row)?;
    let before = in_trace
        .map(|subject| scoring::aggregate(work.connection, &subject, name))
        .transpose()?
        .flatten();
    let row = span_write::set_flag(work, row, flag::SCORES, true)?;
    scoring::put(work, &Subject::span(&row), score)?;
    if let Some(subject) = in_trace {
        scoring::refresh_spans_of_trace(work, &subject, name, before)?;
        work.flag_trace(row.trace, flag::SPAN_SCORES, true)?;
    }
    Ok(())
}

fn subject_of_trace(work: &mut Work<'_>, row: &SpanRow) -> StoreResult<Option<Subject>> {
    Ok(work
        .trace_by_seq(row.trace)?
        .map(|trace| Subject::spans_of_trace(&trace.now)))
}

fn delete(
    work: &mut Work<'_>,
    target: &ScoreTarget,
    project: Option<i64>,
    name: i64,
    author: Option<i64>,
    queue: Option<Uuid>,
) -> StoreResult<()> {
    match target {
        ScoreTarget::Trace(id) => {
            let Some(row) = work.find_trace(*id)?.map(|trace| trace.now.clone()) else {
                return Ok(());
            };
            scoring::delete(work, &Subject::trace(&row), name, author, queue)?;
            let any = scoring::has_any(work.connection, scoring::TRACE, row.seq)?;
            work.flag_trace(row.seq, flag::SCORES, any)
        }
        ScoreTarget::Span(id) => {
            let Some(row) = SpanRow::find(work.connection, work.workspace, *id).map_err(translate)? else {
                return Ok(());
            };
            let in_trace = subject_of_trace(work, &row)?;
            let before = in_trace
                .map(|subject| scoring::aggregate(work.connection, &subject, name))
                .transpose()?;
            scoring::delete(work, &Subject::span(&row), name, author, queue)?;
            if let (Some(subject), Some(before)) = (in_trace, before) {
                scoring::refresh_spans_of_trace(work, &subject, name, before)?;
            }
            let any = scoring::has_any(work.connection, scoring::SPAN, row.seq)?;
            span_write::set_flag(work, &row, flag::SCORES, any)?;
            Ok(())
        }
        ScoreTarget::Thread(thread_id) => {
            let Some(project) = project else { return Ok(()) };
            let Some(row) = crate::rows::ThreadRow::find(work.connection, project, thread_id).map_err(translate)?
            else {
                return Ok(());
            };
            scoring::delete(work, &Subject::thread(&row), name, author, queue)?;
            Ok(())
        }
    }
}

fn kinds_of(kind: Option<ScoreKind>) -> &'static [i64] {
    match kind {
        Some(ScoreKind::Trace) => &[scoring::TRACE],
        Some(ScoreKind::Span) => &[scoring::SPAN],
        Some(ScoreKind::Thread) => &[scoring::THREAD],
        None => &[scoring::TRACE, scoring::SPAN, scoring::THREAD],
    }
}

/// Distinct interned names under a kind and project, by skipping from one to the next in the index.
pub(crate) fn names_in(connection: &Connection, kind: i64, project: i64) -> rusqlite::Result<Vec<i64>> {
    let mut next = connection.prepare_cached(
        "SELECT name FROM score_value WHERE kind = ?1 AND project = ?2 AND name > ?3 ORDER BY name LIMIT 1",
    )?;
    let mut names = Vec::new();
    let mut last = i64::MIN;
    while let Some(row) = next.query(params![kind, project, last])?.next()? {
        last = row.get(0)?;
        names.push(last);
    }
    Ok(names)
}

fn has_span_of_type(connection: &Connection, project: i64, name: i64, kind: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM score_value v JOIN span s ON s.seq = v.entity \
             WHERE v.kind = 2 AND v.project = ?1 AND v.name = ?2 AND s.type = ?3)",
        )?
        .query_row(params![project, name, kind], |row| row.get(0))
}

#[async_trait]
impl ScoreStore for SqliteStore {
    async fn put_scores(&self, scope: &Scope, scores: Vec<(ScoredEntity, NewScore)>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let mut router = Router::default();
            for (entity, score) in &scores {
                put(&mut work, &mut router, entity, score)?;
            }
            router.finish(&work)?;
            work.finish()
        })
        .await
    }

    async fn put_score_of_existing(&self, scope: &Scope, target: ScoreTarget, score: NewScore) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let mut router = Router::default();
            match &target {
                ScoreTarget::Trace(id) => {
                    let project = work.visible_trace(*id)?.now.project;
                    put_on_trace(&mut work, &mut router, *id, project, &score)?;
                }
                ScoreTarget::Span(id) => {
                    let row = SpanRow::find(connection, work.workspace, *id)
                        .map_err(translate)?
                        .filter(SpanRow::is_visible)
                        .ok_or(StoreError::NotFound)?;
                    put_on_span(&mut work, &row, &score)?;
                }
                ScoreTarget::Thread(_) => return Err(StoreError::NotFound),
            }
            router.finish(&work)?;
            work.finish()
        })
        .await
    }

    async fn delete_scores(
        &self,
        scope: &Scope,
        target: ScoreTarget,
        project: Option<Uuid>,
        names: Vec<String>,
        author: Option<String>,
        source_queue_id: Option<Uuid>,
    ) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let project = project.map(|id| work.project(id)).transpose()?;
            let author = match author.as_deref() {
                None => None,
                Some(author) => match strings::find(connection, author).map_err(translate)? {
                    Some(author) => Some(author),
                    // Nobody of that name has ever written anything.
                    None => return Ok(()),
                },
            };
            for name in &names {
                if let Some(name) = strings::find(connection, name).map_err(translate)? {
                    delete(&mut work, &target, project, name, author, source_queue_id)?;
                }
            }
            work.finish()
        })
        .await
    }

    async fn score_names(
        &self,
        scope: &Scope,
        kind: Option<ScoreKind>,
        projects: Option<Vec<Uuid>>,
        span_kind: Option<SpanType>,
    ) -> StoreResult<Vec<String>> {
        let scope = scope.clone();
        let strings = self.strings();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let projects = match projects {
                Some(ids) => ids
                    .into_iter()
                    .map(|id| project_key(connection, workspace, id))
                    .collect::<StoreResult<Vec<_>>>()?,
                None => crate::projects::keys_of(connection, workspace).map_err(translate)?,
            };
            let mut names = std::collections::BTreeSet::new();
            for project in projects {
                for kind in kinds_of(kind) {
                    for name in names_in(connection, *kind, project).map_err(translate)? {
                        if let Some(span_kind) = span_kind {
                            let number = span_type::number(Some(span_kind));
                            if !has_span_of_type(connection, project, name, number).map_err(translate)? {
                                continue;
                            }
                        }
                        names.insert(strings.text(connection, name).map_err(translate)?.to_string());
                    }
                }
            }
            Ok(names.into_iter().collect())
        })
        .await
    }
}
