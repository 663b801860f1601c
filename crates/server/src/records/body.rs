//! Bodies that several resources use.

use ferropik_model::{wire, wire_object};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

wire_object! {
    /// Ids of what is to be deleted.
    pub struct IdBatch {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
    }
}

wire_object! {
    /// Ids of traces to delete.
    pub struct TraceDeletion {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
        /// Only traces of this project.
        pub project_id: Option<Uuid> = wire::optional,
    }
}

/// Whether something exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Existence {
    /// The answer.
    pub(crate) exists: bool,
}
