//! Rules that bodies of prompts and versions must keep.

use ferropik_model::{
    Environment, PromptUpdate, PromptVersionCreate, PromptVersionKind, PromptVersionRetrieve, PromptVersionWrite,
    PromptWrite,
};
use indexmap::IndexMap;

use crate::environments::NAME_RULE;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::rules::{self, Place};

/// Longest description of a prompt, in characters.
const MAX_DESCRIPTION: usize = 255;

/// Most environments of a version.
const MAX_ENVIRONMENTS: usize = Environment::MAX_PER_WORKSPACE;

/// Digits of a commit.
const COMMIT_LENGTH: usize = 8;

/// Longest number of a version with its `v`, in characters.
const MAX_NUMBER: usize = 10;

const COMMIT_RULE: &str = "if present, the commit message must be 8 alphanumeric characters long";

pub(super) fn new_prompt(body: &PromptWrite) -> ApiResult<()> {
    let mut violations = Violations::new();
    violations.not_blank(body.name.as_deref(), "name");
    violations.null_or_not_blank(body.description.as_deref(), "description");
    description(body.description.as_deref(), &mut violations);
    violations.null_or_not_blank(body.template.as_deref(), "template");
    if body.project_id.is_none() {
        rules::project_name(body.project_name.as_deref(), Place::Top, &mut violations);
    }
    violations.finish()
}

pub(super) fn prompt_update(body: &PromptUpdate) -> ApiResult<()> {
    let mut violations = Violations::new();
    violations.not_blank(body.name.as_deref(), "name");
    description(body.description.as_deref(), &mut violations);
    violations.finish()
}

fn description(text: Option<&str>, violations: &mut Violations) {
    let is_short = text.is_none_or(|text| text.chars().count() <= MAX_DESCRIPTION);
    violations.check(
        is_short,
        "description",
        format_args!("cannot exceed {MAX_DESCRIPTION} characters"),
    );
}

pub(super) fn new_version(body: &PromptVersionCreate) -> ApiResult<()> {
    let mut violations = Violations::new();
    violations.not_blank(body.name.as_deref(), "name");
    if body.project_id.is_none() {
        rules::project_name(body.project_name.as_deref(), Place::Top, &mut violations);
    }
    match &body.version {
        Some(version) => version_fields(version, &mut violations),
        None => violations.add("version", "must not be null"),
    }
    violations.finish()
}

fn version_fields(version: &PromptVersionWrite, violations: &mut Violations) {
    let is_commit = version.commit.as_deref().is_none_or(is_commit);
    violations.check(is_commit, "version.commit", COMMIT_RULE);
    violations.not_blank(version.template.as_deref(), "version.template");
    for tag in version.tags.iter().flatten() {
        violations.check(
            !tag.trim().is_empty(),
            "version.tags[].<iterable element>",
            "must not be blank",
        );
    }
    let environments = environment_names(version.environments.as_deref().unwrap_or_default());
    check_environments(&environments, "version.environments", violations);
    if version.version_type == Some(PromptVersionKind::Mask) && !environments.is_empty() {
        violations.add_sentence("version. environments cannot be set on a mask version");
    }
}

/// The names that a client means: without blanks around them, each once.
pub(super) fn environment_names(names: &[String]) -> Vec<String> {
    let mut kept: IndexMap<String, String> = IndexMap::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        kept.entry(name.to_ascii_lowercase()).or_insert_with(|| name.to_owned());
    }
    kept.into_values().collect()
}

fn check_environments(names: &[String], path: &str, violations: &mut Violations) {
    violations.size(names.len(), 0, MAX_ENVIRONMENTS, path);
    for name in names {
        environment_name(name, format!("{path}[].<iterable element>"), violations);
    }
}

fn environment_name(name: &str, path: String, violations: &mut Violations) {
    violations.check(Environment::has_valid_letters(name), &path, NAME_RULE);
    violations.check(
        name.chars().count() <= Environment::MAX_NAME,
        &path,
        format_args!("size must be between 0 and {}", Environment::MAX_NAME),
    );
}

/// The names of a change of environments.
///
/// # Errors
/// 422.
pub(super) fn environments(names: Option<&[String]>) -> ApiResult<Vec<String>> {
    let mut violations = Violations::new();
    violations.not_null(names.as_ref(), "environments");
    let names = environment_names(names.unwrap_or_default());
    check_environments(&names, "environments", &mut violations);
    violations.finish()?;
    Ok(names)
}

pub(super) fn retrieval(body: &PromptVersionRetrieve) -> ApiResult<()> {
    let mut violations = Violations::new();
    violations.not_blank(body.name.as_deref(), "name");
    violations.null_or_not_blank(body.project_name.as_deref(), "projectName");
    if let Some(number) = &body.version_number {
        violations.check(is_number(number), "versionNumber", "must match \"v\\d+\"");
    }
    if let Some(name) = &body.environment {
        environment_name(name, "environment".to_owned(), &mut violations);
    }
    let selectors = [&body.commit, &body.version_number, &body.environment];
    if selectors.into_iter().flatten().count() > 1 {
        violations.add_sentence("The request body commit, environment and version_number are mutually exclusive");
    }
    violations.finish()
}

/// A commit in a path.
///
/// # Errors
/// 400.
pub(super) fn commit_parameter(commit: &str) -> ApiResult<()> {
    if is_commit(commit) {
        return Ok(());
    }
    Err(ApiError::invalid_parameter(format!("path param commit {COMMIT_RULE}")))
}

fn is_commit(text: &str) -> bool {
    text.len() == COMMIT_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A version number in a path. `None` when no version can have it.
///
/// # Errors
/// 400.
pub(super) fn number_parameter(text: &str) -> ApiResult<Option<u32>> {
    if is_number(text) {
        return Ok(number_of(text));
    }
    Err(ApiError::invalid_parameter(
        "path param versionNumber must match \"v\\d+\"",
    ))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or_default();
    text.len() <= MAX_NUMBER && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that `v3` stands for. Only the shortest way to write one is a version's.
pub(super) fn number_of(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('v').filter(|digits| !digits.starts_with('0'))?;
    digits.parse().ok()
}

/// An environment in a query.
///
/// # Errors
/// 400.
pub(super) fn environment_parameter(name: &str) -> ApiResult<()> {
    if Environment::is_valid_name(name) {
        return Ok(());
    }
    Err(ApiError::invalid_parameter(format!(
        "query param environment {NAME_RULE}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_one_way() {
        assert_eq!(number_parameter("v12").unwrap(), Some(12));
        assert_eq!(number_parameter("v012").unwrap(), None);
        assert_eq!(number_parameter("v999999999").unwrap(), Some(999_999_999));
        for text in ["12", "v", "v1x", "V1", "v1234567890", ""] {
            assert_eq!(number_parameter(text).unwrap_err().status(), 400, "{text}");
        }
    }

    #[test]
    fn commits_are_eight_letters_or_digits() {
        assert!(commit_parameter("abCD0189").is_ok());
        for text in ["abc", "abcdefghi", "abcd-123", "äääääääb"] {
            assert_eq!(commit_parameter(text).unwrap_err().status(), 400, "{text}");
        }
    }

    #[test]
    fn names_of_environments_are_cleaned() {
        let names: Vec<String> = [" a ", "", "A", "b", "  "]
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        assert_eq!(environment_names(&names), ["a", "b"]);
        assert_eq!(
            environments(Some(&["no good".to_owned()])).unwrap_err().body(),
            r#"{"errors":["environments[].<iterable element> must match '^[A-Za-z0-9_-]+$'"]}"#
        );
        assert_eq!(
            environments(None).unwrap_err().body(),
            r#"{"errors":["environments must not be null"]}"#
        );
    }

    #[test]
    fn one_selector_is_enough() {
        let body = |text| retrieval(&serde_json::from_str(text).unwrap());
        assert!(body(r#"{"name":"a","commit":"x"}"#).is_ok());
        assert_eq!(
            body(r#"{"name":"a","commit":"x","version_number":"v1","project_name":" "}"#)
                .unwrap_err()
                .body(),
            r#"{"errors":["projectName must not be blank","The request body commit, environment and version_number are mutually exclusive"]}"#
        );
    }
}
