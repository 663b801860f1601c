//! What spans cost.

use std::fmt;
use std::sync::Arc;

use ferropik_model::{SpanWrite, Usage};
use ferropik_pricing::{MANUAL_VERSION, PriceTable, metadata_cost};
use ferropik_store::SpanPricer;
use ferropik_store::merge::SpanCost;
use rust_decimal::Decimal;

/// The prices of models. Cheap to clone.
#[derive(Clone)]
pub struct Prices(Table);

#[derive(Clone)]
enum Table {
    Builtin(&'static PriceTable),
    Own(Arc<PriceTable>),
}

impl Prices {
    /// The prices that come with the program.
    pub fn builtin() -> Prices {
        Prices(Table::Builtin(PriceTable::builtin()))
    }

    /// Prices of an operator's own.
    pub fn of(table: PriceTable) -> Prices {
        Prices(Table::Own(Arc::new(table)))
    }

    fn table(&self) -> &PriceTable {
        match &self.0 {
            Table::Builtin(table) => table,
            Table::Own(table) => table,
        }
    }

    /// The cost of a new span: what the client gives, else what the usage costs, else what the metadata say, else 0.
    pub(super) fn of_new_span(&self, span: &SpanWrite) -> SpanCost {
        let no_usage = Usage::new();
        let cost = self.table().cost_on_create(
            span.total_estimated_cost,
            span.model.as_deref(),
            span.provider.as_deref(),
            span.usage.as_ref().unwrap_or(&no_usage),
            span.metadata.as_ref().map(AsRef::as_ref),
        );
        match cost {
            Some(cost) => SpanCost {
                amount: cost.amount,
                estimated: cost.version != MANUAL_VERSION,
            },
            None => SpanCost {
                amount: Decimal::ZERO,
                estimated: false,
            },
        }
    }
}

/// The cost in US dollars that metadata name, if above 0.
pub(super) fn named_in(metadata: &str) -> Option<Decimal> {
    metadata_cost(metadata).map(|cost| cost.amount)
}

impl SpanPricer for Prices {
    fn price(&self, model: Option<&str>, provider: Option<&str>, usage: &Usage) -> Decimal {
        self.table().cost(model, provider, |key| usage.get(key).copied())
    }
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prices({})", self.table().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(span: &str) -> (String, bool) {
        let span: SpanWrite = serde_json::from_str(span).unwrap();
        let cost = Prices::builtin().of_new_span(&span);
        (cost.amount.normalize().to_string(), cost.estimated)
    }

    #[test]
    fn a_given_cost_goes_before_the_usage_and_that_before_the_metadata() {
        let usage = r#""model":"gpt-4o","provider":"openai","usage":{"prompt_tokens":1000,"completion_tokens":500}"#;
        let metadata = r#""metadata":{"cost":{"total_cost":0.5,"currency":"USD"},"model":"gpt-4o"}"#;
        assert_eq!(
            cost(&format!(r#"{{{usage},{metadata},"total_estimated_cost":2}}"#)),
            ("2".to_owned(), false)
        );
        assert_eq!(cost(&format!("{{{usage},{metadata}}}")), ("0.0075".to_owned(), true));
        assert_eq!(cost(&format!("{{{metadata}}}")), ("0.5".to_owned(), true));
        assert_eq!(cost("{}"), ("0".to_owned(), false));
        let model_in_metadata = r#"{"provider":"openai","usage":{"prompt_tokens":1000,"completion_tokens":500},"metadata":{"model":"gpt-4o"}}"#;
        assert_eq!(cost(model_in_metadata), ("0.0075".to_owned(), true));
    }

    #[test]
    fn updates_are_priced_alike() {
        let usage = Usage::from_iter([
            ("prompt_tokens".to_owned(), 1000),
            ("completion_tokens".to_owned(), 500),
        ]);
        let price = Prices::builtin().price(Some("gpt-4o"), Some("openai"), &usage);
        assert_eq!(price.normalize().to_string(), "0.0075");
        assert_eq!(Prices::builtin().price(None, Some("openai"), &usage), Decimal::ZERO);
    }
}
