//! Guardrail results: checks that passed or failed on a span of a trace.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{RawJson, wire, wire_object};

/// Outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardrailOutcome {
    /// Nothing found.
    Passed,
    /// The text violates the guardrail.
    Failed,
}

impl GuardrailOutcome {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            GuardrailOutcome::Passed => "passed",
            GuardrailOutcome::Failed => "failed",
        }
    }
}

wire_object! {
    /// One result as clients send it.
    pub struct GuardrailResult {
        /// Trace, UUID of version 7; required.
        pub entity_id: Option<Uuid> = wire::optional,
        /// Span, UUID of version 7; required.
        pub secondary_id: Option<Uuid> = wire::optional,
        /// Project of the trace while that is unknown.
        pub project_name: Option<String> = wire::text,
        /// Upper-case name such as `PII` or `TOPIC`; required.
        pub name: Option<String> = wire::text,
        /// Outcome; required.
        pub result: Option<GuardrailOutcome> = wire::optional,
        /// What was checked; required.
        pub config: Option<RawJson> = wire::json,
        /// What was found; required.
        pub details: Option<RawJson> = wire::json,
    }
}

/// The results of one span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GuardrailValidation {
    /// Span that was checked.
    pub span_id: Uuid,
    /// Its checks by name.
    pub checks: Vec<GuardrailCheck>,
}

/// One check of a [`GuardrailValidation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GuardrailCheck {
    /// Name such as `PII`.
    pub name: String,
    /// Outcome.
    pub result: GuardrailOutcome,
}
