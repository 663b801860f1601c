//! Errors with a wire shape.
//!
//! Clients know two bodies: `{"code", "message", "details"?}` and `{"errors": […]}`. Which one an endpoint uses is part
//! of its contract, so the constructors name the shape.

use axum::response::{IntoResponse, Response};
use ferropik_query::QueryError;
use ferropik_store::{Conflict, StoreError};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

/// Result of a handler or of a service.
pub type ApiResult<T> = Result<T, ApiError>;

/// Seconds after which a client that was told to slow down may try again.
const RETRY_SECONDS: u32 = 1;

/// Header from which the official SDKs read how many seconds to wait after a 429.
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Body of most errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorMessage {
    /// The status code once more.
    pub code: u16,
    /// What went wrong, for humans.
    pub message: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// Body of validation errors and of some conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorList {
    /// One text for each violation.
    pub errors: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ErrorBody {
    Message(ErrorMessage),
    List(ErrorList),
}

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    body: Box<ErrorBody>,
    retry_after: Option<u32>,
}

impl ApiError {
    /// `{"code", "message"}` with that status.
    pub fn message(status: StatusCode, text: impl Into<String>) -> ApiError {
        let body = ErrorMessage {
            code: status.as_u16(),
            message: text.into(),
            details: None,
        };
        ApiError {
            status,
            body: Box::new(ErrorBody::Message(body)),
            retry_after: None,
        }
    }

    /// `{"errors": […]}` with that status.
    pub fn errors(status: StatusCode, texts: Vec<String>) -> ApiError {
        ApiError {
            status,
            body: Box::new(ErrorBody::List(ErrorList { errors: texts })),
            retry_after: None,
        }
    }

    /// 400 `{"code", "message"}`.
    pub fn bad_request(text: impl Into<String>) -> ApiError {
        ApiError::message(StatusCode::BAD_REQUEST, text)
    }

    /// 404 `{"code", "message"}`.
    pub fn not_found(text: impl Into<String>) -> ApiError {
        ApiError::message(StatusCode::NOT_FOUND, text)
    }

    /// 404 of a path that leads nowhere, also of one with a malformed id in it.
    pub fn no_such_route() -> ApiError {
        ApiError::not_found("HTTP 404 Not Found")
    }

    /// 409 `{"errors": […]}` with one text.
    pub fn conflict(text: impl Into<String>) -> ApiError {
        ApiError::errors(StatusCode::CONFLICT, vec![text.into()])
    }

    /// 422 `{"errors": […]}`: the body breaks these rules.
    pub fn invalid(texts: Vec<String>) -> ApiError {
        ApiError::errors(StatusCode::UNPROCESSABLE_ENTITY, texts)
    }

    /// 400 `{"errors": […]}`: a parameter breaks a rule.
    pub fn invalid_parameter(text: impl Into<String>) -> ApiError {
        ApiError::errors(StatusCode::BAD_REQUEST, vec![text.into()])
    }

    /// 400: the body is no JSON, or a value in it has the wrong type.
    pub fn unprocessable_json(detail: impl std::fmt::Display) -> ApiError {
        ApiError::bad_request(format!("Unable to process JSON. {detail}"))
    }

    /// 400: an id that a client chose is not of version 7. `entity` as in `Trace`, written the way its endpoint does.
    pub fn not_v7(entity: &str) -> ApiError {
        ApiError::bad_request("Invalid UUID for id").details(format!("{entity} id must be a version 7 UUID"))
    }

    /// 413: the body is larger than `limit` bytes.
    pub fn too_large(limit: u64) -> ApiError {
        ApiError::message(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The request body exceeds the maximum allowed size of {limit} bytes"),
        )
    }

    /// 429: the client may try again after a moment.
    pub fn overloaded(text: impl Into<String>) -> ApiError {
        ApiError::message(StatusCode::TOO_MANY_REQUESTS, text).retry_after(RETRY_SECONDS)
    }

    /// 500. The cause is logged under an id that the body names.
    pub fn internal(cause: impl std::fmt::Display) -> ApiError {
        let log_id = format!("{:016x}", uuid::Uuid::now_v7().as_u64_pair().1);
        tracing::error!(log_id, %cause, "request failed");
        ApiError::message(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("There was an error processing your request. It has been logged (ID {log_id})."),
        )
    }

    /// The error with `details`; of no effect on the list shape.
    #[must_use]
    pub fn details(mut self, text: impl Into<String>) -> ApiError {
        if let ErrorBody::Message(body) = &mut *self.body {
            body.details = Some(text.into());
        }
        self
    }

    /// The error with the headers that tell a client to wait so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> ApiError {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// What went wrong, for humans.
    pub fn text(&self) -> String {
        match &*self.body {
            ErrorBody::Message(body) => body.message.clone(),
            ErrorBody::List(body) => body.errors.join(", "),
        }
    }

    /// Status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// JSON of the answer.
    pub fn body(&self) -> String {
        let text = match &*self.body {
            ErrorBody::Message(body) => serde_json::to_string(body),
            ErrorBody::List(body) => serde_json::to_string(body),
        };
        text.expect("structs of text are always serializable")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            headers.insert(RATE_LIMIT_RESET, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        match error {
            StoreError::Conflict(Conflict::Exists | Conflict::NameTaken) => ApiError::conflict("Already exists"),
            StoreError::Conflict(Conflict::LimitReached) => ApiError::conflict("The limit is reached"),
            StoreError::Conflict(Conflict::OtherProject) => {
                ApiError::conflict("Project name and workspace name do not match the existing entity")
            }
            StoreError::Conflict(Conflict::OtherTrace) => {
                ApiError::conflict("trace_id does not match the existing span")
            }
            StoreError::Conflict(Conflict::OtherParent) => {
                ApiError::conflict("parent_span_id does not match the existing span")
            }
            StoreError::Conflict(Conflict::Protected) => ApiError::conflict("Cannot be deleted"),
            StoreError::ProjectNotFound(id) => ApiError::not_found(format!("Project id: {id} not found")),
            StoreError::NotFound => ApiError::not_found("Not found"),
            StoreError::TagLimit => ApiError::invalid(vec!["Tag limit exceeded: maximum 50 tags per item".to_owned()]),
            StoreError::Overloaded => ApiError::overloaded("Too Many Requests: too many writes are waiting"),
            StoreError::Timeout => ApiError::message(
                StatusCode::SERVICE_UNAVAILABLE,
                "The query did not end within its time limit",
            )
            .retry_after(RETRY_SECONDS),
            StoreError::StorageFull => {
                tracing::error!("no space is left for the database");
                ApiError::message(StatusCode::INSUFFICIENT_STORAGE, "No space is left for the database")
            }
            StoreError::Closed => ApiError::message(StatusCode::SERVICE_UNAVAILABLE, "The server is shutting down")
                .retry_after(RETRY_SECONDS),
            StoreError::Unrepresentable(text) => ApiError::bad_request(text),
            StoreError::Internal(cause) => ApiError::internal(with_sources(&*cause)),
        }
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> ApiError {
        ApiError::bad_request(error.to_string())
    }
}

impl From<tokio::task::JoinError> for ApiError {
    fn from(error: tokio::task::JoinError) -> ApiError {
        ApiError::internal(error)
    }
}

/// Text of an error and of what caused it.
pub(crate) fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shapes() {
        let plain = ApiError::not_found("Trace id: x not found");
        assert_eq!(plain.body(), r#"{"code":404,"message":"Trace id: x not found"}"#);
        let detailed = ApiError::not_v7("Trace");
        assert_eq!(
            detailed.body(),
            r#"{"code":400,"message":"Invalid UUID for id","details":"Trace id must be a version 7 UUID"}"#
        );
        let list = ApiError::invalid(vec!["name must not be blank".to_owned()]);
        assert_eq!(
            (list.status().as_u16(), list.body()),
            (422, r#"{"errors":["name must not be blank"]}"#.to_owned())
        );
    }

    #[test]
    fn overload_tells_clients_when_to_come_back() {
        let response = ApiError::from(StoreError::Overloaded).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(response.headers()["ratelimit-reset"], "1");
    }

    #[test]
    fn internal_errors_do_not_leak_their_cause() {
        let error = ApiError::from(StoreError::internal("disk is on fire"));
        assert!(!error.body().contains("fire"));
        let id = error.body().split("(ID ").nth(1).unwrap()[..16].to_owned();
        assert!(id.bytes().all(|digit| digit.is_ascii_hexdigit()));
    }
}
