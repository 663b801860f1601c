//! Prompts and their versions.

use serde::de::MapAccess;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{RawJson, Timestamp, wire, wire_object};

/// How the template of a prompt is built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TemplateStructure {
    /// One text.
    #[default]
    Text,
    /// The text of a JSON array of messages.
    Chat,
}

impl TemplateStructure {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            TemplateStructure::Text => "text",
            TemplateStructure::Chat => "chat",
        }
    }
}

/// Reads a structure; an unknown one is [`TemplateStructure::Text`].
fn structure<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<TemplateStructure>, A::Error> {
    Ok(wire::text(map)?.map(|name| match name.as_str() {
        "chat" => TemplateStructure::Chat,
        _ => TemplateStructure::Text,
    }))
}

/// The language of a template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PromptType {
    /// `{{name}}`
    #[default]
    Mustache,
    /// Jinja, as the Python library has it.
    Jinja2,
    /// `{name}`
    Python,
}

impl PromptType {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            PromptType::Mustache => "mustache",
            PromptType::Jinja2 => "jinja2",
            PromptType::Python => "python",
        }
    }
}

/// What a version is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromptVersionKind {
    /// A state of the prompt.
    #[default]
    PromptVersion,
    /// A replacement for experiments, outside of the prompt's history.
    Mask,
}

wire_object! {
    /// Body of a prompt create.
    pub struct PromptWrite {
        /// UUID of version 7; made by the server when absent.
        pub id: Option<Uuid> = wire::optional,
        /// Required, not blank, unique in the project regardless of case.
        pub name: Option<String> = wire::text,
        /// Project; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project by name, created when missing.
        pub project_name: Option<String> = wire::text,
        /// Not blank, at most 255 characters.
        pub description: Option<String> = wire::text,
        /// Makes a first version.
        pub template: Option<String> = wire::text,
        /// Of the first version: any JSON.
        pub metadata: Option<RawJson> = wire::json,
        /// Of the first version.
        pub change_description: Option<String> = wire::text,
        /// Of the first version; `mustache` when absent.
        pub r#type: Option<PromptType> = wire::optional,
        /// `text` (also for unknown ones) or `chat`; never changes.
        pub template_structure: Option<TemplateStructure> = structure,
        /// Of the prompt.
        pub tags: Option<Vec<String>> = wire::non_blank_list,
    }
}

wire_object! {
    /// Body of a prompt update.
    pub struct PromptUpdate {
        /// Required, not blank, unique in the project regardless of case.
        pub name: Option<String> = wire::text,
        /// At most 255 characters; forgotten when absent.
        pub description: Option<String> = wire::text,
        /// Replaces the stored ones; they stay when absent.
        pub tags: Option<Vec<String>> = wire::non_blank_list,
    }
}

wire_object! {
    /// A version to create.
    pub struct PromptVersionWrite {
        /// UUID of version 7; made by the server when absent.
        pub id: Option<Uuid> = wire::optional,
        /// 8 letters or digits, unique in the prompt; the last 8 digits of the id when absent.
        pub commit: Option<String> = wire::text,
        /// Required, not blank.
        pub template: Option<String> = wire::text,
        /// Any JSON.
        pub metadata: Option<RawJson> = wire::json,
        /// `mustache` when absent.
        pub r#type: Option<PromptType> = wire::optional,
        /// What the version is for; a version of the prompt when absent.
        pub version_type: Option<PromptVersionKind> = wire::optional,
        /// What changes.
        pub change_description: Option<String> = wire::text,
        /// Tags.
        pub tags: Option<Vec<String>> = wire::text_list,
        /// Environments that use this version from now on; at most 100.
        pub environments: Option<Vec<String>> = wire::text_list,
    }
}

wire_object! {
    /// Body of a prompt version create.
    pub struct PromptVersionCreate {
        /// Name of the prompt, which is created when missing. Required, not blank.
        pub name: Option<String> = wire::text,
        /// Project; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project by name, created when missing.
        pub project_name: Option<String> = wire::text,
        /// Of a prompt that is created.
        pub template_structure: Option<TemplateStructure> = structure,
        /// The version.
        pub version: Option<PromptVersionWrite> = wire::optional,
    }
}

wire_object! {
    /// Which version to retrieve: by at most one of `commit`, `version_number` and `environment`; else the latest one.
    pub struct PromptVersionRetrieve {
        /// Name of the prompt. Required, not blank.
        pub name: Option<String> = wire::text,
        /// Commit.
        pub commit: Option<String> = wire::text,
        /// Number, as in `v3`.
        pub version_number: Option<String> = wire::text,
        /// Environment that uses the version.
        pub environment: Option<String> = wire::text,
        /// Where to look; the whole workspace when absent.
        pub project_name: Option<String> = wire::text,
    }
}

wire_object! {
    /// What can change about a version.
    pub struct PromptVersionUpdate {
        /// At most 50; the stored ones stay when absent.
        pub tags: Option<Vec<String>> = wire::text_batch,
    }
}

wire_object! {
    /// Body of an update of several versions.
    pub struct PromptVersionBatchUpdate {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
        /// What changes.
        pub update: Option<PromptVersionUpdate> = wire::optional,
        /// Whether the tags are added to the stored ones.
        pub merge_tags: Option<bool> = wire::optional,
    }
}

wire_object! {
    /// Which environments use a version.
    pub struct PromptVersionEnvironments {
        /// At most 100 names of environments that exist. Other versions of the prompt lose them.
        pub environments: Option<Vec<String>> = wire::text_list,
    }
}

wire_object! {
    /// Commits to look up.
    pub struct PromptVersionCommits {
        /// 1 to 1000 commits.
        pub commits: Option<Vec<String>> = wire::text_batch,
    }
}

/// A prompt.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Prompt {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name, unique in the project regardless of case.
    pub name: String,
    /// Project; absent for a prompt of the workspace as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How its templates are built.
    pub template_structure: TemplateStructure,
    /// Tags in the order in which they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write, also of a version.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
    /// Versions without masks.
    pub version_count: u64,
    /// The version with the greatest id; only in details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_version: Option<PromptVersion>,
    /// The version that was asked for; only in details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_version: Option<PromptVersion>,
}

/// A version of a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PromptVersion {
    /// UUID of version 7.
    pub id: Uuid,
    /// The prompt; absent inside of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<Uuid>,
    /// 8 letters or digits.
    pub commit: String,
    /// Number within the prompt, as in `v3`; absent for masks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_number: Option<String>,
    /// The template; of a chat prompt the text of a JSON array of messages.
    pub template: String,
    /// Any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawJson>,
    /// The language of the template.
    pub r#type: PromptType,
    /// What it is for.
    pub version_type: PromptVersionKind,
    /// Environments that use it.
    pub environments: Vec<String>,
    /// What it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_description: Option<String>,
    /// Tags in the order in which they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Names in the template; only in details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Vec<String>>,
    /// How the template is built; absent inside of a prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_structure: Option<TemplateStructure>,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
}

/// What a commit stands for; only the commit when it is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PromptVersionRef {
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_version_id: Option<Uuid>,
    /// As it was asked for.
    pub commit: String,
    /// Its prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<Uuid>,
    /// Name of its prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_structures_are_text_but_unknown_types_are_refused() {
        let read = |text: &str| serde_json::from_str::<PromptWrite>(text);
        assert_eq!(
            read(r#"{"template_structure":"chat"}"#).unwrap().template_structure,
            Some(TemplateStructure::Chat)
        );
        assert_eq!(
            read(r#"{"template_structure":"poem"}"#).unwrap().template_structure,
            Some(TemplateStructure::Text)
        );
        assert_eq!(read(r#"{"template_structure":null}"#).unwrap().template_structure, None);
        assert_eq!(read(r#"{"type":"jinja2"}"#).unwrap().r#type, Some(PromptType::Jinja2));
        assert!(read(r#"{"type":"jinja3"}"#).is_err());
        assert!(serde_json::from_str::<PromptVersionWrite>(r#"{"version_type":"other"}"#).is_err());
    }
}
