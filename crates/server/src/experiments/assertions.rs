//! Verdicts on assertions.

use ferropik_model::{AssertedEntity, AssertionBatch, RunVerdict};
use ferropik_store::{NewScore, Scope, ScoreTarget, ScoredEntity};
use rust_decimal::Decimal;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::project;
use crate::records::rules::{self, Place};

/// The category that makes a verdict of a score.
pub(super) const CATEGORY: &str = "suite_assertion";

/// Stores verdicts.
///
/// # Errors
/// 422, or 400 for threads and for ids that are not of version 7.
pub(super) async fn put(state: &AppState, scope: &Scope, batch: AssertionBatch) -> ApiResult<()> {
    let mut found = Violations::new();
    found.not_null(batch.entity_type.as_ref(), "entityType");
    rules::batch(batch.assertion_results.as_deref(), "assertionResults", &mut found);
    for (index, item) in batch.assertion_results.iter().flatten().enumerate() {
        let place = Place::Element("assertionResults", index);
        found.not_null(item.entity_id.as_ref(), place.at("entityId"));
        rules::project_name(item.project_name.as_deref(), place, &mut found);
        found.not_blank(item.name.as_deref(), place.at("name"));
        found.not_null(item.status.as_ref(), place.at("status"));
        found.not_null(item.source.as_ref(), place.at("source"));
    }
    found.finish()?;
    let target_of: fn(uuid::Uuid) -> ScoreTarget = match batch.entity_type.unwrap_or(AssertedEntity::Trace) {
        AssertedEntity::Trace => ScoreTarget::Trace,
        AssertedEntity::Span => ScoreTarget::Span,
        AssertedEntity::Thread => {
            return Err(ApiError::bad_request(
                "Assertion results are not supported for entity type 'THREAD'",
            ));
        }
    };
    let items = batch.assertion_results.unwrap_or_default();
    for item in &items {
        rules::version_7(item.entity_id.unwrap_or_default(), "entity")?;
    }
    let names = items.iter().map(|item| item.project_name.as_deref());
    let projects = project::of_names(state, scope, names).await?;
    let mut scores = Vec::with_capacity(items.len());
    for (item, project) in items.into_iter().zip(projects) {
        let (Some(entity), Some(name), Some(source)) = (item.entity_id, item.name, item.source) else {
            continue;
        };
        let value = match item.status {
            Some(RunVerdict::Passed) => Decimal::ONE,
            _ => Decimal::ZERO,
        };
        let target = ScoredEntity {
            target: target_of(entity),
            project,
        };
        let score = NewScore {
            name,
            category_name: Some(CATEGORY.to_owned()),
            value,
            reason: item.reason.filter(|reason| !reason.trim().is_empty()),
            source,
            source_queue_id: None,
        };
        scores.push((target, score));
    }
    Ok(state.store.put_scores(scope, scores).await?)
}
