//! Feedback definitions: which values a feedback score may have, for those who annotate.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{RawJson, Timestamp, wire, wire_object};

/// Name of the definition that every workspace has; it cannot be deleted.
pub const USER_FEEDBACK: &str = "User feedback";

/// Kinds of feedback definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackType {
    /// A number between two bounds.
    Numerical,
    /// One of some labels, each of which stands for a number.
    Categorical,
    /// One of two labels, which stand for 1 and 0.
    Boolean,
}

impl FeedbackType {
    /// All kinds.
    pub const ALL: [FeedbackType; 3] = [
        FeedbackType::Numerical,
        FeedbackType::Categorical,
        FeedbackType::Boolean,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            FeedbackType::Numerical => "numerical",
            FeedbackType::Categorical => "categorical",
            FeedbackType::Boolean => "boolean",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<FeedbackType> {
        FeedbackType::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What a definition allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FeedbackDetails {
    /// Of [`FeedbackType::Numerical`].
    Numerical {
        /// Lower bound.
        min: f64,
        /// Upper bound.
        max: f64,
    },
    /// Of [`FeedbackType::Categorical`].
    Categorical {
        /// Labels and their numbers, in the order in which they were given.
        #[schema(value_type = std::collections::BTreeMap<String, f64>)]
        categories: IndexMap<String, f64>,
    },
    /// Of [`FeedbackType::Boolean`].
    Boolean {
        /// Label of 1.
        true_label: String,
        /// Label of 0.
        false_label: String,
    },
}

impl FeedbackDetails {
    /// The kind that has such details.
    pub const fn kind(&self) -> FeedbackType {
        match self {
            FeedbackDetails::Numerical { .. } => FeedbackType::Numerical,
            FeedbackDetails::Categorical { .. } => FeedbackType::Categorical,
            FeedbackDetails::Boolean { .. } => FeedbackType::Boolean,
        }
    }
}

wire_object! {
    /// Body of a create or replacement of a feedback definition.
    pub struct FeedbackDefinitionWrite {
        /// Required, not blank, unique in the workspace regardless of case.
        pub name: Option<String> = wire::text,
        /// At most 255 characters.
        pub description: Option<String> = wire::text,
        /// `numerical`, `categorical` or `boolean`.
        pub r#type: Option<String> = wire::text,
        /// `{min, max}`, `{categories: {label: number}}` or `{true_label, false_label}`.
        #[schema(value_type = Option<FeedbackDetails>)]
        pub details: Option<RawJson> = wire::json,
    }
}

/// A feedback definition.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FeedbackDefinition {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name, unique in the workspace regardless of case.
    pub name: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which details there are.
    pub r#type: FeedbackType,
    /// What it allows.
    pub details: FeedbackDetails,
    /// First write.
    pub created_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the latest write.
    pub last_updated_by: String,
}
