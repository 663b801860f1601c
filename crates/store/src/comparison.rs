//! Items of experiments side by side.

use async_trait::async_trait;
use ferropik_model::{Column, ComparedItem, Stats};
use ferropik_query::{Filter, Sort, TermSearch};
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// Which page of the items of which experiments, and in which order.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The dataset of the experiments. A deleted one works as long as it has experiments.
    pub dataset: Uuid,
    /// The experiments. Unknown ones and those of other datasets are left out.
    pub experiments: Vec<Uuid>,
    /// Which runs; items that are left without any are left out.
    pub filter: Filter,
    /// Which items: some of the words must be in the item or in the input or output of one of its runs.
    pub search: Option<TermSearch>,
    /// Order; descending ids when absent.
    pub sort: Option<Sort>,
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub size: u64,
    /// Whether data, inputs and outputs are cut to their first bytes.
    pub truncate: bool,
}

/// One page of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedPage {
    /// The rows of the page.
    pub rows: Vec<ComparedItem>,
    /// Number of matching items on all pages.
    pub total: u64,
    /// Keys of the data of the items of the experiments, sorted, regardless of filter and search.
    pub columns: Vec<Column>,
}

/// Items of experiments side by side.
#[async_trait]
pub trait ComparisonStore {
    /// One page of the items that have runs in any of the experiments; nothing for an unknown dataset.
    ///
    /// # Errors
    /// [`crate::StoreError::Timeout`] when it takes too long.
    async fn compared_items(&self, scope: &Scope, comparison: Comparison) -> StoreResult<ComparedPage>;

    /// Statistics of the runs that match.
    ///
    /// # Errors
    /// [`crate::StoreError::Timeout`] when it takes too long.
    async fn comparison_stats(
        &self,
        scope: &Scope,
        dataset: Uuid,
        experiments: Vec<Uuid>,
        filter: Filter,
    ) -> StoreResult<Stats>;

    /// The top-level keys of the outputs of the traces of some experiments, or of all of the dataset; sorted.
    ///
    /// # Errors
    /// [`crate::StoreError::Timeout`] when it takes too long.
    async fn output_columns(
        &self,
        scope: &Scope,
        dataset: Uuid,
        experiments: Option<Vec<Uuid>>,
    ) -> StoreResult<Vec<Column>>;
}
