//! Rules of guardrail results.

use ferropik_model::{GuardrailResult, wire, wire_object};
use ferropik_store::{NewGuardrail, Scope};
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::project;
use crate::records::rules::{self, Place};

/// Longest name of a guardrail, in bytes.
const MAX_NAME: usize = 150;

wire_object! {
    /// Guardrail results to store.
    pub struct GuardrailBatch {
        /// 1 to 1000 results.
        pub guardrails: Option<Vec<GuardrailResult>> = wire::batch,
    }
}

/// Stores guardrail results.
pub(super) async fn create(state: &AppState, scope: &Scope, batch: GuardrailBatch) -> ApiResult<()> {
    check(&batch)?;
    let results = batch.guardrails.unwrap_or_default();
    let names = results.iter().map(|result| result.project_name.as_deref());
    let projects = project::of_names(state, scope, names).await?;
    let rows = results
        .into_iter()
        .zip(projects)
        .map(|(result, project)| new_guardrail(result, project));
    let rows = rows.collect::<ApiResult<Vec<NewGuardrail>>>()?;
    Ok(state.store.put_guardrails(scope, rows).await?)
}

fn check(batch: &GuardrailBatch) -> ApiResult<()> {
    let mut found = Violations::new();
    let results = rules::batch(batch.guardrails.as_deref(), "guardrails", &mut found);
    for (index, result) in results.iter().enumerate() {
        let place = Place::Element("guardrails", index);
        rules::project_name(result.project_name.as_deref(), place, &mut found);
        found.not_null(result.entity_id.as_ref(), place.at("entityId"));
        found.not_null(result.secondary_id.as_ref(), place.at("secondaryId"));
        found.not_null(result.name.as_ref(), place.at("name"));
        found.not_null(result.result.as_ref(), place.at("result"));
        found.not_null(result.config.as_ref(), place.at("config"));
        found.not_null(result.details.as_ref(), place.at("details"));
    }
    found.finish()?;
    results
        .iter()
        .filter_map(|result| result.entity_id)
        .try_for_each(|id| rules::version_7(id, "trace"))
}

fn new_guardrail(result: GuardrailResult, project: Uuid) -> ApiResult<NewGuardrail> {
    let GuardrailResult {
        entity_id: Some(trace_id),
        secondary_id: Some(span_id),
        name: Some(name),
        result: Some(outcome),
        config: Some(config),
        details: Some(details),
        ..
    } = result
    else {
        return Err(ApiError::internal("a guardrail result was not checked"));
    };
    Ok(NewGuardrail {
        trace_id,
        span_id,
        project,
        name: canonical_name(&name)?,
        outcome,
        config,
        details,
    })
}

/// Names are upper-case words such as `PII`; they are read in any case.
fn canonical_name(name: &str) -> ApiResult<String> {
    let canonical = name.trim().to_ascii_uppercase();
    let is_word = canonical
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if canonical.is_empty() || canonical.len() > MAX_NAME || !is_word {
        return Err(ApiError::unprocessable_json(format_args!(
            "Cannot deserialize value of type `GuardrailType` from String \"{}\"",
            &name[..name.floor_char_boundary(MAX_NAME)]
        )));
    }
    Ok(canonical)
}

#[cfg(test)]
mod tests {
    use ferropik_model::id;

    use super::*;

    fn parse(text: &str) -> GuardrailBatch {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn all_but_the_project_is_required() {
        assert_eq!(
            check(&parse(r#"{"guardrails":[{"name":"PII","result":"failed"}]}"#))
                .unwrap_err()
                .body(),
            concat!(
                r#"{"errors":["guardrails[0].entityId must not be null","guardrails[0].secondaryId must not be null","#,
                r#""guardrails[0].config must not be null","guardrails[0].details must not be null"]}"#
            )
        );
        assert_eq!(
            check(&parse(r#"{"guardrails":[]}"#)).unwrap_err().body(),
            r#"{"errors":["guardrails size must be between 1 and 1000"]}"#
        );
    }

    #[test]
    fn the_trace_id_is_of_version_7() {
        let body = |id: Uuid| {
            parse(&format!(
                r#"{{"guardrails":[{{"entity_id":"{id}","secondary_id":"{id}","name":"PII","result":"passed","config":{{}},
                "details":{{}}}}]}}"#
            ))
        };
        assert_eq!(check(&body(id::new())), Ok(()));
        let error = check(&body(Uuid::from_u128(4 << 76))).unwrap_err();
        assert!(error.body().contains("trace id must be a version 7 UUID"));
    }

    #[test]
    fn names_are_upper_case_words() {
        assert_eq!(canonical_name("custom_classifier").unwrap(), "CUSTOM_CLASSIFIER");
        for name in ["", " ", "A B", "Ä", &"X".repeat(151)] {
            assert_eq!(canonical_name(name).unwrap_err().status(), 400, "{name}");
        }
    }
}
