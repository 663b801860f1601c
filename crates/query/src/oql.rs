//! The query language that people write filters in.
//!
//! ```text
//! query  := cond ( AND cond )*          AND in any case; there is no OR
//! cond   := field op value | field ("is_empty" | "is_not_empty") | field ("in" | "not_in") list
//! field  := name | name "." key ( "." key )*
//! key    := letters, digits, underscores | "quoted" | 'quoted'      a doubled quote stands for one
//! op     := = | != | > | >= | < | <= | contains | not_contains | starts_with | ends_with
//! value  := "text" | 'text' | [-] digits [ "." digits ]
//! list   := "(" value ( "," value )* ")"
//! ```

use crate::entity::field_spec;
use crate::error::QueryError;
use crate::field::Entity;
use crate::filter::Filter;
use crate::operator::Operator;
use crate::parse::{MAX_CONDITIONS, MAX_FILTER_BYTES, Origin, RawFilter, condition};

/// A query that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OqlError {
    /// The text is not of the grammar.
    #[error("expected {expected} at position {position}")]
    Syntax {
        /// What should stand there.
        expected: &'static str,
        /// Where, in characters from 0.
        position: usize,
    },
    /// Conditions are joined by `OR`.
    #[error("OR is not supported, use only AND (position {position})")]
    Or {
        /// Where, in characters from 0.
        position: usize,
    },
    /// A text without its closing quote.
    #[error("the quote at position {position} is not closed")]
    OpenQuote {
        /// Where it opens, in characters from 0.
        position: usize,
    },
    /// The field does not exist, or takes no key.
    #[error("unknown field '{name}' for {} queries", entity.as_str())]
    UnknownField {
        /// The field as written.
        name: String,
        /// What is queried.
        entity: Entity,
    },
    /// The text is longer than a filter may be.
    #[error("the query is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The condition does not fit the field.
    #[error(transparent)]
    Condition(#[from] QueryError),
}

/// Reads a query. Blank text is no filter.
///
/// # Errors
/// Text that is not of the grammar, unknown fields, and conditions that do not fit their field.
pub fn parse(entity: Entity, text: &str) -> Result<Filter, OqlError> {
    let conditions = parse_raw(entity, text)?;
    let mut filter = Filter::default();
    for raw in &conditions {
        filter.push(condition(entity, raw, Origin::Language)?);
    }
    Ok(filter)
}

/// Reads a query into the filter objects that a client would send to a server. The objects are checked only when they
/// are read as a [`Filter`].
///
/// # Errors
/// Text that is not of the grammar, and unknown fields.
pub fn parse_raw(entity: Entity, text: &str) -> Result<Vec<RawFilter>, OqlError> {
    if text.len() > MAX_FILTER_BYTES {
        return Err(OqlError::TooLong {
            limit: MAX_FILTER_BYTES,
        });
    }
    let mut parser = Parser { text, at: 0, entity };
    let mut conditions = Vec::new();
    parser.skip_space();
    if parser.is_at_end() {
        return Ok(conditions);
    }
    loop {
        conditions.push(parser.condition()?);
        if conditions.len() > MAX_CONDITIONS {
            let error = QueryError::TooManyConditions {
                count: conditions.len(),
                limit: MAX_CONDITIONS,
            };
            return Err(error.into());
        }
        parser.skip_space();
        if parser.is_at_end() {
            return Ok(conditions);
        }
        parser.conjunction()?;
    }
}

struct Parser<'a> {
    text: &'a str,
    /// In bytes, always on a character boundary.
    at: usize,
    entity: Entity,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn position(&self, at: usize) -> usize {
        self.text[..at].chars().count()
    }

    fn expected(&self, expected: &'static str) -> OqlError {
        OqlError::Syntax {
            expected,
            position: self.position(self.at),
        }
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, token: char) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len_utf8();
        }
        found
    }

    /// Letters, digits and underscores; may be empty.
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let is_other = |c: char| !c.is_alphanumeric() && c != '_';
        let word = &rest[..rest.find(is_other).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn conjunction(&mut self) -> Result<(), OqlError> {
        let start = self.at;
        let word = self.word();
        if word.eq_ignore_ascii_case("or") {
            return Err(OqlError::Or {
                position: self.position(start),
            });
        }
        if !word.eq_ignore_ascii_case("and") {
            self.at = start;
            return Err(self.expected("AND or the end of the query"));
        }
        self.skip_space();
        Ok(())
    }

    fn condition(&mut self) -> Result<RawFilter, OqlError> {
        let (field, key) = self.field()?;
        self.skip_space();
        let operator = self.operator()?;
        self.skip_space();
        let value = match operator {
            Operator::IsEmpty | Operator::IsNotEmpty => String::new(),
            Operator::In | Operator::NotIn => self.list()?,
            _ => self.value()?,
        };
        Ok(RawFilter {
            field,
            operator: operator.as_str().to_owned(),
            key,
            value,
            type_name: None,
        })
    }

    fn field(&mut self) -> Result<(String, Option<String>), OqlError> {
        let name = self.word();
        if name.is_empty() {
            return Err(self.expected("a field name"));
        }
        let mut keys: Vec<String> = Vec::new();
        while self.take('.') {
            keys.push(self.key()?);
        }
        let unknown = |name: String| OqlError::UnknownField {
            name,
            entity: self.entity,
        };
        if keys.is_empty() {
            return match field_spec(self.entity, name) {
                Some(_) => Ok((name.to_owned(), None)),
                None => Err(unknown(name.to_owned())),
            };
        }
        let key = keys.join(".");
        let flat_name = format!("{name}.{key}");
        if field_spec(self.entity, &flat_name).is_some() {
            return Ok((flat_name, None));
        }
        match field_spec(self.entity, name) {
            Some(spec) if spec.kind.needs_key() => Ok((name.to_owned(), Some(key))),
            _ => Err(unknown(flat_name)),
        }
    }

    fn key(&mut self) -> Result<String, OqlError> {
        if let Some(quoted) = self.quoted()? {
            return Ok(quoted);
        }
        let key = self.word();
        if key.is_empty() {
            return Err(self.expected("a key"));
        }
        Ok(key.to_owned())
    }

    /// A quoted text, if one begins here.
    fn quoted(&mut self) -> Result<Option<String>, OqlError> {
        let start = self.at;
        let Some(quote @ ('"' | '\'')) = self.rest().chars().next() else {
            return Ok(None);
        };
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(length) = self.rest().find(quote) else {
                return Err(OqlError::OpenQuote {
                    position: self.position(start),
                });
            };
            text.push_str(&self.rest()[..length]);
            self.at += length + 1;
            if !self.take(quote) {
                return Ok(Some(text));
            }
            text.push(quote);
        }
    }

    fn operator(&mut self) -> Result<Operator, OqlError> {
        let start = self.at;
        let rest = self.rest();
        let symbol_length = rest.find(|c| !matches!(c, '=' | '!' | '<' | '>')).unwrap_or(rest.len());
        let operator = if symbol_length > 0 {
            self.at += symbol_length;
            Operator::parse(&rest[..symbol_length])
        } else {
            Operator::parse(&self.word().to_ascii_lowercase())
        };
        operator.ok_or_else(|| {
            self.at = start;
            self.expected("an operator")
        })
    }

    fn value(&mut self) -> Result<String, OqlError> {
        if let Some(text) = self.quoted()? {
            return Ok(text);
        }
        let rest = self.rest();
        let unsigned = rest.strip_prefix('-').unwrap_or(rest);
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = digits(unsigned);
        if whole == 0 {
            return Err(self.expected("a number or a quoted text"));
        }
        let fraction = unsigned[whole..].strip_prefix('.').map_or(0, digits);
        let length = rest.len() - unsigned.len() + whole + if fraction > 0 { fraction + 1 } else { 0 };
        self.at += length;
        let is_separated = self
            .rest()
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || matches!(c, ',' | ')'));
        if !is_separated {
            return Err(self.expected("the end of the number"));
        }
        Ok(rest[..length].to_owned())
    }

    fn list(&mut self) -> Result<String, OqlError> {
        if !self.take('(') {
            return Err(self.expected("a list in parentheses"));
        }
        let mut values = Vec::new();
        loop {
            self.skip_space();
            values.push(self.value()?);
            self.skip_space();
            if self.take(')') {
                return Ok(values.join(","));
            }
            if !self.take(',') {
                return Err(self.expected("a comma or a closing parenthesis"));
            }
        }
    }
}
