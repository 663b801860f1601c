//! How filters and orders spell the fields of prompts and versions.

use ferropik_query::Field;
use ferropik_query::sql::{NumberExpr, NumberUnit, SqlBuilder, SqlColumns};

use crate::functions::{FN_FRAME, FN_UUID};

/// The text of an interned number.
fn interned(column: &str) -> String {
    format!("(SELECT text FROM string WHERE key = {column})")
}

/// A list as it is shown: an empty one is stored as null.
fn list(column: &str) -> String {
    format!("IFNULL({column}, '[]')")
}

fn integer(sql: &str) -> NumberExpr {
    NumberExpr {
        sql: sql.to_owned(),
        unit: NumberUnit::Scaled(0),
    }
}

/// Fields of `prompt p`.
pub(super) struct PromptColumns;

impl SqlColumns for PromptColumns {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(p.id)"),
            Field::Name => "p.name".to_owned(),
            Field::Description => "p.description".to_owned(),
            Field::CreatedBy => interned("p.created_by"),
            Field::LastUpdatedBy => interned("p.updated_by"),
            Field::Tags => list("p.tags"),
            Field::TemplateStructure => "(CASE p.structure WHEN 1 THEN 'chat' ELSE 'text' END)".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::CreatedAt => "(p.created_us * 1000)".to_owned(),
            Field::LastUpdatedAt => "(p.updated_us * 1000)".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn number_expr(&self, field: Field) -> NumberExpr {
        match field {
            Field::VersionCount => integer("p.versions"),
            _ => integer("NULL"),
        }
    }

    fn list_any(&self, _field: Field, predicate: &str) -> String {
        nothing(predicate)
    }

    fn scores_any(&self, _field: Field, predicate: &str) -> String {
        nothing(predicate)
    }

    fn sort_text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => "p.id".to_owned(),
            Field::Name => "p.folded_name".to_owned(),
            _ => self.text_expr(field),
        }
    }

    fn push_keyed_number(&self, _field: Field, _key: &str, sql: &mut SqlBuilder) {
        sql.push("NULL");
    }
}

/// Fields of `prompt_version v JOIN prompt p`.
pub(super) struct VersionColumns;

impl SqlColumns for VersionColumns {
    fn text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => format!("{FN_UUID}(v.id)"),
            Field::Commit => "v.hash".to_owned(),
            Field::Template => format!("{FN_FRAME}(v.template)"),
            Field::Metadata => format!("{FN_FRAME}(v.metadata)"),
            Field::ChangeDescription => "v.change_description".to_owned(),
            Field::Type => "(CASE v.type WHEN 1 THEN 'jinja2' WHEN 2 THEN 'python' ELSE 'mustache' END)".to_owned(),
            Field::Tags => list("v.tags"),
            Field::CreatedBy => interned("v.created_by"),
            Field::VersionNumber => "('v' || v.number)".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn time_expr(&self, field: Field) -> String {
        match field {
            Field::CreatedAt => "(v.created_us * 1000)".to_owned(),
            _ => "NULL".to_owned(),
        }
    }

    fn number_expr(&self, _field: Field) -> NumberExpr {
        integer("NULL")
    }

    fn list_any(&self, _field: Field, predicate: &str) -> String {
        nothing(predicate)
    }

    fn scores_any(&self, _field: Field, predicate: &str) -> String {
        nothing(predicate)
    }

    fn sort_text_expr(&self, field: Field) -> String {
        match field {
            Field::Id => "v.id".to_owned(),
            _ => self.text_expr(field),
        }
    }

    fn push_keyed_number(&self, _field: Field, _key: &str, sql: &mut SqlBuilder) {
        sql.push("NULL");
    }
}

/// A condition without any rows that keeps the parameters of the predicate.
fn nothing(predicate: &str) -> String {
    format!("EXISTS (SELECT 1 FROM (SELECT NULL AS name, NULL AS value WHERE 0) WHERE {predicate})")
}
