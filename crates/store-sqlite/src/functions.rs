//! Scalar functions that queries call. The tests of filters are the very functions that evaluate filters in memory, so
//! that both give the same result.

use std::sync::Arc;

use ferropik_query::sql::{FN_DICTIONARY, FN_FOLD, FN_MAP, FN_TEXT, FN_VALUE};
use ferropik_query::{
    DictionaryOp, DictionaryTest, JsonValue, MapOp, Needle, Path, TextMode, TextOp, dictionary_test, fold, json_value,
    map_test, text_test,
};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error};

use crate::engine::payload::Codec;
use crate::rows::{SpanUsage, Totals};

/// The text of a frame.
pub(crate) const FN_FRAME: &str = "fp_frame";
/// The text of a UUID of 16 bytes.
pub(crate) const FN_UUID: &str = "fp_uuid";
/// The value of an interned key in a blob of span usage.
pub(crate) const FN_USAGE: &str = "fp_usage";
/// The sum of an interned key in a blob of totals.
pub(crate) const FN_TOTAL: &str = "fp_total";
/// A blob of interned numbers as the text of a JSON array.
pub(crate) const FN_NUMBERS: &str = "fp_numbers";

/// Registers the functions on a connection.
pub(crate) fn register(connection: &Connection, codec: &Arc<Codec>) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function(FN_TEXT, 4, flags, |context| {
        let op = TextOp::from_code(context.get(0)?).ok_or_else(|| unknown("operator"))?;
        let mode = TextMode::from_code(context.get(1)?).ok_or_else(|| unknown("mode"))?;
        let needle = prepared(context, 3, Needle::new)?;
        Ok(text_test(op, mode, text_at(context, 2)?, &needle))
    })?;
    connection.create_scalar_function(FN_DICTIONARY, 4, flags, |context| {
        let path = prepared(context, 2, Path::new)?;
        let op = DictionaryOp::from_code(context.get(0)?).ok_or_else(|| unknown("operator"))?;
        let test = prepared(context, 3, |value| DictionaryTest::new(op, value))?;
        Ok(dictionary_test(&test, &path, text_at(context, 1)?))
    })?;
    connection.create_scalar_function(FN_MAP, 4, flags, |context| {
        let op = MapOp::from_code(context.get(0)?).ok_or_else(|| unknown("operator"))?;
        let path = prepared(context, 2, Path::new)?;
        let needle = prepared(context, 3, Needle::new)?;
        Ok(map_test(op, &path, text_at(context, 1)?, &needle))
    })?;
    connection.create_scalar_function(FN_VALUE, 2, flags, |context| {
        let path = prepared(context, 1, Path::new)?;
        let value = text_at(context, 0)?.and_then(|json| json_value(json, &path));
        Ok(match value {
            None => Value::Null,
            Some(JsonValue::Number(number)) => Value::Real(number),
            Some(JsonValue::Text(text)) => Value::Text(text),
        })
    })?;
    connection.create_scalar_function(FN_FOLD, 1, flags, |context| {
        Ok(text_at(context, 0)?.map(|text| fold(text).into_owned()))
    })?;
    let frames = Arc::clone(codec);
    connection.create_scalar_function(FN_FRAME, 1, flags, move |context| {
        let Some(frame) = blob_at(context, 0)? else {
            return Ok(None);
        };
        frames
            .decode(frame)
            .map(Some)
            .map_err(|error| Error::UserFunctionError(Box::new(error)))
    })?;
    connection.create_scalar_function(FN_UUID, 1, flags, |context| {
        let Some(bytes) = blob_at(context, 0)? else {
            return Ok(None);
        };
        Ok(uuid::Uuid::from_slice(bytes).ok().map(|id| id.to_string()))
    })?;
    connection.create_scalar_function(FN_USAGE, 2, flags, |context| {
        let key: Option<i64> = context.get(1)?;
        let usage = SpanUsage::decode(blob_at(context, 0)?);
        Ok(key.and_then(|key| {
            usage
                .0
                .iter()
                .rev()
                .find(|(known, _)| *known == key)
                .map(|(_, value)| *value)
        }))
    })?;
    connection.create_scalar_function(FN_TOTAL, 2, flags, |context| {
        let key: Option<i64> = context.get(1)?;
        let totals = Totals::decode(blob_at(context, 0)?);
        Ok(key.and_then(|key| totals.sum_of(key)))
    })?;
    connection.create_scalar_function(FN_NUMBERS, 1, flags, |context| {
        let numbers = crate::rows::decode_numbers(blob_at(context, 0)?);
        let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        Ok(format!("[{}]", texts.join(",")))
    })
}

fn unknown(what: &str) -> Error {
    Error::UserFunctionError(format!("unknown {what} of a filter function").into())
}

/// What is made of a text parameter that is the same for all rows, kept between the calls of a statement.
fn prepared<T: Send + Sync + 'static>(
    context: &Context<'_>,
    index: i32,
    build: impl FnOnce(&str) -> T,
) -> rusqlite::Result<Arc<T>> {
    context.get_or_create_aux(index, |value| {
        value
            .as_str()
            .map(build)
            .map_err(|error| Box::<dyn std::error::Error + Send + Sync>::from(error.to_string()))
    })
}

fn text_at<'a>(context: &'a Context<'_>, index: usize) -> rusqlite::Result<Option<&'a str>> {
    match context.get_raw(index) {
        ValueRef::Null => Ok(None),
        value => value
            .as_str()
            .map(Some)
            .map_err(|error| Error::UserFunctionError(error.to_string().into())),
    }
}

fn blob_at<'a>(context: &'a Context<'_>, index: usize) -> rusqlite::Result<Option<&'a [u8]>> {
    context
        .get_raw(index)
        .as_blob_or_null()
        .map_err(|error| Error::UserFunctionError(error.to_string().into()))
}
