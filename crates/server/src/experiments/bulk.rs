//! Recording runs with all that belongs to them in one request.

use ferropik_model::{
    AttachmentEntity, ExperimentRunBatch, ExperimentRunWrite, NewAttachment, Source, Timestamp, TraceWrite,
};
use ferropik_store::{
    BulkItem, ExperimentPlace, ItemCreation, NewExperiment, NewExperimentItem, NewSpan, NewTrace, Scope, StoreResult,
};
use http::StatusCode;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::service::{created, stored};
use crate::AppState;
use crate::attachments::service::{discard, discard_new};
use crate::feedback_scores;
use crate::http::{ApiError, ApiResult, Violations};
use crate::projects::service::ensure;
use crate::records::rules::{self, Place};
use crate::records::write;
use crate::{spans, traces};

/// Largest body in bytes, after decompression.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Most spans and most scores of a run.
const MAX_PARTS: usize = 100;

/// A body that is read only when it is not too large.
#[derive(Debug)]
pub(super) struct Measured<T>(Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Measured<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Measured<T>, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if raw.get().len() > MAX_BYTES {
            return Ok(Measured(None));
        }
        serde_json::from_str(raw.get())
            .map(|value| Measured(Some(value)))
            .map_err(serde::de::Error::custom)
    }
}

impl<T> Measured<T> {
    /// The body.
    ///
    /// # Errors
    /// 422 when it is too large.
    pub(super) fn value(self) -> ApiResult<T> {
        self.0
            .ok_or_else(|| ApiError::invalid(vec!["Request size exceeds the maximum allowed size of 4MB".to_owned()]))
    }
}

/// Checks the body.
///
/// # Errors
/// 422, or 400 for ids that are not of version 7 and for spans that do not fit their trace.
fn validate(body: &ExperimentRunBatch) -> ApiResult<()> {
    let mut found = Violations::new();
    found.not_blank(body.experiment_name.as_deref(), "experimentName");
    found.not_blank(body.dataset_name.as_deref(), "datasetName");
    rules::project_name(body.project_name.as_deref(), Place::Top, &mut found);
    let items = rules::batch(body.items.as_deref(), "items", &mut found);
    let project_name = body.project_name.as_deref().map(str::trim);
    for (index, item) in items.iter().enumerate() {
        let place = Place::Element("items", index);
        found.not_null(item.dataset_item_id.as_ref(), place.at("datasetItemId"));
        if item.evaluate_task_result.is_some() && item.trace.is_some() {
            found.add_sentence("cannot provide both evaluate_task_result and trace together");
        }
        if let Some(trace) = &item.trace {
            traces::validate::properties(trace, place, &mut found);
            let own = trace.project_name.as_deref().map(str::trim);
            if let (Some(own), Some(wanted)) = (own, project_name)
                && own != wanted
            {
                found.add_sentence("trace project_name must match the request project_name");
            }
        }
        let parts = [
            (item.spans.as_ref().map_or(0, Vec::len), "spans"),
            (item.feedback_scores.as_ref().map_or(0, Vec::len), "feedbackScores"),
        ];
        for (len, property) in parts {
            found.size(len, 0, MAX_PARTS, place.at(property));
        }
        for (index, span) in item.spans.iter().flatten().enumerate() {
            spans::validate::properties(span, Place::Element("spans", index), &mut found);
        }
        for (index, score) in item.feedback_scores.iter().flatten().enumerate() {
            feedback_scores::validate::checked(score.clone(), Place::Element("feedbackScores", index), &mut found);
        }
    }
    found.finish()?;
    if let Some(id) = body.experiment_id {
        rules::version_7(id, "Experiment")?;
    }
    items.iter().try_for_each(check_ids)
}

fn check_ids(item: &ExperimentRunWrite) -> ApiResult<()> {
    rules::version_7(item.dataset_item_id.unwrap_or_default(), "Experiment Item datasetItem")?;
    if let Some(trace) = &item.trace {
        traces::validate::ids(trace)?;
    }
    for span in item.spans.iter().flatten() {
        let Some(trace) = &item.trace else {
            return Err(ApiError::bad_request("Trace is required when spans are provided"));
        };
        if trace.id.is_none() || span.trace_id != trace.id {
            return Err(ApiError::bad_request("Trace ID must match the span's trace ID"));
        }
        spans::validate::ids(span)?;
    }
    Ok(())
}

/// Gives spans that name no trace the one they come with: clients leave it out.
fn link_spans(body: &mut ExperimentRunBatch) {
    for item in body.items.iter_mut().flatten() {
        let Some(trace) = &mut item.trace else { continue };
        for span in item.spans.iter_mut().flatten() {
            let id = *trace.id.get_or_insert_with(|| rules::id_or_new(None));
            span.trace_id.get_or_insert(id);
        }
    }
}

/// Where runs are recorded.
struct Destination {
    experiment: Uuid,
    /// Project of traces that name none.
    project: Uuid,
    /// What announces a deprecation.
    deprecation: Option<String>,
}

fn conflict(text: String) -> ApiError {
    ApiError::message(StatusCode::CONFLICT, text)
}

fn same_name(left: &str, right: &str) -> bool {
    ferropik_query::fold(left.trim()) == ferropik_query::fold(right.trim())
}

/// Whether an experiment that exists is the one that the request is about.
///
/// # Errors
/// 409.
fn check_place(id: Uuid, place: &ExperimentPlace, dataset_name: &str, project_name: Option<&str>) -> ApiResult<()> {
    if !same_name(&place.dataset_name, dataset_name) {
        return Err(conflict(format!(
            "Experiment '{id}' belongs to dataset '{}', but request specifies dataset '{dataset_name}'",
            place.dataset_name
        )));
    }
    let Some(wanted) = project_name else { return Ok(()) };
    let own = place.project.as_ref().map(|(_, name)| name.as_str());
    if own.is_some_and(|own| same_name(own, wanted)) {
        return Ok(());
    }
    Err(conflict(format!(
        "Experiment '{id}' belongs to project '{}', but request specifies project_name '{wanted}'",
        own.unwrap_or("null")
    )))
}

/// Finds or makes the experiment.
async fn destination(state: &AppState, scope: &Scope, body: &ExperimentRunBatch) -> ApiResult<Destination> {
    let dataset_name = body.dataset_name.clone().unwrap_or_default();
    let project_name = body
        .project_name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let known = match body.experiment_id {
        Some(id) => state.store.experiment_place(scope, id).await?.map(|place| (id, place)),
        None => None,
    };
    if let Some((id, place)) = &known {
        check_place(*id, place, &dataset_name, project_name)?;
    }
    let dataset = match state.store.find_dataset(scope, &dataset_name, None).await? {
        Some(found) => state.store.dataset(scope, found.id).await?,
        None => None,
    };
    let of_dataset = dataset.and_then(|dataset| dataset.project_id);
    let mut deprecation = None;
    let own = if let Some(name) = project_name {
        if let Some(of_dataset) = of_dataset {
            let wanted = state.store.project_by_name(scope, name).await?;
            if wanted.is_none_or(|wanted| wanted.id != of_dataset) {
                return Err(conflict(format!(
                    "Dataset '{dataset_name}' belongs to a different project than the request project_name '{name}'"
                )));
            }
        }
        Some(ensure(state, scope, Some(name)).await?)
    } else if let Some(own) = known.as_ref().and_then(|(_, place)| place.project.as_ref()) {
        Some(own.0)
    } else {
        deprecation = Some(
            "Runs were recorded without a project_name. In a future version, you will need to specify the project \
             explicitly."
                .to_owned(),
        );
        of_dataset
    };
    let project = match own {
        Some(project) => project,
        None => ensure(state, scope, None).await?,
    };
    let experiment = match known {
        Some((id, _)) => id,
        None => {
            let id = rules::id_or_new(body.experiment_id);
            let experiment = NewExperiment {
                id,
                dataset_name,
                project: own,
                name: body.experiment_name.clone().unwrap_or_default(),
                metadata: None,
                tags: Vec::new(),
                kind: ferropik_model::ExperimentType::default(),
                method: ferropik_model::EvaluationMethod::default(),
                optimization: None,
                status: ferropik_model::ExperimentStatus::default(),
                scores: Vec::new(),
                prompt_versions: Vec::new(),
                dataset_version: None,
            };
            created(state.store.create_experiment(scope, experiment).await?)?;
            id
        }
    };
    Ok(Destination {
        experiment,
        project,
        deprecation,
    })
}

/// A run for the store. The trace of a run that brings none is made, and lists leave it out.
fn run(
    state: &AppState,
    body: ExperimentRunWrite,
    destination: &Destination,
    project: Uuid,
) -> (BulkItem, Vec<NewSpan>) {
    let hidden = body.trace.is_none();
    let mut trace = body.trace.unwrap_or_else(|| {
        let now = Timestamp::now();
        TraceWrite {
            start_time: Some(now),
            end_time: Some(now),
            output: body.evaluate_task_result,
            ..TraceWrite::default()
        }
    });
    trace.source = Some(Source::Experiment);
    let trace = traces::service::new_trace(trace, project);
    let spans = body
        .spans
        .unwrap_or_default()
        .into_iter()
        .map(|mut span| {
            span.source = Some(Source::Experiment);
            spans::service::new_span(span, project, &state.prices)
        })
        .collect();
    let mut unnoted = Violations::new();
    let scores = body
        .feedback_scores
        .unwrap_or_default()
        .into_iter()
        .filter_map(|score| feedback_scores::validate::checked(score, Place::Top, &mut unnoted))
        .collect();
    let item = NewExperimentItem {
        id: rules::id_or_new(None),
        experiment: destination.experiment,
        item: body.dataset_item_id.unwrap_or_default(),
        trace: trace.id,
        project: None,
        policy: None,
    };
    let run = BulkItem {
        item,
        trace,
        hidden,
        spans: Vec::new(),
        scores,
    };
    (run, spans)
}

/// Records runs. Answers what announces a deprecation.
pub(super) async fn record(state: &AppState, scope: &Scope, mut body: ExperimentRunBatch) -> ApiResult<Option<String>> {
    link_spans(&mut body);
    validate(&body)?;
    let destination = destination(state, scope, &body).await?;
    let mut runs = Vec::new();
    let mut span_counts = Vec::new();
    let mut all_spans: Vec<NewSpan> = Vec::new();
    for item in body.items.unwrap_or_default() {
        let own = item.trace.as_ref().and_then(|trace| trace.project_name.as_deref());
        let project = match own.filter(|name| !name.trim().is_empty()) {
            Some(name) => ensure(state, scope, Some(name)).await?,
            None => destination.project,
        };
        let (item, spans) = run(state, item, &destination, project);
        runs.push(item);
        span_counts.push(spans.len());
        all_spans.extend(spans);
        tokio::task::consume_budget().await;
    }
    write::extract_all(
        state,
        scope,
        AttachmentEntity::Trace,
        &mut runs,
        |run: &mut BulkItem| traces::service::parts(&mut run.trace),
    )
    .await?;
    let new_files: Vec<NewAttachment> = runs.iter().flat_map(|run| files_of(&run.trace)).collect();
    let extracted = write::extract_all(
        state,
        scope,
        AttachmentEntity::Span,
        &mut all_spans,
        spans::service::parts,
    )
    .await;
    if let Err(error) = extracted {
        discard_new(state, new_files).await;
        return Err(error);
    }
    let mut files = new_files;
    files.extend(all_spans.iter().flat_map(|span| span.attachments.iter().cloned()));
    let mut spans = all_spans.into_iter();
    for (run, count) in runs.iter_mut().zip(span_counts) {
        run.spans = spans.by_ref().take(count).collect();
    }
    stored(commit(state, scope, runs, files).await??)?;
    Ok(destination.deprecation)
}

fn files_of(trace: &NewTrace) -> Vec<NewAttachment> {
    trace.attachments.clone()
}

/// Runs the write to its end, even when the client hangs up meanwhile, and cleans up the files.
async fn commit(
    state: &AppState,
    scope: &Scope,
    runs: Vec<BulkItem>,
    files: Vec<NewAttachment>,
) -> ApiResult<StoreResult<ItemCreation>> {
    let (state, scope) = (state.clone(), scope.clone());
    let outcome = tokio::spawn(async move {
        match state.store.record_experiment_items(&scope, runs).await {
            Ok((outcome, leftovers)) => {
                if outcome != ItemCreation::Stored {
                    discard_new(&state, files).await;
                }
                discard(&state, leftovers).await;
                Ok(outcome)
            }
            Err(error) => {
                discard_new(&state, files).await;
                Err(error)
            }
        }
    });
    Ok(outcome.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        validate(&serde_json::from_str(text).unwrap()).unwrap_err().body()
    }

    #[test]
    fn rules_of_runs() {
        assert_eq!(
            problem(r#"{"items":[]}"#),
            concat!(
                r#"{"errors":["experimentName must not be blank","datasetName must not be blank","#,
                r#""items size must be between 1 and 1000"]}"#
            )
        );
        let run =
            |run: &str| format!(r#"{{"experiment_name":"e","dataset_name":"d","project_name":"p","items":[{run}]}}"#);
        let id = ferropik_model::id::new();
        assert_eq!(
            problem(&run(&format!(
                r#"{{"dataset_item_id":"{id}","evaluate_task_result":1,"trace":{{"start_time":"2026-01-01T00:00:00Z","project_name":"q"}}}}"#
            ))),
            concat!(
                r#"{"errors":["cannot provide both evaluate_task_result and trace together","#,
                r#""trace project_name must match the request project_name"]}"#
            )
        );
        let span = format!(r#"{{"trace_id":"{id}","start_time":"2026-01-01T00:00:00Z"}}"#);
        assert!(
            problem(&run(&format!(r#"{{"dataset_item_id":"{id}","spans":[{span}]}}"#)))
                .contains("Trace is required when spans are provided")
        );
        let other = ferropik_model::id::new();
        assert!(
            problem(&run(&format!(
                r#"{{"dataset_item_id":"{id}","trace":{{"id":"{other}","start_time":"2026-01-01T00:00:00Z"}},"spans":[{span}]}}"#
            )))
            .contains("Trace ID must match the span's trace ID")
        );
    }

    #[test]
    fn large_bodies_are_not_read() {
        let large = format!("\"{}\"", "x".repeat(MAX_BYTES));
        let measured: Measured<String> = serde_json::from_str(&large).unwrap();
        assert_eq!(
            measured.value().unwrap_err().body(),
            r#"{"errors":["Request size exceeds the maximum allowed size of 4MB"]}"#
        );
        let small: Measured<String> = serde_json::from_str("\"x\"").unwrap();
        assert_eq!(small.value().unwrap(), "x");
    }
}
