//! Filters, sorting, search and the query language: one syntax tree, evaluated in memory or lowered to SQL.
//!
//! - [`fields`] is the declarative table of what an [`Entity`] can be filtered and sorted by.
//! - [`Filter`] is the parsed tree: typed conditions that are all required. It comes from the JSON text of a query
//!   parameter, from [`RawFilter`] objects of a request body, or from a query-language text ([`oql`]).
//! - [`Filter::matches`], [`TextSearch::matches`] and [`Sort::compare`] work on any [`Record`].
//! - [`sql`] lowers the same trees for a relational store. Every test that SQL cannot express exactly becomes a call of
//!   a scalar function whose body is one of the functions here ([`text_test`], [`dictionary_test`], [`map_test`], [`fold`]), so both
//!   ways give the same answer.

mod docs;
mod entity;
mod error;
mod eval;
mod field;
mod filter;
mod inside;
mod operator;
pub mod oql;
mod parse;
mod path;
mod scan;
mod search;
mod sort;
pub mod sql;
mod text;
mod value;

pub use docs::fields_markdown;
pub use entity::{FieldSpec, SortKind, field_spec, fields, sortable_names};
pub use error::QueryError;
pub use eval::{Record, dictionary_string, dictionary_test, dictionary_text, enum_test, json_value, map_test};
pub use field::{Entity, Field, FieldType, UsageKey};
pub use filter::{
    Condition, DictionaryOp, DictionaryTest, EnumTest, Filter, ListOp, ListTest, MapOp, ScoreName, ScoreTest, Test,
};
pub use operator::{Compare, Operator, TextMode, TextOp};
pub use parse::{MAX_CONDITIONS, MAX_FILTER_BYTES, MAX_KEY_BYTES, MAX_SORTING_BYTES, RawFilter};
pub use path::{MAX_PATH_SEGMENTS, Path, Segment};
pub use scan::unescape;
pub use search::{SearchTarget, TermSearch, TextSearch, search_targets};
pub use sort::{Direction, Sort, Sorting};
pub use text::{Needle, contains_folded, fold, text_test};
pub use value::{JsonValue, Number, NumberValue};
