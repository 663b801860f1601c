//! Model price table and cost arithmetic.
//!
//! [`PriceTable`] answers one question: what did this LLM call cost in USD, given the model, the provider and the
//! token counts its span reports. The rates come from LiteLLM's public price file (see `scripts/update-prices.py`)
//! with a few rows of our own on top; an operator can replace the table with [`PriceTable::from_file`].
//!
//! All arithmetic is decimal and exact; amounts are rounded once, at the end, to [`COST_SCALE`] decimal places.

mod calculator;
mod load;
mod metadata;
mod price;
mod span_cost;
mod table;

pub use load::LoadError;
pub use metadata::metadata_cost;
pub use span_cost::{COMPUTED_VERSION, COST_SCALE, MANUAL_VERSION, SpanCost};
pub use table::PriceTable;
