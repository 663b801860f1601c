//! Reading price rows: our own tab-separated format and LiteLLM's JSON.

use std::fmt;
use std::path::PathBuf;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::price::{ModelPrice, Rate, canonical_provider, strip_model_prefix};

/// Highest accepted rate, USD per unit. Far above any real price, and low enough that the largest possible count
/// times this rate stays within the range of a decimal.
const MAX_RATE: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// Why a price file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read, or is not UTF-8 text.
    #[error("cannot read price file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system reported.
        source: std::io::Error,
    },
    /// The file starts like JSON but is not an object of price entries.
    #[error("price file is not a valid json object of price entries: {0}")]
    Json(#[from] serde_json::Error),
    /// The tab-separated file has no header line with the columns `provider` and `model`.
    #[error("price file has no header line naming the columns provider and model")]
    Header,
    /// A line without provider or model, or with more cells than the header has.
    #[error("line {line} of the price file does not match its header")]
    Row {
        /// Line number, from 1.
        line: usize,
    },
    /// A rate that is not a number from 0 to 1000000.
    #[error("rate {rate:?} of model {model:?} is not a number from 0 to 1000000")]
    Rate {
        /// Model the rate belongs to.
        model: String,
        /// The text found.
        rate: String,
    },
    /// The file holds no row for any known provider.
    #[error("price file holds no usable price")]
    Empty,
}

/// One row, ready for the table.
pub(crate) struct PriceRow<'a> {
    /// Provider name as spans use it.
    pub(crate) provider: &'a str,
    /// Model name without provider prefix.
    pub(crate) model: &'a str,
    pub(crate) price: ModelPrice,
}

/// Reads either format and hands each row to `sink` in file order.
pub(crate) fn read(text: &str, sink: impl FnMut(PriceRow<'_>)) -> Result<(), LoadError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        read_litellm(text, sink)
    } else {
        read_tsv(text, sink)
    }
}

/// A column of our own format.
enum Column {
    Provider,
    Model,
    Mode,
    Rate(Rate),
    /// Informative only.
    Other,
}

/// Our own format: lines starting with `#` are comments, the first other line names the columns, trailing empty
/// cells may be left out. A provider LiteLLM does not know is kept as it is, so that operators can price the models
/// of their own gateway.
fn read_tsv(text: &str, mut sink: impl FnMut(PriceRow<'_>)) -> Result<(), LoadError> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let (_, header) = lines.next().ok_or(LoadError::Header)?;
    let columns: Vec<Column> = header.split('\t').map(column).collect();
    let has_keys = columns.iter().any(|column| matches!(column, Column::Provider))
        && columns.iter().any(|column| matches!(column, Column::Model));
    if !has_keys {
        return Err(LoadError::Header);
    }
    for (line, content) in lines {
        let row = tsv_row(&columns, line, content)?;
        sink(row);
    }
    Ok(())
}

fn column(name: &str) -> Column {
    match name {
        "provider" => Column::Provider,
        "model" => Column::Model,
        "mode" => Column::Mode,
        _ => Rate::from_name(name).map_or(Column::Other, Column::Rate),
    }
}

fn tsv_row<'a>(columns: &[Column], line: usize, content: &'a str) -> Result<PriceRow<'a>, LoadError> {
    let (mut provider, mut model, mut mode) = ("", "", "");
    let mut cells = content.split('\t');
    let mut rates = Vec::with_capacity(4);
    for (column, cell) in columns.iter().zip(&mut cells) {
        match column {
            Column::Provider => provider = cell,
            Column::Model => model = cell,
            Column::Mode => mode = cell,
            Column::Rate(_) if cell.is_empty() => {}
            Column::Rate(rate) => rates.push((*rate, parse_rate(model, cell)?)),
            Column::Other => {}
        }
    }
    if provider.is_empty() || model.is_empty() || cells.next().is_some() {
        return Err(LoadError::Row { line });
    }
    let price = ModelPrice::new(provider, mode, rates);
    Ok(PriceRow {
        provider: canonical_provider(provider).unwrap_or(provider),
        model,
        price,
    })
}

/// LiteLLM's `model_prices_and_context_window.json`: an object of entries by model name.
fn read_litellm(text: &str, mut sink: impl FnMut(PriceRow<'_>)) -> Result<(), LoadError> {
    let entries: Entries<'_> = serde_json::from_str(text)?;
    for (name, entry) in &entries.0 {
        let Some(provider) = canonical_provider(&entry.provider) else {
            continue;
        };
        // Bedrock names with a path are regional duplicates, which would replace the plain price.
        if provider == "bedrock" && name.contains('/') {
            continue;
        }
        let mut rates = Vec::with_capacity(4);
        for (rate, token) in &entry.rates {
            rates.push((*rate, parse_rate(name, token)?));
        }
        let price = ModelPrice::new(&entry.provider, &entry.mode, rates);
        sink(PriceRow {
            provider,
            model: strip_model_prefix(name),
            price,
        });
    }
    Ok(())
}

/// All entries in file order; repeated names are kept, so that the later one can replace the earlier.
struct Entries<'a>(Vec<(String, Entry<'a>)>);

/// The fields of a LiteLLM entry that matter here.
#[derive(Default)]
struct Entry<'a> {
    provider: String,
    mode: String,
    /// JSON tokens without the quotes of strings; interpreted only for the providers in use.
    rates: Vec<(Rate, &'a str)>,
}

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of price entries")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

impl<'de> Deserialize<'de> for Entry<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;

        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a price entry")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entry = Entry::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "litellm_provider" => entry.provider = map.next_value::<Option<String>>()?.unwrap_or_default(),
                        "mode" => entry.mode = map.next_value::<Option<String>>()?.unwrap_or_default(),
                        name => match Rate::from_name(name) {
                            Some(rate) => {
                                let token = map.next_value::<&RawValue>()?.get();
                                if token != "null" {
                                    entry.rates.push((rate, token.trim_matches('"')));
                                }
                            }
                            None => {
                                map.next_value::<IgnoredAny>()?;
                            }
                        },
                    }
                }
                Ok(entry)
            }
        }

        deserializer.deserialize_map(EntryVisitor)
    }
}

fn parse_rate(model: &str, text: &str) -> Result<Decimal, LoadError> {
    let is_scientific = text.contains(['e', 'E']);
    let parsed = if is_scientific {
        Decimal::from_scientific(text)
    } else {
        text.parse()
    };
    match parsed {
        Ok(rate) if (Decimal::ZERO..=MAX_RATE).contains(&rate) => Ok(rate),
        _ => Err(LoadError::Rate {
            model: model.to_owned(),
            rate: text.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<(String, String, Decimal)>, LoadError> {
        let mut rows = Vec::new();
        read(text, |row| {
            rows.push((
                row.provider.to_owned(),
                row.model.to_owned(),
                row.price.rate(Rate::Input),
            ))
        })?;
        Ok(rows)
    }

    fn row(provider: &str, model: &str, input: &str) -> (String, String, Decimal) {
        (
            provider.to_owned(),
            model.to_owned(),
            input.parse().expect("a decimal literal"),
        )
    }

    #[test]
    fn litellm_entries_are_mapped_filtered_and_stripped() {
        let text = r#"{
            "sample_spec": {"litellm_provider": "one of many", "input_cost_per_token": "see docs"},
            "a": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06, "x": {"y": []}},
            "gemini/b": {"litellm_provider": "gemini", "input_cost_per_token": "0.0000025"},
            "azure/eu/c": {"litellm_provider": "microsoft", "input_cost_per_token": null},
            "bedrock/eu-west-1/d": {"litellm_provider": "bedrock", "input_cost_per_token": 9},
            "d": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 2},
            "e": {"litellm_provider": "cohere", "input_cost_per_token": 9},
            "f": {"input_cost_per_token": 9}
        }"#;
        assert_eq!(
            rows(text).expect("a valid file"),
            [
                row("openai", "a", "0.000001"),
                row("google_ai", "b", "0.0000025"),
                row("azure", "eu/c", "0"),
                row("bedrock", "d", "2"),
            ]
        );
    }

    #[test]
    fn tab_separated_rows_follow_the_header() {
        let text = "# note\n\nmodel\tprovider\tunknown\tinput_cost_per_token\na\tgemini\tz\t2.5e-6\nb/c\town\n";
        assert_eq!(
            rows(text).expect("a valid file"),
            [row("google_ai", "a", "0.0000025"), row("own", "b/c", "0")]
        );
    }

    #[test]
    fn unusable_files_are_refused() {
        assert!(matches!(rows(""), Err(LoadError::Header)));
        assert!(matches!(rows("# only a note\n"), Err(LoadError::Header)));
        assert!(matches!(rows("provider\tname\n"), Err(LoadError::Header)));
        assert!(matches!(
            rows("provider\tmodel\nopenai\n"),
            Err(LoadError::Row { line: 2 })
        ));
        assert!(matches!(
            rows("provider\tmodel\nopenai\ta\tb\n"),
            Err(LoadError::Row { line: 2 })
        ));
        assert!(matches!(rows("{\"a\":"), Err(LoadError::Json(_))));
        assert!(matches!(rows("{\"a\":5}"), Err(LoadError::Json(_))));
        for rate in ["-1", "abc", "1000001", "1e9", "1e99", "NaN", "{}"] {
            let tsv = format!("provider\tmodel\tinput_cost_per_token\nopenai\ta\t{rate}\n");
            assert!(matches!(rows(&tsv), Err(LoadError::Rate { .. })), "{rate}");
        }
        let json = r#"{"a":{"litellm_provider":"openai","input_cost_per_token":{}}}"#;
        assert!(matches!(rows(json), Err(LoadError::Rate { .. })));
    }
}
