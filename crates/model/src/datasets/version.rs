//! Versions of datasets.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{EvaluatorItem, ExecutionPolicy};
use crate::{RawJson, Timestamp, wire, wire_object};

/// The tag that the newest version has by itself.
pub const LATEST_TAG: &str = "latest";

/// A version of a dataset: a snapshot of all its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatasetVersion {
    /// UUID of version 7.
    pub id: Uuid,
    /// The dataset.
    pub dataset_id: Uuid,
    /// Last eight hexadecimal digits of the id, unique in the dataset.
    pub version_hash: String,
    /// Tags; `latest` is among them on the newest version.
    pub tags: Vec<String>,
    /// Whether it is the newest.
    pub is_latest: bool,
    /// `v` and the number of the version in its dataset, from 1.
    pub version_name: String,
    /// Items.
    pub items_total: u64,
    /// Items that the version before does not have.
    pub items_added: u64,
    /// Items that differ from the version before.
    pub items_modified: u64,
    /// Items that only the version before has.
    pub items_deleted: u64,
    /// What was changed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_description: Option<String>,
    /// Free texts by key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub metadata: Option<IndexMap<String, String>>,
    /// Evaluators of all items of a test suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<EvaluatorItem>>)]
    pub evaluators: Option<RawJson>,
    /// How often items are run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_policy: Option<ExecutionPolicy>,
    /// Creation.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: String,
    /// Latest change.
    pub last_updated_at: Timestamp,
    /// Who made it.
    pub last_updated_by: String,
}

/// What a dataset shows of its newest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DatasetVersionSummary {
    /// UUID of version 7.
    pub id: Uuid,
    /// Last eight hexadecimal digits of the id.
    pub version_hash: String,
    /// `v` and its number.
    pub version_name: String,
    /// What was changed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_description: Option<String>,
    /// Tags, with `latest`.
    pub tags: Vec<String>,
}

/// Statistics of a comparison of two sets of items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatasetDiffStatistics {
    /// Only in the second.
    pub items_added: u64,
    /// In both, with different content.
    pub items_modified: u64,
    /// Only in the first.
    pub items_deleted: u64,
    /// In both, the same.
    pub items_unchanged: u64,
}

/// Comparison of the latest version with the draft. As there are no drafts, nothing differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatasetVersionDiff {
    /// Always `latest`.
    pub from_version: &'static str,
    /// Always `draft`.
    pub to_version: &'static str,
    /// Numbers of items.
    pub statistics: DatasetDiffStatistics,
}

wire_object! {
    /// Body of a change of a version.
    pub struct DatasetVersionUpdate {
        /// Replaces the description; absent keeps it.
        pub change_description: Option<String> = wire::text,
        /// At most 100 tags, each not blank and at most 100 characters.
        pub tags_to_add: Option<Vec<String>> = wire::text_batch,
    }
}
