//! Bodies that write items of datasets.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DatasetItemSource, ExecutionPolicy};
use crate::{RawJson, wire, wire_object};

/// Kinds of evaluators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluatorType {
    /// A model judges.
    LlmJudge,
    /// A program judges.
    CodeMetric,
}

wire_object! {
    /// Something that judges the result of a run, as clients send it.
    pub struct EvaluatorItem {
        /// Required.
        pub name: Option<String> = wire::text,
        /// Required.
        pub r#type: Option<EvaluatorType> = wire::optional,
        /// Any JSON, required.
        pub config: Option<RawJson> = wire::json,
    }
}

impl Serialize for EvaluatorItem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = serializer.serialize_struct("EvaluatorItem", 3)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("type", &self.r#type)?;
        object.serialize_field("config", &self.config)?;
        object.end()
    }
}

wire_object! {
    /// An item as clients send it.
    pub struct DatasetItemWrite {
        /// Stable id, a UUID of version 7; made up when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Trace that it was made of.
        pub trace_id: Option<Uuid> = wire::optional,
        /// Span that it was made of.
        pub span_id: Option<Uuid> = wire::optional,
        /// Required.
        pub source: Option<DatasetItemSource> = wire::optional,
        /// Required: an object that is not empty.
        pub data: Option<RawJson> = wire::json,
        /// Free text.
        pub description: Option<String> = wire::text,
        /// At most 50 of at most 100 characters.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// Evaluators of this item alone.
        pub evaluators: Option<Vec<EvaluatorItem>> = wire::list,
        /// How often it is run.
        pub execution_policy: Option<ExecutionPolicy> = wire::optional,
    }
}

wire_object! {
    /// Body that adds or replaces items.
    pub struct DatasetItemBatch {
        /// Dataset by name; created when missing. This or `dataset_id` is required.
        pub dataset_name: Option<String> = wire::text,
        /// Dataset by id.
        pub dataset_id: Option<Uuid> = wire::optional,
        /// Where to look for the name, and where to create it.
        pub project_name: Option<String> = wire::text,
        /// The same by id.
        pub project_id: Option<Uuid> = wire::optional,
        /// 1 to 1000 items.
        pub items: Option<Vec<DatasetItemWrite>> = wire::batch,
        /// Writes of one group make one version.
        pub batch_group_id: Option<Uuid> = wire::optional,
        /// Dataset of the version to begin with.
        pub copy_from_dataset_id: Option<Uuid> = wire::optional,
        /// Version to begin with.
        pub copy_from_version_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// What to change of items.
    pub struct DatasetItemUpdate {
        /// Replaces all data.
        pub data: Option<RawJson> = wire::json,
        /// Replaces the text.
        pub description: Option<String> = wire::text,
        /// Replaces the tags, or is added to them.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// Tags to add; `tags` is then ignored.
        pub tags_to_add: Option<Vec<String>> = wire::text_batch,
        /// Tags to remove; `tags` is then ignored.
        pub tags_to_remove: Option<Vec<String>> = wire::text_batch,
        /// Replaces the evaluators.
        pub evaluators: Option<Vec<EvaluatorItem>> = wire::list,
        /// Replaces the policy.
        pub execution_policy: Option<ExecutionPolicy> = wire::optional,
        /// Takes the policy away.
        pub clear_execution_policy: Option<bool> = wire::optional,
    }
}

wire_object! {
    /// Body that asks for a stream of items.
    pub struct DatasetItemStreamRequest {
        /// Required.
        pub dataset_name: Option<String> = wire::text,
        /// Where to look for the name first.
        pub project_name: Option<String> = wire::text,
        /// Last item of the page before; the stream goes on with smaller ids.
        pub last_retrieved_id: Option<Uuid> = wire::optional,
        /// 1 to 2000; 2000 when absent. Spelled as clients know it.
        pub steam_limit: Option<i64> = wire::optional,
        /// Hash, tag or name of a version; the newest when absent.
        pub dataset_version: Option<String> = wire::text,
        /// Text of a JSON array of filters.
        pub filters: Option<String> = wire::text,
    }
}

wire_object! {
    /// A change of one item in a change set: absent fields stay.
    pub struct DatasetItemEdit {
        /// Which item.
        pub id: Option<Uuid> = wire::optional,
        /// Replaces all data.
        pub data: Option<RawJson> = wire::json,
        /// Replaces the text.
        pub description: Option<String> = wire::text,
        /// Replaces the tags.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// Replaces the evaluators.
        pub evaluators: Option<Vec<EvaluatorItem>> = wire::list,
        /// Replaces the policy.
        pub execution_policy: Option<ExecutionPolicy> = wire::optional,
        /// Takes the policy away.
        pub clear_execution_policy: Option<bool> = wire::optional,
    }
}

wire_object! {
    /// Body that makes a new version out of changes.
    pub struct DatasetItemChanges {
        /// Items to add; their ids are ignored.
        pub added_items: Option<Vec<DatasetItemWrite>> = wire::list,
        /// Items to change; unknown ones are skipped.
        pub edited_items: Option<Vec<DatasetItemEdit>> = wire::list,
        /// Items to delete; unknown ones are skipped.
        pub deleted_ids: Option<Vec<Uuid>> = wire::list,
        /// Id of the version that the changes are based on.
        pub base_version: Option<Uuid> = wire::optional,
        /// Tags of the new version.
        pub tags: Option<Vec<String>> = wire::text_batch,
        /// What was changed, in words.
        pub change_description: Option<String> = wire::text,
        /// Free texts by key.
        #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
        pub metadata: Option<IndexMap<String, String>> = wire::map,
        /// Evaluators of the new version; absent is those of the base, empty is none.
        pub evaluators: Option<Vec<EvaluatorItem>> = wire::list,
        /// Policy of the new version; absent is that of the base.
        pub execution_policy: Option<ExecutionPolicy> = wire::optional,
        /// Takes the policy away.
        pub clear_execution_policy: Option<bool> = wire::optional,
        /// Dataset of the version to begin with instead.
        pub copy_from_dataset_id: Option<Uuid> = wire::optional,
        /// Version to begin with instead.
        pub copy_from_version_id: Option<Uuid> = wire::optional,
    }
}
