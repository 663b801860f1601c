//! Rules of OpenTelemetry exports.

use std::collections::HashMap;

use ferropik_otel::{Export, ExportError, OtelTrace, Records, Rejected};
use ferropik_store::{Scope, WantedOtelTrace};
use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use crate::AppState;
use crate::http::{ApiError, ApiResult, Violations};
use crate::projects::service::{effective_name, ensure};
use crate::records::rules::{self, MAX_BATCH, Place};
use crate::spans::service as spans;
use crate::spans::validate::SpanBatch;
use crate::traces::service as traces;
use crate::traces::validate::TraceBatch;

/// Header that names the project. Exporters write it in lower case.
pub(super) const PROJECT_HEADER: &str = "projectname";

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Protobuf.
    Protobuf,
    /// JSON.
    Json,
}

impl Encoding {
    /// The encoding that the media type of a body says.
    ///
    /// # Errors
    /// 415 for other types.
    pub(super) fn of(media_type: &str) -> ApiResult<Encoding> {
        match media_type {
            "application/x-protobuf" | "application/protobuf" | "application/vnd.google.protobuf" => {
                Ok(Encoding::Protobuf)
            }
            "application/json" | "text/json" => Ok(Encoding::Json),
            _ => Err(ApiError::message(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "HTTP 415 Unsupported Media Type",
            )),
        }
    }

    /// Reads a body. This may take a while.
    ///
    /// # Errors
    /// 400 when it is no export, 413 when there is too much of it.
    pub(super) fn read(self, body: &[u8]) -> ApiResult<Export> {
        let export = match self {
            Encoding::Protobuf => Export::from_protobuf(body),
            Encoding::Json => Export::from_json(body),
        };
        export.map_err(|error| match error {
            ExportError::Malformed(_) => ApiError::bad_request(error.to_string()),
            ExportError::TooLarge => ApiError::message(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
        })
    }
}

/// Name of the project that the headers of a request mean.
///
/// # Errors
/// 422 when it is too long.
pub(super) fn project_of(headers: &HeaderMap) -> ApiResult<String> {
    let value = headers.get(PROJECT_HEADER).map(|value| value.as_bytes());
    let name = String::from_utf8_lossy(value.unwrap_or_default());
    let name = effective_name(Some(&name)).to_owned();
    let mut found = Violations::new();
    rules::project_name(Some(&name), Place::Top, &mut found);
    found.finish()?;
    Ok(name)
}

/// Stores the traces and spans of an export; answers what could not be stored.
pub(super) async fn store(state: &AppState, scope: &Scope, project: String, export: Export) -> ApiResult<Rejected> {
    let rejected = export.rejected();
    let project_id = ensure(state, scope, Some(&project)).await?;
    let (export, wanted) = tokio::task::spawn_blocking(move || {
        let wanted = export.traces();
        (export, wanted)
    })
    .await?;
    let ids = trace_ids(state, scope, project_id, wanted).await?;
    let records = tokio::task::spawn_blocking(move || export.into_records(&project, &ids)).await?;
    write(state, scope, records).await?;
    Ok(rejected)
}

/// The ids that traces have here, by those that they have in OpenTelemetry.
async fn trace_ids(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    wanted: Vec<OtelTrace>,
) -> ApiResult<HashMap<Vec<u8>, Uuid>> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let otel_ids: Vec<Vec<u8>> = wanted.iter().map(|trace| trace.otel_id.clone()).collect();
    let wanted = wanted.into_iter().map(|trace| WantedOtelTrace {
        otel_id: trace.otel_id,
        proposed_id: trace.proposed_id,
    });
    let ids = state.store.otel_trace_ids(scope, project, wanted.collect()).await?;
    Ok(otel_ids.into_iter().zip(ids).collect())
}

/// Writes records in batches as clients would. When one fails, the exporter sends all of them again, which finds the same
/// ids.
async fn write(state: &AppState, scope: &Scope, records: Records) -> ApiResult<()> {
    for batch in batches(records.traces) {
        traces::create_batch(state, scope, TraceBatch { traces: Some(batch) }).await?;
    }
    for batch in batches(records.spans) {
        spans::create_batch(state, scope, SpanBatch { spans: Some(batch) }).await?;
    }
    Ok(())
}

fn batches<R>(records: Vec<R>) -> impl Iterator<Item = Vec<R>> {
    let mut records = records.into_iter();
    std::iter::from_fn(move || {
        let batch: Vec<R> = records.by_ref().take(MAX_BATCH).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_header_names_the_project() {
        let project = |bytes: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(PROJECT_HEADER, HeaderValue::from_bytes(bytes).unwrap());
            project_of(&headers).map_err(|error| error.status().as_u16())
        };
        assert_eq!(project_of(&HeaderMap::new()).unwrap(), "Default Project");
        assert_eq!(project(b" "), Ok("Default Project".to_owned()));
        assert_eq!(project("größe".as_bytes()), Ok("größe".to_owned()));
        assert_eq!(project(&[b'x'; 151]), Err(422));
    }

    #[test]
    fn bodies_are_told_apart_by_their_type() {
        assert_eq!(Encoding::of("application/json"), Ok(Encoding::Json));
        assert_eq!(Encoding::of("application/x-protobuf"), Ok(Encoding::Protobuf));
        assert_eq!(Encoding::of("application/grpc").unwrap_err().status(), 415);
        assert_eq!(Encoding::Json.read(b"{").unwrap_err().status(), 400);
        assert_eq!(Encoding::Protobuf.read(b"x").unwrap_err().status(), 400);
    }

    #[test]
    fn long_lists_are_split() {
        let sizes: Vec<usize> = batches(vec![(); 2_500]).map(|batch| batch.len()).collect();
        assert_eq!(sizes, [1_000, 1_000, 500]);
        assert_eq!(batches(Vec::<()>::new()).count(), 0);
    }
}
