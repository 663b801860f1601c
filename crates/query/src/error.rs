//! What can be wrong with a filter or a sorting. Every message is meant for the client, with status 400.

use crate::field::FieldType;
use crate::operator::Operator;

/// A filter or sorting that cannot be read. The text of each variant is the message of a 400 response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The query parameter is no JSON array of filters, or names an unknown field or operator. Holds the parameter,
    /// shortened when it is long.
    #[error("Invalid filters query parameter '{0}'")]
    InvalidFilters(String),
    /// A filter object of a request body names an unknown field or operator.
    #[error("Unable to process JSON. {0}")]
    InvalidBody(String),
    /// The type of the field does not take the operator.
    #[error("Invalid operator '{operator}' for field '{field}' of type '{kind}'")]
    InvalidOperator {
        /// The operator.
        operator: Operator,
        /// The field's name as the client wrote it.
        field: String,
        /// The field's type.
        kind: FieldType,
    },
    /// The value or the key is not what the type of the field needs.
    #[error("Invalid value '{value}' or key '{key}' for field '{field}' of type '{kind}'")]
    InvalidValue {
        /// The value as the client wrote it, shortened when it is long.
        value: String,
        /// The key as the client wrote it, shortened when it is long; `null` when there is none.
        key: String,
        /// The field's name as the client wrote it.
        field: String,
        /// The field's type.
        kind: FieldType,
    },
    /// The key of a custom filter names no field.
    #[error("Invalid key '{0}' for custom filter")]
    InvalidCustomKey(String),
    /// A custom filter has no key.
    #[error("Custom key cannot be null or empty")]
    MissingCustomKey,
    /// More conditions than [`crate::MAX_CONDITIONS`].
    #[error("Too many filters: {count}, at most {limit} are allowed")]
    TooManyConditions {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The query parameter is no JSON array of sort fields. Holds the parameter, shortened when it is long.
    #[error("Invalid sorting query parameter '{0}'")]
    InvalidSorting(String),
}

/// Longest client text that an error message repeats, in bytes.
const MAX_ECHO_BYTES: usize = 1024;

/// Client text for an error message, cut on a character boundary when it is long.
pub(crate) fn echo(text: &str) -> String {
    if text.len() <= MAX_ECHO_BYTES {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(MAX_ECHO_BYTES)])
}
