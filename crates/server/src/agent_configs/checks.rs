//! Rules that bodies of agent configurations must keep.

use std::collections::HashSet;

use ferropik_model::{
    BlueprintEnvironments, BlueprintType, BlueprintWrite, ConfigKeysRemoval, ConfigValue, ConfigValueWrite,
};
use ferropik_store::{MAX_BLUEPRINT_DESCRIPTION, NewBlueprint};
use uuid::Uuid;

use crate::http::{ApiError, ApiResult, Violations};
use crate::records::rules::{self, Place};

/// Most values of a blueprint, and most keys of a removal.
const MAX_VALUES: usize = 250;

/// Longest key, in characters.
const MAX_KEY: usize = 255;

/// Longest name of an environment of a configuration, in characters.
const MAX_ENVIRONMENT: usize = 50;

/// Most environments that one call sets.
const MAX_ENVIRONMENTS: usize = 100;

/// Either the id or the name of the project is there.
pub(super) fn project(id: Option<Uuid>, name: Option<&str>, violations: &mut Violations) {
    if id.is_some() {
        return;
    }
    match name {
        Some(_) => rules::project_name(name, Place::Top, violations),
        None => violations.add_sentence("Either projectId or projectName must be provided"),
    }
}

/// The blueprint of a body. Its id is of version 7.
///
/// # Errors
/// 422 together with the violations found so far, 400 for the id.
pub(super) fn blueprint(body: Option<BlueprintWrite>, mut violations: Violations) -> ApiResult<NewBlueprint> {
    let Some(body) = body else {
        violations.add("blueprint", "must not be null");
        return Err(refused(violations));
    };
    violations.not_null(body.r#type.as_ref(), "blueprint.type");
    let is_short = |text: &str| text.chars().count() <= MAX_BLUEPRINT_DESCRIPTION;
    violations.check(
        body.description.as_deref().is_none_or(is_short),
        "blueprint.description",
        format_args!("cannot exceed {MAX_BLUEPRINT_DESCRIPTION} characters"),
    );
    let values = match body.values {
        Some(values) => checked_values(values, &mut violations),
        None => {
            violations.add("blueprint.values", "must not be null");
            Vec::new()
        }
    };
    violations.finish()?;
    if let Some(id) = body.id {
        rules::version_7(id, "blueprint")?;
    }
    let mut description = body.description;
    rules::drop_blank(&mut description);
    Ok(NewBlueprint {
        id: rules::id_or_new(body.id),
        kind: body.r#type.unwrap_or(BlueprintType::Blueprint),
        description,
        values,
    })
}

fn refused(violations: Violations) -> ApiError {
    match violations.finish() {
        Err(error) => error,
        Ok(()) => ApiError::internal("a body was refused without a reason"),
    }
}

fn checked_values(values: Vec<ConfigValueWrite>, violations: &mut Violations) -> Vec<ConfigValue> {
    violations.check(
        (1..=MAX_VALUES).contains(&values.len()),
        "blueprint.values",
        format_args!("blueprint must have between 1 and {MAX_VALUES} values"),
    );
    let mut keys: HashSet<&str> = HashSet::with_capacity(values.len());
    let mut has_duplicates = false;
    for (index, value) in values.iter().enumerate() {
        let path = |property: &str| format!("blueprint.values[{index}].{property}");
        violations.not_blank(value.key.as_deref(), path("key"));
        if let Some(key) = value.key.as_deref() {
            violations.check(
                key.chars().count() <= MAX_KEY,
                path("key"),
                format_args!("size must be between 0 and {MAX_KEY}"),
            );
            has_duplicates |= !keys.insert(key);
        }
        violations.not_null(value.r#type.as_ref(), path("type"));
    }
    if has_duplicates {
        violations.add_sentence("blueprint. Duplicate configuration keys are not allowed");
    }
    values
        .into_iter()
        .filter_map(|value| {
            Some(ConfigValue {
                key: value.key?,
                value: value.value,
                r#type: value.r#type?,
                description: value.description,
            })
        })
        .collect()
}

/// The keys of a removal.
///
/// # Errors
/// 422.
pub(super) fn keys(body: &ConfigKeysRemoval) -> ApiResult<()> {
    let mut violations = Violations::new();
    project(body.project_id, body.project_name.as_deref(), &mut violations);
    match &body.keys {
        Some(keys) => {
            violations.size(keys.len(), 1, MAX_VALUES, "keys");
            for key in keys {
                violations.check(!key.trim().is_empty(), "keys[].<iterable element>", "must not be blank");
            }
        }
        None => violations.add("keys", "must not be null"),
    }
    violations.finish()
}

/// The project and the environments of a body.
///
/// # Errors
/// 422, 400 for names that are there twice.
pub(super) fn environments(body: BlueprintEnvironments) -> ApiResult<(Uuid, Vec<(String, Uuid)>)> {
    let mut violations = Violations::new();
    violations.not_null(body.project_id.as_ref(), "projectId");
    match &body.envs {
        Some(envs) => violations.size(envs.len(), 1, MAX_ENVIRONMENTS, "envs"),
        None => violations.add("envs", "must not be null"),
    }
    let envs = body.envs.unwrap_or_default();
    for (index, env) in envs.iter().enumerate() {
        violations.not_blank(env.env_name.as_deref(), format_args!("envs[{index}].envName"));
        let is_short = |name: &str| name.chars().count() <= MAX_ENVIRONMENT;
        violations.check(
            env.env_name.as_deref().is_none_or(is_short),
            format_args!("envs[{index}].envName"),
            format_args!("size must be between 0 and {MAX_ENVIRONMENT}"),
        );
        violations.not_null(env.blueprint_id.as_ref(), format_args!("envs[{index}].blueprintId"));
    }
    violations.finish()?;
    let pairs: Vec<(String, Uuid)> = envs
        .into_iter()
        .filter_map(|env| env.env_name.zip(env.blueprint_id))
        .collect();
    let names: HashSet<String> = pairs.iter().map(|(name, _)| name.to_lowercase()).collect();
    if names.len() < pairs.len() {
        return Err(ApiError::bad_request("Duplicate env names in request"));
    }
    Ok((body.project_id.unwrap_or_default(), pairs))
}

/// The name of an environment in a path.
///
/// # Errors
/// 400.
pub(super) fn environment_parameter(name: &str) -> ApiResult<()> {
    if !name.trim().is_empty() && name.chars().count() <= MAX_ENVIRONMENT {
        return Ok(());
    }
    Err(ApiError::invalid_parameter(format!(
        "path param envName size must be between 1 and {MAX_ENVIRONMENT}"
    )))
}

#[cfg(test)]
mod tests {
    use ferropik_model::AgentConfigWrite;

    use super::*;

    fn check(text: &str) -> ApiResult<NewBlueprint> {
        let body: AgentConfigWrite = serde_json::from_str(text).unwrap();
        let mut violations = Violations::new();
        project(body.project_id, body.project_name.as_deref(), &mut violations);
        blueprint(body.blueprint, violations)
    }

    fn errors(text: &str) -> Vec<String> {
        let error = check(text).unwrap_err();
        assert_eq!(error.status(), 422, "{}", error.body());
        let body: serde_json::Value = serde_json::from_str(&error.body()).unwrap();
        serde_json::from_value(body["errors"].clone()).unwrap()
    }

    #[test]
    fn bodies_name_what_is_missing() {
        assert_eq!(
            errors("{}"),
            [
                "Either projectId or projectName must be provided",
                "blueprint must not be null"
            ]
        );
        assert_eq!(
            errors(r#"{"project_name":" ","blueprint":{"values":[]}}"#),
            [
                "projectName must not be blank",
                "blueprint.type must not be null",
                "blueprint.values blueprint must have between 1 and 250 values"
            ]
        );
        assert_eq!(
            errors(
                r#"{"project_name":"p","blueprint":{"type":"mask","values":[{"key":" ","value":1},{"key":"a","type":"float"},{"key":"a","type":"float"}]}}"#
            ),
            [
                "blueprint.values[0].key must not be blank",
                "blueprint.values[0].type must not be null",
                "blueprint. Duplicate configuration keys are not allowed"
            ]
        );
        let long = format!(
            r#"{{"project_name":"p","blueprint":{{"type":"mask","description":"{}","values":[{{"key":"a","type":"string"}}]}}}}"#,
            "d".repeat(256)
        );
        assert_eq!(errors(&long), ["blueprint.description cannot exceed 255 characters"]);
    }

    #[test]
    fn values_are_text() {
        let blueprint = check(
            r#"{"project_name":"p","blueprint":{"type":"blueprint","description":" ","values":[{"key":"n","value":5,"type":"integer"},{"key":"x","value":null,"type":"string"}]}}"#,
        )
        .unwrap();
        assert_eq!(blueprint.description, None);
        assert_eq!(blueprint.values[0].value.as_deref(), Some("5"));
        assert_eq!(blueprint.values[1].value, None);
    }

    #[test]
    fn environments_have_one_blueprint_each() {
        let id = Uuid::nil();
        let body = format!(
            r#"{{"project_id":"{id}","envs":[{{"env_name":"A","blueprint_id":"{id}"}},{{"env_name":"a","blueprint_id":"{id}"}}]}}"#
        );
        let error = environments(serde_json::from_str(&body).unwrap()).unwrap_err();
        assert_eq!(
            error.body(),
            r#"{"code":400,"message":"Duplicate env names in request"}"#
        );
        let error = environments(serde_json::from_str(r#"{"envs":[{}]}"#).unwrap()).unwrap_err();
        assert_eq!(
            error.body(),
            r#"{"errors":["projectId must not be null","envs[0].envName must not be blank","envs[0].blueprintId must not be null"]}"#
        );
    }
}
