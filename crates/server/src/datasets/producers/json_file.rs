//! JSON files that become items: one array of objects, or an object on each line.

use std::io::{BufRead, BufReader, Read};

use ferropik_model::json::{Limits, normalize, object_entries, unescape};
use ferropik_model::{DatasetItemSource, EvaluatorItem, ExecutionPolicy, RawJson, id};
use indexmap::IndexMap;
use uuid::Uuid;

use super::rows::{Row, RowError};
use crate::datasets::validate;
use crate::http::Violations;
use crate::records::rules::{self, Place};

/// Longest object, in bytes as it is written.
pub(super) const MAX_OBJECT_BYTES: usize = 64 * 1024 * 1024;

/// Most whitespace in front of the first object, in bytes.
const MAX_LEADING_BYTES: usize = 1024 * 1024;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Cuts a file into the texts of its objects. At most one of them is in memory.
pub(super) struct JsonTexts<R> {
    source: BufReader<R>,
    is_lines: bool,
    line: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    /// After the opening bracket.
    First,
    /// After an element.
    Next,
    Done,
}

impl<R: Read> JsonTexts<R> {
    /// Of an array, or of lines.
    pub(super) fn new(source: R, is_lines: bool) -> JsonTexts<R> {
        JsonTexts {
            source: BufReader::with_capacity(64 * 1024, source),
            is_lines,
            line: 1,
            state: State::Before,
        }
    }

    fn error(&self, what: impl std::fmt::Display) -> RowError {
        RowError::new(self.line, what)
    }

    fn fill(&mut self) -> Result<&[u8], RowError> {
        let line = self.line;
        self.source.fill_buf().map_err(|error| RowError::new(line, error))
    }

    fn skip_byte_order_mark(&mut self) -> Result<(), RowError> {
        // The first read of a file answers at least as much, unless there is no more.
        if self.fill()?.starts_with(&BYTE_ORDER_MARK) {
            self.source.consume(BYTE_ORDER_MARK.len());
        }
        Ok(())
    }

    /// The next byte that is no whitespace, which stays where it is.
    fn peek(&mut self) -> Result<Option<u8>, RowError> {
        loop {
            let buffer = self.fill()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let lines = count_lines(&buffer[..blank]);
            let found = buffer.get(blank).copied();
            self.line += lines;
            self.source.consume(blank);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Reads one value of an array: up to the comma or bracket behind it.
    fn element(&mut self) -> Result<Vec<u8>, RowError> {
        let mut text = Vec::new();
        let mut scanner = Scanner::default();
        loop {
            let (taken, lines, is_end) = {
                let buffer = self.fill()?;
                if buffer.is_empty() {
                    return Err(self.error("the file ends within the array"));
                }
                let (taken, is_end) = scanner.take(buffer);
                text.extend_from_slice(&buffer[..taken]);
                (taken, count_lines(&buffer[..taken]), is_end)
            };
            self.line += lines;
            self.source.consume(taken);
            if text.len() > MAX_OBJECT_BYTES {
                return Err(self.error("an object is too long"));
            }
            if is_end {
                return Ok(text);
            }
        }
    }

    fn next_element(&mut self) -> Result<Option<Vec<u8>>, RowError> {
        if self.state == State::Before {
            self.skip_byte_order_mark()?;
            if self.peek()? != Some(b'[') {
                return Err(self.error("there is no array"));
            }
            self.source.consume(1);
            self.state = State::First;
        }
        let byte = self.peek()?;
        match (self.state, byte) {
            (State::First, Some(b']')) | (State::Next, Some(b']')) => {
                self.source.consume(1);
                self.state = State::Done;
                if self.peek()?.is_some() {
                    return Err(self.error("text follows the array"));
                }
                return Ok(None);
            }
            (State::Next, Some(b',')) => self.source.consume(1),
            (State::First, Some(_)) => {}
            (State::Done, _) => return Ok(None),
            (_, None) => return Err(self.error("the file ends within the array")),
            (_, Some(_)) => return Err(self.error("a comma is missing")),
        }
        self.peek()?;
        self.state = State::Next;
        self.element().map(Some)
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, RowError> {
        if self.state == State::Before {
            self.skip_byte_order_mark()?;
            self.state = State::Next;
        }
        if self.peek()?.is_none() {
            return Ok(None);
        }
        let mut text = Vec::new();
        let limit = MAX_OBJECT_BYTES as u64 + 1;
        let (line, mut limited) = (self.line, (&mut self.source).take(limit));
        limited
            .read_until(b'\n', &mut text)
            .map_err(|error| RowError::new(line, error))?;
        if text.len() > MAX_OBJECT_BYTES {
            return Err(self.error("an object is too long"));
        }
        Ok(Some(text))
    }

    /// The text of the next object, whatever it is, and the line that it is on (of an array: that it ends on).
    pub(super) fn next_text(&mut self) -> Result<Option<(u64, Vec<u8>)>, RowError> {
        if self.is_lines {
            let text = self.next_line()?;
            let line = self.line;
            if text.as_ref().is_some_and(|text| text.ends_with(b"\n")) {
                self.line += 1;
            }
            return Ok(text.map(|text| (line, text)));
        }
        Ok(self.next_element()?.map(|text| (self.line, text)))
    }
}

impl<R: Read> Iterator for JsonTexts<R> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Result<Row, RowError>> {
        if self.state == State::Done {
            return None;
        }
        let row = match self.next_text() {
            Ok(Some((line, text))) => row(&text).map_err(|text| RowError::new(line, text)),
            Ok(None) => {
                self.state = State::Done;
                return None;
            }
            Err(error) => Err(error),
        };
        if row.is_err() {
            self.state = State::Done;
        }
        Some(row)
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Finds the end of a value: the comma or closing bracket that does not belong to it.
#[derive(Debug, Default)]
struct Scanner {
    depth: usize,
    in_string: bool,
    after_backslash: bool,
}

impl Scanner {
    /// How many of the bytes belong to the value, and whether it ends there.
    fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (index, byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.after_backslash => self.after_backslash = false,
                    b'\\' => self.after_backslash = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => self.depth -= 1,
                b',' | b'}' | b']' if self.depth == 0 => return (index, true),
                _ => {}
            }
        }
        (bytes.len(), false)
    }
}

/// Why a file is refused as soon as it has arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeadError {
    /// There is nothing but whitespace.
    #[error("JSON file is empty")]
    Empty,
    /// It does not begin with a bracket.
    #[error("JSON file must contain a top-level array of objects")]
    NoArray,
    /// The array is empty.
    #[error("JSON file contains no items")]
    NoItems,
    /// The array begins with something else.
    #[error("JSON array must contain only objects; first element is not an object")]
    NoObject,
    /// The first line holds JSON of another kind.
    #[error("JSONL first non-blank line must be a JSON object")]
    LineIsNoObject,
    /// The first line holds no JSON.
    #[error("First non-blank line is not valid JSON: {0}")]
    LineIsNoJson(String),
    /// The file cannot be read, or begins with too much whitespace.
    #[error("JSON file cannot be read: {0}")]
    Unreadable(String),
}

/// Looks at the beginning of a file.
///
/// # Errors
/// [`HeadError`].
pub(super) fn check_head(source: impl Read, is_lines: bool) -> Result<(), HeadError> {
    let unreadable = |error: &dyn std::fmt::Display| HeadError::Unreadable(error.to_string());
    let mut texts = JsonTexts::new(source, is_lines);
    texts.skip_byte_order_mark().map_err(|error| unreadable(&error))?;
    let first = texts
        .peek_within(MAX_LEADING_BYTES)
        .map_err(|error| unreadable(&error))?
        .ok_or(HeadError::Empty)?;
    if is_lines {
        let (_, text) = texts
            .next_text()
            .map_err(|error| unreadable(&error))?
            .ok_or(HeadError::Empty)?;
        let clean = normalize(&text, &Limits::default()).map_err(|error| HeadError::LineIsNoJson(error.to_string()))?;
        let value: &serde_json::value::RawValue =
            serde_json::from_str(&clean).map_err(|error| HeadError::LineIsNoJson(error.to_string()))?;
        return if value.get().starts_with('{') {
            Ok(())
        } else {
            Err(HeadError::LineIsNoObject)
        };
    }
    if first != b'[' {
        return Err(HeadError::NoArray);
    }
    texts.source.consume(1);
    match texts
        .peek_within(MAX_LEADING_BYTES)
        .map_err(|error| unreadable(&error))?
    {
        Some(b'{') => Ok(()),
        Some(b']') => Err(HeadError::NoItems),
        _ => Err(HeadError::NoObject),
    }
}

impl<R: Read> JsonTexts<R> {
    /// [`JsonTexts::peek`] that gives up after so much whitespace.
    fn peek_within(&mut self, max_bytes: usize) -> Result<Option<u8>, RowError> {
        let mut skipped = 0;
        loop {
            let buffer = self.fill()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let found = buffer.get(blank).copied();
            self.source.consume(blank);
            if found.is_some() {
                return Ok(found);
            }
            skipped += blank;
            if skipped > max_bytes {
                return Err(self.error("there is too much whitespace"));
            }
        }
    }
}

/// Makes an object a row. Properties that belong to the item itself are taken out of the data, unless their values
/// have another shape there: a text that is no id remains as the column `id`.
fn row(text: &[u8]) -> Result<Row, String> {
    let clean = normalize(text, &Limits::default()).map_err(|error| error.to_string())?;
    let object = RawJson::parse(clean).map_err(|error| error.to_string())?;
    let entries = object_entries(object.as_str()).ok_or("there is something else than an object")?;
    let mut row = Row::of_data(RawJson::null());
    let mut data: IndexMap<String, RawJson> = IndexMap::new();
    for entry in entries {
        let key = unescape(entry.raw_key).ok_or("a key is malformed")?;
        let value = RawJson::from_stored(entry.value);
        if !take_reserved(&mut row, &key, &value) {
            data.insert(key.into_owned(), value);
        }
    }
    if data.is_empty() {
        return Err("an object has no data".to_owned());
    }
    row.data = RawJson::from_serialize(&data).map_err(|error| error.to_string())?;
    Ok(row)
}

/// Whether a property belongs to the item itself; then it is there now.
fn take_reserved(row: &mut Row, key: &str, value: &RawJson) -> bool {
    let is_reserved = matches!(
        key,
        "id" | "source" | "description" | "tags" | "evaluators" | "execution_policy" | "executionPolicy"
    );
    if !is_reserved || value.is_null() {
        return is_reserved;
    }
    match key {
        "id" => keep(read::<Uuid>(value).filter(|value| id::is_v7(*value)), |value| {
            row.id = Some(value);
        }),
        "source" => {
            // Items of traces and spans name them, which files cannot.
            let is_possible =
                |source: &DatasetItemSource| matches!(source, DatasetItemSource::Manual | DatasetItemSource::Sdk);
            keep(read(value).filter(is_possible), |source| row.source = source)
        }
        "description" => keep(read(value), |text| row.description = Some(text)),
        "tags" => keep(read(value).and_then(tags), |tags| row.tags = tags),
        "evaluators" => keep(
            read(value).filter(|list: &Vec<EvaluatorItem>| are_evaluators(list)),
            |list: Vec<EvaluatorItem>| {
                row.evaluators = if list.is_empty() {
                    None
                } else {
                    RawJson::from_serialize(&list).ok()
                };
            },
        ),
        _ => keep(read(value).filter(is_policy), |policy| row.policy = Some(policy)),
    }
}

fn read<'de, T: serde::Deserialize<'de>>(value: &'de RawJson) -> Option<T> {
    serde_json::from_str(value.as_str()).ok()
}

fn keep<T>(value: Option<T>, set: impl FnOnce(T)) -> bool {
    let is_there = value.is_some();
    if let Some(value) = value {
        set(value);
    }
    is_there
}

fn tags(list: Vec<String>) -> Option<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for tag in list {
        if tag.trim().is_empty() || tag.chars().count() > rules::MAX_TAG_CHARS {
            return None;
        }
        if !tags.contains(&tag) {
            if tags.len() == rules::MAX_TAGS {
                return None;
            }
            tags.push(tag);
        }
    }
    Some(tags)
}

fn are_evaluators(list: &[EvaluatorItem]) -> bool {
    let mut found = Violations::new();
    validate::evaluators(Some(list), Place::Top, &mut found);
    found.is_empty()
}

fn is_policy(policy: &ExecutionPolicy) -> bool {
    let mut found = Violations::new();
    validate::policy(Some(*policy), Place::Top, &mut found);
    found.is_empty() && *policy != ExecutionPolicy::default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn data(text: &str, is_lines: bool) -> Result<Vec<String>, String> {
        JsonTexts::new(text.as_bytes(), is_lines)
            .map(|row| row.map(|row| row.data.to_string()).map_err(|error| error.to_string()))
            .collect()
    }

    fn head(text: &str, is_lines: bool) -> String {
        check_head(text.as_bytes(), is_lines).map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn arrays_and_lines_hold_objects() {
        let expected = [r#"{"a":{"b":[1,"]},"]},"c":"x"}"#, r#"{"b":null}"#];
        let array = "\u{feff} [ {\"a\": {\"b\": [1, \"]},\"]}, \"c\":\"x\"} ,\n{\"b\":null}\n] \n";
        assert_eq!(data(array, false).unwrap(), expected);
        let lines = "\u{feff}\n{\"a\": {\"b\": [1, \"]},\"]}, \"c\":\"x\"}\r\n\r\n  {\"b\":null}";
        assert_eq!(data(lines, true).unwrap(), expected);
        assert_eq!(data(r#"[{"\"\\":"\"]"}]"#, false).unwrap(), [r#"{"\"\\":"\"]"}"#]);
        assert_eq!(
            data("[{\"n\":1.10,\"big\":12345678901234567890123,\"x\":NaN}]", false).unwrap(),
            [r#"{"n":1.10,"big":12345678901234567890123,"x":"NaN"}"#]
        );
        assert!(data("[]", false).unwrap().is_empty());
        assert!(data("\n \n", true).unwrap().is_empty());
    }

    #[test]
    fn errors_name_the_line() {
        for (text, is_lines, error) in [
            ("[{\"a\":1},\n{\"a\":}\n]", false, "line 3: "),
            ("[{\"a\":1}\n{\"a\":2}]", false, "line 2: "),
            ("[{\"a\":1}", false, "line 1: the file ends within the array"),
            ("[{\"a\":1}]x", false, "line 1: text follows the array"),
            ("[{\"a\":1},]", false, "line 1: "),
            ("[{\"a\":1},5]", false, "line 1: there is something else than an object"),
            ("[{\"id\":null}]", false, "line 1: an object has no data"),
            ("{\"a\":1}\n\n{\"a\":\n2}", true, "line 3: "),
            ("{\"a\":1}\n[]", true, "line 2: there is something else than an object"),
        ] {
            let found = data(text, is_lines).unwrap_err();
            assert!(found.starts_with(error), "{text}: {found}");
        }
    }

    #[test]
    fn the_beginning_tells_enough() {
        for blank in ["", " \n\t", "\u{feff}"] {
            assert_eq!(head(blank, false), "JSON file is empty");
            assert_eq!(head(blank, true), "JSON file is empty");
        }
        for other in ["{}", "5", "\"[\"", "{\"a\":1}\n{}"] {
            assert_eq!(
                head(other, false),
                "JSON file must contain a top-level array of objects"
            );
        }
        assert_eq!(head("[ \n]", false), "JSON file contains no items");
        for other in ["[1]", "[[{}]]", "[null, {}]", "["] {
            assert_eq!(
                head(other, false),
                "JSON array must contain only objects; first element is not an object"
            );
        }
        assert_eq!(head("\u{feff}\n[\n{", false), "fine");
        assert_eq!(
            head("\n[1]\n{}", true),
            "JSONL first non-blank line must be a JSON object"
        );
        assert_eq!(head("null", true), "JSONL first non-blank line must be a JSON object");
        assert!(head("{\"a\":", true).starts_with("First non-blank line is not valid JSON: "));
        assert!(head("{\n\"a\":1}", true).starts_with("First non-blank line is not valid JSON: "));
        assert_eq!(head("\n\n {\"a\":1}\n{", true), "fine");
        let blank = " ".repeat(MAX_LEADING_BYTES + 200_000);
        assert!(head(&blank, false).starts_with("JSON file cannot be read"));
    }

    fn one(text: &str) -> Row {
        row(text.as_bytes()).unwrap()
    }

    #[test]
    fn reserved_keys_are_taken_out() {
        let found = one(
            r#"{"id":"0198c2f0-0000-7000-8000-000000000001","source":"sdk","description":"d","tags":["a","b","a"],
                "evaluators":[{"name":"e","type":"llm_judge","config":{"x":1}}],
                "execution_policy":{"runs_per_item":3,"pass_threshold":2},"q":1}"#,
        );
        assert_eq!(found.data.as_str(), r#"{"q":1}"#);
        assert_eq!(
            (found.source, found.description.as_deref(), found.tags.len()),
            (DatasetItemSource::Sdk, Some("d"), 2)
        );
        assert_eq!(
            found.evaluators.unwrap().as_str(),
            r#"[{"name":"e","type":"llm_judge","config":{"x":1}}]"#
        );
        assert_eq!(found.policy.unwrap().runs_per_item, Some(3));
        assert!(found.id.is_some());
        let camel = one(r#"{"executionPolicy":{"runs_per_item":2},"q":1,"tags":null,"evaluators":[]}"#);
        assert_eq!((camel.policy.unwrap().runs_per_item, camel.evaluators), (Some(2), None));
        assert_eq!(camel.data.as_str(), r#"{"q":1}"#);
    }

    #[test]
    fn columns_that_only_have_the_name_of_a_property_stay() {
        let text = r#"{"id":"q-17","source":"wikipedia","description":{"a":1},"tags":"x","evaluators":5,"execution_policy":{"pass_threshold":0}}"#;
        let found = one(text);
        assert_eq!(found.data.as_str(), text);
        assert_eq!((found.id, found.source), (None, DatasetItemSource::Manual));
        assert_eq!(one(r#"{"id":"0a0f1f34-95c8-4c33-9d0e-3c6c3a8b6b11"}"#).id, None);
        assert_eq!(
            one(r#"{"a":1,"source":"trace"}"#).data.as_str(),
            r#"{"a":1,"source":"trace"}"#
        );
    }

    #[test]
    fn of_repeated_keys_the_last_one_counts() {
        assert_eq!(one(r#"{"a":1,"b":2,"\u0061":3}"#).data.as_str(), r#"{"a":3,"b":2}"#);
    }

    /// Hands out one byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[\\[\\]{}\",:a1 \\\\\n\u{e4}]{0,60}", is_lines in any::<bool>()) {
            let whole = data(&text, is_lines);
            let dripped: Result<Vec<String>, String> = JsonTexts::new(Drip(text.as_bytes()), is_lines)
                .map(|row| row.map(|row| row.data.to_string()).map_err(|error| error.to_string()))
                .collect();
            prop_assert_eq!(whole, dripped);
            let _ = check_head(text.as_bytes(), is_lines);
        }

        #[test]
        fn what_is_written_is_read_again(
            rows in proptest::collection::vec(
                proptest::collection::btree_map("k[a-z]", "[a-z\"\\\\,\\]\\}\n ]{0,5}", 1..4), 0..6),
        ) {
            let texts: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
            prop_assert_eq!(&data(&serde_json::to_string_pretty(&rows).unwrap(), false).unwrap(), &texts);
            prop_assert_eq!(&data(&texts.join("\n\n"), true).unwrap(), &texts);
        }
    }
}
