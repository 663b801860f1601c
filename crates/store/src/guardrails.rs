//! Guardrail results.

use async_trait::async_trait;
use ferropik_model::{GuardrailOutcome, RawJson};
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// A validated guardrail result.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGuardrail {
    /// Trace; may be unknown yet.
    pub trace_id: Uuid,
    /// Span.
    pub span_id: Uuid,
    /// Project of the trace as long as that is unknown.
    pub project: Uuid,
    /// Name such as `PII`.
    pub name: String,
    /// Outcome.
    pub outcome: GuardrailOutcome,
    /// What was checked.
    pub config: RawJson,
    /// What was found.
    pub details: RawJson,
}

/// Writes guardrail results; they are read with their trace.
#[async_trait]
pub trait GuardrailStore {
    /// Stores results.
    ///
    /// # Errors
    /// Only technical ones.
    async fn put_guardrails(&self, scope: &Scope, results: Vec<NewGuardrail>) -> StoreResult<()>;
}
