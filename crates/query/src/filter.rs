//! The syntax tree of a filter.

use ferropik_model::Timestamp;

use crate::field::Field;
use crate::operator::{Compare, Operator, TextMode, TextOp};
use crate::path::Path;
use crate::text::{Needle, fold};
use crate::value::Number;

/// Conditions that all have to hold. Without conditions everything passes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    conditions: Vec<Condition>,
}

impl Filter {
    /// A filter of these conditions; of exact duplicates only the first is kept.
    pub fn new(conditions: impl IntoIterator<Item = Condition>) -> Filter {
        let mut filter = Filter::default();
        for condition in conditions {
            filter.push(condition);
        }
        filter
    }

    /// Adds a condition unless the filter has it already.
    pub fn push(&mut self, condition: Condition) {
        if !self.conditions.contains(&condition) {
            self.conditions.push(condition);
        }
    }

    /// The conditions in the order in which they were given.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether any condition looks at one of the fields.
    pub fn uses(&self, is_wanted: impl Fn(Field) -> bool) -> bool {
        self.conditions.iter().any(|condition| is_wanted(condition.field))
    }
}

/// One test of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What is tested; never [`Field::Custom`].
    pub field: Field,
    /// The test, with its value already read.
    pub test: Test,
}

impl Condition {
    /// The key: the path of a test inside JSON, the name of a feedback score.
    pub fn key(&self) -> Option<&str> {
        match &self.test {
            Test::Dictionary { path, .. } | Test::Map { path, .. } => Some(path.as_str()),
            Test::Score { name, .. } => Some(name.as_str()),
            _ => None,
        }
    }
}

/// A typed test.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Of a text; a missing text is the empty one.
    Text {
        /// The test.
        op: TextOp,
        /// Case and escapes.
        mode: TextMode,
        /// The value.
        needle: Needle,
    },
    /// Of an instant; a missing one matches nothing.
    Time {
        /// The comparison.
        op: Compare,
        /// The value.
        value: Timestamp,
    },
    /// Of a number; whether a missing one counts as zero or matches nothing says [`Field::missing_is_zero`].
    Number {
        /// The comparison.
        op: Compare,
        /// The value.
        value: Number,
    },
    /// Of a list of texts.
    List(ListTest),
    /// Of a word; a missing one is the empty text.
    Enum {
        /// The test.
        test: EnumTest,
        /// The record has a list of words, and the test holds when it holds for one of them.
        any_of: bool,
    },
    /// Of a value inside JSON.
    Dictionary {
        /// Where the value is.
        path: Path,
        /// The test.
        test: DictionaryTest,
    },
    /// Of a value inside JSON as a whole: as a text, whatever it is, or as a list.
    Map {
        /// Where the value is.
        path: Path,
        /// The test.
        op: MapOp,
        /// The value as text.
        needle: Needle,
    },
    /// Of the aggregated feedback score of one name.
    Score {
        /// The name; case does not matter.
        name: ScoreName,
        /// The test.
        test: ScoreTest,
    },
    /// Whether the field has any content.
    Presence {
        /// Content is wanted.
        present: bool,
    },
}

/// Test of a list of texts.
#[derive(Debug, Clone, PartialEq)]
pub enum ListTest {
    /// Some element holds the value, in any case.
    Contains(Needle),
    /// No element holds the value, in any case.
    NotContains(Needle),
    /// Some element is one of these.
    HasAny(Vec<String>),
    /// No element is one of these.
    HasNone(Vec<String>),
    /// The list has no elements.
    IsEmpty,
    /// The list has elements.
    IsNotEmpty,
}

/// Test of a word.
#[derive(Debug, Clone, PartialEq)]
pub enum EnumTest {
    /// The word is one of these.
    OneOf(Vec<String>),
    /// The word is none of these.
    NoneOf(Vec<String>),
    /// There is no word.
    IsEmpty,
    /// There is a word.
    IsNotEmpty,
}

/// Test of an aggregated feedback score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScoreTest {
    /// A score of the name exists and its value compares so. [`Compare::NotEqual`] is different: there is a score of
    /// any name, and none of this name with this value.
    Compare {
        /// The comparison.
        op: Compare,
        /// The value, cut to the digits that scores have.
        value: Number,
    },
    /// There is no score of the name.
    IsEmpty,
    /// There is a score of the name.
    IsNotEmpty,
}

/// The name of a feedback score in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreName {
    raw: String,
    folded: String,
}

impl ScoreName {
    /// A name.
    pub fn new(name: &str) -> ScoreName {
        ScoreName {
            raw: name.to_owned(),
            folded: fold(name).into_owned(),
        }
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The name in the form of [`fold`], in which names are compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// What a map test does with the value at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapOp {
    /// Compares it as text, case-insensitive: strings without quotes, anything else its JSON text. A missing value is
    /// the empty text.
    Text(TextOp),
    /// Looks at its elements, each as text. A value that is no array is its only element; a missing one, `null` and
    /// the empty text have none.
    List(ListOp),
}

/// Test of the elements of a list inside JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOp {
    /// Some element holds the value, in any case.
    Contains,
    /// No element holds the value, in any case.
    NotContains,
    /// Some element is the value.
    Has,
    /// No element is the value.
    HasNot,
    /// There are no elements.
    IsEmpty,
    /// There are elements.
    IsNotEmpty,
}

impl ListOp {
    const ALL: [ListOp; 6] = [
        ListOp::Contains,
        ListOp::NotContains,
        ListOp::Has,
        ListOp::HasNot,
        ListOp::IsEmpty,
        ListOp::IsNotEmpty,
    ];

    /// The operator's meaning for lists, `None` when they do not take it.
    pub const fn from_operator(operator: Operator) -> Option<ListOp> {
        Some(match operator {
            Operator::Contains => ListOp::Contains,
            Operator::NotContains => ListOp::NotContains,
            Operator::Equal => ListOp::Has,
            Operator::NotEqual => ListOp::HasNot,
            Operator::IsEmpty => ListOp::IsEmpty,
            Operator::IsNotEmpty => ListOp::IsNotEmpty,
            _ => return None,
        })
    }
}

impl MapOp {
    /// The codes of list tests begin here, far behind those of text tests.
    const LIST_CODES: i64 = 32;

    /// The number that stands for the operator in SQL.
    pub const fn code(self) -> i64 {
        match self {
            MapOp::Text(op) => op.code(),
            MapOp::List(op) => Self::LIST_CODES + op as i64,
        }
    }

    /// The inverse of [`MapOp::code`].
    pub fn from_code(code: i64) -> Option<MapOp> {
        if code < Self::LIST_CODES {
            return TextOp::from_code(code).map(MapOp::Text);
        }
        let index = usize::try_from(code - Self::LIST_CODES).ok()?;
        ListOp::ALL.get(index).copied().map(MapOp::List)
    }
}

/// What a dictionary test does with the text at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DictionaryOp {
    /// Compares it as text, case-insensitive; never [`TextOp::Greater`] or [`TextOp::Less`].
    Text(TextOp),
    /// Compares it as a double; what is no number passes nothing.
    Number(Compare),
    /// Missing, empty or `null`.
    IsEmpty,
    /// Not that.
    IsNotEmpty,
}

impl DictionaryOp {
    /// The two comparisons of numbers that no operator of dictionaries stands for: their codes follow those of the
    /// operators.
    const NUMBER_EQUALITY: [DictionaryOp; 2] = [
        DictionaryOp::Number(Compare::Equal),
        DictionaryOp::Number(Compare::NotEqual),
    ];

    /// The operator's meaning for dictionary values, `None` when they do not take it.
    pub const fn from_operator(operator: Operator) -> Option<DictionaryOp> {
        Some(match operator {
            Operator::Contains => DictionaryOp::Text(TextOp::Contains),
            Operator::NotContains => DictionaryOp::Text(TextOp::NotContains),
            Operator::StartsWith => DictionaryOp::Text(TextOp::StartsWith),
            Operator::EndsWith => DictionaryOp::Text(TextOp::EndsWith),
            Operator::Equal => DictionaryOp::Text(TextOp::Equal),
            Operator::NotEqual => DictionaryOp::Text(TextOp::NotEqual),
            Operator::Greater => DictionaryOp::Number(Compare::Greater),
            Operator::GreaterEqual => DictionaryOp::Number(Compare::GreaterEqual),
            Operator::Less => DictionaryOp::Number(Compare::Less),
            Operator::LessEqual => DictionaryOp::Number(Compare::LessEqual),
            Operator::IsEmpty => DictionaryOp::IsEmpty,
            Operator::IsNotEmpty => DictionaryOp::IsNotEmpty,
            Operator::In | Operator::NotIn => return None,
        })
    }

    /// The number that stands for the operator in SQL.
    pub fn code(self) -> i64 {
        let of_operator = Operator::ALL
            .iter()
            .position(|operator| Self::from_operator(*operator) == Some(self));
        let position = of_operator.or_else(|| {
            let equality = Self::NUMBER_EQUALITY.iter().position(|op| *op == self)?;
            Some(Operator::ALL.len() + equality)
        });
        position.map_or(-1, |position| i64::try_from(position).unwrap_or(-1))
    }

    /// The inverse of [`DictionaryOp::code`].
    pub fn from_code(code: i64) -> Option<DictionaryOp> {
        let index = usize::try_from(code).ok()?;
        match Operator::ALL.get(index) {
            Some(operator) => Self::from_operator(*operator),
            None => Self::NUMBER_EQUALITY.get(index - Operator::ALL.len()).copied(),
        }
    }
}

/// Test of the text at a path.
#[derive(Debug, Clone, PartialEq)]
pub struct DictionaryTest {
    /// The test.
    pub op: DictionaryOp,
    /// The value as text.
    pub needle: Needle,
    /// The value as a double; without one, number tests match nothing.
    pub number: Option<f64>,
}

impl DictionaryTest {
    /// A test with its value.
    pub fn new(op: DictionaryOp, value: &str) -> DictionaryTest {
        DictionaryTest {
            op,
            needle: Needle::new(value),
            number: Number::parse(value).map(|number| number.float),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        let mut dictionary: Vec<_> = (0..20).filter_map(DictionaryOp::from_code).collect();
        assert_eq!(dictionary.len(), 14);
        for op in dictionary.drain(..) {
            assert_eq!(DictionaryOp::from_code(op.code()), Some(op));
        }
        let map: Vec<_> = (-2..50).filter_map(MapOp::from_code).collect();
        assert_eq!(map.len(), 14);
        for op in map {
            assert_eq!(MapOp::from_code(op.code()), Some(op));
        }
        assert_eq!(DictionaryOp::from_code(-1), None);
        assert_eq!(MapOp::from_code(i64::MAX), None);
        assert_eq!(MapOp::from_code(i64::MIN), None);
    }
}
