//! Datasets, their versions and items.

mod export;
mod item;
mod item_write;
mod version;

pub use export::*;
pub use item::*;
pub use item_write::*;
pub use version::*;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, Visibility, wire, wire_object};

/// What a dataset is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatasetType {
    /// Rows to evaluate on.
    #[default]
    Dataset,
    /// A test suite: its items and versions carry evaluators and execution policies.
    EvaluationSuite,
}

impl DatasetType {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            DatasetType::Dataset => "dataset",
            DatasetType::EvaluationSuite => "evaluation_suite",
        }
    }
}

/// How far the upload of a file into a dataset is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatasetStatus {
    /// There was none.
    #[default]
    Unknown,
    /// Under way.
    Processing,
    /// All rows are stored.
    Completed,
    /// It ended early.
    Failed,
}

wire_object! {
    /// Body of a dataset create.
    pub struct DatasetWrite {
        /// UUID of version 7; made up when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Required, not blank, at most 255 characters, unique in the workspace regardless of case.
        pub name: Option<String> = wire::text,
        /// Project by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project by name; created when missing.
        pub project_name: Option<String> = wire::text,
        /// What it is for; never changes.
        pub r#type: Option<DatasetType> = wire::optional,
        /// Who may see it.
        pub visibility: Option<Visibility> = wire::optional,
        /// Tags.
        pub tags: Option<Vec<String>> = wire::non_blank_list,
        /// Not blank, at most 255 characters.
        pub description: Option<String> = wire::text,
    }
}

wire_object! {
    /// Body of a dataset update.
    pub struct DatasetUpdate {
        /// Required, not blank, at most 255 characters.
        pub name: Option<String> = wire::text,
        /// Replaces the stored one; absent clears it.
        pub description: Option<String> = wire::text,
        /// Stays when absent.
        pub visibility: Option<Visibility> = wire::optional,
        /// Stay when absent.
        pub tags: Option<Vec<String>> = wire::non_blank_list,
    }
}

wire_object! {
    /// Names a dataset.
    pub struct DatasetIdentifier {
        /// Required, not blank, compared without case.
        pub dataset_name: Option<String> = wire::text,
        /// Where to look first.
        pub project_name: Option<String> = wire::text,
    }
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dataset {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name, unique in the workspace regardless of case.
    pub name: String,
    /// Project that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// What it is for.
    pub r#type: DatasetType,
    /// Who may see it.
    pub visibility: Visibility,
    /// Tags; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write of the dataset itself.
    pub last_updated_at: Timestamp,
    /// User of that write.
    pub last_updated_by: String,
    /// How far an upload is.
    pub status: DatasetStatus,
    /// Items of the latest version.
    pub dataset_items_count: u64,
    /// Experiments with at least one item.
    pub experiment_count: u64,
    /// Latest write of an item of an experiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_recent_experiment_at: Option<Timestamp>,
    /// Creation of the newest regular experiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_created_experiment_at: Option<Timestamp>,
    /// Optimizations.
    pub optimization_count: u64,
    /// Latest write of an optimization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_recent_optimization_at: Option<Timestamp>,
    /// Creation of the newest optimization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_created_optimization_at: Option<Timestamp>,
    /// The newest version; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_version: Option<DatasetVersionSummary>,
}
