//! Rules of the bodies of experiments.

use ferropik_model::{
    ExperimentItemBatch, ExperimentItemWrite, ExperimentScoreWrite, ExperimentUpdate, ExperimentWrite, NamedScore,
};
use uuid::Uuid;

use crate::http::{ApiResult, Violations};
use crate::records::rules::{self, Place};

/// Checks a new experiment.
///
/// # Errors
/// 422, or 400 when the id is not of version 7.
pub(super) fn create(body: &ExperimentWrite) -> ApiResult<()> {
    let mut found = Violations::new();
    found.not_blank(body.dataset_name.as_deref(), "datasetName");
    rules::project_name(body.project_name.as_deref(), Place::Top, &mut found);
    rules::tag_lists(body.tags.as_deref(), None, None, Place::Top, &mut found);
    scores(body.experiment_scores.as_deref(), &mut found);
    for (index, link) in body.prompt_versions.iter().flatten().enumerate() {
        found.check(
            link.id.or(link.prompt_version_id).is_some(),
            format_args!("promptVersions[{index}].id"),
            "must not be null",
        );
    }
    found.finish()?;
    match body.id {
        Some(id) => rules::version_7(id, "Experiment"),
        None => Ok(()),
    }
}

/// Checks a change of an experiment.
pub(super) fn update(body: &ExperimentUpdate, place: Place, found: &mut Violations) {
    found.null_or_not_blank(body.name.as_deref(), place.at("name"));
    rules::tag_lists(
        body.tags.as_deref(),
        body.tags_to_add.as_deref(),
        body.tags_to_remove.as_deref(),
        place,
        found,
    );
    scores(body.experiment_scores.as_deref(), found);
}

fn scores(scores: Option<&[ExperimentScoreWrite]>, found: &mut Violations) {
    for (index, score) in scores.iter().copied().flatten().enumerate() {
        let place = Place::Element("experimentScores", index);
        found.not_blank(score.name.as_deref(), place.at("name"));
        found.not_null(score.value.as_ref(), place.at("value"));
    }
}

/// Checked scores of an experiment.
pub(super) fn named(scores: Vec<ExperimentScoreWrite>) -> Vec<NamedScore> {
    scores
        .into_iter()
        .filter_map(|score| {
            Some(NamedScore {
                name: score.name?,
                value: score.value?,
            })
        })
        .collect()
}

/// An item whose ids are checked.
pub(super) struct CheckedItem {
    pub(super) body: ExperimentItemWrite,
    pub(super) experiment: Uuid,
    pub(super) item: Uuid,
    pub(super) trace: Uuid,
}

/// Checks new items.
///
/// # Errors
/// 422, or 400 when an id is not of version 7.
pub(super) fn items(batch: ExperimentItemBatch) -> ApiResult<Vec<CheckedItem>> {
    let mut found = Violations::new();
    rules::batch(batch.experiment_items.as_deref(), "experimentItems", &mut found);
    let mut checked = Vec::new();
    for (index, body) in batch.experiment_items.unwrap_or_default().into_iter().enumerate() {
        let place = Place::Element("experimentItems", index);
        found.not_null(body.experiment_id.as_ref(), place.at("experimentId"));
        found.not_null(body.dataset_item_id.as_ref(), place.at("datasetItemId"));
        found.not_null(body.trace_id.as_ref(), place.at("traceId"));
        rules::project_name(body.project_name.as_deref(), place, &mut found);
        if let (Some(experiment), Some(item), Some(trace)) = (body.experiment_id, body.dataset_item_id, body.trace_id) {
            checked.push(CheckedItem {
                body,
                experiment,
                item,
                trace,
            });
        }
    }
    found.finish()?;
    for item in &checked {
        if let Some(id) = item.body.id {
            rules::version_7(id, "Experiment Item")?;
        }
        rules::version_7(item.experiment, "Experiment Item experiment")?;
        rules::version_7(item.item, "Experiment Item datasetItem")?;
        rules::version_7(item.trace, "Experiment Item trace")?;
    }
    Ok(checked)
}
