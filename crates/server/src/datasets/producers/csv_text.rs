//! Items as the rows of a CSV file.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use ferropik_model::json::{object_entries, unescape};

/// A key that is not among the columns of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownColumn;

/// Writes rows below a row of names.
pub(super) struct CsvText {
    writer: csv::Writer<Vec<u8>>,
    position: HashMap<String, usize>,
    columns: usize,
}

impl CsvText {
    /// Begins with the names, each once. Without any, rows are empty.
    ///
    /// # Errors
    /// None: the text is in memory.
    pub(super) fn new(names: &[String]) -> csv::Result<CsvText> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        if !names.is_empty() {
            writer.write_record(names)?;
        }
        let position = names.iter().cloned().zip(0..).collect();
        Ok(CsvText {
            writer,
            position,
            columns: names.len(),
        })
    }

    /// Writes the values of an object: text as it is, `null` and what is absent as nothing, anything else as JSON.
    ///
    /// # Errors
    /// [`UnknownColumn`]; nothing is written then.
    pub(super) fn write(&mut self, data: &str) -> Result<csv::Result<()>, UnknownColumn> {
        let mut values: Vec<Cow<'_, str>> = vec![Cow::Borrowed(""); self.columns];
        for entry in object_entries(data).into_iter().flatten() {
            let key = unescape(entry.raw_key).unwrap_or(Cow::Borrowed(entry.raw_key));
            let position = *self.position.get(key.as_ref()).ok_or(UnknownColumn)?;
            values[position] = cell(entry.value);
        }
        if values.is_empty() {
            return Ok(Ok(()));
        }
        Ok(self.writer.write_record(values.iter().map(|value| value.as_bytes())))
    }

    /// What was written since the last call.
    ///
    /// # Errors
    /// None: the text is in memory.
    pub(super) fn take(&mut self) -> std::io::Result<Vec<u8>> {
        self.writer.flush()?;
        // The writer has no way to hand out what it has written but to end; a new one goes on without names.
        let ended = std::mem::replace(
            &mut self.writer,
            csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .from_writer(Vec::new()),
        );
        ended.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

fn cell(value: &str) -> Cow<'_, str> {
    if value == "null" {
        return Cow::Borrowed("");
    }
    value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(unescape)
        .unwrap_or(Cow::Borrowed(value))
}

/// Adds the keys of an object to a set.
pub(super) fn collect_keys(data: &str, keys: &mut BTreeSet<String>) {
    for entry in object_entries(data).into_iter().flatten() {
        let key = unescape(entry.raw_key).unwrap_or(Cow::Borrowed(entry.raw_key));
        if !keys.contains(key.as_ref()) {
            keys.insert(key.into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(names: &[&str], rows: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut file = CsvText::new(&names).unwrap();
        let mut text = Vec::new();
        for row in rows {
            file.write(row).unwrap().unwrap();
            text.extend(file.take().unwrap());
        }
        text.extend(file.take().unwrap());
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn values_by_kind() {
        assert_eq!(
            text(
                &["a", "b,c", "d"],
                &[
                    r#"{"d":{"x":[1,"y"]},"a":"q \"z\"\n","b,c":1.50}"#,
                    r#"{"a":null,"d":true}"#,
                    "{\"\\u0061\":\"\\u00e4 =1+1\"}",
                ]
            ),
            "a,\"b,c\",d\r\n\"q \"\"z\"\"\n\",1.50,\"{\"\"x\"\":[1,\"\"y\"\"]}\"\r\n,,true\r\n\u{e4} =1+1,,\r\n"
        );
    }

    #[test]
    fn a_single_empty_value_is_no_blank_line() {
        assert_eq!(text(&["a"], &["{}", r#"{"a":"x"}"#]), "a\r\n\"\"\r\nx\r\n");
        assert_eq!(text(&[], &["{}"]), "");
    }

    #[test]
    fn unknown_columns_are_noticed() {
        let mut file = CsvText::new(&["a".to_owned()]).unwrap();
        assert_eq!(file.write(r#"{"a":1,"b":2}"#).err(), Some(UnknownColumn));
        let mut keys = BTreeSet::new();
        collect_keys(r#"{"b":1,"\u0061":2}"#, &mut keys);
        assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn readers_get_the_values(rows in proptest::collection::vec(("[a\",\r\n; ]{0,6}", "[a\",\r\n; ]{0,6}"), 1..6)) {
            let objects: Vec<String> = rows
                .iter()
                .map(|(a, b)| serde_json::json!({"a": a, "b": b}).to_string())
                .collect();
            let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
            let text = text(&["a", "b"], &objects);
            let read: Vec<(String, String)> = csv::Reader::from_reader(text.as_bytes())
                .records()
                .map(|row| row.map(|row| (row[0].to_owned(), row[1].to_owned())).unwrap())
                .collect();
            prop_assert_eq!(read, rows);
        }
    }
}
