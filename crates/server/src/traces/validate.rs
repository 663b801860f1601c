//! Rules of trace bodies.

use ferropik_model::{TraceUpdate, TraceWrite, wire, wire_object};
use uuid::Uuid;

use crate::http::{ApiResult, Violations};
use crate::records::rules::{self, Place};

wire_object! {
    /// Traces to create or replace.
    pub struct TraceBatch {
        /// 1 to 1000 traces.
        pub traces: Option<Vec<TraceWrite>> = wire::batch,
    }
}

wire_object! {
    /// One change of many traces.
    pub struct TraceBatchUpdate {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
        /// The change. Its project and source are of no effect.
        pub update: Option<TraceUpdate> = wire::optional,
        /// Whether `tags` of the change is added to the stored tags instead of replacing them.
        pub merge_tags: Option<bool> = wire::optional,
    }
}

/// A trace create.
///
/// # Errors
/// 422, or 400 when the id is not of version 7.
pub(super) fn create(trace: &TraceWrite) -> ApiResult<()> {
    let mut found = Violations::new();
    properties(trace, Place::Top, &mut found);
    found.finish()?;
    ids(trace)
}

/// A batch of traces.
///
/// # Errors
/// 422, or 400 when an id is not of version 7.
pub(super) fn batch(batch: &TraceBatch) -> ApiResult<()> {
    let mut found = Violations::new();
    let traces = rules::batch(batch.traces.as_deref(), "traces", &mut found);
    for (index, trace) in traces.iter().enumerate() {
        properties(trace, Place::Element("traces", index), &mut found);
    }
    found.finish()?;
    traces.iter().try_for_each(ids)
}

/// A change of one trace.
///
/// # Errors
/// 422, or 400 when the id is not of version 7.
pub(super) fn update(id: Uuid, update: &TraceUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    changes(update, Place::Top, &mut found);
    found.finish()?;
    rules::version_7(id, "Trace")
}

/// A change of many traces.
///
/// # Errors
/// 422.
pub(super) fn batch_update(body: &TraceBatchUpdate) -> ApiResult<()> {
    let mut found = Violations::new();
    rules::batch(body.ids.as_deref(), "ids", &mut found);
    found.not_null(body.update.as_ref(), "update");
    if let Some(update) = &body.update {
        changes(update, Place::Within("update"), &mut found);
    }
    found.finish()
}

/// Checks the properties of a trace, all but the versions of its ids.
pub(crate) fn properties(trace: &TraceWrite, place: Place, found: &mut Violations) {
    rules::project_name(trace.project_name.as_deref(), place, found);
    rules::start_time(trace.start_time, place, found);
    rules::event_time(trace.end_time, "endTime", place, found);
    rules::last_updated_at(trace.last_updated_at, place, found);
    rules::ttft(trace.ttft, place, found);
    rules::environment(trace.environment.as_deref(), place, found);
}

/// Checks the versions of the ids of a trace.
///
/// # Errors
/// 400.
pub(crate) fn ids(trace: &TraceWrite) -> ApiResult<()> {
    trace.id.map_or(Ok(()), |id| rules::version_7(id, "Trace"))
}

fn changes(update: &TraceUpdate, place: Place, found: &mut Violations) {
    rules::project_name(update.project_name.as_deref(), place, found);
    rules::event_time(update.end_time, "endTime", place, found);
    rules::tag_lists(
        update.tags.as_deref(),
        update.tags_to_add.as_deref(),
        update.tags_to_remove.as_deref(),
        place,
        found,
    );
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
    fn every_element_of_a_batch_is_checked() {
        let body = r#"{"traces":[{"start_time":"2026-01-01T00:00:00Z"},{"ttft":-1,"project_name":" "}]}"#;
        let error = batch(&parse(body)).unwrap_err();
        assert_eq!(
            (error.status().as_u16(), error.body()),
            (
                422,
                concat!(
                    r#"{"errors":["traces[1].projectName must not be blank","traces[1].startTime must not be null","#,
                    r#""traces[1].ttft must be greater than or equal to 0"]}"#
                )
                .to_owned()
            )
        );
        let empty = batch(&parse(r#"{"traces":[]}"#)).unwrap_err();
        assert_eq!(empty.body(), r#"{"errors":["traces size must be between 1 and 1000"]}"#);
        assert_eq!(
            batch(&parse("{}")).unwrap_err().body(),
            r#"{"errors":["traces must not be null"]}"#
        );
    }

    #[test]
    fn rules_come_before_the_version_of_the_id() {
        let id = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
        assert_eq!(
            create(&parse(&format!(r#"{{"id":"{id}"}}"#))).unwrap_err().status(),
            422
        );
        let error = create(&parse(&format!(
            r#"{{"id":"{id}","start_time":"2026-01-01T00:00:00Z"}}"#
        )))
        .unwrap_err();
        assert_eq!(
            error.body(),
            r#"{"code":400,"message":"Invalid UUID for id","details":"Trace id must be a version 7 UUID"}"#
        );
    }

    #[test]
    fn updates_are_checked_within_their_place() {
        let body = r#"{"ids":["0190babc-62a0-71d2-832a-0feffa4676eb"],"update":{"tags":[" "]}}"#;
        assert_eq!(
            batch_update(&parse(body)).unwrap_err().body(),
            r#"{"errors":["update.tags[].<iterable element> Tag must not be blank"]}"#
        );
        assert_eq!(
            batch_update(&parse("{}")).unwrap_err().body(),
            r#"{"errors":["ids must not be null","update must not be null"]}"#
        );
        assert_eq!(update(id::new(), &parse(r#"{"tags":[]}"#)), Ok(()));
    }
}
