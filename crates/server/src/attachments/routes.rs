//! `/v1/private/attachment`

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use ferropik_model::{Page, wire, wire_object};
use ferropik_store::AttachmentOwner;
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::disposition;
use super::files::StoredFile;
use super::service::{self, AttachmentItem, Download, Upload};
use crate::AppState;
use crate::http::chunks::chunks;
use crate::http::respond::{no_content, small_json};
use crate::http::{ApiError, ApiResult, JsonBody, Query, RequestScope, Violations, respond};

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Number of files on a page when the client does not say.
const DEFAULT_SIZE: u64 = 100;

/// Most files that one call deletes.
const MAX_DELETES: usize = crate::records::rules::MAX_BATCH;

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(start_upload))
        .routes(routes!(upload))
        .routes(routes!(complete_upload))
        .routes(routes!(list))
        .routes(routes!(download))
        .routes(routes!(delete))
}

wire_object! {
    /// Announces an upload.
    pub struct StartUpload {
        /// Name of the file, unique within the trace or span.
        pub file_name: Option<String> = wire::text,
        /// How many parts the client would send to an object store; of no effect.
        pub num_of_file_parts: Option<i64> = wire::optional,
        /// Media type; guessed when absent.
        pub mime_type: Option<String> = wire::text,
        /// Project, created when missing.
        pub project_name: Option<String> = wire::text,
        /// `trace` or `span`.
        pub entity_type: Option<String> = wire::text,
        /// Trace or span.
        pub entity_id: Option<Uuid> = wire::optional,
        /// Base URL of this API as the client sees it, in base64.
        pub path: Option<String> = wire::text,
    }
}

wire_object! {
    /// Ends an upload.
    pub struct CompleteUpload {
        /// Name of the file.
        pub file_name: Option<String> = wire::text,
        /// Id of the upload.
        pub upload_id: Option<String> = wire::text,
    }
}

wire_object! {
    /// Which files to delete.
    pub struct DeleteFiles {
        /// Their names.
        pub file_names: Option<Vec<String>> = wire::text_batch,
        /// `trace` or `span`.
        pub entity_type: Option<String> = wire::text,
        /// Trace or span.
        pub entity_id: Option<Uuid> = wire::optional,
        /// Project.
        pub container_id: Option<Uuid> = wire::optional,
    }
}

/// Where to send the bytes of a file.
#[derive(Debug, Serialize, ToSchema)]
struct StartedUpload {
    /// Id of the upload.
    upload_id: &'static str,
    /// One URL: the whole file goes there with a single PUT.
    pre_sign_urls: [String; 1],
}

/// Announce the upload of a file
#[utoipa::path(
    post, path = "/v1/private/attachment/upload-start", tag = "Attachments", operation_id = "startMultiPartUpload",
    request_body = StartUpload,
    responses((status = 200, body = StartedUpload), (status = 400, body = crate::http::ErrorMessage),
        (status = 422, body = crate::http::ErrorList)),
)]
async fn start_upload(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<StartUpload>,
) -> ApiResult<Response> {
    let mut violations = Violations::new();
    check_file_name(&mut violations, body.file_name.as_deref());
    violations.not_null(body.num_of_file_parts.as_ref(), "numOfFileParts");
    violations.check(
        body.num_of_file_parts.is_none_or(|parts| parts >= 1),
        "numOfFileParts",
        "must be greater than or equal to 1",
    );
    let owner = check_owner(&mut violations, body.entity_type.as_deref(), body.entity_id)?;
    violations.not_null(body.path.as_ref(), "path");
    violations.finish()?;
    let (Some(file_name), Some(owner), Some(base)) = (body.file_name, owner, body.path) else {
        return Err(ApiError::internal(
            "an upload passed validation without its required fields",
        ));
    };
    let upload = Upload {
        owner,
        project_name: body.project_name.as_deref(),
        file_name: &file_name,
        mime_type: body.mime_type.as_deref(),
    };
    let url = service::start_upload(&state, &scope, &upload, &base).await?;
    small_json(&StartedUpload {
        upload_id: service::DIRECT_UPLOAD_ID,
        pre_sign_urls: [url],
    })
}

/// Upload a file
#[utoipa::path(
    put, path = "/v1/private/attachment/upload", tag = "Attachments", operation_id = "uploadAttachment",
    params(
        ("file_name" = String, Query, description = "name, unique within the trace or span; the same name overwrites"),
        ("entity_type" = String, Query, description = "`trace` or `span`"),
        ("entity_id" = Uuid, Query, description = "trace or span"),
        ("mime_type" = Option<String>, Query, description = "media type; found out when absent"),
        ("project_name" = Option<String>, Query, description = "project, created when missing"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 400, body = crate::http::ErrorList), (status = 413, body = crate::http::ErrorMessage)),
)]
async fn upload(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
    request: Request,
) -> ApiResult<Response> {
    let owner = owner_of_query(&query)?;
    let file_name = query.required("file_name")?;
    if !service::is_file_name(file_name) {
        return Err(ApiError::invalid_parameter(
            "query param file_name must be a file name of at most 1024 bytes",
        ));
    }
    let (parts, body) = request.into_parts();
    let encoding = parts
        .headers
        .get(CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("identity");
    if encoding != "identity" {
        return Err(ApiError::message(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Files must be uploaded without a content encoding",
        ));
    }
    let upload = Upload {
        owner,
        project_name: query.text("project_name"),
        file_name,
        mime_type: query
            .text("mime_type")
            .filter(|text| HeaderValue::from_str(text).is_ok()),
    };
    let chunks = chunks(body, state.settings.body_idle_timeout, state.settings.max_body_bytes);
    service::store_upload(&state, &scope, &upload, chunks).await?;
    Ok(no_content())
}

/// End an upload
///
/// Files are complete once their bytes have been sent, so this only says so.
#[utoipa::path(
    post, path = "/v1/private/attachment/upload-complete", tag = "Attachments", operation_id = "completeMultiPartUpload",
    request_body = CompleteUpload, responses((status = 204)),
)]
async fn complete_upload(_scope: RequestScope, _body: JsonBody<CompleteUpload>) -> ApiResult<Response> {
    Ok(no_content())
}

/// List the files of a trace or span
#[utoipa::path(
    get, path = "/v1/private/attachment/list", tag = "Attachments", operation_id = "attachmentList",
    params(
        ("project_id" = Uuid, Query, description = "project of the trace or span"),
        ("entity_type" = String, Query, description = "`trace` or `span`"),
        ("entity_id" = Uuid, Query, description = "trace or span"),
        ("path" = String, Query, description = "base URL of this API as the client sees it, in base64"),
        ("page" = Option<u64>, Query, description = "from 1"),
        ("size" = Option<u64>, Query, description = "100 when absent"),
    ),
    responses((status = 200, body = Page<AttachmentItem>), (status = 400, body = crate::http::ErrorList)),
)]
async fn list(State(state): State<AppState>, RequestScope(scope): RequestScope, query: Query) -> ApiResult<Response> {
    let project = query.required_uuid("project_id")?;
    let owner = owner_of_query(&query)?;
    let base = query.required("path")?;
    let paging = (query.page()?, query.size(DEFAULT_SIZE)?);
    respond::json(service::list(&state, &scope, owner, project, base, paging).await?).await
}

/// Download a file
#[utoipa::path(
    get, path = "/v1/private/attachment/download", tag = "Attachments", operation_id = "downloadAttachment",
    params(
        ("workspace_name" = Option<String>, Query, description = "workspace, for links that carry no headers"),
        ("container_id" = Uuid, Query, description = "project"),
        ("entity_type" = String, Query, description = "`trace` or `span`"),
        ("entity_id" = Uuid, Query, description = "trace or span"),
        ("file_name" = String, Query, description = "name"),
        ("mime_type" = String, Query, description = "media type"),
    ),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 206),
        (status = 404, body = crate::http::ErrorMessage), (status = 416)),
)]
async fn download(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let project = query.required_uuid("container_id")?;
    let owner = owner_of_query(&query)?;
    let file_name = query.required("file_name")?;
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    match service::download(&state, &scope, owner, project, file_name, range).await? {
        Download::Whole(record, file) => Ok(send(StatusCode::OK, file_name, &record.mime_type, file)),
        Download::Part(record, file) => {
            let content_range = format!("bytes {}-{}/{}", file.range.start, file.range.end - 1, file.size);
            let mut response = send(StatusCode::PARTIAL_CONTENT, file_name, &record.mime_type, file);
            let content_range = HeaderValue::try_from(content_range).map_err(ApiError::internal)?;
            response.headers_mut().insert(CONTENT_RANGE, content_range);
            Ok(response)
        }
        Download::Unsatisfiable(size) => Ok((
            StatusCode::RANGE_NOT_SATISFIABLE,
            [(CONTENT_RANGE, format!("bytes */{size}"))],
        )
            .into_response()),
    }
}

/// Delete files of a trace or span
#[utoipa::path(
    post, path = "/v1/private/attachment/delete", tag = "Attachments", operation_id = "deleteAttachments",
    request_body = DeleteFiles,
    responses((status = 204), (status = 422, body = crate::http::ErrorList)),
)]
async fn delete(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<DeleteFiles>,
) -> ApiResult<Response> {
    let mut violations = Violations::new();
    let file_names = body.file_names.unwrap_or_default();
    violations.size(file_names.len(), 1, MAX_DELETES, "fileNames");
    let owner = check_owner(&mut violations, body.entity_type.as_deref(), body.entity_id)?;
    violations.not_null(body.container_id.as_ref(), "containerId");
    violations.finish()?;
    let owner = owner.ok_or_else(|| ApiError::internal("a delete passed validation without its owner"))?;
    service::delete(&state, &scope, owner, file_names).await?;
    Ok(no_content())
}

fn check_file_name(violations: &mut Violations, name: Option<&str>) {
    match name {
        Some(name) if !name.trim().is_empty() => violations.check(
            service::is_file_name(name),
            "fileName",
            format_args!("size must be between 1 and {}", service::MAX_FILE_NAME),
        ),
        _ => violations.add("fileName", "must not be blank"),
    }
}

fn check_owner(
    violations: &mut Violations,
    entity: Option<&str>,
    id: Option<Uuid>,
) -> ApiResult<Option<AttachmentOwner>> {
    violations.not_null(entity.as_ref(), "entityType");
    violations.not_null(id.as_ref(), "entityId");
    let entity = entity
        .map(|name| {
            service::entity_of_name(name).ok_or_else(|| {
                ApiError::unprocessable_json(format_args!("Unknown entity type '{name}', expected trace or span"))
            })
        })
        .transpose()?;
    Ok(entity.zip(id).map(|(entity, id)| AttachmentOwner { entity, id }))
}

fn owner_of_query(query: &Query) -> ApiResult<AttachmentOwner> {
    let entity = service::entity_of_name(query.required("entity_type")?).ok_or_else(ApiError::no_such_route)?;
    Ok(AttachmentOwner {
        entity,
        id: query.required_uuid("entity_id")?,
    })
}

/// Answers with a stored file that browsers save under that name. A page may show it as an image, as media, or through a
/// `blob:` URL; it neither runs as a page of this origin nor as a script or style sheet of one.
pub(crate) fn send(status: StatusCode, file_name: &str, mime_type: &str, file: StoredFile) -> Response {
    let len = file.range.end - file.range.start;
    let mut response = Response::new(Body::from_stream(file.bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, sent_type(mime_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
    headers.insert(CONTENT_DISPOSITION, disposition::attachment(file_name));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // A file that a browser shows after all must not run with the rights of the web UI.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// The media type that a file is sent with. Scripts and style sheets are sent as text, so that browsers refuse to load
/// them for a page, whose policy trusts its own origin.
fn sent_type(mime_type: &str) -> HeaderValue {
    let essence = mime_type.split(';').next().unwrap_or_default().trim();
    let subtype = essence.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_active = ["javascript", "ecmascript", "jscript", "livescript", "css"]
        .iter()
        .any(|name| subtype.contains(name));
    if is_active {
        return HeaderValue::from_static("text/plain; charset=utf-8");
    }
    HeaderValue::try_from(mime_type).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_style_sheets_are_text() {
        for mime_type in [
            "text/javascript",
            "application/x-javascript; charset=utf-8",
            "Text/JScript1.1",
            "text/css",
        ] {
            assert_eq!(sent_type(mime_type), "text/plain; charset=utf-8", "{mime_type}");
        }
        for mime_type in ["image/png", "application/json", "text/html", "application/pdf"] {
            assert_eq!(sent_type(mime_type), mime_type);
        }
        assert_eq!(sent_type("a\nb"), "application/octet-stream");
    }
}
