//! Agent configurations: the settings of the agents of a project, as a list of states.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, wire, wire_object};

/// What a blueprint is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlueprintType {
    /// A complete state of the configuration.
    Blueprint,
    /// Values that lie over those of a state.
    Mask,
}

/// What the text of a value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConfigValueType {
    /// Text, or JSON of lists and maps.
    String,
    /// An integer.
    Integer,
    /// A decimal number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A prompt, by the commit of a version.
    Prompt,
    /// A prompt version, by its commit.
    PromptCommit,
}

wire_object! {
    /// A value to write.
    pub struct ConfigValueWrite {
        /// Required, not blank, at most 255 characters, unique in the blueprint.
        pub key: Option<String> = wire::text,
        /// The value as text.
        pub value: Option<String> = wire::text,
        /// What the text stands for. Required.
        pub r#type: Option<ConfigValueType> = wire::optional,
        /// Free text.
        pub description: Option<String> = wire::text,
    }
}

wire_object! {
    /// A blueprint to write.
    pub struct BlueprintWrite {
        /// UUID of version 7; made by the server when absent.
        pub id: Option<Uuid> = wire::optional,
        /// What it is for. Required.
        pub r#type: Option<BlueprintType> = wire::optional,
        /// At most 255 characters; of a state it tells what changed when it is blank.
        pub description: Option<String> = wire::text,
        /// 1 to 250 values.
        pub values: Option<Vec<ConfigValueWrite>> = wire::batch,
    }
}

wire_object! {
    /// Body of a configuration create or of an added blueprint. One of `project_id` and `project_name` is required.
    pub struct AgentConfigWrite {
        /// Project; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project by name; a create makes it when missing.
        pub project_name: Option<String> = wire::text,
        /// Id of the configuration: UUID of version 7; made by the server when absent.
        pub id: Option<Uuid> = wire::optional,
        /// The blueprint. Required.
        pub blueprint: Option<BlueprintWrite> = wire::optional,
    }
}

wire_object! {
    /// Which values to remove. One of `project_id` and `project_name` is required.
    pub struct ConfigKeysRemoval {
        /// Project; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project by name.
        pub project_name: Option<String> = wire::text,
        /// 1 to 250 keys.
        pub keys: Option<Vec<String>> = wire::text_batch,
    }
}

wire_object! {
    /// Which blueprint an environment uses.
    pub struct BlueprintEnvironment {
        /// Required, not blank, at most 50 characters.
        pub env_name: Option<String> = wire::text,
        /// Required.
        pub blueprint_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Which blueprints the environments of a project use.
    pub struct BlueprintEnvironments {
        /// Required.
        pub project_id: Option<Uuid> = wire::optional,
        /// 1 to 100, each name once.
        pub envs: Option<Vec<BlueprintEnvironment>> = wire::batch,
    }
}

wire_object! {
    /// A blueprint by name.
    pub struct BlueprintName {
        /// As in `v3`. Required.
        pub blueprint_name: Option<String> = wire::text,
    }
}

/// A value of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigValue {
    /// Unique in the blueprint.
    pub key: String,
    /// The value as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What the text stands for.
    pub r#type: ConfigValueType,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A state of a configuration, or values that lie over one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Blueprint {
    /// UUID of version 7.
    pub id: Uuid,
    /// Project.
    pub project_id: Uuid,
    /// As in `v3`; empty for masks.
    pub name: String,
    /// What it is for.
    pub r#type: BlueprintType,
    /// What changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Environments that use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envs: Option<Vec<String>>,
    /// The values.
    pub values: Vec<ConfigValue>,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
}
