//! Feedback definitions.

use async_trait::async_trait;
use ferropik_model::{FeedbackDefinition, FeedbackDetails, FeedbackType};
use uuid::Uuid;

use crate::{Listed, Listing, Scope, StoreResult};

/// A validated feedback definition.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFeedbackDefinition {
    /// Not blank.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it allows; its type follows from them.
    pub details: FeedbackDetails,
}

/// Reads and writes feedback definitions.
#[async_trait]
pub trait FeedbackDefinitionStore {
    /// Creates a definition and answers its id.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken), compared without case.
    async fn create_feedback_definition(&self, scope: &Scope, definition: NewFeedbackDefinition) -> StoreResult<Uuid>;

    /// Puts a definition in place of an existing one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound), [`Conflict::NameTaken`](crate::Conflict::NameTaken).
    async fn replace_feedback_definition(
        &self,
        scope: &Scope,
        id: Uuid,
        definition: NewFeedbackDefinition,
    ) -> StoreResult<()>;

    /// One definition.
    ///
    /// # Errors
    /// Only technical ones.
    async fn feedback_definition(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<FeedbackDefinition>>;

    /// One page of definitions, of one type or of all, in descending order of their ids. Of the listing only page,
    /// size and name count.
    ///
    /// # Errors
    /// Only technical ones.
    async fn feedback_definitions(
        &self,
        scope: &Scope,
        listing: Listing,
        kind: Option<FeedbackType>,
    ) -> StoreResult<Listed<FeedbackDefinition>>;

    /// Deletes definitions; unknown ids are skipped.
    ///
    /// # Errors
    /// [`Conflict::Protected`](crate::Conflict::Protected) when one of them is
    /// [`USER_FEEDBACK`](ferropik_model::USER_FEEDBACK); then nothing is deleted.
    async fn delete_feedback_definitions(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;
}
