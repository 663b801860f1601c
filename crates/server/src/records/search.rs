//! Bodies of searches, and the streams that answer them.

use std::future::Future;

use axum::response::Response;
use ferropik_model::{Timestamp, wire, wire_object};
use ferropik_query::{Entity, Filter, RawFilter};
use ferropik_store::{ExcludedFields, Scan, Selection, View, ViewField};
use utoipa::ToSchema;
use uuid::Uuid;

use super::project::NamedProject;
use super::query::{Wanted, excluded};
use crate::http::ndjson::{self, Piece};
use crate::http::query::check_time_range;
use crate::http::{ApiError, ApiResult, Violations};

/// Rows that a stream holds at a time.
const PIECE_ROWS: usize = 200;

/// Bytes of payloads that a stream holds at a time, about.
const PIECE_BYTES: usize = 8 * 1024 * 1024;

/// Most rows of one search.
const MAX_LIMIT: i64 = 2000;

const DEFAULT_LIMIT: i64 = 500;

/// A condition of a filter.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the wire object for the API description; `RawFilter` is what is read"
)]
pub(crate) struct FilterObject {
    /// Name of the field.
    field: String,
    /// Such as `=`, `contains` or `is_empty`.
    operator: String,
    /// The key, for fields that are maps.
    key: Option<String>,
    /// The value; empty text for `is_empty` and `is_not_empty`.
    value: String,
    /// What clients take the field for, such as `string`, `number` or `dictionary`; the server knows by itself.
    r#type: Option<String>,
}

wire_object! {
    /// Search of traces.
    pub struct TraceSearch {
        /// Project by name.
        pub project_name: Option<String> = wire::text,
        /// Project by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Conditions that all have to hold.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub filters: Option<Vec<RawFilter>> = wire::list,
        /// Only traces with a lower id.
        pub last_retrieved_id: Option<Uuid> = wire::optional,
        /// 1 to 2000, by default 500.
        pub limit: Option<i64> = wire::optional,
        /// Whether payloads are cut to their first bytes.
        pub truncate: Option<bool> = wire::optional,
        /// Whether references to attachments stay in payloads instead of the files.
        pub strip_attachments: Option<bool> = wire::optional,
        /// Fields to leave out.
        pub exclude: Option<Vec<String>> = wire::text_list,
        /// Earliest time of an id.
        pub from_time: Option<Timestamp> = wire::optional,
        /// Latest time of an id.
        pub to_time: Option<Timestamp> = wire::optional,
    }
}

wire_object! {
    /// Search of spans.
    pub struct SpanSearch {
        /// Project by name.
        pub project_name: Option<String> = wire::text,
        /// Project by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Only spans of this trace.
        pub trace_id: Option<Uuid> = wire::optional,
        /// Only spans of this type.
        pub r#type: Option<ferropik_model::SpanType> = wire::optional,
        /// Conditions that all have to hold.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub filters: Option<Vec<RawFilter>> = wire::list,
        /// Only spans with a lower id.
        pub last_retrieved_id: Option<Uuid> = wire::optional,
        /// 1 to 2000, by default 500.
        pub limit: Option<i64> = wire::optional,
        /// Whether payloads are cut to their first bytes.
        pub truncate: Option<bool> = wire::optional,
        /// Whether references to attachments stay in payloads instead of the files.
        pub strip_attachments: Option<bool> = wire::optional,
        /// Fields to leave out.
        pub exclude: Option<Vec<String>> = wire::text_list,
        /// Earliest time of an id.
        pub from_time: Option<Timestamp> = wire::optional,
        /// Latest time of an id.
        pub to_time: Option<Timestamp> = wire::optional,
    }
}

wire_object! {
    /// Search of threads.
    pub struct ThreadSearch {
        /// Project by name.
        pub project_name: Option<String> = wire::text,
        /// Project by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Conditions that all have to hold.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub filters: Option<Vec<RawFilter>> = wire::list,
        /// Only threads after this one: the id of a thread's record, or the thread's text id.
        pub last_retrieved_thread_model_id: Option<String> = wire::text,
        /// 1 to 2000, by default 500.
        pub limit: Option<i64> = wire::optional,
        /// Whether messages are cut to their first bytes.
        pub truncate: Option<bool> = wire::optional,
        /// Accepted; messages always keep references to attachments.
        pub strip_attachments: Option<bool> = wire::optional,
        /// Earliest time of an id.
        pub from_time: Option<Timestamp> = wire::optional,
        /// Latest time of an id.
        pub to_time: Option<Timestamp> = wire::optional,
    }
}

/// What the bodies of all searches have.
pub(crate) struct Conditions {
    pub(crate) project_id: Option<Uuid>,
    pub(crate) project_name: Option<String>,
    pub(crate) filters: Option<Vec<RawFilter>>,
    pub(crate) limit: Option<i64>,
    pub(crate) from_time: Option<Timestamp>,
    pub(crate) to_time: Option<Timestamp>,
}

impl Conditions {
    /// What to search, and how many rows at most.
    ///
    /// # Errors
    /// 422 for a limit out of range, 400 for filters, a missing project or an empty time range.
    pub(crate) fn check(self, entity: Entity) -> ApiResult<(Wanted, usize)> {
        let limit = checked_limit(self.limit)?;
        let filter = Filter::from_values(entity, self.filters.unwrap_or_default())?;
        check_time_range(self.from_time, self.to_time)?;
        let project = NamedProject::required(self.project_id, self.project_name.as_deref())?;
        let selection = Selection {
            filter,
            from: self.from_time,
            to: self.to_time,
            ..Selection::all(Uuid::nil())
        };
        Ok((Wanted::new(project, selection), limit))
    }
}

/// How many rows a search or stream answers at most.
///
/// # Errors
/// 422 for a limit out of range.
pub(crate) fn checked_limit(limit: Option<i64>) -> ApiResult<usize> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let mut found = Violations::new();
    found.check(limit >= 1, "limit", "must be greater than or equal to 1");
    found.check(
        limit <= MAX_LIMIT,
        "limit",
        format_args!("must be less than or equal to {MAX_LIMIT}"),
    );
    found.finish()?;
    Ok(usize::try_from(limit).unwrap_or_default())
}

/// The fields that a search leaves out.
///
/// # Errors
/// 400 for unknown names.
pub(crate) fn exclude(names: Option<&[String]>, known: &[(&str, ViewField)]) -> ApiResult<ExcludedFields> {
    excluded(names.unwrap_or_default(), known).map_err(|name| {
        ApiError::unprocessable_json(format_args!("Cannot deserialize the name of a field from \"{name}\""))
    })
}

/// Where a stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    before: Option<Uuid>,
    left: usize,
}

impl Cursor {
    fn scan(self, view: View) -> Scan {
        Scan {
            before: self.before,
            limit: self.left.min(PIECE_ROWS),
            max_bytes: PIECE_BYTES,
            view,
        }
    }

    /// The cursor after a piece whose rows have these ids; `None` after the last row.
    fn after(self, count: usize, last: Option<Uuid>) -> Option<Cursor> {
        let left = self.left.saturating_sub(count);
        (count > 0 && left > 0).then_some(Cursor { before: last, left })
    }
}

/// Streams at most `limit` rows with ids below `before`, a small piece at a time. `id_of` is the id that the scans are
/// ordered by.
///
/// # Errors
/// Those of the first piece.
pub(crate) async fn stream<T, F, Fut>(
    before: Option<Uuid>,
    limit: usize,
    view: View,
    id_of: fn(&T) -> Uuid,
    scan: F,
) -> ApiResult<Response>
where
    T: serde::Serialize + Send + 'static,
    F: Fn(Scan) -> Fut + Send + 'static,
    Fut: Future<Output = ApiResult<Vec<T>>> + Send + 'static,
{
    ndjson::stream(Cursor { before, left: limit }, move |cursor: Cursor| {
        let rows = scan(cursor.scan(view));
        async move {
            let rows = rows.await?;
            let next = cursor.after(rows.len(), rows.last().map(id_of));
            Ok(Piece { rows, next })
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn limits_have_bounds() {
        assert_eq!(checked_limit(None), Ok(500));
        assert_eq!(checked_limit(Some(2000)), Ok(2000));
        assert_eq!(
            checked_limit(Some(0)).unwrap_err().body(),
            r#"{"errors":["limit must be greater than or equal to 1"]}"#
        );
        assert_eq!(
            checked_limit(Some(2001)).unwrap_err().body(),
            r#"{"errors":["limit must be less than or equal to 2000"]}"#
        );
    }

    #[test]
    fn bodies_are_read_leniently() {
        let body = r#"{"project_name":"p","filters":[{"field":"name","operator":"=","value":"x","type":"string"}],
            "limit":null,"unknown":1}"#;
        let search: TraceSearch = serde_json::from_str(body).unwrap();
        assert_eq!(search.filters.map(|filters| filters.len()), Some(1));
        assert_eq!(search.limit, None);
        let unknown = exclude(Some(&["nope".to_owned()]), ViewField::OF_SPANS).unwrap_err();
        assert_eq!(unknown.status(), 400);
        assert!(unknown.body().contains("Unable to process JSON."));
    }

    #[tokio::test]
    async fn streams_read_pieces_until_the_limit_or_the_end() {
        for (rows, limit, expected) in [
            (1000_u128, 450_usize, 450_usize),
            (300, 500, 300),
            (200, 200, 200),
            (0, 5, 0),
        ] {
            let scan = move |scan: Scan| async move {
                assert!(scan.limit <= PIECE_ROWS);
                let below = scan.before.map_or(rows, |id| id.as_u128());
                // Shorter pieces than asked for: a store may end a piece early.
                let piece = scan.limit.min(150) as u128;
                Ok((below.saturating_sub(piece)..below).rev().collect::<Vec<u128>>())
            };
            let response = stream(None, limit, View::default(), |row: &u128| Uuid::from_u128(*row), scan)
                .await
                .unwrap();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let lines: Vec<&str> = std::str::from_utf8(&body).unwrap().split_terminator("\r\n").collect();
            assert_eq!(lines.len(), expected);
            let numbers: Vec<u128> = lines.iter().map(|line| line.parse().unwrap()).collect();
            assert!(numbers.windows(2).all(|pair| pair[0] == pair[1] + 1));
        }
    }
}
