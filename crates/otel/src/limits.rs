//! How many messages an export may consist of.
//!
//! An empty message is two or three bytes on the wire and some hundred in memory, so a body within its limit could still
//! take far more memory than there is. Both checks run over the body before anything is allocated.

use memchr::{memchr2, memchr2_iter};
use prost::encoding::{WireType, decode_key, decode_varint};

use crate::export::ExportError;

/// Most messages: spans, attributes, values, events and what is around them.
pub(crate) const MAX_MESSAGES: usize = 1_000_000;

/// Deepest nesting that is looked into; the decoder gives up there, too.
const MAX_DEPTH: usize = 100;

/// A kind of message, by the fields in which others are.
#[derive(Clone, Copy)]
struct Kind(&'static [(u32, &'static Kind)]);

static REQUEST: Kind = Kind(&[(1, &RESOURCE_SPANS)]);
static RESOURCE_SPANS: Kind = Kind(&[(2, &SCOPE_SPANS)]);
static SCOPE_SPANS: Kind = Kind(&[(2, &SPAN)]);
static SPAN: Kind = Kind(&[(9, &KEY_VALUE), (11, &EVENT)]);
static EVENT: Kind = Kind(&[(3, &KEY_VALUE)]);
static KEY_VALUE: Kind = Kind(&[(2, &ANY_VALUE)]);
static ANY_VALUE: Kind = Kind(&[(5, &ARRAY_VALUE), (6, &KEY_VALUE_LIST)]);
static ARRAY_VALUE: Kind = Kind(&[(1, &ANY_VALUE)]);
static KEY_VALUE_LIST: Kind = Kind(&[(1, &KEY_VALUE)]);

/// Counts the messages of a protobuf body. What is malformed is left to the decoder.
pub(crate) fn check_protobuf(body: &[u8]) -> Result<(), ExportError> {
    let mut left = MAX_MESSAGES;
    count(body, &REQUEST, 0, &mut left)
}

fn count(mut body: &[u8], kind: &Kind, depth: usize, left: &mut usize) -> Result<(), ExportError> {
    while !body.is_empty() {
        let Ok((tag, wire_type)) = decode_key(&mut body) else {
            return Ok(());
        };
        let len = match wire_type {
            WireType::Varint => {
                if decode_varint(&mut body).is_err() {
                    return Ok(());
                }
                continue;
            }
            WireType::ThirtyTwoBit => 4,
            WireType::SixtyFourBit => 8,
            WireType::LengthDelimited => match decode_varint(&mut body) {
                Ok(len) => usize::try_from(len).unwrap_or(usize::MAX),
                Err(_) => return Ok(()),
            },
            // Groups are not in use; the decoder skips them without keeping anything.
            WireType::StartGroup | WireType::EndGroup => continue,
        };
        let Some((field, rest)) = body.split_at_checked(len) else {
            return Ok(());
        };
        body = rest;
        let inner = kind.0.iter().find(|(number, _)| *number == tag);
        if let Some((_, inner)) = inner
            && wire_type == WireType::LengthDelimited
        {
            *left = left.checked_sub(1).ok_or(ExportError::TooLarge)?;
            if depth < MAX_DEPTH {
                count(field, inner, depth + 1, left)?;
            }
        }
    }
    Ok(())
}

/// Counts the objects of a JSON body that has been cleaned.
pub(crate) fn check_json(text: &str) -> Result<(), ExportError> {
    let bytes = text.as_bytes();
    // Braces within strings are counted first, as this is quick and hardly ever too many.
    if memchr::memchr_iter(b'{', bytes).take(MAX_MESSAGES + 1).count() <= MAX_MESSAGES {
        return Ok(());
    }
    let mut objects = 0;
    let mut position = 0;
    while let Some(found) = memchr2(b'"', b'{', &bytes[position..]) {
        position += found + 1;
        if bytes[position - 1] == b'"' {
            position += len_of_string(&bytes[position..]);
            continue;
        }
        objects += 1;
        if objects > MAX_MESSAGES {
            return Err(ExportError::TooLarge);
        }
    }
    Ok(())
}

/// Bytes up to and with the quote that ends a string.
fn len_of_string(bytes: &[u8]) -> usize {
    let mut escaped = None;
    for position in memchr2_iter(b'"', b'\\', bytes) {
        if escaped == Some(position) {
            continue;
        }
        if bytes[position] == b'"' {
            return position + 1;
        }
        escaped = Some(position + 1);
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of a message that holds so many empty messages.
    fn empty_messages(path: &[u8], number: usize) -> Vec<u8> {
        let Some((tag, inner)) = path.split_first() else {
            return Vec::new();
        };
        if inner.is_empty() {
            return [tag << 3 | 2, 0].repeat(number);
        }
        let field = empty_messages(inner, number);
        let mut bytes = vec![tag << 3 | 2];
        prost::encoding::encode_varint(field.len() as u64, &mut bytes);
        bytes.extend(field);
        bytes
    }

    #[test]
    fn too_many_protobuf_messages_are_refused() {
        for path in [
            &[1][..],
            &[1, 2],
            &[1, 2, 2],
            &[1, 2, 2, 9],
            &[1, 2, 2, 11],
            &[1, 2, 2, 9, 2, 5, 1],
        ] {
            let fits = empty_messages(path, MAX_MESSAGES - path.len() + 1);
            assert_eq!(check_protobuf(&fits), Ok(()), "{path:?}");
            let exceeds = empty_messages(path, MAX_MESSAGES);
            let is_refused = check_protobuf(&exceeds) == Err(ExportError::TooLarge);
            assert_eq!(is_refused, path.len() > 1, "{path:?}");
        }
        assert_eq!(check_protobuf(&empty_messages(&[7], MAX_MESSAGES + 1)), Ok(()));
    }

    #[test]
    fn braces_in_strings_do_not_count() {
        let strings = format!("[\"{}\"]", r#"{\"{\\"#.repeat(MAX_MESSAGES));
        assert_eq!(check_json(&strings), Ok(()));
        assert_eq!(check_json(&"{".repeat(MAX_MESSAGES)), Ok(()));
        assert_eq!(check_json(&"{".repeat(MAX_MESSAGES + 1)), Err(ExportError::TooLarge));
        assert_eq!(check_json("{\"\\"), Ok(()));
    }
}
