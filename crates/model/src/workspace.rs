//! Workspace-wide settings.

use indexmap::IndexMap;
use serde::Serialize;
use utoipa::ToSchema;

/// Stored preferences of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkspaceConfiguration {
    /// Seconds without a new trace after which a thread is closed; on the wire an ISO-8601 duration.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_duration")]
    #[schema(value_type = Option<String>)]
    pub timeout_to_mark_thread_as_inactive: Option<u64>,
    /// Whether tables cut long values.
    pub truncation_on_tables: bool,
    /// Chart colours by score or label name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub color_map: Option<IndexMap<String, String>>,
}

fn iso_duration<S: serde::Serializer>(seconds: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match seconds {
        Some(seconds) => serializer.collect_str(&iso_duration_text(*seconds)),
        None => serializer.serialize_none(),
    }
}

/// ISO-8601 text of a whole number of seconds, such as `PT1H30M`.
fn iso_duration_text(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = "PT".to_owned();
    for (amount, unit) in [(hours, 'H'), (minutes, 'M'), (rest, 'S')] {
        if amount > 0 {
            text.push_str(&amount.to_string());
            text.push(unit);
        }
    }
    if text.len() == 2 {
        text.push_str("0S");
    }
    text
}
