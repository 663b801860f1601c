//! Items of experiments with what their traces hold.

use ferropik_model::{AssertionResult, ExperimentItemDetails, RunStatus};
use ferropik_query::sql::{SqlBuilder, SqlValue};
use ferropik_store::{Scan, StoreResult, View, ViewField};
use rusqlite::{Connection, params};

use super::items::{item_of, policy_of_row};
use super::rows::{ITEM_COLUMNS, ItemRow};
use crate::Context;
use crate::error::translate;
use crate::read::assemble::Assembler;
use crate::read::scores::{self, Detail};
use crate::read::statement;
use crate::rows::{TraceRow, flag};
use crate::scoring::{self, ASSERTION_QUEUE};

/// Experiments from which on a stream looks through all items of the workspace instead of those of each experiment.
const MANY_EXPERIMENTS: usize = 200;

/// The fields of a trace that an item does not show.
fn item_view(view: View) -> View {
    let unwanted = [
        ViewField::Name,
        ViewField::Tags,
        ViewField::ErrorInfo,
        ViewField::SpanFeedbackScores,
        ViewField::GuardrailsValidations,
        ViewField::ThreadId,
        ViewField::Environment,
        ViewField::Experiment,
        ViewField::CreatedBy,
        ViewField::LastUpdatedBy,
    ];
    View {
        exclude: unwanted
            .into_iter()
            .fold(view.exclude, |exclude, field| exclude.with(field)),
        ..view
    }
}

/// The verdicts on the assertions about a trace, by name.
pub(crate) fn assertions_of(
    connection: &Connection,
    context: &Context,
    trace: i64,
) -> rusqlite::Result<Vec<AssertionResult>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, value, reason FROM score WHERE kind = ?1 AND entity = ?2 AND queue = ?3 \
         ORDER BY name, updated_ns",
    )?;
    let mut rows = statement.query(params![scoring::TRACE, trace, ASSERTION_QUEUE])?;
    let mut results: Vec<AssertionResult> = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next()? {
        let (name, value): (i64, i64) = (row.get(0)?, row.get(1)?);
        let reason: Option<String> = row.get(2)?;
        let reason = reason.filter(|reason| !reason.is_empty());
        let holds = value >= 1_000_000_000;
        match results.last_mut().filter(|_| last == Some(name)) {
            Some(result) => {
                result.passed &= holds;
                result.reason = reason.or(result.reason.take());
            }
            None => results.push(AssertionResult {
                value: context.strings.text(connection, name)?.to_string(),
                passed: holds,
                reason,
            }),
        }
        last = Some(name);
    }
    results.sort_by(|a, b| a.value.cmp(&b.value));
    Ok(results)
}

/// Whether a run passed; none without assertions.
pub(crate) fn status_of(results: &[AssertionResult]) -> Option<RunStatus> {
    if results.is_empty() {
        None
    } else if results.iter().all(|result| result.passed) {
        Some(RunStatus::Passed)
    } else {
        Some(RunStatus::Failed)
    }
}

/// An item with what its trace holds.
pub(crate) fn details_of(
    connection: &Connection,
    context: &Context,
    row: &ItemRow,
    view: View,
) -> StoreResult<ExperimentItemDetails> {
    let item = item_of(connection, &context.strings, row)?;
    let mut details = ExperimentItemDetails {
        item,
        input: None,
        output: None,
        trace_metadata: None,
        feedback_scores: Vec::new(),
        comments: Vec::new(),
        total_estimated_cost: None,
        duration: None,
        usage: ferropik_model::Usage::default(),
        trace_visibility_mode: None,
        description: None,
        execution_policy: Some(policy_of_row(row)),
        assertion_results: Vec::new(),
        status: None,
    };
    let Some(trace_row) = TraceRow::by_seq(connection, row.trace).map_err(translate)? else {
        return Ok(details);
    };
    if trace_row.has(flag::SCORES) {
        details.assertion_results = assertions_of(connection, context, row.trace).map_err(translate)?;
        details.status = status_of(&details.assertion_results);
    }
    if !trace_row.is_visible() {
        if trace_row.has(flag::SCORES) {
            details.feedback_scores =
                scores::of_entity(connection, &context.strings, scoring::TRACE, row.trace, None).map_err(translate)?;
        }
        return Ok(details);
    }
    let assembler = Assembler {
        connection,
        strings: &context.strings,
        codec: &context.codec,
        view: item_view(view),
        queue: None,
        detail: Detail::List,
    };
    let trace = assembler.trace(&trace_row, uuid::Uuid::nil())?;
    details.input = trace.input;
    details.output = trace.output;
    details.trace_metadata = trace.metadata;
    details.feedback_scores = trace.feedback_scores;
    details.comments = trace.comments;
    details.total_estimated_cost = trace.total_estimated_cost;
    details.duration = trace.duration;
    details.usage = trace.usage;
    details.trace_visibility_mode = trace.visibility_mode;
    Ok(details)
}

/// The next items of experiments in descending id order.
pub(super) fn scan(
    connection: &Connection,
    context: &Context,
    workspace: i64,
    experiments: &[i64],
    scan: &Scan,
) -> StoreResult<Vec<ExperimentItemDetails>> {
    if experiments.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = experiments.iter().map(ToString::to_string).collect();
    let mut sql = SqlBuilder::default();
    sql.push("SELECT ").push(ITEM_COLUMNS).push(" FROM experiment_item i ");
    if experiments.len() > MANY_EXPERIMENTS {
        sql.push("INDEXED BY experiment_item_by_id WHERE +i.experiment IN (");
    } else {
        sql.push("INDEXED BY experiment_item_by_experiment WHERE i.experiment IN (");
    }
    sql.push("SELECT value FROM json_each(")
        .bind(SqlValue::Text(format!("[{}]", keys.join(","))))
        .push(")) AND i.workspace = ")
        .bind(SqlValue::Integer(workspace));
    if let Some(before) = scan.before {
        sql.push(" AND i.id < ").bind(statement::id_value(before));
    }
    sql.push(" ORDER BY i.id DESC LIMIT ")
        .bind(SqlValue::Integer(i64::try_from(scan.limit).unwrap_or(i64::MAX)));
    let rows = statement::query(connection, sql, ItemRow::from_row)?;
    let view = View {
        exclude: scan.view.exclude.with(ViewField::Metadata),
        ..scan.view
    };
    let mut items = Vec::with_capacity(rows.len());
    let mut bytes = 0;
    for row in &rows {
        let details = details_of(connection, context, row, view)?;
        bytes += [&details.input, &details.output]
            .into_iter()
            .flatten()
            .map(|json| json.as_str().len())
            .sum::<usize>();
        items.push(details);
        if bytes > scan.max_bytes {
            break;
        }
    }
    Ok(items)
}
