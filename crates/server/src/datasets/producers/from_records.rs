//! Items that are made of traces and spans.

use ferropik_model::{
    DatasetItemSource, DatasetType, EvaluatorItem, ExecutionPolicy, RawJson, Span, Trace, id, wire, wire_object,
};
use ferropik_store::{
    DatasetItemsPut, NewDatasetItem, Scan, Scope, Selection, SpanSelection, StoreError, View, WriteTo,
};
use http::StatusCode;
use indexmap::{IndexMap, IndexSet};
use uuid::Uuid;

use super::record_data::{self, EnrichmentOptions, FieldMappings};
use crate::AppState;
use crate::attachments::Reinjection;
use crate::datasets::validate;
use crate::http::{ApiError, ApiResult, Violations};
use crate::records::payload::StoredRow;
use crate::records::rules::{MAX_BATCH, Place};

/// Most bytes of data of the items of one request.
const MAX_DATA_BYTES: usize = 256 * 1024 * 1024;

/// Most keys that one request maps.
const MAX_MAPPINGS: usize = 1000;

/// Spans that are read at once.
const SPANS_AT_A_TIME: usize = 1000;

/// Bytes of spans that are read at once.
const SPAN_BYTES_AT_A_TIME: usize = 8 * 1024 * 1024;

wire_object! {
    /// Body that makes items of traces.
    pub struct ItemsFromTraces {
        /// 1 to 1000 traces; unknown ones are skipped.
        pub trace_ids: Option<Vec<Uuid>> = wire::list,
        /// Required: what else goes into the data.
        pub enrichment_options: Option<EnrichmentOptions> = wire::optional,
        /// Evaluators of the items.
        pub evaluators: Option<Vec<EvaluatorItem>> = wire::list,
        /// How often the items are run.
        pub execution_policy: Option<ExecutionPolicy> = wire::optional,
        /// Keys of the data, and the paths into the trace where their values are, such as `input.question`.
        #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
        pub field_mappings: Option<IndexMap<String, Option<String>>> = wire::map,
    }
}

wire_object! {
    /// Body that makes items of spans.
    pub struct ItemsFromSpans {
        /// 1 to 1000 spans; unknown ones are skipped.
        pub span_ids: Option<Vec<Uuid>> = wire::list,
        /// Required: what else goes into the data.
        pub enrichment_options: Option<EnrichmentOptions> = wire::optional,
        /// Evaluators of the items.
        pub evaluators: Option<Vec<EvaluatorItem>> = wire::list,
        /// How often the items are run.
        pub execution_policy: Option<ExecutionPolicy> = wire::optional,
        /// Keys of the data, and the paths into the span where their values are, such as `input.question`.
        #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
        pub field_mappings: Option<IndexMap<String, Option<String>>> = wire::map,
    }
}

/// What is wanted, whatever the items are made of.
struct Wanted {
    ids: IndexSet<Uuid>,
    options: EnrichmentOptions,
    mappings: FieldMappings,
    evaluators: Option<RawJson>,
    policy: Option<ExecutionPolicy>,
}

impl Wanted {
    fn new(
        ids: Option<Vec<Uuid>>,
        ids_name: &str,
        options: Option<EnrichmentOptions>,
        evaluators: Option<Vec<EvaluatorItem>>,
        policy: Option<ExecutionPolicy>,
        mappings: Option<IndexMap<String, Option<String>>>,
    ) -> ApiResult<Wanted> {
        let mut found = Violations::new();
        let ids: IndexSet<Uuid> = ids.unwrap_or_default().into_iter().collect();
        if ids.is_empty() {
            found.add(ids_name, "must not be empty");
        } else {
            found.size(ids.len(), 1, MAX_BATCH, ids_name);
        }
        found.not_null(options.as_ref(), "enrichmentOptions");
        validate::evaluators(evaluators.as_deref(), Place::Top, &mut found);
        validate::policy(policy, Place::Top, &mut found);
        let mappings = mappings.unwrap_or_default();
        found.size(mappings.len(), 0, MAX_MAPPINGS, "fieldMappings");
        found.finish()?;
        Ok(Wanted {
            ids,
            options: options.unwrap_or_default(),
            mappings: mappings
                .into_iter()
                .filter_map(|(key, path)| Some((key, path?)))
                .collect(),
            evaluators: validate::stored_evaluators(&evaluators.unwrap_or_default())?,
            policy: validate::stored_policy(policy),
        })
    }
}

/// Makes an item of each trace, all in a new version.
///
/// # Errors
/// 404 for the dataset, 413 when the items are too large together, 422.
pub(super) async fn from_traces(
    state: &AppState,
    scope: &Scope,
    dataset: Uuid,
    body: ItemsFromTraces,
) -> ApiResult<()> {
    let wanted = Wanted::new(
        body.trace_ids,
        "traceIds",
        body.enrichment_options,
        body.evaluators,
        body.execution_policy,
        body.field_mappings,
    )?;
    let mut items = NewItems::of(state, scope, dataset, &wanted).await?;
    let wants_spans = wanted.options.include_spans == Some(true) && !items.is_suite;
    for id in &wanted.ids {
        let Some(mut trace) = state.store.trace(scope, *id, View::default()).await? else {
            continue;
        };
        items.complete(&mut trace).await?;
        let spans = if wants_spans {
            spans_of(&mut items, &trace).await?
        } else {
            Vec::new()
        };
        let is_suite = items.is_suite;
        let (options, mappings) = (wanted.options, wanted.mappings.clone());
        let data = tokio::task::spawn_blocking(move || {
            if is_suite {
                return Ok(record_data::of_input(trace.input.as_ref()));
            }
            record_data::of_trace(&trace, &spans, options, &mappings)
        })
        .await?
        .map_err(ApiError::internal)?;
        items.add(DatasetItemSource::Trace, *id, data)?;
    }
    items.store(dataset).await
}

/// Makes an item of each span, all in a new version.
///
/// # Errors
/// Those of [`from_traces`].
pub(super) async fn from_spans(state: &AppState, scope: &Scope, dataset: Uuid, body: ItemsFromSpans) -> ApiResult<()> {
    let wanted = Wanted::new(
        body.span_ids,
        "spanIds",
        body.enrichment_options,
        body.evaluators,
        body.execution_policy,
        body.field_mappings,
    )?;
    let mut items = NewItems::of(state, scope, dataset, &wanted).await?;
    for id in &wanted.ids {
        let Some(mut span) = state.store.span(scope, *id, View::default()).await? else {
            continue;
        };
        items.complete(&mut span).await?;
        let is_suite = items.is_suite;
        let (options, mappings) = (wanted.options, wanted.mappings.clone());
        let data = tokio::task::spawn_blocking(move || {
            if is_suite {
                return Ok(record_data::of_input(span.input.as_ref()));
            }
            record_data::of_span(&span, options, &mappings)
        })
        .await?
        .map_err(ApiError::internal)?;
        items.add(DatasetItemSource::Span, *id, data)?;
    }
    items.store(dataset).await
}

/// The spans of a trace in the order they began.
async fn spans_of(items: &mut NewItems<'_>, trace: &Trace) -> ApiResult<Vec<Span>> {
    let mut spans: Vec<Span> = Vec::new();
    let mut bytes = 0;
    loop {
        let selection = SpanSelection {
            base: Selection::all(trace.project_id),
            trace_id: Some(trace.id),
            span_type: None,
        };
        let scan = Scan {
            before: spans.last().map(|span| span.id),
            limit: SPANS_AT_A_TIME,
            max_bytes: SPAN_BYTES_AT_A_TIME,
            view: View::default(),
        };
        let mut piece = items.state.store.scan_spans(items.scope, selection, scan).await?;
        if piece.is_empty() {
            break;
        }
        for span in &mut piece {
            items.complete(span).await?;
            bytes += weight(span);
        }
        items.check_room(bytes)?;
        spans.append(&mut piece);
    }
    spans.sort_by_key(|span| (span.start_time, span.id));
    Ok(spans)
}

fn weight(span: &Span) -> usize {
    [&span.input, &span.output, &span.metadata]
        .into_iter()
        .flatten()
        .map(|payload| payload.as_str().len())
        .sum::<usize>()
        + size_of::<Span>()
}

/// Items that are gathered for one write.
struct NewItems<'a> {
    state: &'a AppState,
    scope: &'a Scope,
    reinjection: Reinjection<'a>,
    is_suite: bool,
    evaluators: Option<RawJson>,
    policy: Option<ExecutionPolicy>,
    items: Vec<NewDatasetItem>,
    bytes: usize,
}

impl<'a> NewItems<'a> {
    async fn of(state: &'a AppState, scope: &'a Scope, dataset: Uuid, wanted: &Wanted) -> ApiResult<NewItems<'a>> {
        let found = state.store.dataset(scope, dataset).await?;
        let found = found.ok_or_else(|| no_such_dataset(dataset))?;
        Ok(NewItems {
            state,
            scope,
            reinjection: Reinjection::new(state, scope),
            is_suite: found.r#type == DatasetType::EvaluationSuite,
            evaluators: wanted.evaluators.clone(),
            policy: wanted.policy,
            items: Vec::with_capacity(wanted.ids.len()),
            bytes: 0,
        })
    }

    /// Puts files back into a record: an item must not depend on the trace that it was made of.
    async fn complete<R: StoredRow>(&mut self, record: &mut R) -> ApiResult<()> {
        let owner = record.owner();
        self.reinjection.apply(owner, record.payloads()).await
    }

    fn check_room(&self, bytes: usize) -> ApiResult<()> {
        if self.bytes + bytes > MAX_DATA_BYTES {
            return Err(ApiError::message(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("The items exceed the maximum allowed size of {MAX_DATA_BYTES} bytes"),
            ));
        }
        Ok(())
    }

    fn add(&mut self, source: DatasetItemSource, record: Uuid, data: RawJson) -> ApiResult<()> {
        let bytes = data.as_str().len();
        self.check_room(bytes)?;
        self.bytes += bytes;
        let is_trace = source == DatasetItemSource::Trace;
        self.items.push(NewDatasetItem {
            id: id::new(),
            source,
            trace_id: is_trace.then_some(record),
            span_id: (!is_trace).then_some(record),
            data,
            description: None,
            tags: Vec::new(),
            evaluators: self.evaluators.clone(),
            policy: self.policy,
        });
        Ok(())
    }

    async fn store(self, dataset: Uuid) -> ApiResult<()> {
        if self.items.is_empty() {
            return Ok(());
        }
        let put = DatasetItemsPut {
            target: WriteTo::NewVersion,
            description: None,
            copy_from: None,
            items: self.items,
        };
        match self.state.store.put_dataset_items(self.scope, dataset, put).await {
            Err(StoreError::NotFound) => Err(no_such_dataset(dataset)),
            other => Ok(other?),
        }
    }
}

fn no_such_dataset(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Dataset not found: '{id}'"))
}
