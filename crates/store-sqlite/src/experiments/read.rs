//! Experiments as clients read them.

use ferropik_model::{
    Comment, EvaluationMethod, Experiment, ExperimentPrompt, NamedScore, RawJson, Timestamp, decimal,
};
use ferropik_store::{StoreError, StoreResult};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::codes;
use super::rows::ExperimentRow;
use super::summary::{self, Fresh, Summary};
use crate::datasets::{find, version};
use crate::engine::payload::Codec;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rows::{flag, uuid_at};
use crate::{Context, comments, scoring};

/// Turns rows into experiments.
pub(super) struct Assembler<'a> {
    connection: &'a Connection,
    strings: &'a Strings,
    codec: &'a Codec,
    /// Summaries that were worked out on the way.
    pub(super) fresh: Vec<Fresh>,
}

impl<'a> Assembler<'a> {
    pub(super) fn new(connection: &'a Connection, context: &'a Context) -> Assembler<'a> {
        Assembler {
            connection,
            strings: &context.strings,
            codec: &context.codec,
            fresh: Vec::new(),
        }
    }

    fn text(&self, number: i64) -> StoreResult<String> {
        self.strings
            .text(self.connection, number)
            .map(|text| text.to_string())
            .map_err(translate)
    }

    /// The experiment of a row.
    pub(super) fn experiment(&mut self, row: &ExperimentRow) -> StoreResult<Experiment> {
        let connection = self.connection;
        let summary = summary::current(connection, self.strings, row, &mut self.fresh)?;
        let dataset = find::by_key(connection, row.dataset)?;
        let project = project_of(connection, row.project, &summary.projects)?;
        let version = match row.version {
            Some(key) => version::by_key(connection, key)?,
            None => None,
        };
        let latest = dataset.as_ref().map_or(0, |dataset| dataset.latest);
        let version = version.map(|version| version.summary(connection, latest)).transpose()?;
        let prompts = prompts_of(connection, row.key)?;
        let is_suite = codes::method_from(row.method) == EvaluationMethod::EvaluationSuite;
        let count = |number: i64| is_suite.then(|| number.unsigned_abs());
        Ok(Experiment {
            id: row.id,
            dataset_id: dataset.as_ref().map(|dataset| dataset.id).unwrap_or_default(),
            dataset_name: dataset
                .filter(|dataset| !dataset.is_deleted)
                .map(|dataset| dataset.name),
            project_id: project.as_ref().map(|(id, _)| *id),
            project_name: project.map(|(_, name)| name),
            name: row.name.clone(),
            metadata: self.metadata(row)?,
            tags: codes::tags_from(row.tags.as_deref())?,
            r#type: codes::type_from(row.kind),
            evaluation_method: codes::method_from(row.method),
            status: codes::status_from(row.status),
            optimization_id: row.optimization,
            trace_count: summary.traces.unsigned_abs(),
            feedback_scores: named(&summary.scores),
            experiment_scores: codes::scores_from(row.scores.as_deref())?,
            comments: if summary.comments > 0 {
                comments_of(connection, self.strings, row.key)?
            } else {
                Vec::new()
            },
            duration: summary.duration.unwrap_or_default(),
            total_estimated_cost: dollars(summary.cost),
            total_estimated_cost_avg: dollars(summary.cost_avg),
            usage: summary.usage.clone().into_iter().collect(),
            prompt_version: prompts.first().cloned(),
            prompt_versions: prompts,
            dataset_version_id: version.as_ref().map(|version| version.id),
            dataset_version_summary: version,
            pass_rate: codes::pass_rate(summary.passed.unsigned_abs(), summary.judged.unsigned_abs())
                .filter(|_| is_suite),
            passed_count: count(summary.passed),
            total_count: count(summary.judged),
            assertion_scores: if is_suite {
                named(&summary.assertions)
            } else {
                Vec::new()
            },
            created_at: Timestamp::from_micros(row.created_us),
            last_updated_at: Timestamp::from_micros(row.updated_us),
            created_by: self.text(row.created_by)?,
            last_updated_by: self.text(row.updated_by)?,
            finished_at: row.finished_us.map(Timestamp::from_micros),
        })
    }

    fn metadata(&self, row: &ExperimentRow) -> StoreResult<Option<RawJson>> {
        let Some(frame) = &row.metadata else { return Ok(None) };
        let text = self.codec.decode(frame).map_err(StoreError::internal)?;
        Ok(Some(RawJson::from_stored(&text)))
    }
}

fn dollars(cost: i64) -> Option<rust_decimal::Decimal> {
    (cost > 0).then(|| decimal::from_scaled(cost, decimal::COST_SCALE))
}

/// Scores of a summary for the wire.
pub(super) fn named(scores: &std::collections::BTreeMap<String, i64>) -> Vec<NamedScore> {
    scores
        .iter()
        .map(|(name, value)| NamedScore {
            name: name.clone(),
            value: decimal::from_scaled(*value, decimal::SCORE_SCALE),
        })
        .collect()
}

/// The id and name of the first of the projects that exists: the own one, then those of the traces.
pub(super) fn project_of(
    connection: &Connection,
    own: Option<i64>,
    of_traces: &[i64],
) -> StoreResult<Option<(Uuid, String)>> {
    for key in own.iter().chain(of_traces) {
        let found = crate::projects::id_and_name_of(connection, *key).map_err(translate)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Prompt versions that an experiment used; those that were deleted are left out.
fn prompts_of(connection: &Connection, experiment: i64) -> StoreResult<Vec<ExperimentPrompt>> {
    connection
        .prepare_cached(
            "SELECT v.id, v.hash, v.number, p.id, p.name FROM experiment_prompt x \
             JOIN prompt_version v ON v.id = x.version JOIN prompt p ON p.key = v.prompt \
             WHERE x.experiment = ?1 ORDER BY x.position",
        )
        .and_then(|mut statement| {
            statement
                .query_map([experiment], |row| {
                    let id = uuid_at(row, 0)?;
                    let number: Option<i64> = row.get(2)?;
                    Ok(ExperimentPrompt {
                        id,
                        prompt_version_id: id,
                        commit: row.get(1)?,
                        version_number: number.map(|number| format!("v{number}")),
                        prompt_id: uuid_at(row, 3)?,
                        prompt_name: row.get(4)?,
                    })
                })?
                .collect()
        })
        .map_err(translate)
}

/// All comments on the traces of an experiment by ascending id.
fn comments_of(connection: &Connection, strings: &Strings, experiment: i64) -> StoreResult<Vec<Comment>> {
    let traces: Vec<i64> = connection
        .prepare_cached(
            "SELECT DISTINCT i.trace FROM experiment_item i JOIN trace t ON t.seq = i.trace \
             WHERE i.experiment = ?1 AND t.flags & ?2 <> 0 AND t.flags & 1 = 0",
        )
        .and_then(|mut statement| {
            statement
                .query_map(params![experiment, flag::COMMENTS], |row| row.get(0))?
                .collect()
        })
        .map_err(translate)?;
    let mut all = Vec::new();
    for trace in traces {
        all.extend(comments::of_entity(connection, strings, scoring::TRACE, trace, None).map_err(translate)?);
    }
    all.sort_by_key(|comment| comment.id);
    for comment in &mut all {
        comment.source_queue_id = None;
    }
    Ok(all)
}

/// Stores summaries that reads have worked out.
pub(super) fn keep(connection: &Connection, fresh: &[Fresh]) -> StoreResult<()> {
    for one in fresh {
        Summary::store(&one.summary, connection, one.experiment, one.revision)?;
    }
    Ok(())
}
