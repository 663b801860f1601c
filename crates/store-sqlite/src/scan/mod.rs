//! Tests of payloads over many rows: filters on `input`, `output`, `metadata` and `error_info`, and the free-text search.
//!
//! Rows that pass all cheaper tests (the candidates) are looked at newest first, by the thread that asks and by helpers
//! with connections of their own, until enough are found. Only the frames that a test needs are inflated. Before that,
//! the signatures of [`signature`] exclude most rows that cannot hold a text that is looked for.

mod candidates;
mod chunk;
mod parallel;
mod plan;
mod signature;
#[cfg(test)]
mod tests;

pub(crate) use candidates::{narrow, needs_payload, resolve, select_rows};
pub(crate) use parallel::{Helpers, Reader, Scan, Want, matching};
pub(crate) use plan::is_id_like;
#[cfg(test)]
pub(crate) use signature::Sealery;
pub(crate) use signature::{Sealer, Sealing};

/// Helper threads of the scans that run at the same time: one for every core.
pub(crate) fn default_helpers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
