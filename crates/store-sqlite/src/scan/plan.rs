//! What a scan has to look at, in the order of the cost.

use ferropik_query::{Condition, DictionaryOp, Entity, Field, Filter, Needle, Test, TextOp, TextSearch};

use crate::engine::payload::Field as FrameField;

/// Payload fields in the order of their columns.
pub(crate) const FRAMES: [(Field, FrameField, &str); 4] = [
    (Field::Input, FrameField::Input, "input"),
    (Field::Output, FrameField::Output, "output"),
    (Field::Metadata, FrameField::Metadata, "metadata"),
    (Field::ErrorInfo, FrameField::Error, "error"),
];

/// Number of payload fields.
pub(crate) const FRAME_COUNT: usize = FRAMES.len();

/// The order in which payload fields are tested: mostly small ones first.
const BY_COST: [usize; FRAME_COUNT] = [3, 2, 0, 1];

/// Whether a condition looks into payloads, so that narrow rows cannot answer it.
pub(crate) fn is_residual(condition: &Condition) -> bool {
    !matches!(condition.test, Test::Presence { .. }) && frame_of(condition.field).is_some()
}

/// The conditions that narrow rows answer, and those that look into payloads.
pub(crate) fn split(filter: &Filter) -> (Filter, Filter) {
    let (residual, hot): (Vec<&Condition>, Vec<&Condition>) =
        filter.conditions().iter().partition(|condition| is_residual(condition));
    (
        Filter::new(hot.into_iter().cloned()),
        Filter::new(residual.into_iter().cloned()),
    )
}

fn frame_of(field: Field) -> Option<usize> {
    FRAMES.iter().position(|(known, _, _)| *known == field)
}

/// One condition, with a text that the payload must hold for it to be true.
pub(crate) struct Step {
    pub(crate) condition: Condition,
    /// Looked for before a value is searched in the JSON.
    pub(crate) implied: Option<Needle>,
}

/// The conditions on one payload field.
pub(crate) struct FieldPlan {
    /// Index in [`FRAMES`].
    pub(crate) frame: usize,
    pub(crate) steps: Vec<Step>,
}

/// Everything that a scan tests.
pub(crate) struct Plan {
    pub(crate) entity: Entity,
    /// Fields with conditions, the cheap ones first.
    pub(crate) fields: Vec<FieldPlan>,
    pub(crate) search: Option<SearchPlan>,
}

/// A free-text search.
pub(crate) struct SearchPlan {
    pub(crate) needle: Needle,
    /// Payload fields that are searched, as indexes in [`FRAMES`].
    pub(crate) frames: &'static [usize],
    /// Whether ids can hold the text.
    pub(crate) in_ids: bool,
}

impl Plan {
    /// A plan for conditions of which all are [residual](is_residual).
    pub(crate) fn new(entity: Entity, residual: &Filter, search: Option<&TextSearch>) -> Plan {
        let fields = BY_COST
            .into_iter()
            .map(|frame| FieldPlan {
                frame,
                steps: residual
                    .conditions()
                    .iter()
                    .filter(|condition| frame_of(condition.field) == Some(frame))
                    .map(|condition| Step {
                        condition: condition.clone(),
                        implied: implied_by_value(condition),
                    })
                    .collect(),
            })
            .filter(|plan| !plan.steps.is_empty())
            .collect();
        let search = search.map(|search| SearchPlan {
            needle: search.needle().clone(),
            frames: match entity {
                Entity::Trace => &[2, 0, 1, 3],
                _ => &[2, 0, 1],
            },
            in_ids: can_be_in_id(search.needle().folded()),
        });
        Plan { entity, fields, search }
    }

    /// Whether payload fields of a row are needed, by index in [`FRAMES`].
    pub(crate) fn frames(&self) -> [bool; FRAME_COUNT] {
        let mut wanted = [false; FRAME_COUNT];
        for field in &self.fields {
            wanted[field.frame] = true;
        }
        for frame in self.search.iter().flat_map(|search| search.frames) {
            wanted[*frame] = true;
        }
        wanted
    }

    /// Texts of which the folded payload of a matching row (as it is, or with its escapes resolved) holds each one.
    pub(crate) fn implied(&self) -> Vec<&str> {
        self.fields
            .iter()
            .flat_map(|field| &field.steps)
            .filter_map(|step| match &step.implied {
                Some(needle) => Some(needle.folded()),
                None => implied_by_text(&step.condition).map(Needle::folded),
            })
            .collect()
    }
}

fn implies_contains(op: TextOp) -> bool {
    matches!(
        op,
        TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Equal
    )
}

fn implied_by_text(condition: &Condition) -> Option<&Needle> {
    match &condition.test {
        Test::Text { op, needle, .. } if implies_contains(*op) => Some(needle),
        _ => None,
    }
}

/// The text that the JSON holds when a value in it passes the test. Values that are numbers are compared in another form
/// than they are written in, so that a text that may be a number implies nothing.
fn implied_by_value(condition: &Condition) -> Option<Needle> {
    let Test::Dictionary { test, .. } = &condition.test else {
        return None;
    };
    match test.op {
        DictionaryOp::Text(op) if implies_contains(op) && !may_be_number(test.needle.folded()) => {
            Some(test.needle.clone())
        }
        _ => None,
    }
}

/// Whether a text consists of characters of numbers, including `inf` and `nan`.
fn may_be_number(folded: &str) -> bool {
    folded
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".+-einfa".contains(&byte))
}

/// Whether ids can hold what a search looks for.
pub(crate) fn is_id_like(search: Option<&TextSearch>) -> bool {
    search.is_some_and(|search| can_be_in_id(search.needle().folded()))
}

/// Whether the text of a UUID can hold a text.
fn can_be_in_id(folded: &str) -> bool {
    folded.len() <= 36
        && folded
            .bytes()
            .all(|byte| byte == b'-' || matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use ferropik_query::{DictionaryTest, Path, TextMode};

    use super::*;

    fn dictionary(op: TextOp, value: &str) -> Condition {
        let test = DictionaryTest::new(DictionaryOp::Text(op), value);
        Condition {
            field: Field::Metadata,
            test: Test::Dictionary {
                path: Path::new("a"),
                test,
            },
        }
    }

    #[test]
    fn only_payload_conditions_are_residual() {
        let name = Condition {
            field: Field::Name,
            test: Test::Text {
                op: TextOp::Contains,
                mode: TextMode::Insensitive,
                needle: Needle::new("x"),
            },
        };
        let error = Condition {
            field: Field::ErrorInfo,
            test: Test::Presence { present: true },
        };
        let value = dictionary(TextOp::Equal, "x");
        let (hot, residual) = split(&Filter::new([name.clone(), value.clone(), error.clone()]));
        assert_eq!(hot.conditions(), [name, error]);
        assert_eq!(residual.conditions(), [value]);
    }

    #[test]
    fn values_that_may_be_numbers_imply_no_text() {
        assert!(implied_by_value(&dictionary(TextOp::Equal, "user-7")).is_some());
        assert!(implied_by_value(&dictionary(TextOp::Contains, "1.5")).is_none());
        assert!(implied_by_value(&dictionary(TextOp::Contains, "1E3")).is_none());
        assert!(implied_by_value(&dictionary(TextOp::Contains, "")).is_none());
        assert!(implied_by_value(&dictionary(TextOp::NotEqual, "user-7")).is_none());
    }

    #[test]
    fn ids_hold_hexadecimal_text_only() {
        assert!(can_be_in_id("0194-ab"));
        assert!(!can_be_in_id("0194-xy"));
        assert!(!can_be_in_id(&"0".repeat(37)));
    }
}
