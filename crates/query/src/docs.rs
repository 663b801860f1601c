//! Documentation made from the field tables.

use std::fmt::Write;

use crate::entity::{SortKind, fields};
use crate::field::{Entity, FieldType};

/// A Markdown table of an entity's fields: name, type, operators, whether it sorts, meaning.
pub fn fields_markdown(entity: Entity) -> String {
    let mut table = String::from("| Field | Type | Operators | Sortable | Meaning |\n|---|---|---|---|---|\n");
    for spec in fields(entity) {
        let (kind, operators) = if spec.filterable {
            (format!("`{}`", spec.kind), operator_list(spec.kind))
        } else {
            ("–".to_owned(), "–".to_owned())
        };
        let sortable = match spec.sort {
            SortKind::No => String::new(),
            SortKind::Plain => "yes".to_owned(),
            SortKind::ByKey => format!("`{}.<key>`", spec.name),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| `{}` | {kind} | {operators} | {sortable} | {} |",
            spec.name, spec.summary
        );
    }
    table
}

fn operator_list(kind: FieldType) -> String {
    if kind == FieldType::Custom {
        return "those of the target".to_owned();
    }
    let names: Vec<String> = kind
        .operators()
        .iter()
        .map(|operator| format!("`{operator}`"))
        .collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_row() {
        for entity in Entity::ALL {
            let table = fields_markdown(entity);
            assert_eq!(table.lines().count(), fields(entity).len() + 2);
            for line in table.lines() {
                assert_eq!(line.matches('|').count(), 6, "{line}");
            }
        }
        let table = fields_markdown(Entity::Trace);
        assert!(
            table.contains("| `name` | `STRING` | `contains` `not_contains`"),
            "{table}"
        );
        assert!(table.contains("| `usage` | – | – | `usage.<key>` |"));
    }
}
