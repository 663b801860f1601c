//! The free-text search: what it looks at, and how it matches.

use crate::eval::Record;
use crate::field::{Entity, Field};
use crate::operator::TextOp;
use crate::text::{Needle, text_test};

/// A place that the free-text search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchTarget {
    /// The text of a field.
    Text(Field),
    /// Any element of a list field.
    AnyOf(Field),
}

/// What the free-text search of an entity looks at.
pub fn search_targets(entity: Entity) -> &'static [SearchTarget] {
    use SearchTarget::{AnyOf, Text};
    match entity {
        Entity::Trace => &[
            Text(Field::Id),
            Text(Field::Name),
            Text(Field::ThreadId),
            AnyOf(Field::Tags),
            Text(Field::Input),
            Text(Field::Output),
            Text(Field::Metadata),
            Text(Field::ErrorInfo),
        ],
        Entity::Span => &[
            Text(Field::Id),
            Text(Field::TraceId),
            Text(Field::Name),
            Text(Field::Type),
            Text(Field::Model),
            Text(Field::Provider),
            AnyOf(Field::Tags),
            Text(Field::Input),
            Text(Field::Output),
            Text(Field::Metadata),
        ],
        Entity::Thread => &[
            Text(Field::Id),
            Text(Field::ThreadModelId),
            AnyOf(Field::TraceId),
            AnyOf(Field::Input),
            AnyOf(Field::Output),
        ],
    }
}

/// A free-text search: a literal, case-insensitive substring of any searched field.
#[derive(Debug, Clone, PartialEq)]
pub struct TextSearch {
    needle: Needle,
}

impl TextSearch {
    /// Reads the `search` query parameter. Blank text is no search.
    pub fn new(text: &str) -> Option<TextSearch> {
        let text = text.trim();
        (!text.is_empty()).then(|| TextSearch {
            needle: Needle::new(text),
        })
    }

    /// The text that is looked for.
    pub fn needle(&self) -> &Needle {
        &self.needle
    }

    /// Whether any searched field of the record holds the text.
    pub fn matches(&self, entity: Entity, record: &dyn Record) -> bool {
        search_targets(entity).iter().any(|target| match *target {
            SearchTarget::Text(field) => self.is_in(field, record.text(field).as_deref()),
            SearchTarget::AnyOf(field) => record
                .list(field)
                .iter()
                .any(|element| self.is_in(field, Some(element))),
        })
    }

    fn is_in(&self, field: Field, text: Option<&str>) -> bool {
        text_test(TextOp::Contains, field.folding_mode(), text, &self.needle)
    }
}
