//! Pages of the smaller things: datasets, prompts, queues, dashboards and the like.

use ferropik_query::{Filter, Sort};
use uuid::Uuid;

/// Which page of a list, of which rows, in which order.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub size: u64,
    /// Case-insensitive part of the name.
    pub name: Option<String>,
    /// Only what belongs to this project.
    pub project: Option<Uuid>,
    /// All conditions must hold.
    pub filter: Filter,
    /// Order; `None` is descending id.
    pub sort: Option<Sort>,
}
