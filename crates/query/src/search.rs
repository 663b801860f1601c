//! The free-text searches: what they look at, and how they match.

use crate::eval::Record;
use crate::field::{Entity, Field};
use crate::operator::{TextMode, TextOp};
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
        Entity::Dataset
        | Entity::Experiment
        | Entity::Optimization
        | Entity::Prompt
        | Entity::AnnotationQueue
        | Entity::Dashboard => &[Text(Field::Name)],
        Entity::DatasetItem => &[Text(Field::Data)],
        Entity::ExperimentItem => &[Text(Field::Data), Text(Field::Input), Text(Field::Output)],
        Entity::PromptVersion => &[Text(Field::Template), Text(Field::ChangeDescription)],
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

/// A search of terms, for the view that compares experiments: any of the words is a literal, case-insensitive substring
/// of any searched field.
#[derive(Debug, Clone, PartialEq)]
pub struct TermSearch {
    needles: Vec<Needle>,
}

impl TermSearch {
    /// Reads the `search` query parameter: terms between spaces, of which those that differ only in case count once.
    /// Blank text is no search.
    pub fn new(text: &str) -> Option<TermSearch> {
        let mut needles: Vec<Needle> = Vec::new();
        for needle in text.split_whitespace().map(Needle::new) {
            if !needles.iter().any(|known| known.folded() == needle.folded()) {
                needles.push(needle);
            }
        }
        (!needles.is_empty()).then_some(TermSearch { needles })
    }

    /// The terms; there is at least one.
    pub fn needles(&self) -> &[Needle] {
        &self.needles
    }

    /// Whether any of the JSON texts holds any of the terms.
    pub fn matches<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        texts.into_iter().any(|text| self.is_in(TextMode::Json, text))
    }

    /// Whether any searched field of the record holds any of the terms.
    pub fn matches_record(&self, entity: Entity, record: &dyn Record) -> bool {
        search_targets(entity).iter().any(|target| match *target {
            SearchTarget::Text(field) => record
                .text(field)
                .is_some_and(|text| self.is_in(field.folding_mode(), &text)),
            SearchTarget::AnyOf(field) => record
                .list(field)
                .iter()
                .any(|element| self.is_in(field.folding_mode(), element)),
        })
    }

    fn is_in(&self, mode: TextMode, text: &str) -> bool {
        let mut needles = self.needles.iter();
        needles.any(|needle| text_test(TextOp::Contains, mode, Some(text), needle))
    }
}
