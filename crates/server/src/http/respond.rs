//! Successful answers.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HOST, LOCATION};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use super::error::{ApiError, ApiResult};

/// 200 with the JSON of a value that may be large: it is written (and dropped) on a blocking thread.
///
/// # Errors
/// 500 when the value cannot be serialized.
pub async fn json<T: Serialize + Send + 'static>(value: T) -> ApiResult<Response> {
    let text = tokio::task::spawn_blocking(move || serde_json::to_vec(&value))
        .await?
        .map_err(ApiError::internal)?;
    Ok(with_json(StatusCode::OK, text))
}

/// 200 with the JSON of a value that is known to be small (a few kilobytes).
///
/// # Errors
/// 500 when the value cannot be serialized.
pub fn small_json<T: Serialize + ?Sized>(value: &T) -> ApiResult<Response> {
    let text = serde_json::to_vec(value).map_err(ApiError::internal)?;
    Ok(with_json(StatusCode::OK, text))
}

/// 201 without a body; `Location` is the request's URL and the id.
pub fn created(url: &RequestUrl, id: Uuid) -> Response {
    (StatusCode::CREATED, [(LOCATION, url.of_child(id))]).into_response()
}

/// [`created`] with the JSON of a small value.
///
/// # Errors
/// 500 when the value cannot be serialized.
pub fn created_with<T: Serialize + ?Sized>(url: &RequestUrl, id: Uuid, value: &T) -> ApiResult<Response> {
    let text = serde_json::to_vec(value).map_err(ApiError::internal)?;
    let mut response = with_json(StatusCode::CREATED, text);
    response.headers_mut().insert(LOCATION, url.of_child(id));
    Ok(response)
}

/// 204.
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn with_json(status: StatusCode, text: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Path of the request as the client wrote it, before prefixes were taken off. Set by the outermost layer.
#[derive(Debug, Clone)]
pub(crate) struct OriginalPath(pub(crate) Box<str>);

/// The absolute URL of a request, without its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestUrl {
    origin: String,
    path: String,
}

impl RequestUrl {
    fn of(parts: &Parts) -> RequestUrl {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let first = |text: &str| text.split(',').next().unwrap_or_default().trim().to_owned();
        let scheme = header("x-forwarded-proto")
            .map(first)
            .filter(|scheme| scheme == "https");
        let host = header("x-forwarded-host")
            .or_else(|| header(HOST.as_str()))
            .map(first)
            .or_else(|| parts.uri.authority().map(ToString::to_string))
            .filter(|host| !host.is_empty())
            .unwrap_or_else(|| "localhost".to_owned());
        let path = match parts.extensions.get::<OriginalPath>() {
            Some(OriginalPath(path)) => path.to_string(),
            None => parts.uri.path().to_owned(),
        };
        RequestUrl {
            origin: format!("{}://{host}", scheme.as_deref().unwrap_or("http")),
            path,
        }
    }

    /// Scheme and authority, such as `http://localhost:5173`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The URL up to the last segment of that name, under which another request made something; the whole one when it
    /// has none.
    #[must_use]
    pub fn collection(&self, segment: &str) -> RequestUrl {
        let marked = format!("/{segment}/");
        let path = match self.path.rfind(&marked) {
            Some(start) => self.path[..start + marked.len() - 1].to_owned(),
            None => self.path.clone(),
        };
        RequestUrl {
            origin: self.origin.clone(),
            path,
        }
    }

    /// The URL that is left when the last `levels` parts of the path are taken off and `rest` is put there instead.
    pub(crate) fn beside(&self, levels: usize, rest: &str) -> Option<HeaderValue> {
        let mut path = self.path.trim_end_matches('/');
        for _ in 0..levels {
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
        HeaderValue::try_from(format!("{}{path}/{rest}", self.origin)).ok()
    }

    fn of_child(&self, id: Uuid) -> HeaderValue {
        let path = self.path.trim_end_matches('/');
        HeaderValue::try_from(format!("{}{path}/{id}", self.origin))
            .unwrap_or_else(|_| HeaderValue::try_from(id.to_string()).expect("a UUID is visible ASCII"))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<RequestUrl, Infallible> {
        Ok(RequestUrl::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_is_the_url_that_the_client_used() {
        let (mut parts, ()) = http::Request::builder()
            .uri("/v1/private/traces?x=1")
            .header(HOST, "localhost:5173")
            .body(())
            .unwrap()
            .into_parts();
        parts.extensions.insert(OriginalPath("/api/v1/private/traces/".into()));
        let url = RequestUrl::of(&parts);
        let response = created(&url, Uuid::nil());
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(
            response.headers()[LOCATION],
            "http://localhost:5173/api/v1/private/traces/00000000-0000-0000-0000-000000000000"
        );
    }

    #[test]
    fn what_is_made_may_be_further_up() {
        let url = RequestUrl {
            origin: "http://a".to_owned(),
            path: "/api/things/x/remove-keys".to_owned(),
        };
        assert_eq!(
            url.collection("things").of_child(Uuid::nil()),
            "http://a/api/things/00000000-0000-0000-0000-000000000000"
        );
        assert_eq!(url.collection("others"), url);
    }

    #[test]
    fn urls_beside_the_own_one() {
        let url = RequestUrl {
            origin: "http://a".to_owned(),
            path: "/v1/datasets/7/items/changes/".to_owned(),
        };
        assert_eq!(
            url.beside(2, "versions/8").unwrap(),
            "http://a/v1/datasets/7/versions/8"
        );
        assert_eq!(url.beside(9, "x").unwrap(), "http://a/x");
    }

    #[test]
    fn a_proxy_may_name_scheme_and_host() {
        let (parts, ()) = http::Request::builder()
            .uri("/x")
            .header("x-forwarded-proto", "https, http")
            .header("x-forwarded-host", "traces.example")
            .header(HOST, "10.0.0.1:5173")
            .body(())
            .unwrap()
            .into_parts();
        assert_eq!(RequestUrl::of(&parts).origin(), "https://traces.example");
    }
}
