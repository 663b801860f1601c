//! Parameters of lists and statistics, for the API description only. What they mean is in [`super::query`].

use utoipa::IntoParams;
use uuid::Uuid;

/// The project of a read.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
pub(crate) struct ProjectParams {
    /// Project by name; this or `project_id` is required.
    project_name: Option<String>,
    /// Project by id; wins over the name.
    project_id: Option<Uuid>,
}

/// Which rows.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
pub(crate) struct SelectionParams {
    /// JSON array of `{"field", "operator", "key", "value"}`; all have to hold.
    filters: Option<String>,
    /// Text that any searchable field must contain, in any case.
    search: Option<String>,
    /// Earliest time of an id: ISO-8601 or milliseconds since the epoch.
    from_time: Option<String>,
    /// Latest time of an id.
    to_time: Option<String>,
}

/// Which page, and how.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
pub(crate) struct PageParams {
    /// From 1.
    #[param(default = 1, minimum = 1)]
    page: Option<u64>,
    /// At least 1.
    #[param(default = 10, minimum = 1)]
    size: Option<u64>,
    /// JSON array of `{"field", "direction"}`, of which the first counts.
    sorting: Option<String>,
    /// Whether payloads are cut to their first bytes.
    #[param(default = false)]
    truncate: Option<bool>,
    /// Whether references to attachments stay in payloads instead of the files.
    #[param(default = false)]
    strip_attachments: Option<bool>,
    /// JSON array of fields to leave out.
    exclude: Option<String>,
}

/// Which spans.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
pub(crate) struct SpanParams {
    /// Only spans of this trace.
    trace_id: Option<Uuid>,
    /// Only spans of this type.
    #[param(value_type = Option<ferropik_model::SpanType>, inline)]
    r#type: Option<String>,
}

/// Narrows to an annotation queue.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes parameters")]
pub(crate) struct QueueParams {
    /// Only items of this annotation queue, with the scores and comments given in it.
    annotation_queue_id: Option<Uuid>,
}
