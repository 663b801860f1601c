//! Series of metrics over time.
//!
//! Whole hours come from the rollups when nothing but a choice of sources filters them. Percentiles, groups and other
//! filters need the entities themselves: their columns in memory if they are there, else the narrow rows. Payloads are
//! read only for a search, for filters on payloads and for groups by metadata.

mod cells;
mod rolled;
mod rows;

pub(crate) use cells::{By, Cell, Cells, Group, Outside, Request, What};

use async_trait::async_trait;
use ferropik_model::{Measure, MetricEntity, MetricInterval, Timestamp};
use ferropik_query::Path;
use ferropik_store::{
    BreakdownBy, DailyCosts, FoundSeries, MetricQuery, MetricRange, MetricStore, MetricTotals, Scope, Selection,
    StoreError, StoreResult, SubMetric,
};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::SqliteStore;
use crate::columns::{self, Kind};
use crate::engine::strings;
use crate::error::translate;
use crate::rollup;
use crate::rows::uuid_at;
use crate::scan::Reader;
use crate::state::{project_key, workspace_key};

/// Keys of the projects that exist.
fn known(reader: Reader<'_>, scope: &Scope, projects: &[Uuid]) -> StoreResult<Vec<(Uuid, i64)>> {
    let workspace = workspace_key(reader.connection, scope)?;
    let mut found = Vec::with_capacity(projects.len());
    for id in projects {
        match project_key(reader.connection, workspace, *id) {
            Ok(key) => found.push((*id, key)),
            Err(StoreError::ProjectNotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Adds up the entities of a range.
fn collect(reader: Reader<'_>, scope: &Scope, range: &MetricRange, request: &Request) -> StoreResult<Cells> {
    let mut cells = Cells::default();
    for (id, project) in known(reader, scope, &range.projects)? {
        let selection = Selection {
            filter: range.filter.clone(),
            search: range.search.clone(),
            from: Some(range.from),
            to: Some(range.to),
            ..Selection::all(id)
        };
        add_project(reader, range.entity, project, &selection, request, &mut cells)?;
    }
    Ok(cells)
}

fn add_project(
    reader: Reader<'_>,
    entity: MetricEntity,
    project: i64,
    selection: &Selection,
    request: &Request,
    cells: &mut Cells,
) -> StoreResult<()> {
    let outside = match (entity, request.what, selection.from, selection.to) {
        (MetricEntity::Traces, What::Usage(_), Some(from), Some(to)) => {
            let range = (from.as_millis(), to.as_millis());
            match columns::usage_outside(reader, project, range)? {
                Some(outside) => outside,
                None => rows::usage_outside(reader.connection, project, range)?,
            }
        }
        _ => Vec::new(),
    };
    if rolled::can_answer(entity, request)
        && let Some(sources) = rollup::plain_sources(selection)
    {
        return rolled::add(reader, entity, project, (selection, sources), request, &outside, cells);
    }
    let kind = match entity {
        MetricEntity::Traces => Some(Kind::Trace),
        MetricEntity::Spans => Some(Kind::Span),
        MetricEntity::Threads => None,
    };
    let is_narrow = !matches!(request.by, By::Metadata(_) | By::GuardrailName);
    if let Some(kind) = kind
        && is_narrow
        && columns::series(reader, (kind, project), selection, request, &outside, cells)?
    {
        return Ok(());
    }
    rows::add(reader, entity, project, selection, request, &outside, cells)
}

/// What has to be read for a query; `None` when nothing can match.
fn request_of(reader: Reader<'_>, query: &MetricQuery) -> StoreResult<Option<Request>> {
    let named = match &query.sub_metric {
        Some(SubMetric::Named(name)) => match strings::find(reader.connection, name).map_err(translate)? {
            Some(number) => Some(number),
            None => return Ok(None),
        },
        _ => None,
    };
    let only = |errors, cost, durations| What::Rows {
        errors,
        cost,
        durations,
    };
    let what = match query.measure {
        Measure::Count => only(false, false, false),
        Measure::ErrorRate => only(true, false, false),
        Measure::Cost => only(false, true, false),
        Measure::MeanDuration => only(false, false, true),
        Measure::Durations => What::Durations,
        Measure::FailedGuardrails => What::Guardrails,
        Measure::Usage => What::Usage(named),
        Measure::Scores => What::Scores(named),
    };
    let by = match &query.group_by {
        None => By::Nothing,
        Some(BreakdownBy::Tags) => By::Tags,
        Some(BreakdownBy::Metadata(key)) => By::Metadata(Path::new(key)),
        Some(BreakdownBy::Name) => By::Name,
        Some(BreakdownBy::ErrorInfo) => By::ErrorInfo,
        Some(BreakdownBy::ErrorType) => By::ErrorType,
        Some(BreakdownBy::Model) => By::Model,
        Some(BreakdownBy::Provider) => By::Provider,
        Some(BreakdownBy::Type) => By::Type,
        Some(BreakdownBy::GuardrailName) => By::GuardrailName,
    };
    Ok(Some(Request {
        interval: query.interval,
        what,
        by,
    }))
}

#[async_trait]
impl MetricStore for SqliteStore {
    async fn metric(&self, scope: &Scope, query: MetricQuery) -> StoreResult<Vec<FoundSeries>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            let Some(request) = request_of(reader, &query)? else {
                return Ok(Vec::new());
            };
            let cells = collect(reader, &scope, &query.range, &request)?;
            cells.series(connection, &context.strings, query.measure, query.sub_metric.as_ref())
        })
        .await
    }

    async fn metric_totals(&self, scope: &Scope, range: MetricRange) -> StoreResult<MetricTotals> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            let request = Request {
                interval: MetricInterval::Total,
                what: What::Rows {
                    errors: range.entity != MetricEntity::Threads,
                    cost: true,
                    durations: true,
                },
                by: By::Nothing,
            };
            Ok(collect(reader, &scope, &range, &request)?.totals())
        })
        .await
    }

    async fn daily_costs(
        &self,
        scope: &Scope,
        projects: Vec<Uuid>,
        from: Timestamp,
        to: Timestamp,
    ) -> StoreResult<DailyCosts> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            let range = (from.as_nanos(), to.as_nanos());
            let mut days = FxHashMap::default();
            for (_, project) in known(reader, &scope, &projects)? {
                if !columns::costs_by_start(reader, project, range, &mut days)? {
                    rows::costs_by_start(connection, project, range, &mut days)?;
                }
            }
            let mut days: Vec<(i64, i128)> = days.into_iter().collect();
            days.sort_unstable();
            Ok(DailyCosts { days })
        })
        .await
    }

    async fn project_ids(&self, scope: &Scope) -> StoreResult<Vec<Uuid>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let mut statement = connection
                .prepare_cached("SELECT id FROM project WHERE workspace = ?1")
                .map_err(translate)?;
            let rows = statement
                .query_map([workspace], |row| uuid_at(row, 0))
                .map_err(translate)?;
            rows.collect::<rusqlite::Result<_>>().map_err(translate)
        })
        .await
    }

    async fn usage_names(&self, scope: &Scope, projects: Vec<Uuid>) -> StoreResult<Vec<String>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let reader = Reader {
                context: &context,
                connection,
                cancelled,
            };
            let mut names = std::collections::BTreeSet::new();
            for (_, project) in known(reader, &scope, &projects)? {
                names.extend(crate::projects::usage_names(&context, connection, project)?);
            }
            Ok(names.into_iter().collect())
        })
        .await
    }
}
