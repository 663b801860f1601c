//! Items of experiments side by side.
//!
//! Experiments list their runs along an index by item, so that the runs of several experiments are merged without
//! sorting ([`merge`]). The ids of all compared items are kept in memory as long as no experiment changes ([`cache`]):
//! a page is a slice of them, and only the runs of that slice are read ([`assemble`]). Filters, searches and sorts take
//! one pass over all runs, which keeps ids and sort keys and looks into payloads only for what they name ([`select`]).

mod assemble;
mod cache;
mod columns;
mod field;
mod merge;
mod order;
mod page;
mod run;
mod scope;
mod select;
mod state;
mod stats;

pub(crate) use cache::Comparisons;

use async_trait::async_trait;
use ferropik_model::{Column, Stats};
use ferropik_query::Filter;
use ferropik_store::{ComparedPage, Comparison, ComparisonStore, Scope, StoreResult};
use uuid::Uuid;

use self::scope::{Compared, Watch};
use crate::SqliteStore;

#[async_trait]
impl ComparisonStore for SqliteStore {
    async fn compared_items(&self, scope: &Scope, comparison: Comparison) -> StoreResult<ComparedPage> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let watch = Watch::new(&context, connection, cancelled);
            let found = Compared::find(&watch, &scope, comparison.dataset, Some(&comparison.experiments))?;
            match found {
                Some(compared) => page::page(&watch, &compared, &comparison),
                None => Ok(page::empty()),
            }
        })
        .await
    }

    async fn comparison_stats(
        &self,
        scope: &Scope,
        dataset: Uuid,
        experiments: Vec<Uuid>,
        filter: Filter,
    ) -> StoreResult<Stats> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let watch = Watch::new(&context, connection, cancelled);
            match Compared::find(&watch, &scope, dataset, Some(&experiments))? {
                Some(compared) => stats::stats(&watch, &compared, &filter),
                None => Ok(stats::of_nothing()),
            }
        })
        .await
    }

    async fn output_columns(
        &self,
        scope: &Scope,
        dataset: Uuid,
        experiments: Option<Vec<Uuid>>,
    ) -> StoreResult<Vec<Column>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, cancelled| {
            let watch = Watch::new(&context, connection, cancelled);
            match Compared::find(&watch, &scope, dataset, experiments.as_deref())? {
                Some(compared) => columns::of_outputs(&watch, &compared),
                None => Ok(Vec::new()),
            }
        })
        .await
    }
}
