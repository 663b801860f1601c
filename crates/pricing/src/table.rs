//! The price table and its lookup rules.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use indexmap::IndexMap;
use rust_decimal::Decimal;

use crate::calculator;
use crate::load::{self, LoadError};
use crate::metadata::{metadata_cost, metadata_model};
use crate::price::{ModelPrice, strip_model_prefix};
use crate::span_cost::{SpanCost, round};

/// Generated from LiteLLM's file.
const PRICES: &str = include_str!("../data/prices.tsv");

/// Written by hand.
const OVERRIDES: &str = include_str!("../data/overrides.tsv");

/// Names in use for models that the table lists under another name, `(alias, listed name)`. They hold for every
/// provider that offers the listed model.
const ALIASES: [(&str, &str); 6] = [
    ("claude-4-5-haiku", "claude-haiku-4-5"),
    ("claude-4-5-opus", "claude-opus-4-5"),
    ("claude-4-5-sonnet", "claude-sonnet-4-5"),
    ("claude-4-6-opus", "claude-opus-4-6"),
    ("claude-4-6-sonnet", "claude-sonnet-4-6"),
    ("claude-4-7-opus", "claude-opus-4-7"),
];

static BUILTIN: LazyLock<PriceTable> =
    LazyLock::new(|| PriceTable::parse_builtin().expect("the embedded price files are covered by tests"));

/// Prices of models by provider. Immutable; share it by reference.
#[derive(Debug, Default)]
pub struct PriceTable {
    /// Two levels, so that a lookup borrows both names instead of joining them.
    providers: HashMap<Box<str>, HashMap<Box<str>, ModelPrice>>,
}

impl PriceTable {
    /// The table compiled into the program, parsed on first use (a few milliseconds at most).
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads a table that replaces the built-in one.
    ///
    /// The file is either LiteLLM's `model_prices_and_context_window.json` or a tab-separated file: a header line
    /// naming the columns `provider`, `model`, optionally `mode`, and any of LiteLLM's rate fields (USD per token);
    /// lines starting with `#` are comments. A later row replaces an earlier one of the same provider and model. The
    /// built-in overrides and aliases are kept for models the file does not list.
    ///
    /// # Errors
    /// [`LoadError`] when the file cannot be read, is malformed, or holds no usable price.
    pub fn from_file(path: &Path) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path).map_err(|source| LoadError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut own = Self::default();
        own.merge(&text)?;
        if own.is_empty() {
            return Err(LoadError::Empty);
        }
        let mut table = Self::default();
        table.merge(OVERRIDES)?;
        for (provider, models) in own.providers {
            table.providers.entry(provider).or_default().extend(models);
        }
        table.add_aliases(|models, alias| !models.contains_key(alias));
        Ok(table)
    }

    fn parse_builtin() -> Result<Self, LoadError> {
        let mut table = Self::default();
        table.merge(PRICES)?;
        table.merge(OVERRIDES)?;
        table.add_aliases(|_, _| true);
        Ok(table)
    }

    fn merge(&mut self, text: &str) -> Result<(), LoadError> {
        load::read(text, |row| {
            // Rows mostly come grouped by provider: look before allocating the key.
            let models = match self.providers.get_mut(row.provider) {
                Some(models) => models,
                None => self.providers.entry(row.provider.into()).or_default(),
            };
            models.insert(row.model.into(), row.price);
        })
    }

    fn add_aliases(&mut self, wanted: impl Fn(&HashMap<Box<str>, ModelPrice>, &str) -> bool) {
        for models in self.providers.values_mut() {
            for (alias, listed) in ALIASES {
                if !wanted(models, alias) {
                    continue;
                }
                if let Some(price) = models.get(listed).cloned() {
                    models.insert(alias.into(), price);
                }
            }
        }
    }

    /// Number of priced provider and model pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.providers.values().map(HashMap::len).sum()
    }

    /// Whether the table holds no price at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.providers.values().all(HashMap::is_empty)
    }

    /// Cost in USD of one call, at most [`COST_SCALE`](crate::COST_SCALE) decimal places and never below 0; 0 when
    /// model or provider are missing or blank, or the table has no price for them.
    ///
    /// `usage` gives the count of a flattened usage key such as `prompt_tokens` or
    /// `original_usage.prompt_tokens_details.cached_tokens`; negative counts are read as 0.
    pub fn cost(&self, model: Option<&str>, provider: Option<&str>, usage: impl Fn(&str) -> Option<i64>) -> Decimal {
        let (Some(model), Some(provider)) = (not_blank(model), not_blank(provider)) else {
            return Decimal::ZERO;
        };
        self.find(model, provider)
            .map_or(Decimal::ZERO, |price| round(calculator::calculate(price, usage)))
    }

    /// The cost a new span stores; `None` when it stores none.
    ///
    /// In order: the cost the client `supplied` (kept even when it is 0), the cost computed from the usage, the cost
    /// its metadata states (see [`metadata_cost`]). `metadata` is JSON text; its `model` stands in for a missing or
    /// blank `model`.
    #[must_use]
    pub fn cost_on_create(
        &self,
        supplied: Option<Decimal>,
        model: Option<&str>,
        provider: Option<&str>,
        usage: &IndexMap<String, i64>,
        metadata: Option<&str>,
    ) -> Option<SpanCost> {
        if let Some(amount) = supplied {
            return Some(SpanCost::manual(amount));
        }
        self.computed_cost(model, provider, usage, metadata)
            .or_else(|| metadata.and_then(metadata_cost))
    }

    fn computed_cost(
        &self,
        model: Option<&str>,
        provider: Option<&str>,
        usage: &IndexMap<String, i64>,
        metadata: Option<&str>,
    ) -> Option<SpanCost> {
        // Checked first, because naming the model may mean parsing the metadata.
        let can_be_priced = !usage.is_empty() && not_blank(provider).is_some();
        if !can_be_priced {
            return None;
        }
        let model = match not_blank(model) {
            Some(model) => Cow::Borrowed(model),
            None => metadata.and_then(metadata_model)?,
        };
        SpanCost::computed(self.cost(Some(&model), provider, |key| usage.get(key).copied()))
    }

    /// The price of a model: by its exact name, else by the closest spelling the table lists.
    fn find(&self, model: &str, provider: &str) -> Option<&ModelPrice> {
        let provider = match provider {
            "gemini" => "google_ai",
            "vertex-ai" => "google_vertexai",
            other => other,
        };
        let models = self.providers.get(provider)?;
        let model = strip_model_prefix(model);
        if let Some(price) = models.get(model) {
            return Some(price);
        }
        let lower = lower_case(model);
        let normalized = dots_to_hyphens(&lower);
        let candidates = [
            normalized.as_ref(),
            without_date(&lower),
            without_date(&normalized),
            without_revision(&lower),
            without_revision(&normalized),
        ];
        candidates.into_iter().find_map(|candidate| models.get(candidate))
    }
}

fn not_blank(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

fn lower_case(model: &str) -> Cow<'_, str> {
    let is_lower = model.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower {
        Cow::Borrowed(model)
    } else {
        Cow::Owned(model.to_lowercase())
    }
}

fn dots_to_hyphens(model: &str) -> Cow<'_, str> {
    if model.contains('.') {
        Cow::Owned(model.replace('.', "-"))
    } else {
        Cow::Borrowed(model)
    }
}

/// The name without a trailing `-YYYY-MM-DD`; the whole name when it has none.
fn without_date(model: &str) -> &str {
    const PATTERN: &[u8] = b"-dddd-dd-dd";
    let Some(start) = model.len().checked_sub(PATTERN.len()) else {
        return model;
    };
    let is_date = model.as_bytes()[start..]
        .iter()
        .zip(PATTERN)
        .all(|(byte, expected)| match expected {
            b'd' => byte.is_ascii_digit(),
            _ => byte == expected,
        });
    if is_date { &model[..start] } else { model }
}

/// The name without a trailing `:<digits>`; the whole name when it has none.
fn without_revision(model: &str) -> &str {
    match model.rsplit_once(':') {
        Some((name, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => model,
    }
}

#[cfg(test)]
mod tests;
