//! Rules of feedback definitions.

use ferropik_model::{
    FeedbackDefinition, FeedbackDefinitionWrite, FeedbackDetails, FeedbackType, Page, RawJson, USER_FEEDBACK, wire,
    wire_object,
};
use ferropik_store::{Conflict, Listing, NewFeedbackDefinition, Scope, StoreError};
use http::StatusCode;
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::records::body::IdBatch;
use crate::records::{listing, rules};

/// Longest name, in characters.
const MAX_NAME: usize = 255;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 255;

/// Fewest labels of a categorical definition.
const MIN_CATEGORIES: usize = 2;

wire_object! {
    /// Details of all types, as they are sent.
    #[expect(non_snake_case, reason = "the names on the wire")]
    pub struct DetailsWrite {
        /// Lower bound.
        pub min: Option<f64> = wire::double,
        /// Upper bound.
        pub max: Option<f64> = wire::double,
        /// Numbers by label.
        #[schema(value_type = Option<std::collections::BTreeMap<String, f64>>)]
        pub categories: Option<IndexMap<String, f64>> = wire::map,
        /// Label of 1.
        pub true_label: Option<String> = wire::text,
        /// Label of 0.
        pub false_label: Option<String> = wire::text,
        /// Label of 1, as some clients spell it.
        pub trueLabel: Option<String> = wire::text,
        /// Label of 0, as some clients spell it.
        pub falseLabel: Option<String> = wire::text,
    }
}

pub(super) async fn create(state: &AppState, scope: &Scope, body: FeedbackDefinitionWrite) -> ApiResult<Uuid> {
    let created = state.store.create_feedback_definition(scope, validated(body)?).await;
    created.map_err(definition_error)
}

pub(super) async fn replace(state: &AppState, scope: &Scope, id: Uuid, body: FeedbackDefinitionWrite) -> ApiResult<()> {
    let replaced = state
        .store
        .replace_feedback_definition(scope, id, validated(body)?)
        .await;
    replaced.map_err(definition_error)
}

pub(super) async fn get(state: &AppState, scope: &Scope, id: Uuid) -> ApiResult<FeedbackDefinition> {
    let found = state.store.feedback_definition(scope, id).await?;
    found.ok_or_else(|| definition_error(StoreError::NotFound))
}

pub(super) async fn list(state: &AppState, scope: &Scope, query: &Query) -> ApiResult<Page<FeedbackDefinition>> {
    let (page, size) = listing::paging(query)?;
    let kind = match query.text("type") {
        None => None,
        Some(name) => Some(
            FeedbackType::from_name(&name.to_ascii_lowercase())
                .ok_or_else(|| ApiError::bad_request(format!("Invalid query param type '{name}'")))?,
        ),
    };
    let wanted = Listing {
        page,
        size,
        name: query.text("name").map(str::to_owned),
        ..Listing::default()
    };
    let listed = state.store.feedback_definitions(scope, wanted, kind).await?;
    Ok(Page::new(page, listed.total, listed.rows))
}

pub(super) async fn delete_batch(state: &AppState, scope: &Scope, body: IdBatch) -> ApiResult<()> {
    delete(state, scope, rules::required_ids(body.ids)?).await
}

/// Deletes definitions; unknown ones are skipped.
pub(super) async fn delete(state: &AppState, scope: &Scope, ids: Vec<Uuid>) -> ApiResult<()> {
    let deleted = state.store.delete_feedback_definitions(scope, ids).await;
    deleted.map_err(definition_error)
}

fn definition_error(error: StoreError) -> ApiError {
    match error {
        StoreError::Conflict(Conflict::NameTaken) => ApiError::conflict("Feedback already exists"),
        StoreError::Conflict(Conflict::Protected) => ApiError::message(
            StatusCode::CONFLICT,
            format!("Cannot delete feedback definition '{USER_FEEDBACK}'"),
        ),
        StoreError::NotFound => {
            ApiError::errors(StatusCode::NOT_FOUND, vec!["Feedback definition not found".to_owned()])
        }
        other => other.into(),
    }
}

fn validated(body: FeedbackDefinitionWrite) -> ApiResult<NewFeedbackDefinition> {
    let kind = match body.r#type.as_deref() {
        None => return Err(ApiError::unprocessable_json("missing type id property 'type'")),
        Some(name) => FeedbackType::from_name(name).ok_or_else(|| {
            ApiError::unprocessable_json(format_args!(
                "Could not resolve type id '{name}': known type ids = [boolean, categorical, numerical]"
            ))
        })?,
    };
    let details: Option<DetailsWrite> = body.details.as_ref().map(read).transpose()?;
    let mut found = Violations::new();
    found.not_blank(body.name.as_deref(), "name");
    rules::max_size(body.name.as_deref(), MAX_NAME, "name", &mut found);
    rules::max_chars(body.description.as_deref(), MAX_DESCRIPTION, "description", &mut found);
    found.not_null(details.as_ref(), "details");
    let details = details.and_then(|details| match kind {
        FeedbackType::Numerical => numerical(&details, &mut found),
        FeedbackType::Categorical => categorical(details, &mut found),
        FeedbackType::Boolean => boolean(details, &mut found),
    });
    found.finish()?;
    Ok(NewFeedbackDefinition {
        name: body.name.unwrap_or_default(),
        description: body.description,
        details: details.ok_or_else(|| ApiError::internal("details are missing after validation"))?,
    })
}

fn read<T: DeserializeOwned>(json: &RawJson) -> ApiResult<T> {
    serde_json::from_str(json.as_str()).map_err(ApiError::unprocessable_json)
}

fn numerical(details: &DetailsWrite, found: &mut Violations) -> Option<FeedbackDetails> {
    found.not_null(details.min.as_ref(), "details.min");
    found.not_null(details.max.as_ref(), "details.max");
    let (min, max) = (details.min?, details.max?);
    if min.is_finite() && max.is_finite() && min < max {
        return Some(FeedbackDetails::Numerical { min, max });
    }
    found.add("details.min", "has to be smaller than details.max");
    None
}

fn categorical(details: DetailsWrite, found: &mut Violations) -> Option<FeedbackDetails> {
    found.not_null(details.categories.as_ref(), "details.categories");
    let categories = details.categories?;
    found.size(
        categories.len(),
        MIN_CATEGORIES,
        usize::try_from(i32::MAX).unwrap_or(usize::MAX),
        "details.categories",
    );
    Some(FeedbackDetails::Categorical { categories })
}

fn boolean(details: DetailsWrite, found: &mut Violations) -> Option<FeedbackDetails> {
    let true_label = details.true_label.or(details.trueLabel);
    let false_label = details.false_label.or(details.falseLabel);
    found.not_blank(true_label.as_deref(), "details.trueLabel");
    found.not_blank(false_label.as_deref(), "details.falseLabel");
    Some(FeedbackDetails::Boolean {
        true_label: true_label?,
        false_label: false_label?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(json: &str) -> ApiResult<NewFeedbackDefinition> {
        validated(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_type_has_its_details() {
        let details = |json: &str| write(json).unwrap().details;
        assert_eq!(
            details(r#"{"name":"n","type":"numerical","details":{"min":-1,"max":0.5,"x":null}}"#),
            FeedbackDetails::Numerical { min: -1.0, max: 0.5 }
        );
        let categories = details(r#"{"name":"n","type":"categorical","details":{"categories":{"b":1,"a":0}}}"#);
        let text = serde_json::to_string(&categories).unwrap();
        assert_eq!(text, r#"{"categories":{"b":1.0,"a":0.0}}"#);
        assert_eq!(serde_json::from_str::<FeedbackDetails>(&text).unwrap(), categories);
        for labels in [
            r#"{"true_label":"yes","false_label":"no"}"#,
            r#"{"trueLabel":"yes","falseLabel":"no"}"#,
        ] {
            let stored = details(&format!(r#"{{"name":"n","type":"boolean","details":{labels}}}"#));
            assert_eq!(
                serde_json::to_string(&stored).unwrap(),
                r#"{"true_label":"yes","false_label":"no"}"#
            );
        }
    }

    #[test]
    fn violations_name_their_paths() {
        for (body, status, text) in [
            (r#"{"name":"n"}"#, 400, "Unable to process JSON."),
            (r#"{"name":"n","type":"x"}"#, 400, "Unable to process JSON."),
            (
                r#"{"name":"n","type":"boolean","details":5}"#,
                400,
                "Unable to process JSON.",
            ),
            (r#"{"name":"n","type":"numerical"}"#, 422, "details must not be null"),
            (
                r#"{"name":" ","type":"numerical","details":{"min":0,"max":1}}"#,
                422,
                "name must not be blank",
            ),
            (
                r#"{"name":"n","type":"numerical","details":{"max":1}}"#,
                422,
                "details.min must not be null",
            ),
            (
                r#"{"name":"n","type":"numerical","details":{"min":1}}"#,
                422,
                "details.max must not be null",
            ),
            (
                r#"{"name":"n","type":"numerical","details":{"min":1,"max":1}}"#,
                422,
                "details.min has to be smaller than details.max",
            ),
            (
                r#"{"name":"n","type":"categorical","details":{}}"#,
                422,
                "details.categories must not be null",
            ),
            (
                r#"{"name":"n","type":"categorical","details":{"categories":{"a":1}}}"#,
                422,
                "details.categories size must be between 2 and 2147483647",
            ),
            (
                r#"{"name":"n","type":"boolean","details":{"true_label":" "}}"#,
                422,
                "details.trueLabel must not be blank",
            ),
            (
                r#"{"name":"n","type":"boolean","details":{}}"#,
                422,
                "details.falseLabel must not be blank",
            ),
        ] {
            let error = write(body).unwrap_err();
            assert!(
                error.status() == status && error.body().contains(text),
                "{body}: {}",
                error.body()
            );
        }
    }
}
