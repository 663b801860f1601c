//! Traces of OpenTelemetry.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::{Scope, StoreResult};

/// How long the id of a trace of OpenTelemetry is kept after it was last asked for.
pub const OTEL_TRACE_LIFETIME: Duration = Duration::from_secs(3 * 60 * 60);

/// A trace of OpenTelemetry that needs an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedOtelTrace {
    /// Its id in OpenTelemetry.
    pub otel_id: Vec<u8>,
    /// The id that it gets unless it has one.
    pub proposed_id: Uuid,
}

/// Which ids the traces of OpenTelemetry have.
#[async_trait]
pub trait OtelStore {
    /// The ids of traces in a project, in the order of the traces. Those that have none, or whose id nobody has asked for
    /// within [`OTEL_TRACE_LIFETIME`], get the proposed one.
    ///
    /// # Errors
    /// The project does not exist.
    async fn otel_trace_ids(
        &self,
        scope: &Scope,
        project: Uuid,
        traces: Vec<WantedOtelTrace>,
    ) -> StoreResult<Vec<Uuid>>;
}
