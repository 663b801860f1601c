//! How the tables of experiments spell the fields that filters and sorts name.

use ferropik_query::sql::{FN_FOLD, NumberExpr, NumberUnit, SqlBuilder, SqlColumns};
use ferropik_query::{Field, Filter, Sort};

use crate::functions::{FN_FRAME, FN_UUID};

/// The key of the project of the first trace, of the column `projects` of a summary.
pub(super) const FIRST_PROJECT: &str = "CAST(substr(s.projects, 2) AS INTEGER)";

fn interned(column: &str) -> String {
    format!("(SELECT text FROM string WHERE key = {column})")
}

fn scaled(sql: &str, digits: u32) -> NumberExpr {
    NumberExpr {
        sql: sql.to_owned(),
        unit: NumberUnit::Scaled(digits),
    }
}

/// Whether the summaries have to be up to date for a filter or order to be right.
pub(super) fn need_summaries(filter: &Filter, sort: Option<&Sort>) -> bool {
    let fields = filter.conditions().iter().map(|condition| condition.field);
    fields.chain(sort.map(|sort| sort.field)).any(|field| {
        matches!(
            field,
            Field::TraceCount
                | Field::TotalEstimatedCost
                | Field::TotalEstimatedCostAvg
                | Field::FeedbackScores
                | Field::DurationQuantile
                | Field::PassRate
                | Field::ProjectId
        )
    })
}

/// Rows of `experiment e` with `experiment_summary s`.
pub(super) struct ExperimentFields;

impl ExperimentFields {
    fn scores(field: Field) -> &'static str {
        match field {
            Field::ExperimentScores => {
                "SELECT json_extract(j.value, '$.name') AS name, \
                 CAST(ROUND(json_extract(j.value, '$.value') * 1000000000.0) AS INTEGER) AS value \
                 FROM json_each(e.scores) j"
            }
            _ => "SELECT j.key AS name, j.value AS value FROM json_each(s.scores) j",
        }
    }
}

impl SqlColumns for ExperimentFields {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(e.id)"),
            Field::Name => "e.name".to_owned(),
            Field::CreatedBy => interned("e.created_by"),
            Field::LastUpdatedBy => interned("e.updated_by"),
            Field::Metadata => format!("{FN_FRAME}(e.metadata)"),
            Field::DatasetId => format!("{FN_UUID}((SELECT id FROM dataset WHERE key = e.dataset))"),
            Field::ProjectId => {
                format!("{FN_UUID}((SELECT id FROM project WHERE key = COALESCE(e.project, {FIRST_PROJECT})))")
            }
            Field::Tags => "e.tags".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::CreatedAt => "(e.created_us * 1000)",
            Field::LastUpdatedAt => "(e.updated_us * 1000)",
            _ => "NULL",
        }
        .to_owned()
    }

    fn number_expr(&self, field: Field) -> NumberExpr {
        match field {
            Field::TraceCount => scaled("COALESCE(s.traces, 0)", 0),
            Field::TotalEstimatedCost => scaled("COALESCE(s.cost, 0)", 12),
            Field::TotalEstimatedCostAvg => scaled("COALESCE(s.cost_avg, 0)", 12),
            Field::PassRate => scaled("(CASE WHEN e.method = 1 THEN s.pass_rate END)", 9),
            _ => scaled("NULL", 0),
        }
    }

    fn list_any(&self, field: Field, predicate: &str) -> String {
        match field {
            Field::Tags => format!("EXISTS (SELECT 1 FROM json_each(e.tags) WHERE {predicate})"),
            Field::PromptIds => format!(
                "EXISTS (SELECT 1 FROM (SELECT {FN_UUID}(x.prompt) AS value FROM experiment_prompt x \
                 WHERE x.experiment = e.key) WHERE {predicate})"
            ),
            _ => format!("EXISTS (SELECT 1 FROM (SELECT NULL AS value WHERE 0) WHERE {predicate})"),
        }
    }

    fn scores_any(&self, field: Field, predicate: &str) -> String {
        format!(
            "EXISTS (SELECT 1 FROM ({}) WHERE {predicate})",
            ExperimentFields::scores(field)
        )
    }

    fn sort_text_expr(&self, field: Field) -> String {
        match field {
            // The bytes order like the text.
            Field::Id => "e.id".to_owned(),
            Field::Name => format!("{FN_FOLD}(e.name)"),
            field => self.text_expr(field),
        }
    }

    fn push_keyed_number(&self, field: Field, key: &str, sql: &mut SqlBuilder) {
        match field {
            Field::DurationQuantile => {
                sql.push(match key {
                    "p50" => "s.p50",
                    "p90" => "s.p90",
                    "p99" => "s.p99",
                    _ => "NULL",
                });
            }
            field => {
                sql.push("(SELECT value FROM (")
                    .push(ExperimentFields::scores(field))
                    .push(") WHERE name = ")
                    .bind_text(key)
                    .push(" LIMIT 1)");
            }
        }
    }

    fn is_never_null(&self, field: Field) -> bool {
        matches!(
            field,
            Field::Id
                | Field::Name
                | Field::CreatedAt
                | Field::LastUpdatedAt
                | Field::TraceCount
                | Field::TotalEstimatedCost
                | Field::TotalEstimatedCostAvg
        )
    }
}
