//! Agent configurations: at most one for each project, a list of blueprints.

use std::fmt::Write;

use async_trait::async_trait;
use ferropik_model::{Blueprint, BlueprintType, ConfigValue, ConfigValueType};
use uuid::Uuid;

use crate::{Listed, Scope, StoreResult};

/// The environment that the first blueprint of a configuration is for.
pub const FIRST_BLUEPRINT_ENVIRONMENT: &str = "prod";

/// Longest description of a blueprint, in characters.
pub const MAX_BLUEPRINT_DESCRIPTION: usize = 255;

/// A blueprint to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlueprint {
    /// UUID of version 7.
    pub id: Uuid,
    /// What it is for.
    pub kind: BlueprintType,
    /// Of a state without one it tells what changed, see [`describe_change`].
    pub description: Option<String>,
    /// Each key once.
    pub values: Vec<ConfigValue>,
}

/// Which state of a configuration; never a mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlueprintSelector {
    /// The one with the greatest id.
    Latest,
    /// The one of a number from 1.
    Number(u32),
    /// The one that an environment uses.
    Environment(String),
}

/// Why a blueprint is not made of a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskConflict {
    /// The project has no configuration.
    NoConfig,
    /// The project has no such mask.
    NoMask,
}

/// Reads and writes agent configurations. Names of environments are compared without case.
#[async_trait]
pub trait AgentConfigStore {
    /// Creates the configuration of a project with a first blueprint, which [`FIRST_BLUEPRINT_ENVIRONMENT`] uses then.
    /// Answers the description of the blueprint.
    ///
    /// # Errors
    /// [`Conflict::Exists`](crate::Conflict::Exists) when the project has one,
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken) when one of the ids is taken,
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn create_agent_config(
        &self,
        scope: &Scope,
        project: Uuid,
        id: Uuid,
        blueprint: NewBlueprint,
    ) -> StoreResult<Option<String>>;

    /// Adds a blueprint to the configuration of a project.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when the project has none,
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken) when the id is taken,
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn add_blueprint(&self, scope: &Scope, project: Uuid, blueprint: NewBlueprint) -> StoreResult<()>;

    /// Adds a state that is the latest one with the values of a mask over it.
    ///
    /// # Errors
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn add_blueprint_of_mask(
        &self,
        scope: &Scope,
        project: Uuid,
        mask: Uuid,
        new_id: Uuid,
    ) -> StoreResult<Result<(), MaskConflict>>;

    /// Adds a state that is the latest one without these keys; false, and nothing is added, when it has none of them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) when the project has no configuration,
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn remove_config_keys(
        &self,
        scope: &Scope,
        project: Uuid,
        keys: Vec<String>,
        new_id: Uuid,
    ) -> StoreResult<bool>;

    /// A blueprint or mask by id, with its environments.
    ///
    /// # Errors
    /// Only technical ones.
    async fn blueprint(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Blueprint>>;

    /// A state of a project's configuration, with its environments.
    ///
    /// # Errors
    /// Only technical ones.
    async fn select_blueprint(
        &self,
        scope: &Scope,
        project: Uuid,
        selector: BlueprintSelector,
    ) -> StoreResult<Option<Blueprint>>;

    /// One page of the states of a project's configuration, newest first, with their environments.
    ///
    /// # Errors
    /// Only technical ones.
    async fn blueprint_history(
        &self,
        scope: &Scope,
        project: Uuid,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<Blueprint>>;

    /// Lets environments use blueprints of a project. Answers the ids that are none of its states; nothing changes when
    /// there are any.
    ///
    /// # Errors
    /// Only technical ones.
    async fn set_blueprint_environments(
        &self,
        scope: &Scope,
        project: Uuid,
        environments: Vec<(String, Uuid)>,
    ) -> StoreResult<Vec<Uuid>>;

    /// Lets an environment use no blueprint of the project any more.
    ///
    /// # Errors
    /// Only technical ones.
    async fn end_blueprint_environment(&self, scope: &Scope, project: Uuid, name: &str) -> StoreResult<()>;
}

/// The values of a state with those of a mask over them: equal keys are replaced, new ones appended.
pub fn overlay(mut values: Vec<ConfigValue>, mask: &[ConfigValue]) -> Vec<ConfigValue> {
    for value in mask {
        match values.iter_mut().find(|known| known.key == value.key) {
            Some(known) => known.clone_from(value),
            None => values.push(value.clone()),
        }
    }
    values
}

/// What has changed between two states, in words; `None` when nothing has.
pub fn describe_change(before: &[ConfigValue], now: &[ConfigValue]) -> Option<String> {
    let of_key = |values: &'_ [ConfigValue], key: &str| values.iter().position(|value| value.key == key);
    let mut added: Vec<&str> = Vec::new();
    let mut modified: Vec<String> = Vec::new();
    for value in now {
        let Some(known) = of_key(before, &value.key).and_then(|index| before.get(index)) else {
            added.push(&value.key);
            continue;
        };
        if known.value == value.value && known.r#type == value.r#type {
            continue;
        }
        let shows_value = matches!(
            value.r#type,
            ConfigValueType::Integer | ConfigValueType::Float | ConfigValueType::Boolean
        );
        modified.push(match &value.value {
            Some(text) if shows_value => format!("{} to {text}", value.key),
            _ => value.key.clone(),
        });
    }
    let mut removed: Vec<&str> = before
        .iter()
        .filter(|value| of_key(now, &value.key).is_none())
        .map(|value| value.key.as_str())
        .collect();
    removed.sort_unstable();

    let mut text = String::new();
    let parts = [
        ("Added", added.join(", ")),
        ("Modified", modified.join(", ")),
        ("Removed", removed.join(", ")),
    ];
    for (verb, keys) in parts.iter().filter(|(_, keys)| !keys.is_empty()) {
        let separator = if text.is_empty() { "" } else { ". " };
        let _ = write!(text, "{separator}{verb} {keys}");
    }
    (!text.is_empty()).then(|| shortened(text))
}

/// A description that fits.
pub fn shortened(text: String) -> String {
    const MARK: &str = "...";
    if text.chars().count() <= MAX_BLUEPRINT_DESCRIPTION {
        return text;
    }
    let kept: String = text.chars().take(MAX_BLUEPRINT_DESCRIPTION - MARK.len()).collect();
    kept + MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: &str, text: &str, kind: ConfigValueType) -> ConfigValue {
        ConfigValue {
            key: key.to_owned(),
            value: Some(text.to_owned()),
            r#type: kind,
            description: None,
        }
    }

    #[test]
    fn changes_are_told_in_words() {
        use ConfigValueType::{Boolean, Integer, String};
        let before = [
            value("n", "1", Integer),
            value("z", "x", String),
            value("text", "old", String),
            value("d", "x", String),
            value("same", "1", Integer),
        ];
        let now = [
            value("text", "new", String),
            value("same", "1", Integer),
            value("n", "5", Integer),
            value("b", "true", Boolean),
            value("a", "x", String),
        ];
        assert_eq!(
            describe_change(&before, &now).unwrap(),
            "Added b, a. Modified text, n to 5. Removed d, z"
        );
        assert_eq!(describe_change(&now, &now), None);
        assert_eq!(describe_change(&[], &now[..1]).unwrap(), "Added text");
        let many: Vec<ConfigValue> = (0..100).map(|n| value(&format!("ä{n}"), "", String)).collect();
        let long = describe_change(&[], &many).unwrap();
        assert_eq!(long.chars().count(), 255);
        assert!(long.starts_with("Added ä0, ä1") && long.ends_with("..."));
    }

    #[test]
    fn masks_replace_and_append() {
        use ConfigValueType::{Integer, String};
        let values = vec![value("a", "1", Integer), value("b", "x", String)];
        let mask = [value("c", "y", String), value("a", "z", String)];
        assert_eq!(
            overlay(values, &mask),
            [
                value("a", "z", String),
                value("b", "x", String),
                value("c", "y", String)
            ]
        );
    }
}
