//! Retention: rules, and what they delete.

use async_trait::async_trait;
use ferropik_model::{RetentionLevel, RetentionPeriod, RetentionRule, Timestamp};
use uuid::Uuid;

use crate::{Leftovers, Listed, Scope, StoreResult};

/// A validated retention rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRetentionRule {
    /// Project of a rule of that level; need not exist.
    pub project: Option<Uuid>,
    /// What it is about.
    pub level: RetentionLevel,
    /// How long traces are kept.
    pub retention: RetentionPeriod,
    /// Whether it applies to what is too old already.
    pub apply_to_past: bool,
}

/// What applying the rules has come to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RetentionPass {
    /// Traces, lone spans and threads that were deleted.
    pub deleted: usize,
    /// Whether nothing is left to delete.
    pub is_finished: bool,
    /// Files that nothing refers to any more.
    pub leftovers: Leftovers,
}

/// Reads and writes retention rules, and applies them.
#[async_trait]
pub trait RetentionStore {
    /// Creates a rule in place of the one that is in force for the same level and project.
    ///
    /// # Errors
    /// Only technical ones.
    async fn create_retention_rule(&self, scope: &Scope, rule: NewRetentionRule) -> StoreResult<RetentionRule>;

    /// One rule.
    ///
    /// # Errors
    /// Only technical ones.
    async fn retention_rule(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<RetentionRule>>;

    /// One page of rules in descending order of their ids; without `include_inactive` only those in force.
    ///
    /// # Errors
    /// Only technical ones.
    async fn retention_rules(
        &self,
        scope: &Scope,
        page: u64,
        size: u64,
        include_inactive: bool,
    ) -> StoreResult<Listed<RetentionRule>>;

    /// Puts a rule out of force, if it is in force.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound).
    async fn deactivate_retention_rule(&self, scope: &Scope, id: Uuid) -> StoreResult<()>;

    /// Deletes what the rules of all workspaces make too old at `now`, at most about `limit` rows, in small batches
    /// that leave the writer free in between.
    ///
    /// A trace is too old when the time in its id is before the start of the day (UTC) of `now` minus the days of the
    /// rule; it goes with its spans. Traces that experiments refer to stay. A rule that does not apply to the past
    /// leaves alone what was too old on the day it was made. Threads go when they have no traces left and have not
    /// changed since.
    ///
    /// # Errors
    /// Only technical ones; what was deleted before is deleted.
    async fn apply_retention(&self, now: Timestamp, limit: usize) -> StoreResult<RetentionPass>;
}
