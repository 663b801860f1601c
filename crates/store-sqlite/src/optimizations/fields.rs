//! How the table of optimizations spells the fields that filters name.

use ferropik_query::Field;
use ferropik_query::sql::{NumberExpr, NumberUnit, SqlBuilder, SqlColumns};

use crate::functions::FN_UUID;

/// Rows of `optimization o`.
pub(super) struct OptimizationFields;

impl SqlColumns for OptimizationFields {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(o.id)"),
            Field::Name => "o.name".to_owned(),
            Field::Metadata => "o.metadata".to_owned(),
            Field::DatasetId => format!("{FN_UUID}((SELECT id FROM dataset WHERE key = o.dataset))"),
            Field::ProjectId => format!("{FN_UUID}((SELECT id FROM project WHERE key = o.project))"),
            Field::Status => "(CASE o.status WHEN 0 THEN 'running' WHEN 2 THEN 'cancelled' WHEN 3 THEN 'initialized' \
                 WHEN 4 THEN 'error' ELSE 'completed' END)"
                .to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, _field: Field) -> String {
        "NULL".to_owned()
    }

    fn number_expr(&self, _field: Field) -> NumberExpr {
        NumberExpr {
            sql: "NULL".to_owned(),
            unit: NumberUnit::Scaled(0),
        }
    }

    fn list_any(&self, _field: Field, predicate: &str) -> String {
        format!("EXISTS (SELECT 1 FROM (SELECT NULL AS value WHERE 0) WHERE {predicate})")
    }

    fn scores_any(&self, _field: Field, predicate: &str) -> String {
        format!("EXISTS (SELECT 1 FROM (SELECT NULL AS name, NULL AS value WHERE 0) WHERE {predicate})")
    }

    fn push_keyed_number(&self, _field: Field, _key: &str, sql: &mut SqlBuilder) {
        sql.push("NULL");
    }
}
