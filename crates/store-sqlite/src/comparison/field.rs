//! Where the fields of compared runs are read from, and what that costs.

use ferropik_query::Field;

use crate::rows::flag;

/// Payload fields of traces that filters look into, with their columns and flags.
pub(super) const FRAMES: [(Field, &str, i64); FRAME_COUNT] = [
    (Field::Metadata, "metadata", flag::METADATA),
    (Field::Input, "input", flag::INPUT),
    (Field::Output, "output", flag::OUTPUT),
];

/// Number of payload fields.
pub(super) const FRAME_COUNT: usize = 3;

/// What has to be read for a field, the cheap ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Nothing.
    Id,
    /// The state of the item.
    Item,
    /// That and interned strings.
    Users,
    /// That and a list.
    Tags,
    /// The row of the trace.
    Trace,
    /// That and interned strings.
    Usage,
    /// That and its scores.
    Scores,
    /// That and its comments.
    Comments,
    /// The data of the item.
    Data,
    /// A payload of the trace, by its place in [`FRAMES`].
    Frame(usize),
}

/// What has to be read for a field.
pub(super) fn part_of(field: Field) -> Part {
    if let Some(frame) = FRAMES.iter().position(|(known, ..)| *known == field) {
        return Part::Frame(frame);
    }
    match field {
        Field::Id => Part::Id,
        Field::CreatedBy | Field::LastUpdatedBy => Part::Users,
        Field::Tags => Part::Tags,
        Field::Duration | Field::TotalEstimatedCost => Part::Trace,
        Field::Usage(_) => Part::Usage,
        Field::FeedbackScores => Part::Scores,
        Field::Comments => Part::Comments,
        Field::Data => Part::Data,
        _ => Part::Item,
    }
}

/// Whether a field is read from the state of the item.
pub(super) fn needs_item(field: Field) -> bool {
    matches!(part_of(field), Part::Item | Part::Users | Part::Tags | Part::Data)
}
