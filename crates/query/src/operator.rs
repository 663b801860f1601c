//! Operators: as they are written by clients, and as the typed tests use them.

use std::cmp::Ordering;
use std::fmt;

/// An operator as a client writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `contains`
    Contains,
    /// `not_contains`
    NotContains,
    /// `starts_with`
    StartsWith,
    /// `ends_with`
    EndsWith,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `is_empty`
    IsEmpty,
    /// `is_not_empty`
    IsNotEmpty,
    /// `in`
    In,
    /// `not_in`
    NotIn,
}

impl Operator {
    /// All operators.
    pub const ALL: [Operator; 14] = [
        Operator::Contains,
        Operator::NotContains,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Equal,
        Operator::NotEqual,
        Operator::Greater,
        Operator::GreaterEqual,
        Operator::Less,
        Operator::LessEqual,
        Operator::IsEmpty,
        Operator::IsNotEmpty,
        Operator::In,
        Operator::NotIn,
    ];

    /// The operator as clients write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Operator::Contains => "contains",
            Operator::NotContains => "not_contains",
            Operator::StartsWith => "starts_with",
            Operator::EndsWith => "ends_with",
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::IsEmpty => "is_empty",
            Operator::IsNotEmpty => "is_not_empty",
            Operator::In => "in",
            Operator::NotIn => "not_in",
        }
    }

    /// Reads an operator; the spelling is exact. `None` for any other text.
    pub fn parse(text: &str) -> Option<Operator> {
        Self::ALL.into_iter().find(|operator| operator.as_str() == text)
    }

    /// The operator as an order comparison, if it is one of the six.
    pub const fn as_compare(self) -> Option<Compare> {
        Some(match self {
            Operator::Equal => Compare::Equal,
            Operator::NotEqual => Compare::NotEqual,
            Operator::Greater => Compare::Greater,
            Operator::GreaterEqual => Compare::GreaterEqual,
            Operator::Less => Compare::Less,
            Operator::LessEqual => Compare::LessEqual,
            _ => return None,
        })
    }

    /// The operator as a text test, if it is one of the eight.
    pub const fn as_text_op(self) -> Option<TextOp> {
        Some(match self {
            Operator::Contains => TextOp::Contains,
            Operator::NotContains => TextOp::NotContains,
            Operator::StartsWith => TextOp::StartsWith,
            Operator::EndsWith => TextOp::EndsWith,
            Operator::Equal => TextOp::Equal,
            Operator::NotEqual => TextOp::NotEqual,
            Operator::Greater => TextOp::Greater,
            Operator::Less => TextOp::Less,
            _ => return None,
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A comparison of numbers or instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessEqual,
}

impl Compare {
    /// Whether a pair that orders like `ordering` passes. A pair without order (NaN) passes nothing.
    pub fn accepts(self, ordering: Option<Ordering>) -> bool {
        let Some(ordering) = ordering else {
            return false;
        };
        match self {
            Compare::Equal => ordering.is_eq(),
            Compare::NotEqual => ordering.is_ne(),
            Compare::Greater => ordering.is_gt(),
            Compare::GreaterEqual => ordering.is_ge(),
            Compare::Less => ordering.is_lt(),
            Compare::LessEqual => ordering.is_le(),
        }
    }

    /// The SQL operator.
    pub const fn sql(self) -> &'static str {
        match self {
            Compare::Equal => "=",
            Compare::NotEqual => "<>",
            Compare::Greater => ">",
            Compare::GreaterEqual => ">=",
            Compare::Less => "<",
            Compare::LessEqual => "<=",
        }
    }
}

/// A test of one text against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextOp {
    /// The text holds the value.
    Contains,
    /// The text does not hold the value.
    NotContains,
    /// The text begins with the value.
    StartsWith,
    /// The text ends with the value.
    EndsWith,
    /// The text is the value.
    Equal,
    /// The text is not the value.
    NotEqual,
    /// The text comes after the value in byte order.
    Greater,
    /// The text comes before the value in byte order.
    Less,
}

impl TextOp {
    const ALL: [TextOp; 8] = [
        TextOp::Contains,
        TextOp::NotContains,
        TextOp::StartsWith,
        TextOp::EndsWith,
        TextOp::Equal,
        TextOp::NotEqual,
        TextOp::Greater,
        TextOp::Less,
    ];

    /// The number that stands for the operator in SQL.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The inverse of [`TextOp::code`].
    pub fn from_code(code: i64) -> Option<TextOp> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }
}

/// How a text test treats case and escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextMode {
    /// Case does not matter: `contains` folds Unicode, the other tests fold ASCII only.
    Insensitive,
    /// Case matters.
    Sensitive,
    /// As [`TextMode::Insensitive`], and the text is JSON: a value that holds characters which JSON may write as
    /// escapes is looked for in the text as it is and in the text with its escapes resolved.
    Json,
}

impl TextMode {
    const ALL: [TextMode; 3] = [TextMode::Insensitive, TextMode::Sensitive, TextMode::Json];

    /// The number that stands for the mode in SQL.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The inverse of [`TextMode::code`].
    pub fn from_code(code: i64) -> Option<TextMode> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_round_trip() {
        for operator in Operator::ALL {
            assert_eq!(Operator::parse(operator.as_str()), Some(operator));
        }
        assert_eq!(Operator::parse("CONTAINS"), None);
        for op in TextOp::ALL {
            assert_eq!(TextOp::from_code(op.code()), Some(op));
        }
        for mode in TextMode::ALL {
            assert_eq!(TextMode::from_code(mode.code()), Some(mode));
        }
        assert_eq!(TextOp::from_code(8), None);
        assert_eq!(TextOp::from_code(-1), None);
        assert_eq!(TextMode::from_code(3), None);
    }
}
