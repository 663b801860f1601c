//! Reading and changing the top level of an object without parsing what is inside.

use std::borrow::Cow;
use std::iter::FusedIterator;

use super::scan::{skip_value, skip_whitespace, string_end};

/// One key and value of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The key as written, between its quotes: escapes are not decoded.
    pub raw_key: &'a str,
    /// The JSON text of the value.
    pub value: &'a str,
}

impl Entry<'_> {
    /// Whether the key, with its escapes decoded, equals `key`.
    pub fn has_key(&self, key: &str) -> bool {
        if self.raw_key.contains('\\') {
            return unescape(self.raw_key).is_some_and(|decoded| decoded == key);
        }
        self.raw_key == key
    }
}

/// The entries of the object that `text` holds, in order and with duplicates; `None` when `text` is not an object.
///
/// Stops early at malformed text.
pub fn object_entries(text: &str) -> Option<ObjectEntries<'_>> {
    let start = skip_whitespace(text.as_bytes(), 0);
    (text.as_bytes().get(start) == Some(&b'{')).then_some(ObjectEntries { text, pos: start + 1 })
}

/// Iterator over the top-level entries of an object; see [`object_entries`].
#[derive(Clone, Debug)]
pub struct ObjectEntries<'a> {
    text: &'a str,
    /// Position of the next key's quote, the closing brace, or a comma before the next key.
    pos: usize,
}

impl<'a> ObjectEntries<'a> {
    fn parse_next(&self) -> Option<(Entry<'a>, usize)> {
        let bytes = self.text.as_bytes();
        let mut key = skip_whitespace(bytes, self.pos);
        if bytes.get(key) == Some(&b',') {
            key = skip_whitespace(bytes, key + 1);
        }
        if bytes.get(key) != Some(&b'"') {
            return None;
        }
        let key_end = string_end(bytes, key + 1)?;
        let colon = skip_whitespace(bytes, key_end + 1);
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let value = skip_whitespace(bytes, colon + 1);
        let value_end = skip_value(bytes, value)?;
        if value_end == value {
            return None;
        }
        let entry = Entry {
            raw_key: &self.text[key + 1..key_end],
            value: &self.text[value..value_end],
        };
        Some((entry, skip_whitespace(bytes, value_end)))
    }
}

impl<'a> Iterator for ObjectEntries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        match self.parse_next() {
            Some((entry, next)) => {
                self.pos = next;
                Some(entry)
            }
            None => {
                self.pos = self.text.len();
                None
            }
        }
    }
}

impl FusedIterator for ObjectEntries<'_> {}

/// The JSON text of the value of `key` in the object that `text` holds; the last one if the key is repeated.
///
/// `None` when `text` is not an object or lacks the key.
pub fn top_level_value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    object_entries(text)?
        .filter(|entry| entry.has_key(key))
        .last()
        .map(|entry| entry.value)
}

/// The string under `key` in the object that `text` holds, with escapes decoded; the last one if the key is repeated.
///
/// `None` when `text` is not an object, lacks the key, or has another kind of value under it.
pub fn top_level_string<'a>(text: &'a str, key: &str) -> Option<Cow<'a, str>> {
    let value = top_level_value(text, key)?;
    unescape(value.strip_prefix('"')?.strip_suffix('"')?)
}

/// Decodes the content of a JSON string, given without its quotes; `None` when it is malformed.
///
/// Borrows when there is nothing to decode.
pub fn unescape(content: &str) -> Option<Cow<'_, str>> {
    if !content.contains('\\') {
        return Some(Cow::Borrowed(content));
    }
    let quoted = format!("\"{content}\"");
    serde_json::from_str::<String>(&quoted).ok().map(Cow::Owned)
}

/// Adds `key` as the first key of stored metadata.
///
/// - No metadata, JSON `null`, or anything but an object: the result is an object with this one entry.
/// - An object without the key: the key and `value_json` come first, the rest follows unchanged.
/// - An object with the key: the stored value wins but moves to the front. Of repeated keys the last value is kept.
///
/// `value_json` must be valid JSON. The caller decides whether there is anything to add at all.
pub fn inject_first(metadata: Option<&str>, key: &str, value_json: &str) -> String {
    let stored = metadata.unwrap_or_default();
    let quoted_key = serde_json::to_string(key).expect("a string is always serializable");
    let Some(entries) = object_entries(stored) else {
        return format!("{{{quoted_key}:{value_json}}}");
    };
    let stored_value = entries
        .clone()
        .filter(|entry| entry.has_key(key))
        .last()
        .map(|entry| entry.value);

    let mut out = String::with_capacity(stored.len() + quoted_key.len() + value_json.len() + 2);
    out.push('{');
    out.push_str(&quoted_key);
    out.push(':');
    out.push_str(stored_value.unwrap_or(value_json));
    for entry in entries.filter(|entry| stored_value.is_none() || !entry.has_key(key)) {
        out.push_str(",\"");
        out.push_str(entry.raw_key);
        out.push_str("\":");
        out.push_str(entry.value);
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDED: &str = r#"["openai"]"#;

    fn inject(stored: &str) -> String {
        inject_first(Some(stored), "providers", ADDED)
    }

    #[test]
    fn key_comes_first() {
        assert_eq!(
            inject(r#"{"b":1,"a":{"providers":2}}"#),
            r#"{"providers":["openai"],"b":1,"a":{"providers":2}}"#
        );
        assert_eq!(inject("{}"), r#"{"providers":["openai"]}"#);
        assert_eq!(inject_first(Some("{}"), "a\"b", "1"), r#"{"a\"b":1}"#);
    }

    #[test]
    fn missing_and_other_metadata_is_replaced() {
        for stored in [None, Some("null"), Some("\"text\""), Some("[1,2]"), Some("7"), Some("")] {
            assert_eq!(
                inject_first(stored, "providers", ADDED),
                r#"{"providers":["openai"]}"#,
                "{stored:?}"
            );
        }
    }

    #[test]
    fn stored_value_wins_and_moves_to_the_front() {
        assert_eq!(
            inject(r#"{"a":1,"providers":["x"],"b":2}"#),
            r#"{"providers":["x"],"a":1,"b":2}"#
        );
        assert_eq!(inject(r#"{"providers":null}"#), r#"{"providers":null}"#);
        assert_eq!(inject(r#"{"provider\u0073":"x","a":1}"#), r#"{"providers":"x","a":1}"#);
        assert_eq!(
            inject(r#"{"providers":1,"a":{},"providers":2}"#),
            r#"{"providers":2,"a":{}}"#
        );
    }

    #[test]
    fn other_keys_keep_their_spelling() {
        assert_eq!(
            inject(r#"{"\u00e9\/":"}\",{","":[[]]}"#),
            r#"{"providers":["openai"],"\u00e9\/":"}\",{","":[[]]}"#
        );
    }

    #[test]
    fn entries_accept_whitespace() {
        let entries: Vec<_> = object_entries(" { \"a\" : 1 , \"b\" : [ 2 ] } ")
            .expect("object")
            .collect();
        assert_eq!(
            entries,
            [
                Entry {
                    raw_key: "a",
                    value: "1"
                },
                Entry {
                    raw_key: "b",
                    value: "[ 2 ]"
                }
            ]
        );
    }

    #[test]
    fn malformed_objects_end_the_iteration() {
        for text in [
            "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":,", "{\"a\":[", "{a:1}", "{\"a\":}", "{:}",
        ] {
            assert_eq!(object_entries(text).expect("object").count(), 0, "{text}");
        }
        assert!(object_entries("[]").is_none());
    }

    #[test]
    fn top_level_readers() {
        let text =
            r#"{"a":{"model":"inner"},"model":"gpt\u002d4","model2":"plain","n":1,"dup":"x","dup":"y","nul":null}"#;
        assert_eq!(top_level_string(text, "model").as_deref(), Some("gpt-4"));
        assert!(matches!(top_level_string(text, "model2"), Some(Cow::Borrowed("plain"))));
        assert_eq!(top_level_string(text, "dup").as_deref(), Some("y"));
        assert_eq!(top_level_string(text, "n"), None);
        assert_eq!(top_level_string(text, "missing"), None);
        assert_eq!(top_level_value(text, "a"), Some(r#"{"model":"inner"}"#));
        assert_eq!(top_level_value(text, "nul"), Some("null"));
        assert_eq!(top_level_value("[]", "a"), None);
    }

    #[test]
    fn deep_values_are_skipped_without_recursion() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let text = format!(r#"{{"deep":{deep},"a":1}}"#);
        assert_eq!(top_level_value(&text, "a"), Some("1"));
    }

    #[test]
    fn unescape_refuses_malformed_content() {
        assert_eq!(unescape(r"a\nb").as_deref(), Some("a\nb"));
        assert_eq!(unescape(r"a\"), None);
        assert_eq!(unescape(r"a\q"), None);
    }
}
