//! Rules of dataset items in bodies, and what becomes of those that keep them.

use ferropik_model::{DatasetItemSource, DatasetItemWrite, EvaluatorItem, ExecutionPolicy, RawJson, wire};
use ferropik_store::NewDatasetItem;

use crate::http::{ApiError, ApiResult, Violations};
use crate::records::rules::{self, Place};

/// Most runs of an item.
const MAX_RUNS: i64 = 100;

/// Checks an item of a list in the body, all but its id and the number of its tags.
pub(crate) fn item(item: &DatasetItemWrite, list: &'static str, index: usize, found: &mut Violations) {
    let place = Place::Element(list, index);
    found.not_null(item.source.as_ref(), place.at("source"));
    if let Some(source) = item.source {
        let mut rule = |property: &str, given: bool, wanted: Option<bool>| match wanted {
            Some(true) if !given => found.add(
                place.at("source"),
                format_args!("when it is {}, {property} must not be null", source.as_str()),
            ),
            Some(false) if given => found.add(
                place.at("source"),
                format_args!("when it is {}, {property} must be null", source.as_str()),
            ),
            _ => {}
        };
        let (trace, span) = match source {
            DatasetItemSource::Manual | DatasetItemSource::Sdk => (Some(false), Some(false)),
            DatasetItemSource::Trace => (Some(true), Some(false)),
            DatasetItemSource::Span => (Some(true), Some(true)),
        };
        rule("trace_id", item.trace_id.is_some(), trace);
        rule("span_id", item.span_id.is_some(), span);
    }
    let is_empty = item.data.as_ref().is_none_or(RawJson::is_empty_value);
    found.check(!is_empty, place.at("data"), "must not be empty");
    evaluators(item.evaluators.as_deref(), place, found);
    policy(item.execution_policy, place, found);
}

/// Checks evaluators.
pub(crate) fn evaluators(list: Option<&[EvaluatorItem]>, place: Place, found: &mut Violations) {
    for (index, evaluator) in list.unwrap_or_default().iter().enumerate() {
        let at = |property: &str| format!("{}[{index}].{property}", place.at("evaluators"));
        found.not_blank(evaluator.name.as_deref(), at("name"));
        found.not_null(evaluator.r#type.as_ref(), at("type"));
        found.not_null(evaluator.config.as_ref(), at("config"));
    }
}

/// Checks an execution policy.
pub(crate) fn policy(policy: Option<ExecutionPolicy>, place: Place, found: &mut Violations) {
    let Some(policy) = policy else { return };
    let at = |property: &str| format!("{}.{property}", place.at("executionPolicy"));
    for (value, property) in [
        (policy.runs_per_item, "runsPerItem"),
        (policy.pass_threshold, "passThreshold"),
    ] {
        let Some(value) = value else { continue };
        found.check(value >= 1, at(property), "must be greater than or equal to 1");
        found.check(
            value <= MAX_RUNS,
            at(property),
            format_args!("must be less than or equal to {MAX_RUNS}"),
        );
    }
    if let (Some(runs), Some(threshold)) = (policy.runs_per_item, policy.pass_threshold) {
        found.check(
            threshold <= runs,
            place.at("executionPolicy"),
            "pass_threshold must be less than or equal to runs_per_item",
        );
    }
}

/// Data must be an object.
///
/// # Errors
/// 400.
pub(crate) fn object(data: Option<&RawJson>) -> ApiResult<()> {
    match data {
        Some(data) if !data.as_str().starts_with('{') => Err(ApiError::unprocessable_json(
            "Cannot deserialize value of type `Map` from `data`",
        )),
        _ => Ok(()),
    }
}

/// An item may have at most fifty tags.
///
/// # Errors
/// 422.
pub(crate) fn tag_count(tags: Option<&[String]>) -> ApiResult<()> {
    if tags.is_some_and(|tags| tags.len() > rules::MAX_TAGS) {
        return Err(ferropik_store::StoreError::TagLimit.into());
    }
    Ok(())
}

/// Evaluators as they are stored; none for an empty list.
///
/// # Errors
/// 500 when they cannot be written.
pub(crate) fn stored_evaluators(list: &[EvaluatorItem]) -> ApiResult<Option<RawJson>> {
    if list.is_empty() {
        return Ok(None);
    }
    RawJson::from_serialize(list).map(Some).map_err(ApiError::internal)
}

/// A policy as it is stored; none when it says nothing.
pub(crate) fn stored_policy(policy: Option<ExecutionPolicy>) -> Option<ExecutionPolicy> {
    policy.filter(|policy| *policy != ExecutionPolicy::default())
}

/// What a change makes of the stored policy; none keeps it.
pub(crate) fn policy_change(policy: Option<ExecutionPolicy>, clear: Option<bool>) -> Option<Option<ExecutionPolicy>> {
    match stored_policy(policy) {
        Some(policy) => Some(Some(policy)),
        None if clear == Some(true) => Some(None),
        None => None,
    }
}

/// The item to store of one that keeps the rules.
///
/// # Errors
/// 400 for an id that is not of version 7 or data that is no object.
pub(crate) fn stored_item(item: DatasetItemWrite, keeps_id: bool) -> ApiResult<NewDatasetItem> {
    let chosen = item.id.filter(|_| keeps_id);
    if let Some(id) = chosen {
        rules::version_7(id, "dataset_item")?;
    }
    object(item.data.as_ref())?;
    Ok(NewDatasetItem {
        id: rules::id_or_new(chosen),
        source: item.source.unwrap_or(DatasetItemSource::Sdk),
        trace_id: item.trace_id,
        span_id: item.span_id,
        data: item.data.unwrap_or_else(|| RawJson::from_stored("{}")),
        description: item.description,
        tags: wire::each_once(item.tags.unwrap_or_default()),
        evaluators: stored_evaluators(&item.evaluators.unwrap_or_default())?,
        policy: stored_policy(item.execution_policy),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<String> {
        let write: DatasetItemWrite = serde_json::from_str(text).unwrap();
        let mut found = Violations::new();
        item(&write, "items", 0, &mut found);
        match found.finish() {
            Ok(()) => Vec::new(),
            Err(error) => {
                let body: serde_json::Value = serde_json::from_str(&error.body()).unwrap();
                serde_json::from_value(body["errors"].clone()).unwrap()
            }
        }
    }

    const ID: &str = "0198f0a0-0000-7000-8000-000000000000";

    #[test]
    fn sources_say_what_an_item_was_made_of() {
        assert_eq!(broken(r#"{"data":{"a":1}}"#), ["items[0].source must not be null"]);
        assert_eq!(
            broken(&format!(
                r#"{{"source":"sdk","data":{{"a":1}},"trace_id":"{ID}","span_id":"{ID}"}}"#
            )),
            [
                "items[0].source when it is sdk, trace_id must be null",
                "items[0].source when it is sdk, span_id must be null"
            ]
        );
        assert_eq!(
            broken(r#"{"source":"span","data":{"a":1}}"#),
            [
                "items[0].source when it is span, trace_id must not be null",
                "items[0].source when it is span, span_id must not be null"
            ]
        );
        assert!(broken(&format!(r#"{{"source":"trace","data":{{"a":1}},"trace_id":"{ID}"}}"#)).is_empty());
    }

    #[test]
    fn data_is_required() {
        for data in ["null", "{}"] {
            assert_eq!(
                broken(&format!(r#"{{"source":"manual","data":{data}}}"#)),
                ["items[0].data must not be empty"]
            );
        }
        assert_eq!(object(Some(&RawJson::from_stored("[1]"))).unwrap_err().status(), 400);
    }

    #[test]
    fn policies_have_bounds() {
        let with = |policy: &str| {
            broken(&format!(
                r#"{{"source":"sdk","data":{{"a":1}},"execution_policy":{policy}}}"#
            ))
        };
        assert_eq!(
            with(r#"{"runs_per_item":0,"pass_threshold":101}"#),
            [
                "items[0].executionPolicy.runsPerItem must be greater than or equal to 1",
                "items[0].executionPolicy.passThreshold must be less than or equal to 100",
                "items[0].executionPolicy pass_threshold must be less than or equal to runs_per_item"
            ]
        );
        assert!(with(r#"{"runs_per_item":2}"#).is_empty());
        assert!(with(r#"{"runs_per_item":3,"pass_threshold":3}"#).is_empty());
    }
}
