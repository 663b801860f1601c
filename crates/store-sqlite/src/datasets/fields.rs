//! How the tables of datasets spell the fields that filters and sorts name.

use ferropik_query::Field;
use ferropik_query::sql::{NumberExpr, NumberUnit, SqlBuilder, SqlColumns};

use crate::functions::{FN_FRAME, FN_UUID};

fn no_number() -> NumberExpr {
    NumberExpr {
        sql: "NULL".to_owned(),
        unit: NumberUnit::Scaled(0),
    }
}

fn interned(column: &str) -> String {
    format!("(SELECT text FROM string WHERE key = {column})")
}

/// Rows of `dataset d`.
pub(super) struct DatasetFields;

impl SqlColumns for DatasetFields {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(d.id)"),
            Field::Name => "d.name".to_owned(),
            Field::Description => "d.description".to_owned(),
            Field::Tags => "d.tags".to_owned(),
            Field::CreatedBy => interned("d.created_by"),
            Field::LastUpdatedBy => interned("d.updated_by"),
            Field::Type => "(CASE d.type WHEN 1 THEN 'evaluation_suite' ELSE 'dataset' END)".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::CreatedAt => "(d.created_us * 1000)".to_owned(),
            Field::LastUpdatedAt => "(d.updated_us * 1000)".to_owned(),
            Field::LastCreatedExperimentAt => "(d.last_experiment_us * 1000)".to_owned(),
            Field::LastCreatedOptimizationAt => "(d.last_optimization_us * 1000)".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn number_expr(&self, _field: Field) -> NumberExpr {
        no_number()
    }

    fn list_any(&self, _field: Field, _predicate: &str) -> String {
        "0".to_owned()
    }

    fn scores_any(&self, _field: Field, _predicate: &str) -> String {
        "0".to_owned()
    }

    fn sort_text_expr(&self, field: Field) -> String {
        match field {
            // The bytes order like the text.
            Field::Id => "d.id".to_owned(),
            other => self.text_expr(other),
        }
    }

    fn push_keyed_number(&self, _field: Field, _key: &str, sql: &mut SqlBuilder) {
        sql.push("NULL");
    }
}

/// Rows of `dataset_item i` joined with `dataset_item_data p`.
pub(super) struct ItemFields;

impl SqlColumns for ItemFields {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(i.id)"),
            Field::Data => format!("{FN_FRAME}(p.data)"),
            Field::Source => "(CASE i.source WHEN 0 THEN 'manual' WHEN 1 THEN 'trace' WHEN 2 THEN 'span' \
                 ELSE 'sdk' END)"
                .to_owned(),
            Field::TraceId => format!("{FN_UUID}(i.trace_id)"),
            Field::SpanId => format!("{FN_UUID}(i.span_id)"),
            Field::Description => "i.description".to_owned(),
            Field::CreatedBy => interned("i.created_by"),
            Field::LastUpdatedBy => interned("i.updated_by"),
            Field::Tags => "i.tags".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::CreatedAt => "(i.created_us * 1000)".to_owned(),
            Field::LastUpdatedAt => "(i.updated_us * 1000)".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn number_expr(&self, _field: Field) -> NumberExpr {
        no_number()
    }

    fn list_any(&self, field: Field, predicate: &str) -> String {
        match field {
            Field::Tags => format!("EXISTS (SELECT 1 FROM json_each(COALESCE(i.tags, '[]')) WHERE {predicate})"),
            _ => "0".to_owned(),
        }
    }

    fn scores_any(&self, _field: Field, _predicate: &str) -> String {
        "0".to_owned()
    }

    fn push_keyed_number(&self, _field: Field, _key: &str, sql: &mut SqlBuilder) {
        sql.push("NULL");
    }

    fn is_never_null(&self, field: Field) -> bool {
        field == Field::Id
    }
}
