//! Rules of span bodies.

use ferropik_model::{SpanUpdate, SpanWrite, wire, wire_object};
use uuid::Uuid;

use crate::http::{ApiResult, Violations};
use crate::records::rules::{self, Place};

wire_object! {
    /// Spans to create or replace.
    pub struct SpanBatch {
        /// 1 to 1000 spans.
        pub spans: Option<Vec<SpanWrite>> = wire::batch,
    }
}

wire_object! {
    /// One change of many spans.
    pub struct SpanBatchUpdate {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
        /// The change. Its project and source are of no effect, nor is `trace_id`, although it is required.
        pub update: Option<SpanUpdate> = wire::optional,
        /// Whether `tags` of the change is added to the stored tags instead of replacing them.
        pub merge_tags: Option<bool> = wire::optional,
    }
}

/// A span create.
///
/// # Errors
/// 422, or 400 when an id is not of version 7.
pub(super) fn create(span: &SpanWrite) -> ApiResult<()> {
    let mut found = Violations::new();
    properties(span, Place::Top, &mut found);
    found.finish()?;
    ids(span)
}

/// A batch of spans.
///
/// # Errors
/// 422, or 400 when an id is not of version 7.
pub(super) fn batch(batch: &SpanBatch) -> ApiResult<()> {
    let mut found = Violations::new();
    let spans = rules::batch(batch.spans.as_deref(), "spans", &mut found);
    for (index, span) in spans.iter().enumerate() {
        properties(span, Place::Element("spans", index), &mut found);
    }
    found.finish()?;
    spans.iter().try_for_each(ids)
}

/// A change of one span; answers its trace.
///
/// # Errors
/// 422, or 400 when an id is not of version 7.
pub(super) fn update(id: Uuid, update: &SpanUpdate) -> ApiResult<Uuid> {
    let mut found = Violations::new();
    changes(update, Place::Top, &mut found);
    found.finish()?;
    rules::version_7(id, "Span")?;
    let trace_id = update.trace_id.unwrap_or_default();
    rules::version_7(trace_id, "Trace")?;
    Ok(trace_id)
}

/// A change of many spans.
///
/// # Errors
/// 422.
pub(super) fn batch_update(body: &SpanBatchUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    rules::batch(body.ids.as_deref(), "ids", &mut found);
    found.not_null(body.update.as_ref(), "update");
    if let Some(update) = &body.update {
        changes(update, Place::Within("update"), &mut found);
    }
    found.finish()
}

/// Checks the properties of a span, all but the versions of its ids.
pub(crate) fn properties(span: &SpanWrite, place: Place, found: &mut Violations) {
    rules::project_name(span.project_name.as_deref(), place, found);
    found.not_null(span.trace_id.as_ref(), place.at("traceId"));
    rules::start_time(span.start_time, place, found);
    rules::event_time(span.end_time, "endTime", place, found);
    rules::last_updated_at(span.last_updated_at, place, found);
    rules::cost(span.total_estimated_cost, place, found);
    rules::ttft(span.ttft, place, found);
    rules::environment(span.environment.as_deref(), place, found);
}

/// Checks the versions of the ids of a span.
///
/// # Errors
/// 400.
pub(crate) fn ids(span: &SpanWrite) -> ApiResult<()> {
    let ids = [
        (span.id, "Span"),
        (span.trace_id, "Trace"),
        (span.parent_span_id, "Span"),
    ];
    ids.into_iter()
        .try_for_each(|(id, entity)| id.map_or(Ok(()), |id| rules::version_7(id, entity)))
}

fn changes(update: &SpanUpdate, place: Place, found: &mut Violations) {
    rules::project_name(update.project_name.as_deref(), place, found);
    found.not_null(update.trace_id.as_ref(), place.at("traceId"));
    rules::event_time(update.end_time, "endTime", place, found);
    rules::tag_lists(
        update.tags.as_deref(),
        update.tags_to_add.as_deref(),
        update.tags_to_remove.as_deref(),
        place,
        found,
    );
    rules::cost(update.total_estimated_cost, place, found);
    rules::ttft(update.ttft, place, found);
    rules::environment(update.environment.as_deref(), place, found);
}

#[cfg(test)]
mod tests {
    use ferropik_model::id;

    use super::*;

    fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_span_needs_a_trace_and_a_start() {
        assert_eq!(
            batch(&parse(r#"{"spans":[{"total_estimated_cost":-1}]}"#))
                .unwrap_err()
                .body(),
            concat!(
                r#"{"errors":["spans[0].traceId must not be null","spans[0].startTime must not be null","#,
                r#""spans[0].totalEstimatedCost must be greater than or equal to 0.0"]}"#
            )
        );
    }

    #[test]
    fn ids_are_of_version_7() {
        let (v4, v7) = ("f47ac10b-58cc-4372-a567-0e02b2c3d479", id::new());
        let start = r#""start_time":"2026-01-01T00:00:00Z""#;
        for (body, entity) in [
            (format!(r#"{{"id":"{v4}","trace_id":"{v7}",{start}}}"#), "Span"),
            (format!(r#"{{"trace_id":"{v4}",{start}}}"#), "Trace"),
        ] {
            let error = create(&parse(&body)).unwrap_err();
            assert!(
                error.body().contains(&format!("{entity} id must be a version 7 UUID")),
                "{}",
                error.body()
            );
        }
        assert_eq!(create(&parse(&format!(r#"{{"trace_id":"{v7}",{start}}}"#))), Ok(()));
    }

    #[test]
    fn updates_need_the_trace() {
        assert_eq!(
            update(id::new(), &parse("{}")).unwrap_err().body(),
            r#"{"errors":["traceId must not be null"]}"#
        );
        let id = id::new();
        assert_eq!(
            batch_update(&parse(&format!(r#"{{"ids":["{id}"],"update":{{}}}}"#)))
                .unwrap_err()
                .body(),
            r#"{"errors":["update.traceId must not be null"]}"#
        );
        assert_eq!(update(id, &parse(&format!(r#"{{"trace_id":"{id}"}}"#))), Ok(id));
    }
}
