//! CSV files that become items: the first row holds names, every other row is an item whose values are text.

use std::io::Read;

use ferropik_model::RawJson;
use indexmap::IndexMap;

use super::rows::{Row, RowError};

/// Longest row, in bytes as it is written.
pub(super) const MAX_ROW_BYTES: usize = 64 * 1024 * 1024;

/// Most columns.
pub(super) const MAX_COLUMNS: usize = 10_000;

/// Why a file is no CSV.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CsvError {
    /// There is no row of names.
    #[error("CSV file must contain headers")]
    NoHeaders,
    /// A name is blank.
    #[error("CSV file must not contain blank headers")]
    BlankHeader,
    /// Anything else.
    #[error("Invalid CSV format")]
    Invalid(String),
}

/// Checks the text of a file while it passes by, byte by byte: that it is UTF-8, that quotes are where they belong and
/// are closed, and that no row is too long.
#[derive(Debug, Default)]
pub(super) struct CsvCheck {
    position: Position,
    /// Line that the next byte is in, from 0.
    line: u64,
    /// Length of the current row so far.
    row_bytes: usize,
    /// The beginning of a character whose end has not come yet.
    partial: Vec<u8>,
    /// Bytes before this position, and how many of them are the mark of the byte order.
    seen: u64,
    mark: u64,
}

/// What some programs write in front of UTF-8.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Where in a row the next byte is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Before a value.
    #[default]
    Start,
    /// In a value without quotes.
    Plain,
    /// In a value in quotes.
    Quoted,
    /// After a quote in such a value: its end, or the first of two that stand for one.
    Quote,
}

impl CsvCheck {
    /// Looks at the next bytes.
    ///
    /// # Errors
    /// [`CsvError::Invalid`].
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), CsvError> {
        self.check_utf8(bytes)?;
        for byte in bytes {
            self.step(*byte)?;
        }
        Ok(())
    }

    /// The file has ended.
    ///
    /// # Errors
    /// [`CsvError::Invalid`].
    pub(super) fn finish(&self) -> Result<(), CsvError> {
        if !self.partial.is_empty() {
            return Err(self.invalid("it ends within a character"));
        }
        if self.position == Position::Quoted {
            return Err(self.invalid("a quote is not closed"));
        }
        Ok(())
    }

    fn invalid(&self, what: &str) -> CsvError {
        CsvError::Invalid(format!("line {}: {what}", self.line + 1))
    }

    fn step(&mut self, byte: u8) -> Result<(), CsvError> {
        let is_at_mark = self.seen == self.mark && self.mark < BYTE_ORDER_MARK.len() as u64;
        self.seen += 1;
        if is_at_mark && byte == BYTE_ORDER_MARK[self.mark as usize] {
            self.mark += 1;
            return Ok(());
        }
        self.row_bytes += 1;
        if self.row_bytes > MAX_ROW_BYTES {
            return Err(self.invalid("a row is too long"));
        }
        if byte == b'\n' {
            self.line += 1;
        }
        self.position = match (self.position, byte) {
            (Position::Quoted, b'"') => Position::Quote,
            (Position::Quoted, _) => Position::Quoted,
            (Position::Start, b'"') => Position::Quoted,
            (Position::Quote, b'"') => Position::Quoted,
            (_, b',') => Position::Start,
            (_, b'\r' | b'\n') => {
                self.row_bytes = 0;
                Position::Start
            }
            (Position::Quote, _) => return Err(self.invalid("text follows a closing quote")),
            (Position::Start | Position::Plain, _) => Position::Plain,
        };
        Ok(())
    }

    fn check_utf8(&mut self, bytes: &[u8]) -> Result<(), CsvError> {
        let mut rest = bytes;
        while !self.partial.is_empty() && !rest.is_empty() {
            self.partial.push(rest[0]);
            rest = &rest[1..];
            match std::str::from_utf8(&self.partial) {
                Ok(_) => self.partial.clear(),
                Err(error) if error.error_len().is_some() => return Err(self.not_utf8()),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(self.not_utf8()),
            Err(error) => {
                self.partial.extend_from_slice(&rest[error.valid_up_to()..]);
                Ok(())
            }
        }
    }

    fn not_utf8(&self) -> CsvError {
        CsvError::Invalid(format!("after line {}: the text is not UTF-8", self.line))
    }
}

/// Reads the rows of a file that [`CsvCheck`] has found nothing wrong with.
pub(super) struct CsvRows<R> {
    reader: csv::Reader<R>,
    names: Vec<String>,
    record: csv::StringRecord,
}

impl<R: Read> CsvRows<R> {
    /// Reads the names.
    ///
    /// # Errors
    /// [`CsvError`].
    pub(super) fn new(source: R) -> Result<CsvRows<R>, CsvError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(true)
            .flexible(true)
            .from_reader(source);
        let headers = reader.headers().map_err(|error| CsvError::Invalid(error.to_string()))?;
        if headers.len() > MAX_COLUMNS {
            return Err(CsvError::Invalid(format!("there are more than {MAX_COLUMNS} columns")));
        }
        // A mark of the byte order in front of a quote would be part of the name.
        let names: Vec<String> = headers
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        if names.is_empty() || (names.len() == 1 && names[0].is_empty()) {
            return Err(CsvError::NoHeaders);
        }
        if names.iter().any(String::is_empty) {
            return Err(CsvError::BlankHeader);
        }
        let mut known = std::collections::HashSet::with_capacity(names.len());
        if let Some(repeated) = names.iter().find(|name| !known.insert(name.as_str())) {
            return Err(CsvError::Invalid(format!("the header '{repeated}' is repeated")));
        }
        Ok(CsvRows {
            reader,
            names,
            record: csv::StringRecord::new(),
        })
    }

    fn row(&self) -> Result<Row, RowError> {
        let line = self.record.position().map_or(0, csv::Position::line);
        let is_surplus = |value: &str| !value.trim().is_empty();
        if self.record.iter().skip(self.names.len()).any(is_surplus) {
            return Err(RowError::new(line, "there are more values than headers"));
        }
        // What a short row lacks is empty, so that all items have the same keys.
        let values = self.record.iter().chain(std::iter::repeat(""));
        let data: IndexMap<&str, &str> = self.names.iter().map(String::as_str).zip(values).collect();
        let data = RawJson::from_serialize(&data).map_err(|error| RowError::new(line, error))?;
        Ok(Row::of_data(data))
    }
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Result<Row, RowError>> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => Some(self.row()),
            Ok(false) => None,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Some(Err(RowError::new(line, error)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &[u8], chunk: usize) -> Result<(), CsvError> {
        let mut check = CsvCheck::default();
        for chunk in text.chunks(chunk) {
            check.feed(chunk)?;
        }
        check.finish()
    }

    fn rows(text: &str) -> Result<Vec<String>, String> {
        CsvRows::new(text.as_bytes())
            .map_err(|error| error.to_string())?
            .map(|row| row.map(|row| row.data.to_string()).map_err(|error| error.to_string()))
            .collect()
    }

    #[test]
    fn rows_become_objects_of_text() {
        assert_eq!(
            rows("\u{feff} question ,answer\r\n1,\"a \"\"b\"\",\nc\"\r\n\r\n x ,\u{1f600}\n").unwrap(),
            [
                r#"{"question":"1","answer":"a \"b\",\nc"}"#,
                "{\"question\":\" x \",\"answer\":\"\u{1f600}\"}"
            ]
        );
        assert_eq!(rows("\u{feff}\"a\",b\n1,2").unwrap(), [r#"{"a":"1","b":"2"}"#]);
        assert!(rows("a,b\n").unwrap().is_empty());
    }

    #[test]
    fn short_rows_are_filled_and_empty_surplus_is_dropped() {
        assert_eq!(
            rows("a,b\n1\n1,2,, \n").unwrap(),
            [r#"{"a":"1","b":""}"#, r#"{"a":"1","b":"2"}"#]
        );
        assert_eq!(
            rows("a,b\n1,2\n1,2,3\n").unwrap_err(),
            "line 3: there are more values than headers"
        );
    }

    #[test]
    fn headers_have_rules() {
        let error = |text: &str| rows(text).unwrap_err();
        assert_eq!(error(""), "CSV file must contain headers");
        assert_eq!(error("\u{feff}\n\r\n"), "CSV file must contain headers");
        assert_eq!(error("  \n1"), "CSV file must contain headers");
        assert_eq!(error("a, ,b\n1,2,3"), "CSV file must not contain blank headers");
        assert_eq!(error("a,b,\n1,2,3"), "CSV file must not contain blank headers");
        assert_eq!(error("a,b, a\n1,2,3"), "Invalid CSV format");
    }

    #[test]
    fn misplaced_quotes_and_other_encodings_are_found() {
        for good in [
            "",
            "\u{ff41}",
            "a,b\n\"x\ny\",\"\"\"\"\n",
            "a\"b,c\r\n\"\"",
            "\u{feff}\"a\"\n",
        ] {
            for chunk in [1, 2, 1000] {
                assert_eq!(check(good.as_bytes(), chunk), Ok(()), "{good}");
            }
        }
        for (bad, detail) in [
            (&b"a,b\n\"x,y\n1,2\n"[..], "line 4: a quote is not closed"),
            (b"a\n\"x\"y\n", "line 2: text follows a closing quote"),
            (b"a\n\xe4\n", "after line 0: the text is not UTF-8"),
            (b"a\n\xc3", "line 2: it ends within a character"),
        ] {
            let Err(CsvError::Invalid(found)) = check(bad, 1000) else {
                panic!("{bad:?} passed");
            };
            assert_eq!(found, detail);
            assert!(check(bad, 1).is_err());
        }
    }

    #[test]
    fn rows_have_an_end() {
        let mut check = CsvCheck::default();
        check.feed(b"a\n\"").unwrap();
        let megabyte = vec![b'\n'; 1 << 20];
        let result = (0..=64).try_for_each(|_| check.feed(&megabyte));
        assert!(result.is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics_and_chunks_do_not_matter(text in proptest::collection::vec(any::<u8>(), 0..200), at in 1_usize..50) {
            prop_assert_eq!(check(&text, at).is_ok(), check(&text, 1000).is_ok());
        }

        #[test]
        fn what_a_writer_writes_is_read_again(
            table in proptest::collection::vec(proptest::collection::vec("[a-z\",\r\n \u{e4}]{0,6}", 3), 1..6),
        ) {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            writer.write_record(["a", "b", "c"]).unwrap();
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert!(check(text.as_bytes(), 3).is_ok());
            let read: Vec<[String; 3]> = rows(&text)
                .unwrap()
                .iter()
                .map(|row| {
                    let row: IndexMap<String, String> = serde_json::from_str(row).unwrap();
                    ["a", "b", "c"].map(|name| row[name].clone())
                })
                .collect();
            prop_assert_eq!(read, table.into_iter().map(|row| <[String; 3]>::try_from(row).unwrap()).collect::<Vec<_>>());
        }
    }
}
